"""Connections of urllib3 and asyncio: which are kept, how they end, and through what."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import queue
import ssl
import threading
import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import httpx
import pytest
from on_a_loop import OnALoop
from raw_host import CHUNKED, OK, WHOLE, Host, Said, ended, post
from waiting import eventually

from minimax_adapters.api import _clients, _idle
from minimax_adapters.api._asyncio import AsyncioTransport
from minimax_adapters.api._closed_last import break_off
from minimax_adapters.api._http11 import Reply
from minimax_adapters.api._urllib3 import Urllib3Transport

if TYPE_CHECKING:
    import trustme

Make: TypeAlias = Callable[..., Any]
# Each makes a transport, over a proxy if one is given.
BOTH = pytest.mark.parametrize(
    "make",
    [Urllib3Transport, lambda *proxy: OnALoop(AsyncioTransport(*proxy))],
    ids=["urllib3", "asyncio"],
)


@BOTH
def test_connections_are_kept_only_after_whole_replies(make: Make) -> None:
    """One that is closed early, or whose host says so, would have the next reply mixed up."""
    closing = WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    cut = CHUNKED + b"5\r\nhello\r\n"
    with Host([WHOLE], [CHUNKED, b"0\r\n\r\n"], [closing], [cut], [WHOLE]) as host:
        with make() as transport:
            for _ in range(3):
                transport.handle_request(post(host.url)).read()
            left = transport.handle_request(post(host.url))
            assert isinstance(left.stream, httpx.SyncByteStream)
            next(iter(left.stream))
            left.close()
            transport.handle_request(post(host.url)).read()

        assert [number for number, _ in host.heard] == [0, 0, 0, 1, 2]


@BOTH
def test_a_connection_that_the_host_has_closed_is_replaced(make: Make) -> None:
    """Without an attempt that fails, as there is no knowing whether it would be billed."""
    with Host(stay=False) as host, make() as transport:
        for _ in range(2):
            transport.handle_request(post(host.url)).read()
            # Unless it has been noticed already.
            assert all(eventually(waiting.has_ended) for waiting in transport._idle._kept)

        assert [number for number, _ in host.heard] == [0, 1]


@BOTH
def test_connections_wait_for_five_seconds(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with httpx; hosts close those that wait longer, some while a request is on its way."""
    with Host() as host, make() as transport:
        for now in (100.0, 104.0, 109.5):
            monkeypatch.setattr(_idle, "monotonic", partial(float, now))
            transport.handle_request(post(host.url)).read()

        assert [number for number, _ in host.heard] == [0, 0, 1]


