"""Ask your documents with LangChain, and hear the answer.

python examples/ask_documents_langchain.py --docs my-folder --question "..." --out answer.mp3
"""

from __future__ import annotations

from documents import minimax, parse_arguments, read_documents, sources
from langchain_core.documents import Document
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import MarkdownTextSplitter

from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech

PROMPT = ChatPromptTemplate.from_template(
    "Answer the question in two or three sentences, from the context alone. Say that you do not"
    " know if the context does not tell.\n\nContext:\n{context}\n\nQuestion: {question}"
)


def main() -> None:
    """Index, retrieve, answer, speak."""
    arguments = parse_arguments("Ask your documents with LangChain.", "answer-langchain.mp3")
    with minimax():
        documents = [
            Document(document.text, metadata={"source": document.source})
            for document in read_documents(arguments.docs)
        ]
        splitter = MarkdownTextSplitter(chunk_size=500, chunk_overlap=50)
        store = InMemoryVectorStore(MiniMaxEmbeddings(show_progress=True))
        store.add_documents(splitter.split_documents(documents))

        found = store.similarity_search(arguments.question, k=4)
        context = "\n\n".join(document.page_content for document in found)
        chain = PROMPT | ChatMiniMax(model="MiniMax-M3")

        print(f"\nLangChain: {arguments.question}\n")
        answer = ""
        for chunk in chain.stream({"context": context, "question": arguments.question}):
            print(chunk.text, end="", flush=True)
            answer += chunk.text

        print("\n\nSources:", sources(document.metadata["source"] for document in found))
        audio = MiniMaxSpeech().invoke(answer)
        print(f"Spoken: {audio.save(arguments.out)} ({audio.duration:.1f} s)")


if __name__ == "__main__":
    main()
