"""Subclasses of the embedding model: their hooks run on the model, and have the last word."""

# ruff: noqa: ANN401 - what LlamaIndex tells has no common type
from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from listening import listening
from llama_index.core.callbacks import CallbackManager, LlamaDebugHandler
from llama_index.core.storage.kvstore import SimpleKVStore
from pydantic import PrivateAttr
from refusing_service import BROKEN, TEXTS, Service, embedding_of, first_numbers, run

from minimax_adapters.api import MiniMaxError
from minimax_adapters.api._partial import partial_of
from minimax_adapters.llama_index import MiniMaxEmbedding

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Tenfold(MiniMaxEmbedding):
    """Changes texts and vectors, and counts what it embeds."""

    seen: int = 0
    _calls: int = PrivateAttr(0)

    def _count(self, texts: list[str]) -> list[str]:
        self.seen += len(texts)
        self._calls += 1
        return [text.upper() for text in texts]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors = super()._get_text_embeddings(self._count(texts))
        return [[vector[0] * 10] for vector in vectors]

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        vectors = await super()._aget_text_embeddings(self._count(texts))
        return [[vector[0] * 10] for vector in vectors]

    def _get_query_embedding(self, query: str) -> list[float]:
        return super()._get_query_embedding(*self._count([query]))

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await super()._aget_query_embedding(*self._count([query]))

    @property
    def calls(self) -> int:
        """How often hooks ran."""
        return self._calls


@pytest.fixture
def service() -> Service:
    """Return a service that has been asked nothing."""
    return Service()


colours = pytest.mark.parametrize("colour", ["sync", "async"])
observed = pytest.mark.parametrize("observed", [False, True])


def observer(*, observed: bool) -> AbstractContextManager[object]:
    """Return what observes while a test embeds."""
    return listening() if observed else nullcontext()


@colours
@observed
@pytest.mark.parametrize("show_progress", [False, True])
async def test_a_failed_job_has_the_vectors_of_the_hooks(
    service: Service, colour: str, *, observed: bool, show_progress: bool
) -> None:
    """A resumed job would mix them with others, or send their texts again."""
    embedding = embedding_of(service, Tenfold, num_workers=2)

    with observer(observed=observed), pytest.raises(MiniMaxError) as caught:
        await run(embedding, TEXTS, colour, show_progress=show_progress)
    kept = first_numbers(caught.value.partial)
    paid = len(service.embedded)
    service.broken = False
    vectors = await run(embedding, TEXTS, colour, resume=caught.value)

    assert len(kept) - kept.count(None) == paid
    assert all(number in {None, at * 10} for at, number in enumerate(kept))
    assert vectors == [[number * 10] for number in range(9)]
    assert len(service.embedded) == len(TEXTS)


@colours
@observed
async def test_what_no_hook_has_returned_is_not_kept(
    service: Service, colour: str, *, observed: bool
) -> None:
    """A batch that takes several requests is changed as a whole."""

    class Halved(MiniMaxEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return [[each[0] / 2] for each in super()._get_text_embeddings(texts)]

        async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return [[each[0] / 2] for each in await super()._aget_text_embeddings(texts)]

    texts = [f"{'word ' * 1_000}{number}" for number in (1, 2, 3, 5, 4)]
    embedding = embedding_of(service, Halved, embed_batch_size=32)
    with observer(observed=observed), pytest.raises(MiniMaxError) as caught:
        await run(embedding, texts, colour)
    service.broken = False

    vectors = await run(embedding, texts, colour, resume=caught.value)

    assert first_numbers(vectors) == [0.5, 1, 1.5, 2.5, 2]


@colours
@observed
@pytest.mark.parametrize("cached", [False, True])
async def test_hooks_run_on_the_model_itself(
    service: Service, colour: str, *, observed: bool, cached: bool
) -> None:
    """What a subclass counts, the cost say, is counted where its owner looks."""
    options = {"embeddings_cache": SimpleKVStore()} if cached else {}
    embedding = embedding_of(service, Tenfold, **options)
    texts = TEXTS[:5]

    with observer(observed=observed):
        await run(embedding, texts, colour)
        if colour == "sync":
            embedding.get_query_embedding("which 1")
        else:
            await embedding.aget_query_embedding("which 1")

    assert embedding.calls == 4
    assert embedding.seen == 6


@colours
async def test_a_hook_may_embed_a_query(service: Service, colour: str) -> None:
    """From its own side, also while documents are embedded."""
    sides: list[str] = []

    class Curious(MiniMaxEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            self.get_query_embedding("which 1")
            return super()._get_text_embeddings(texts)

        async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            await self.aget_query_embedding("which 1")
            return await super()._aget_text_embeddings(texts)

    await run(embedding_of(service, Curious), TEXTS[:2], colour)
    sides += service.sides

    assert sides == ["query", "db"]


async def test_an_observer_that_fails_loses_no_vectors(service: Service) -> None:
    """The job has ended by then, and its error has them all."""

    class Failing(LlamaDebugHandler):
        def on_event_end(self, *_: Any, **__: Any) -> None:
            raise LookupError("full")

    service.broken = False
    manager = CallbackManager([Failing()])
    embedding = embedding_of(service, callback_manager=manager)

    with pytest.raises(LookupError) as caught:
        await embedding.aget_text_embedding_batch(TEXTS)

    assert first_numbers(partial_of(caught.value)) == [*range(9)]


@pytest.mark.parametrize("cached", [False, True])
async def test_a_batch_needs_no_job(service: Service, *, cached: bool) -> None:
    """Whoever calls LlamaIndex's own ways of a batch gets its vectors."""
    embedding = embedding_of(service, embeddings_cache=SimpleKVStore())

    if cached:
        vectors = await embedding._aget_text_embeddings_cached(["text 1"])
    else:
        vectors = await embedding._aget_text_embeddings_rate_limited(["text 1"])

    assert first_numbers(vectors) == [1]


async def test_jobs_of_one_model_at_once_stay_apart(service: Service) -> None:
    """Each of its batches and failures is its own."""
    embedding = embedding_of(service)
    texts = [TEXTS[:5], TEXTS[:6], ["text 7", "text 8"]]

    found: list[Any] = await asyncio.gather(
        *(embedding.aget_text_embedding_batch(each) for each in texts), return_exceptions=True
    )

    assert first_numbers(found[0]) == [0, 1, 2, 3, 4]
    assert isinstance(found[1], MiniMaxError)
    assert first_numbers(found[1].partial)[-1] is None
    assert BROKEN in texts[1]
    assert first_numbers(found[2]) == [7, 8]
