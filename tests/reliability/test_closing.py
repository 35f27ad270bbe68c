"""A client that one thread or task closes while others use it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from closing_host import ANSWER, EVENTS, FIRST, HELLO, JSON, LAST, CountingHost
from raw_host import OK
from waiting import eventually

from minimax_adapters.api import Client, InterruptedReplyError, TextDelta
from minimax_adapters.api._closed_last import ClosedLast

if TYPE_CHECKING:
    import threading


@pytest.fixture(params=["httpx", "urllib3"])
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the settings of a client."""
    return {"api_key": "k", "sync_http": request.param, "max_retries": 1}


def _client(host: CountingHost, options: dict[str, Any]) -> Client:
    return Client(base_url=host.base_url, **options)


@pytest.mark.parametrize("heads", [b"", OK + JSON, OK + JSON + ANSWER[:9]])
def test_a_call_under_way_gets_its_answer(
    heads: bytes, gate: threading.Event, options: dict[str, Any]
) -> None:
    """It may be billed, wherever it is; the connection is closed behind it."""
    rest = (OK + JSON + ANSWER).removeprefix(heads)
    with CountingHost([heads, gate, rest]) as host, ThreadPoolExecutor(1) as threads:
        client = _client(host, options)
        call = threads.submit(client.chat, HELLO)
        assert eventually(lambda: bool(host.heard))

        client.close()
        assert not host.left
        gate.set()

        assert call.result(5).content == "Hi"
        assert eventually(lambda: host.left == 1)


def test_a_stream_is_broken_off_for_its_reader(
    gate: threading.Event, options: dict[str, Any]
) -> None:
    """It could go on for minutes; what has arrived is in the error."""
    with CountingHost([EVENTS + FIRST, gate]) as host, ThreadPoolExecutor(1) as threads:
        client = _client(host, options)
        stream = client.stream_chat(HELLO)
        assert next(stream) == TextDelta("Hi")
        reading = threads.submit(next, stream)

        client.close()

        with pytest.raises(InterruptedReplyError) as interrupted:
            reading.result(5)
        assert interrupted.value.partial is not None
        gate.set()  # The host looks up only now.
        assert eventually(lambda: host.left == 1)


def test_a_stream_that_nobody_reads_is_broken_off(
    gate: threading.Event, options: dict[str, Any]
) -> None:
    """Its connection ends with the block of its client, though the stream is still there."""
    with CountingHost([EVENTS + FIRST, gate]) as host:
        with _client(host, options) as client:
            stream = client.stream_chat(HELLO)
            assert next(stream) == TextDelta("Hi")

        gate.set()
        assert eventually(lambda: host.left == 1)
        with pytest.raises(InterruptedReplyError):
            next(stream)


@pytest.mark.parametrize("heads", [b"", EVENTS])
def test_a_stream_that_has_not_begun_gets_its_answer(
    heads: bytes, gate: threading.Event, options: dict[str, Any]
) -> None:
    """Broken off, it would be asked for again, and billed twice."""
    rest = (EVENTS + FIRST + LAST).removeprefix(heads)
    with CountingHost([heads, gate, rest]) as host, ThreadPoolExecutor(1) as threads:
        client = _client(host, options)
        stream = client.stream_chat(HELLO)
        reading = threads.submit(list, stream)
        assert eventually(lambda: bool(host.heard))

        client.close()
        gate.set()

        assert reading.result(5)[0] == TextDelta("Hi")
        assert len(host.heard) == 1
        assert eventually(lambda: host.left == 1)


def test_a_thread_that_has_found_its_client_may_still_call(options: dict[str, Any]) -> None:
    """Another one closes the client in between."""
    with CountingHost() as host:
        client = _client(host, options)
        found = client._clients.current()

        client.close()

        assert found.get(host.url).text == "hello"
        assert eventually(lambda: host.left == 1)


class _Counted(httpx.BaseTransport):
    """Knows how often it was closed."""

    closed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            raise httpx.ConnectError("refused")
        return httpx.Response(200, content=b"all") if request.method == "GET" else _streaming()

    def close(self) -> None:
        self.closed += 1


def _streaming() -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(b"all"))


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_it_is_closed_once_and_by_the_last(method: str) -> None:
    """A request that failed, and one whose body was there at once, have left already."""
    inner = _Counted()
    transport = ClosedLast(lambda: inner)
    with pytest.raises(httpx.ConnectError):
        transport.handle_request(httpx.Request("POST", "https://host.invalid"))
    responses = [
        transport.handle_request(httpx.Request(method, "https://host.invalid")) for _ in range(2)
    ]

    transport.close()
    for response in responses:
        assert inner.closed == (method == "GET")
        response.read()
        response.close()
    transport.close()

    assert inner.closed == 1
