"""Ingestion pipelines: caches, document stores and worker processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.ingestion import DocstoreStrategy, IngestionCache, IngestionPipeline
from llama_index.core.ingestion.pipeline import get_transformation_hash
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.rate_limiter import TokenBucketRateLimiter
from llama_index.core.schema import BaseNode, TextNode
from llama_index.core.storage.docstore import SimpleDocumentStore

from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

DOCUMENTS = [
    Document(text=f"Chapter {number}. The lighthouse keeper counts ships.", doc_id=str(number))
    for number in range(6)
]


def pipeline(embedding: MiniMaxEmbedding, **options: object) -> IngestionPipeline:
    """Return a pipeline that splits and embeds."""
    parts = [SentenceSplitter(chunk_size=64, chunk_overlap=0), embedding]
    return IngestionPipeline(transformations=parts, **options)  # type: ignore[arg-type]  # options of pydantic


def test_nodes_get_vectors(embedding: MiniMaxEmbedding, emulator: Emulator) -> None:
    """In batches, as documents."""
    nodes = pipeline(embedding).run(documents=DOCUMENTS)

    assert [len(node.embedding or ()) for node in nodes] == [1_536] * 6
    [request] = emulator.requests
    assert request.json["type"] == "db"


@pytest.mark.thorough
def test_two_worker_processes(embedding: MiniMaxEmbedding) -> None:
    """A used model goes to both; the vectors are those of one process."""
    embedding.rate_limiter = limiter = TokenBucketRateLimiter(requests_per_minute=6_000)
    alone = IngestionPipeline(transformations=[embedding])
    nodes = alone.run(documents=DOCUMENTS, in_place=False)

    together = alone.run(documents=DOCUMENTS, num_workers=2)

    by_text = {node.get_content(): node.embedding for node in nodes}
    assert {node.get_content(): node.embedding for node in together} == by_text
    assert len(by_text) == len(DOCUMENTS)
    assert embedding.rate_limiter is limiter


@pytest.mark.thorough
async def test_two_worker_processes_with_arun(embedding: MiniMaxEmbedding) -> None:
    """The same, asynchronously."""
    alone = IngestionPipeline(transformations=[embedding])
    nodes = await alone.arun(documents=DOCUMENTS, in_place=False)

    together = await alone.arun(documents=DOCUMENTS, num_workers=2)

    by_text = {node.get_content(): node.embedding for node in nodes}
    assert {node.get_content(): node.embedding for node in together} == by_text


def test_a_cache_saves_the_second_run(embedding: MiniMaxEmbedding, emulator: Emulator) -> None:
    """With a key of its own, for the cache does not depend on it."""
    cached = pipeline(embedding, cache=IngestionCache())
    cached.run(documents=DOCUMENTS)
    cached.transformations[1] = MiniMaxEmbedding(
        api_key="another", api_base=emulator.url, max_retries=0
    )

    nodes = cached.run(documents=DOCUMENTS)

    assert len(nodes[0].embedding or ()) == 1_536
    assert len(emulator.requests) == 1


@pytest.mark.parametrize("cls", [MiniMaxEmbedding, MiniMax])
def test_the_hash_does_not_change_with_the_key(cls: type[MiniMaxEmbedding | MiniMax]) -> None:
    """Nor with headers, nor from object to object."""
    nodes = [TextNode(text="Hello!")]
    components = [cls(api_key="a"), cls(api_key="b", default_headers={"X": "y"}), cls()]

    hashes = {get_transformation_hash(nodes, component) for component in components}  # type: ignore[arg-type]  # an LLM may be a part of one

    assert len(hashes) == 1


def test_the_hash_changes_with_the_model() -> None:
    """Vectors of another model are others."""
    nodes = [TextNode(text="Hello!")]

    hashes = {
        get_transformation_hash(nodes, MiniMaxEmbedding(model)) for model in ("embo-01", "embo-02")
    }

    assert len(hashes) == 2


def test_a_document_store_skips_what_is_known(
    embedding: MiniMaxEmbedding, emulator: Emulator
) -> None:
    """Only a changed document is embedded again."""
    stored = pipeline(
        embedding,
        docstore=SimpleDocumentStore(),
        docstore_strategy=DocstoreStrategy.DUPLICATES_ONLY,
        disable_cache=True,
    )
    stored.run(documents=DOCUMENTS)
    changed = [*DOCUMENTS[1:], Document(text="A new chapter.", doc_id="0")]

    nodes = stored.run(documents=changed)

    assert [node.get_content() for node in nodes] == ["A new chapter."]
    assert emulator.requests[-1].json["texts"] == ["A new chapter."]


@pytest.mark.parametrize("num_workers", [None, pytest.param(2, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("colour", ["run", "arun"])
async def test_a_store_and_a_cache_together(
    embedding: MiniMaxEmbedding, emulator: Emulator, colour: str, num_workers: int | None
) -> None:
    """A second run embeds nothing, in this process and in two others, called or awaited."""
    # Without a splitter: LlamaIndex's own hangs in the worker processes of run().
    stored = IngestionPipeline(
        transformations=[embedding],
        docstore=SimpleDocumentStore(),
        docstore_strategy=DocstoreStrategy.DUPLICATES_ONLY,
        cache=IngestionCache(),
    )

    async def run() -> list[BaseNode]:
        if colour == "run":
            return list(stored.run(documents=DOCUMENTS, num_workers=num_workers))
        return list(await stored.arun(documents=DOCUMENTS, num_workers=num_workers))

    first = await run()
    asked = len(emulator.requests)
    second = await run()

    assert [len(node.embedding or ()) for node in first] == [1_536] * 6
    assert not second
    assert len(emulator.requests) == asked > 0


def test_an_index_answers(llm: MiniMax, embedding: MiniMaxEmbedding, emulator: Emulator) -> None:
    """Retrieval asks with `query`, and the answer comes from what was found."""
    texts = ["The library opens at nine.", "Bread is baked from flour."]
    index = VectorStoreIndex.from_documents(
        [Document(text=text) for text in texts], embed_model=embedding
    )

    answer = index.as_query_engine(llm=llm, similarity_top_k=1).query("When does the library open?")

    assert "nine" in str(answer)
    assert answer.source_nodes[0].get_content() == texts[0]
    assert [request.json.get("type") for request in emulator.requests] == ["db", "query", None]
