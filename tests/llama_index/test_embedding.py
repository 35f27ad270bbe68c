"""Embeddings: two sides, real batches, a cache that never mixes them."""

# ruff: noqa: ANN401 - callables and blocks have no common type
from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from llama_index.core.rate_limiter import BaseRateLimiter
from llama_index.core.storage.kvstore import SimpleKVStore

from minimax_adapters.api import RateLimitError
from minimax_adapters.llama_index import MiniMaxEmbedding

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

TEXT = "The library opens at nine."


class Counter(BaseRateLimiter):
    """A limiter that only counts."""

    def __init__(self) -> None:
        self.asked = 0

    def acquire(self, num_tokens: int = 0) -> None:  # noqa: ARG002 - as the base class
        """Count."""
        self.asked += 1

    async def async_acquire(self, num_tokens: int = 0) -> None:  # noqa: ARG002 - as the base class
        """Count."""
        self.asked += 1


def sent(emulator: Emulator) -> list[tuple[str, list[str]]]:
    """Return side and texts of each request."""
    return [(request.json["type"], request.json["texts"]) for request in emulator.requests]


async def test_texts_and_queries_have_their_sides(
    embedding: MiniMaxEmbedding, emulator: Emulator
) -> None:
    """`db` for what is found, `query` for what searches, in all methods."""
    embedding.get_text_embedding("a")
    await embedding.aget_text_embedding("a")
    embedding.get_text_embedding_batch(["a"])
    await embedding.aget_text_embedding_batch(["a"])
    embedding.get_query_embedding("a")
    await embedding.aget_query_embedding("a")
    embedding.get_agg_embedding_from_queries(["a"])
    await embedding.aget_agg_embedding_from_queries(["a"])

    assert [side for side, _ in sent(emulator)] == ["db"] * 4 + ["query"] * 4


async def test_a_vector_is_the_same_however_it_is_asked_for(embedding: MiniMaxEmbedding) -> None:
    """One by one, in a batch, sync or async."""
    vector = embedding.get_text_embedding(TEXT)

    assert len(vector) == 1_536
    assert await embedding.aget_text_embedding(TEXT) == vector
    assert embedding.get_text_embedding_batch([TEXT, "other"])[0] == vector
    assert (await embedding.aget_text_embedding_batch([TEXT, "other"]))[0] == vector
    assert embedding.get_query_embedding(TEXT) != vector


async def test_batches_are_batches(embedding: MiniMaxEmbedding, emulator: Emulator) -> None:
    """One request for each, in order."""
    embedding.embed_batch_size = 4
    texts = [f"Text {number}." for number in range(10)]

    vectors = embedding.get_text_embedding_batch(texts, show_progress=True)
    avectors = await embedding.aget_text_embedding_batch(texts, show_progress=True)

    assert vectors == avectors
    assert [len(batch) for _, batch in sent(emulator)[:3]] == [4, 4, 2]
    assert [text for _, batch in sent(emulator)[:3] for text in batch] == texts
    assert len(emulator.requests) == 6


@pytest.mark.parametrize("num_workers", [None, 1, 3])
async def test_workers_keep_the_order(embedding: MiniMaxEmbedding, num_workers: int | None) -> None:
    """However many there are."""
    embedding.embed_batch_size, embedding.num_workers = 2, num_workers
    texts = [f"Text {number}." for number in range(9)]

    vectors = await embedding.aget_text_embedding_batch(texts)

    assert vectors == embedding.get_text_embedding_batch(texts)


async def test_no_texts_need_no_call(embedding: MiniMaxEmbedding, emulator: Emulator) -> None:
    """An empty list is answered with one."""
    assert embedding.get_text_embedding_batch([]) == []
    assert await embedding.aget_text_embedding_batch([]) == []
    assert not emulator.requests


def test_long_texts_are_split_into_more_requests(
    embedding: MiniMaxEmbedding, emulator: Emulator
) -> None:
    """A request has a limit of tokens too, and each asks the limiter."""
    embedding.rate_limiter = limiter = Counter()
    texts = ["word " * 1_000] * 4

    assert len(embedding.get_text_embedding_batch(texts)) == 4
    assert limiter.asked == len(emulator.requests) > 1


