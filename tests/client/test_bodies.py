"""Bodies that are read past httpx's response: what that does for its readers still holds."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import weakref
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from waiting import eventually

from minimax_adapters.api import (
    AsyncClient,
    AsyncEventStream,
    ChatEnd,
    ChatRequest,
    Client,
    EventStream,
    TextDelta,
)
from minimax_adapters.api._chat_stream import ChatSession
from minimax_adapters.api._deadline import Deadline
from minimax_adapters.api._drivers import AsyncDriver, SyncDriver, anext_chunk, next_chunk
from minimax_adapters.api._failures import failure
from minimax_adapters.api._flow import Policy
from minimax_adapters.api._judge import HTTPReply
from minimax_adapters.api._receiving import Opened
from minimax_adapters.api._steps import Incoming
from minimax_adapters.api._turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

URL: Final = "https://api.example.org/v1/chat/completions"
HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
OPTIONS: Final[dict[str, Any]] = {
    "api_key": "key",
    "base_url": "https://api.example.org",
    "backoff": lambda: repeat(0.0),
}
EVENT_STREAM: Final = {"content-type": "text/event-stream"}


def event(text: str, reason: str | None = None) -> bytes:
    """Return one event of a stream."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    return b"data: " + json.dumps({"id": "0699f1", "choices": [choice]}).encode() + b"\n\n"


WHOLE: Final = [event("Hel"), event("lo.", "stop"), b"data: [DONE]\n\n"]


class Pieces:
    """An iterator of either colour that is no generator, and cannot be closed."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self._pieces = iter(pieces)
        self.asked = 0

    def __iter__(self) -> Pieces:
        return self

    def __next__(self) -> bytes:
        self.asked += 1
        piece = next(self._pieces)
        if isinstance(piece, Exception):
            raise piece
        return piece

    def __aiter__(self) -> Pieces:
        return self

    async def __anext__(self) -> bytes:
        try:
            return next(self)
        except StopIteration:
            raise StopAsyncIteration from None


class Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body as tools for tests make them."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return Pieces(*self._pieces)

    def __aiter__(self) -> Any:  # noqa: ANN401 - an iterator
        return Pieces(*self._pieces)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Response]:
    """Return what the replaced transports of httpx answer, first to last."""
    answers: list[httpx.Response] = []

    async def handle(_: object, request: httpx.Request) -> httpx.Response:  # noqa: ARG001 - as httpx calls it
        return answers.pop(0)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda _, __: answers.pop(0))
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)
    return answers


def incoming(*pieces: bytes | Exception) -> Incoming:
    """Return a response with these pieces."""
    request = httpx.Request("POST", URL)
    response = httpx.Response(200, headers=EVENT_STREAM, stream=Body(), request=request)
    return Incoming(response, Pieces(*pieces))


async def test_a_body_that_cannot_be_closed_is_left_alone(answers: list[httpx.Response]) -> None:
    """Tools for tests put lists there: a retry and an early end must pass."""
    for _ in range(2):
        answers.append(httpx.Response(500, stream=Body(b"{}")))
        answers.append(httpx.Response(200, headers=EVENT_STREAM, stream=Body(*WHOLE)))
        answers.append(httpx.Response(200, headers=EVENT_STREAM, stream=Body(*WHOLE)))

    with Client(**OPTIONS) as client:
        whole = list(client.stream_chat(HELLO))
        with client.stream_chat(HELLO) as events:
            assert next(events) == TextDelta("Hel")
    async with AsyncClient(**OPTIONS) as asynchronous:
        same = [each async for each in asynchronous.stream_chat(HELLO)]
        async with asynchronous.stream_chat(HELLO) as stream:
            assert await anext(stream) == TextDelta("Hel")

    assert [type(each) for each in whole] == [TextDelta, TextDelta, ChatEnd]
    assert same == whole


def test_the_thread_that_closes_survives_whatever_is_raised(
    answers: list[httpx.Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the only one, and closes the streams of all clients."""

    def fail(_: object) -> None:
        raise LookupError

    monkeypatch.setattr(Body, "close", fail)
    answers.append(httpx.Response(200, headers=EVENT_STREAM, stream=Body(*WHOLE)))
    with Client(**OPTIONS) as client, client.stream_chat(HELLO) as events:
        next(events)
    closed = threading.Event()
    from minimax_adapters.api._closing import CLOSER  # noqa: PLC0415 - the one that was used

    CLOSER.close_soon(closed.set)
    assert eventually(closed.is_set)