@BOTH
def test_few_connections_wait(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crowd that has gone leaves no sockets; each place has its own."""
    monkeypatch.setattr(_idle, "LIMITS", httpx.Limits(max_keepalive_connections=2))
    with Host() as one, Host() as other, make() as transport:
        responses = [transport.handle_request(post(one.url)) for _ in range(4)]
        assert not transport._idle
        for response in responses:
            response.read()
        assert len(transport._idle) == 2
        transport.handle_request(post(other.url)).read()
        assert len(transport._idle) == 2

        transport.handle_request(post(one.url)).read()

        assert len({number for number, _ in one.heard}) == 4


@BOTH
def test_bytes_are_there_when_they_have_come(make: Make) -> None:
    """Half of a chunk, too: a proxy may cut anywhere, and a listener waits."""
    seen = threading.Event()
    replies: Said = [CHUNKED + b"a\r\nhello", seen, b"there\r\n0\r\n\r\n"]
    with Host(replies) as host, make() as transport:
        response = transport.handle_request(post(host.url))
        assert isinstance(response.stream, httpx.SyncByteStream)
        chunks = iter(response.stream)

        assert next(chunks) == b"hello"
        seen.set()
        assert list(chunks) == [b"there"]
        response.close()


@pytest.mark.parametrize(
    "place", ["on_message_begin", "on_header", "on_headers_complete", "on_body"]
)
def test_a_user_may_interrupt_a_call_anywhere(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The parser would make an error of the reply of it, after which there is another attempt."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Reply, place, interrupted)
    with Host() as host, Urllib3Transport() as transport:
        with pytest.raises(KeyboardInterrupt):
            transport.handle_request(post(host.url)).read()

        assert not transport._idle


@BOTH
@pytest.mark.parametrize("more", [b"\r\nHTTP/1.1 200 OK\r\n", b"x", WHOLE])
def test_what_nobody_has_asked_for_is_no_reply(make: Make, more: bytes) -> None:
    """It would be taken for the answer to the next request."""
    with Host([WHOLE + more]) as host, make() as transport:
        for _ in range(2):
            assert transport.handle_request(post(host.url)).read() == b"hello"

        assert [number for number, _ in host.heard] == [0, 1]


@BOTH
def test_the_reply_to_head_has_no_body(make: Make) -> None:
    """Whatever length it tells."""
    with Host([WHOLE[:-5]]) as host, make() as transport:
        request = post(host.url)
        request.method = "HEAD"

        assert transport.handle_request(request).read() == b""


@pytest.mark.parametrize(
    ("library", "reply"),
    [
        ("urllib3", CHUNKED + b"5\r\nhello\r\n"),
        ("urllib3", OK + b"\r\nhello"),
        # httpx takes that of the second for the end of the body.
        ("httpx", CHUNKED + b"5\r\nhello\r\n"),
    ],
)
@pytest.mark.parametrize("secure", [False, True])
def test_another_thread_may_break_off_what_is_read(
    trusted: ssl.SSLContext, reply: bytes, library: str, *, secure: bool
) -> None:
    """At once, and with an error: the end of the connection is not the end of the answer."""
    with (
        Host([reply], tls=trusted if secure else None) as host,
        Urllib3Transport() if library == "urllib3" else _httpx_transport() as transport,
    ):
        found: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def listen() -> None:
            response = transport.handle_request(post(host.url))
            assert isinstance(response.stream, httpx.SyncByteStream)
            found.put(response)
            try:
                for chunk in response.stream:
                    found.put(chunk)
            except httpx.TransportError as error:
                found.put(type(error))
            response.close()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        response = found.get(timeout=5)
        assert found.get(timeout=5) == b"hello"
        break_off(response)

        assert found.get(timeout=5) in {httpx.ReadError, httpx.RemoteProtocolError}
        listener.join(5)
        if isinstance(transport, Urllib3Transport):
            assert not transport._idle


def _httpx_transport() -> httpx.HTTPTransport:
    return httpx.HTTPTransport(verify=_clients.tls_context())


@BOTH
def test_hosts_are_known_by_their_certificates(
    make: Make, trusted: ssl.SSLContext, authority: trustme.CA
) -> None:
    """By authority and by name; else nothing is sent."""
    other = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("host.invalid").configure_cert(other)
    with Host(tls=trusted) as known, Host(tls=other) as unknown, make() as transport:
        assert transport.handle_request(post(known.url)).read() == b"hello"
        with pytest.raises(httpx.ConnectError, match="certificate"):
            transport.handle_request(post(unknown.url))

        assert unknown.heard == []


class Tunnels:
    """A proxy that opens tunnels, and answers other requests itself; alive inside `async with`.

    Attributes:
        address: Host and port.
    """

    def __init__(self) -> None:
        self._answering: set[asyncio.Task[None] | None] = set()
        self.address = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await asyncio.gather(*filter(None, self._answering))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._answering.add(asyncio.current_task())
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, *_ = head.decode().split()
        if method == "CONNECT":
            there, to_there = await asyncio.open_connection(*target.split(":"))
            writer.write(OK + b"\r\n")
            await asyncio.gather(_pump(reader, to_there), _pump(there, writer))
        else:
            writer.write(OK + b"Connection: close\r\n\r\nproxy")
            await _end(writer)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while taken := await reader.read(65536):
            writer.write(taken)
            await writer.drain()
    await _end(writer)


async def _end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@BOTH
@pytest.mark.parametrize(("to", "answer"), [("https", b"hello"), ("http", b"proxy")])
async def test_proxies_carry_what_is_for_the_host(
    make: Make, trusted: ssl.SSLContext, to: str, answer: bytes
) -> None:
    """In clear, and in TLS through the proxy."""
    there = Host(tls=trusted if to == "https" else None)
    async with Tunnels() as tunnels:
        proxy = httpx.Proxy(f"http://{tunnels.address}")

        def ask() -> list[bytes]:
            with there as host, make(proxy) as transport:
                return [transport.handle_request(post(host.url)).read() for _ in range(2)]

        assert await asyncio.to_thread(ask) == [answer] * 2

    assert [number for number, _ in there.heard] == ([] if to == "http" else [0, 0])


@BOTH
def test_a_transport_that_is_dropped_warns_of_nothing(make: Make) -> None:
    """Its owner closes it; what fails leaves no socket either."""
    with (
        Host([b"nonsense\r\n\r\n"], [WHOLE]) as host,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        with make() as transport:
            assert ended(transport, host.url)[0] is httpx.RemoteProtocolError
            assert ended(transport, host.url)[0] == 200
            with pytest.raises(httpx.ConnectError):
                transport.handle_request(post("http://127.0.0.1:1/v1"))
        del transport
        gc.collect()

    assert [str(warning.message) for warning in caught] == []