async def test_each_request_asks_the_limiter(
    embedding: MiniMaxEmbedding, emulator: Emulator
) -> None:
    """Also the asynchronous batches with a cache, where LlamaIndex forgets it."""
    embedding.embed_batch_size = 2
    embedding.rate_limiter = limiter = Counter()
    texts = [f"Text {number}." for number in range(4)] + ["word " * 2_000] * 2

    await embedding.aget_text_embedding_batch(texts)
    await embedding.aget_text_embedding("one")
    await embedding.aget_query_embedding("one")
    assert limiter.asked == len(emulator.requests)

    embedding.embeddings_cache = SimpleKVStore()
    await embedding.aget_text_embedding_batch(texts)
    assert limiter.asked == len(emulator.requests)
    await embedding.aget_text_embedding_batch(texts)
    assert limiter.asked == len(emulator.requests)


@pytest.mark.parametrize("first", ["text", "query"])
async def test_a_cache_never_mixes_the_sides(
    embedding: MiniMaxEmbedding, emulator: Emulator, first: str
) -> None:
    """LlamaIndex's key is the raw text: a query would get the vector of the document."""
    as_text, as_query = embedding.get_text_embedding(TEXT), embedding.get_query_embedding(TEXT)
    embedding.embeddings_cache = SimpleKVStore()
    asked = [embedding.get_text_embedding, embedding.get_query_embedding]
    vectors = [as_text, as_query]
    if first == "query":
        asked, vectors = asked[::-1], vectors[::-1]

    assert [ask(TEXT) for ask in asked] == vectors
    assert [ask(TEXT) for ask in asked] == vectors
    assert embedding.get_text_embedding_batch([TEXT]) == [as_text]
    assert await embedding.aget_query_embedding(TEXT) == as_query
    assert await embedding.aget_text_embedding(TEXT) == as_text
    assert await embedding.aget_text_embedding_batch([TEXT]) == [as_text]
    assert len(emulator.requests) == 4


async def test_an_async_query_is_cached(embedding: MiniMaxEmbedding, emulator: Emulator) -> None:
    """As its plain twin."""
    embedding.embeddings_cache = SimpleKVStore()

    first = await embedding.aget_query_embedding(TEXT)

    assert embedding.get_query_embedding(TEXT) == first
    assert len(emulator.requests) == 1


def test_documents_of_an_older_cache_are_found(
    embedding: MiniMaxEmbedding, emulator: Emulator
) -> None:
    """They are kept where LlamaIndex keeps them."""
    cache = SimpleKVStore()
    cache.put(key=TEXT, val={"id": [0.5] * 1_536}, collection="embeddings")
    embedding.embeddings_cache = cache

    assert embedding.get_text_embedding(TEXT) == [0.5] * 1_536
    assert not emulator.requests


def test_only_a_store_is_a_cache() -> None:
    """LlamaIndex checks it."""
    with pytest.raises(TypeError, match="BaseKVStore"):
        MiniMaxEmbedding(embeddings_cache={})


def test_the_nearest_document_is_found(embedding: MiniMaxEmbedding) -> None:
    """The two sides share a space."""
    texts = [TEXT, "Bread is baked from flour.", "Planes land in the evening."]
    vectors = embedding.get_text_embedding_batch(texts)

    query = embedding.get_query_embedding("When does the library open?")

    scores = [embedding.similarity(query, vector) for vector in vectors]
    assert int(np.argmax(scores)) == 0


def test_a_call_is_repeated_by_one_layer(emulator: Emulator, no_wait: Any) -> None:
    """Two retries are three requests."""
    embedding = MiniMaxEmbedding(
        api_key=emulator.api_key, api_base=emulator.url, max_retries=2, backoff=no_wait
    )
    emulator.fail_next(1002, times=9)

    with pytest.raises(RateLimitError):
        embedding.get_text_embedding_batch([TEXT])

    assert len(emulator.requests) == 3


async def test_the_event_loop_is_not_blocked(embedding: MiniMaxEmbedding) -> None:
    """The default of LlamaIndex calls the synchronous method."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    ticking = asyncio.create_task(tick())
    await embedding.aget_text_embedding(TEXT)
    ticking.cancel()

    assert ticks > 2


@pytest.mark.parametrize("name", ["model", "model_name"])
def test_the_model_has_two_names(name: str) -> None:
    """OpenAI's class says `model`, the base class `model_name`."""
    arguments: Any = {name: "embo-02"}

    assert MiniMaxEmbedding(**arguments).model_name == "embo-02"
    assert MiniMaxEmbedding("embo-02").model_name == "embo-02"
