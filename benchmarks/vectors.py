"""Embeddings: CPU time in this process, memory in processes of their own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import raw
from benchmarks.measure import OURS, RAW, Row, compare
from benchmarks.models import KEY
from benchmarks.plan import LLAMA_EMBEDDING, OPENAI_EMBEDDINGS
from benchmarks.process import in_child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.plan import Scale


def embeddings(base: str, scale: Scale) -> Iterable[Row]:
    """Yield a row for each framework, and one for memory."""
    url = f"{base}/large/0/v1"
    texts = [f"shelf {number}" for number in range(scale.texts)]
    for framework, peer in (("LangChain", OPENAI_EMBEDDINGS), ("LlamaIndex", LLAMA_EMBEDDING)):
        names = {RAW: RAW, OURS: f"{OURS} {framework}", peer: peer}
        contenders = {name: embedder(full, url, texts) for name, full in names.items()}
        row = compare(f"{framework} embeddings", "batch", contenders, units=1, rounds=scale.vectors)
        row.promise("raw httpx + json", row.ratio(OURS, RAW), 0.7)
        row.promise(f"faster than {peer}", row.ratio(peer, OURS), 20, "at least")
        yield row
    memory = {
        name: [in_child("vectors", full, url, scale.texts)["growth"]]
        for name, full in ((RAW, RAW), (OURS, f"{OURS} LangChain"), (OPENAI_EMBEDDINGS,) * 2)
    }
    row = Row("embeddings, memory at the peak", "peak", memory)
    row.promise("raw httpx + json", row.ratio(OURS, RAW), 1.3)
    yield row


def embedder(name: str, url: str, texts: list[str]) -> Callable[[], Any]:
    """Return what embeds `texts` in one request."""
    if name == RAW:
        return partial(raw.embed, raw.client(), url, texts)
    if name == OPENAI_EMBEDDINGS:
        from langchain_openai import OpenAIEmbeddings

        # As people set it for other hosts than OpenAI's: the texts are sent, not their tokens.
        peer = OpenAIEmbeddings(
            base_url=url, api_key=KEY, model="embo-01", check_embedding_ctx_length=False
        )
        return partial(peer.embed_documents, texts)
    if name == LLAMA_EMBEDDING:
        from llama_index.embeddings.openai import OpenAIEmbedding

        other = OpenAIEmbedding(
            api_base=url, api_key=KEY, model_name="embo-01", embed_batch_size=len(texts)
        )
        return partial(other.get_text_embedding_batch, texts)
    if name.endswith("LlamaIndex"):
        from minimax_adapters.llama_index import MiniMaxEmbedding

        llama = MiniMaxEmbedding(api_base=url, api_key=KEY, embed_batch_size=len(texts))
        return partial(llama.get_text_embedding_batch, texts)
    from minimax_adapters.langchain import MiniMaxEmbeddings

    ours = MiniMaxEmbeddings(base_url=url, api_key=KEY, chunk_size=len(texts))
    return partial(ours.embed_documents, texts)


def measure(name: str, url: str, texts: str) -> dict[str, float]:
    """Measure one contender in this process, which has done nothing else."""
    from benchmarks.process import Peak

    count = int(texts)
    embedder(name, url, ["shelf"])()  # Imports, TLS context and connection.
    run = embedder(name, url, [f"shelf {number}" for number in range(count)])
    with Peak() as peak:
        vectors = run()
    return {"growth": peak.growth, "vectors": len(vectors)}
