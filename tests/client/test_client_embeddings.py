"""Embedding many texts: batches, order, progress, and what is kept when one fails."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest
from colours import Caller, Colour

from minimax_adapters.api import (
    AsyncClient,
    InsufficientBalanceError,
    InvalidReplyError,
    InvalidRequestError,
    RateLimitError,
)

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator


@pytest.fixture(params=get_args(Colour))
def colour(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - a literal type
    """Return `sync`, then `async`."""
    return request.param


def _vectors(request: httpx.Request) -> httpx.Response:
    """Answer text `n` with a vector of `n`."""
    texts = json.loads(request.content)["texts"]
    vectors = [[float(text)] * 1536 for text in texts]
    return httpx.Response(200, json={"vectors": vectors, "total_tokens": len(texts)})


def test_an_empty_list_is_answered_without_a_call(colour: Colour) -> None:
    """MiniMax does not say what it would answer."""
    with Caller(colour, _vectors) as caller:
        done = caller.embed([], type="db")

    assert (done.vectors, done.total_tokens, caller.sent) == ([], 0, [])


def test_vectors_are_in_the_order_of_the_texts(colour: Colour) -> None:
    """Whatever the batches and whichever answer comes first."""
    seen: list[int] = []
    with Caller(colour, _vectors) as caller:
        done = caller.embed(
            [str(n) for n in range(70)], type="query", max_batch_size=16, on_progress=seen.append
        )

    assert [vector[0] for vector in done.vectors] == list(range(70))
    assert done.total_tokens == 70
    assert sorted(seen) == [6, 16, 16, 16, 16]
    assert {json.loads(request.content)["type"] for request in caller.sent} == {"query"}


async def test_batches_run_side_by_side_up_to_the_limit() -> None:
    """Order is kept although later batches finish first."""
    running, most = 0, 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        number = int(json.loads(request.content)["texts"][0])
        for _ in range(20 - number):
            await asyncio.sleep(0)
        running -= 1
        return _vectors(request)

    client = AsyncClient(api_key="k", transport=httpx.MockTransport(answer))
    async with client:
        done = await client.embed(
            [str(n) for n in range(12)], type="db", max_batch_size=1, max_concurrency=3
        )

    assert [vector[0] for vector in done.vectors] == list(range(12))
    assert most == 3


def test_vectors_that_are_done_are_kept_when_a_batch_fails(colour: Colour) -> None:
    """They are paid for; None stands for the others."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "2" in json.loads(request.content)["texts"]:
            return httpx.Response(200, json={"base_resp": {"status_code": 1002}})
        return _vectors(request)

    with Caller(colour, answer, max_retries=0) as caller, pytest.raises(RateLimitError) as caught:
        caller.embed(["0", "1", "2", "3"], type="db", max_batch_size=2)

    partial = caught.value.partial
    assert isinstance(partial, list)
    assert [vector and vector[0] for vector in partial] == [0.0, 1.0, None, None]


async def test_one_failure_ends_the_batches_that_wait() -> None:
    """They would be billed for nothing."""
    sent: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["texts"][0])
        await asyncio.sleep(0)
        return httpx.Response(200, json={"vectors": None})

    client = AsyncClient(api_key="k", transport=httpx.MockTransport(answer))
    async with client:
        with pytest.raises(InvalidReplyError):
            await client.embed(
                [str(n) for n in range(50)], type="db", max_batch_size=1, max_concurrency=2
            )

    assert len(sent) < 6
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_failure_keeps_what_was_sent_and_gives_up_the_rest(*, cancelled: bool) -> None:
    """What is on its way is billed; what is to be tried again in an hour need not be."""
    gate, failed = asyncio.Event(), asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        (text,) = json.loads(request.content)["texts"]
        if text == "0":
            return httpx.Response(200, json={"base_resp": {"status_code": 1002}})
        if text == "1":
            for _ in range(9):
                await asyncio.sleep(0)
            failed.set()
            return httpx.Response(200, json={"base_resp": {"status_code": 1008}})
        await gate.wait()
        return _vectors(request)

    transport = httpx.MockTransport(answer)
    async with AsyncClient(
        api_key="k", transport=transport, backoff=lambda: iter([3600.0])
    ) as client:
        job = asyncio.create_task(
            client.embed(["0", "1", "2", "3"], type="db", max_batch_size=1, max_concurrency=3)
        )
        await failed.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        assert not job.done()
        if cancelled:
            job.cancel()
            with pytest.raises(asyncio.CancelledError):
                await job
        else:
            gate.set()
            with pytest.raises(InsufficientBalanceError) as caught:
                await job
            assert isinstance(caught.value.partial, list)
            assert [v and v[0] for v in caught.value.partial] == [None, None, 2.0, None]

    assert len(asyncio.all_tasks()) == 1


def test_db_and_query_are_two_sides(colour: Colour, emulator: Emulator) -> None:
    """The same text has two vectors, and each request says which."""
    with Caller(colour, api_key=emulator.api_key, base_url=emulator.url) as caller:
        stored = caller.embed(["The shop closes at six."], type="db")
        asked = caller.embed(["The shop closes at six."], type="query")

    assert stored.vectors != asked.vectors
    assert len(stored.vectors[0]) == 1536
    assert [request.json["type"] for request in emulator.requests] == ["db", "query"]


def test_threads_share_a_client(emulator: Emulator) -> None:
    """As web servers do."""
    done: list[int] = []
    with Caller("sync", api_key=emulator.api_key, base_url=emulator.url) as caller:
        threads = [
            threading.Thread(
                target=lambda: done.append(len(caller.embed(["a", "b"], type="db").vectors))
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert done == [2] * 8


def test_a_refused_job_names_the_text_that_is_empty(colour: Colour, emulator: Emulator) -> None:
    """MiniMax says that one is, and not which of thousands."""
    texts = [f"Text number {number}." for number in range(40)]
    texts[35] = ""
    with (
        Caller(colour, base_url=emulator.url, api_key=emulator.api_key) as caller,
        pytest.raises(InvalidRequestError, match="Text 35 is empty: leave it out") as caught,
    ):
        caller.embed(texts, type="db")

    assert "model" not in str(caught.value)


def test_there_is_one_model_for_embeddings(colour: Colour, emulator: Emulator) -> None:
    """Those of other providers are tried first."""
    with (
        Caller(colour, base_url=emulator.url, api_key=emulator.api_key) as caller,
        pytest.raises(InvalidRequestError, match="one model for embeddings, 'embo-01'"),
    ):
        caller.embed(["a"], type="db", model="text-embedding-3-small")
    emulator.clear()  # The schema has no other model either.