@pytest.mark.parametrize("error", [httpx.ReadTimeout("silent"), httpx.ReadError("gone")])
async def test_an_error_before_the_first_byte_names_the_host(error: httpx.RequestError) -> None:
    """Which of several base URLs it was cannot be guessed."""
    with pytest.raises(httpx.RequestError) as caught:
        next_chunk(incoming(error))
    assert caught.value.request.url == URL
    with pytest.raises(httpx.RequestError) as caught:
        await anext_chunk(incoming(error))
    assert "api.example.org" in str(failure(caught.value, received=False))


async def test_nothing_is_no_beginning_of_a_reply() -> None:
    """What fails after it may be sent again."""
    assert next_chunk(incoming(b"", b"Hello")) == b"Hello"
    assert await anext_chunk(incoming(b"", b"Hello")) == b"Hello"


async def test_a_stream_that_broke_behind_its_end_is_not_drained() -> None:
    """The host is silent: another look would take another read time-out."""
    for asynchronous in (False, True):
        head = {**EVENT_STREAM, "transfer-encoding": "chunked"}
        session = ChatSession(HTTPReply(200, head))
        events = session.feed(event("Hello.", "stop"))
        body = incoming(httpx.ReadTimeout("silent"), httpx.ReadTimeout("silent"))
        body.response.headers.update(head)
        opened = Opened(session, events, body, Deadline(None, lambda: 0.0))
        if asynchronous:
            driver: Any = _Driver(opened)
            stream: AsyncEventStream[Any] = AsyncEventStream(driver, None)  # type: ignore[arg-type]  # no flow
            seen = [each async for each in stream]
        else:
            driver = _SyncDriver(opened)
            seen = list(EventStream(driver, None))  # type: ignore[arg-type]  # no flow
        assert isinstance(seen[-1], ChatEnd)
        assert body.chunks.asked == 1


class _Driver(AsyncDriver):
    def __init__(self, opened: Opened[Any]) -> None:
        self._opened = opened

    async def run(self, flow: object) -> Any:  # noqa: ANN401, ARG002 - as the real one
        return self._opened


class _SyncDriver(SyncDriver):
    def __init__(self, opened: Opened[Any]) -> None:
        self._opened = opened

    def run(self, flow: object) -> Any:  # noqa: ANN401, ARG002 - as the real one
        return self._opened


def test_no_stream_gets_the_request_of_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its key an error is masked."""
    policy = Policy(Client(**OPTIONS).settings)
    first, again, other = (
        httpx.Request("POST", URL, headers={"Authorization": f"Bearer {key}"}, content=b"{}")
        for key in ("first-key", "first-key", "second-key")
    )
    policy._without_body(first)
    is_equal, others = httpx.URL.__eq__, [other]

    def interrupted(url: httpx.URL, other: object) -> bool:
        while others:  # Another thread has its turn here.
            policy._without_body(others.pop())
        return is_equal(url, other)

    monkeypatch.setattr(httpx.URL, "__eq__", interrupted)
    kept = policy._without_body(again)
    assert kept.headers["Authorization"] == "Bearer first-key"
    assert kept.content == b""


class LateError(TimeoutError):
    """An error that tells when it is gone."""


async def test_a_wait_that_took_too_long_holds_nothing() -> None:
    """The error holds the frames that it passed, and those the request."""
    turns = Turns()
    gc.disable()
    try:
        try:
            await turns.next(0, LateError)
        except LateError as error:
            is_held = weakref.ref(error)
        await asyncio.sleep(0)  # What has woken this task holds it until now.
        assert is_held() is None
    finally:
        gc.enable()
