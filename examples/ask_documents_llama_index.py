"""Ask your documents with LlamaIndex, and hear the answer.

python examples/ask_documents_llama_index.py --docs my-folder --question "..." --out answer.mp3
"""

from __future__ import annotations

from documents import minimax, parse_arguments, read_documents, sources
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter

from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding, MiniMaxSpeech


def main() -> None:
    """Index, retrieve, answer, speak."""
    arguments = parse_arguments("Ask your documents with LlamaIndex.", "answer-llama-index.mp3")
    with minimax():
        documents = [
            Document(text=document.text, metadata={"source": document.source})
            for document in read_documents(arguments.docs)
        ]
        index = VectorStoreIndex.from_documents(
            documents,
            transformations=[SentenceSplitter(chunk_size=256, chunk_overlap=32)],
            embed_model=MiniMaxEmbedding(),
            show_progress=True,
        )
        engine = index.as_query_engine(
            llm=MiniMax(model="MiniMax-M3"), streaming=True, similarity_top_k=4
        )

        print(f"\nLlamaIndex: {arguments.question}\n")
        response = engine.query(arguments.question)
        answer = ""
        for text in response.response_gen:
            print(text, end="", flush=True)
            answer += text

        found = response.source_nodes
        print("\n\nSources:", sources(node.metadata["source"] for node in found))
        audio = MiniMaxSpeech().speak(answer)
        print(f"Spoken: {audio.save(arguments.out)} ({audio.duration:.1f} s)")


if __name__ == "__main__":
    main()
