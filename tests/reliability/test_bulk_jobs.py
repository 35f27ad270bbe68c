"""A bulk job with a limit of its own meets no 1002, on each surface; without one it does."""

# ruff: noqa: ANN401 - models and options of any kind

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from minimax_adapters.api import AsyncClient, Client, RateLimit, RateLimitError, _drivers
from minimax_adapters.emulator import Quirks
from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding

if TYPE_CHECKING:
    from collections.abc import Callable

    from operations import Colour

    from minimax_adapters.emulator import Emulator

TEXTS: Final[list[Any]] = [f"text {number}" for number in range(30)]
_MOST: Final = 10
_SEND: Final = httpx.AsyncClient.send
_PERIOD: Final = 60.0


class Passing:
    """Time that passes as fast as it is waited for, here and at the host.

    State: `_skew`, the seconds that were waited for, and `_under_way`, the requests that have been
    sent and not yet admitted: they would arrive late if time passed for them.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._skew = 0.0
        self._under_way = 0

    def __call__(self) -> float:
        """Return the present moment."""
        return time.monotonic() + self._skew

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._turn_to(self() + seconds)

    async def asleep(self, seconds: float) -> None:
        """Wait; tasks that wait side by side wait for the same time."""
        moment = self() + seconds
        await asyncio.sleep(0)
        while self._under_way:  # noqa: ASYNC110 - a counter, which no event stands for
            await asyncio.sleep(0.001)
        self._turn_to(moment)

    async def send(self, *request: Any, **options: Any) -> Any:
        """Send a request as httpx does."""
        self._under_way += 1
        try:
            return await _SEND(*request, **options)
        finally:
            self._under_way -= 1

    def _turn_to(self, moment: float) -> None:
        left = max(0.0, moment - self())
        self._skew += left
        self._emulator.turn_clock(left)


@pytest.fixture
def passing(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Passing:
    """Return the time in which the drivers sleep."""
    clock = Passing(emulator)
    monkeypatch.setattr(_drivers, "time", SimpleNamespace(sleep=clock.sleep))
    monkeypatch.setattr(
        _drivers, "asyncio", SimpleNamespace(sleep=clock.asleep, timeout=asyncio.timeout)
    )

    async def send(*request: Any, **options: Any) -> Any:
        return await clock.send(*request, **options)

    monkeypatch.setattr(httpx.AsyncClient, "send", send)
    return clock


def _embedded_by_client(options: dict[str, Any], colour: Colour) -> Any:
    if colour == "sync":
        with Client(**options) as client:
            return client.embed(TEXTS, type="db", max_batch_size=1).vectors
    job = AsyncClient(**options).embed(TEXTS, type="db", max_batch_size=1)
    return asyncio.run(job).vectors


def _embedded_by_langchain(options: dict[str, Any], colour: Colour) -> Any:
    model = MiniMaxEmbeddings(**options, chunk_size=1)
    if colour == "sync":
        return model.embed_documents(TEXTS)
    return asyncio.run(model.aembed_documents(TEXTS))


def _answered_by_langchain(options: dict[str, Any], colour: Colour) -> Any:
    model = ChatMiniMax(**options)
    if colour == "sync":
        return [model.invoke(text) for text in TEXTS]
    return asyncio.run(model.abatch(TEXTS))


def _embedded_by_llama_index(options: dict[str, Any], colour: Colour) -> Any:
    model = MiniMaxEmbedding(**options, embed_batch_size=1)
    if colour == "sync":
        return model.get_text_embedding_batch(TEXTS)
    return asyncio.run(model.aget_text_embedding_batch(TEXTS))


def _answered_by_llama_index(options: dict[str, Any], colour: Colour) -> Any:
    model = MiniMax(**options)
    if colour == "sync":
        return [model.complete(text) for text in TEXTS]

    async def run() -> Any:
        return await asyncio.gather(*(model.acomplete(text) for text in TEXTS))

    return asyncio.run(run())


JOBS: Final[dict[str, Callable[[dict[str, Any], Colour], Any]]] = {
    function.__name__.strip("_"): function
    for function in (
        _embedded_by_client,
        _embedded_by_langchain,
        _answered_by_langchain,
        _embedded_by_llama_index,
        _answered_by_llama_index,
    )
}
each = pytest.mark.parametrize("job", JOBS)
both = pytest.mark.parametrize("colour", ["sync", "async"])


def _options(emulator: Emulator, limit: RateLimit | None) -> dict[str, Any]:
    emulator.quirks = Quirks(max_requests=_MOST, window=_PERIOD)
    known: dict[str, Any] = {"base_url": emulator.url, "api_key": emulator.api_key}
    return known | {"max_retries": 0, "rate_limit": limit}


@each
@both
def test_a_bulk_job_meets_no_1002(
    emulator: Emulator, passing: Passing, job: str, colour: Colour
) -> None:
    """The host admits 10 requests in a minute, and is never asked for more."""
    began = passing()
    limit = RateLimit(requests=_MOST, period=_PERIOD, clock=passing)

    done = JOBS[job](_options(emulator, limit), colour)

    assert len(done) == len(emulator.requests) == len(TEXTS)
    assert passing() - began > 2 * _PERIOD


@each
@both
def test_without_a_limit_the_same_job_meets_1002(
    emulator: Emulator, job: str, colour: Colour
) -> None:
    """Or the test above would show nothing; what was admitted is kept."""
    with pytest.raises(RateLimitError) as caught:
        JOBS[job](_options(emulator, None), colour)

    if job.startswith("embedded"):
        partial: Any = caught.value.partial
        assert sum(vector is not None for vector in partial) == _MOST
