"""Connections of `_asyncio`: opened by asyncio, also through proxies, and asked by `_http11`.

Each failure gets the error of httpx that says the same: of connecting, where nothing was sent and
the next host may be asked at once, of sending, or of receiving.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, Final

import aiohappyeyeballs
import httpx

from minimax_adapters.api._failures import without_frames
from minimax_adapters.api._http11 import Reply
from minimax_adapters.api._idle import is_readable
from minimax_adapters.api._routes import judge_tunnel
from minimax_adapters.api._turns import Turns

if TYPE_CHECKING:
    from minimax_adapters.api._routes import Hop, Route, Seconds

# Seconds after which another address of a host is tried as well, as RFC 8305 recommends.
_NEXT_ADDRESS: Final = 0.25
# What may wait to be taken before the host is held up.
_MOST_UNREAD: Final = 256 * 1024


class Connection(asyncio.Protocol):
    """Sends and receives over a transport of asyncio, whose callbacks it takes.

    Attributes:
        place: Where it leads.
        since: When it began to wait for a request, by the monotonic clock.

    State: `_reply` is what is being received, `_unread` what of it was not taken, and `_sent`
    whether its request went out whole. Who waits for something to happen waits for one of `_turns`.
    """

    __slots__ = (
        "_error",
        "_is_full",
        "_is_lost",
        "_reply",
        "_route",
        "_seconds",
        "_sent",
        "_transport",
        "_turns",
        "_unread",
        "place",
        "since",
    )

    def __init__(self, route: Route) -> None:
        self.place = route.place
        self.since = 0.0
        self._route = route
        self._transport: Any = None
        self._reply: Reply | None = None
        self._seconds: Seconds = {}
        self._turns = Turns()
        self._unread = 0
        self._sent = False
        self._is_full = False
        self._is_lost = False
        self._error: Exception | None = None

    async def ask(self, request: httpx.Request, seconds: Seconds) -> Reply:
        """Send `request`, and return the reply when its head is there.

        Raises:
            httpx.TransportError: As the transport of httpx itself would raise it.
        """
        self._seconds = seconds
        self._unread = 0
        self._sent = False
        self._reply = reply = Reply(bodiless=request.method == "HEAD")
        try:
            await self._send_all(request, seconds.get("write"))
        except ValueError as error:
            raise httpx.LocalProtocolError(str(without_frames(error))) from error
        self._sent = not self._is_lost
        while not reply.is_begun:
            await self._received(seconds.get("read"))
        return reply

    async def read(self, reply: Reply) -> bytes:
        """Return what has come of the body of `reply`, as soon as there is any; nothing at its end.

        Raises:
            httpx.TransportError: It breaks off, or does not come in time.
        """
        while (piece := reply.take()) is None:
            await self._received(self._seconds.get("read"))
        if self._unread > _MOST_UNREAD and self._may_be_held_up():
            self._transport.resume_reading()
        self._unread = 0
        return piece

    def is_usable_after(self, reply: Reply) -> bool:
        """Return whether it is good for another request."""
        # Held up by what nobody has taken, it would never hear of another reply.
        heard = self._unread <= _MOST_UNREAD
        return self._sent and reply.stays and heard and not self._is_lost and not self._is_full

    def has_ended(self) -> bool:
        """Return whether the host has closed it, or says what nobody has asked for."""
        # The event loop may not have come round to what is there.
        return self._is_lost or is_readable(self._transport.get_extra_info("socket").fileno())

    def close(self) -> None:
        """Close it at once: what is left to say between hosts is worth no wait."""
        lost, self._is_lost = self._is_lost, True
        if self._transport is not None and not lost:  # Lost ones of asyncio may fail at that.
            self._transport.abort()
        self._end_turns()

    async def enter(self, there: Hop, seconds: Seconds) -> None:
        """Have the proxy open a tunnel, and speak TLS through it.

        Raises:
            httpx.ProxyError: It does not.
            httpx.ConnectTimeout: It does not answer in time.
        """
        self._reply = Reply(bodiless=True)
        try:
            await self._send(self._route.asking_for_tunnel(), seconds.get("write"))
            while not self._reply.is_begun:
                await self._received(seconds.get("read"))
            judge_tunnel(self._reply)
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            raise httpx.ProxyError(str(without_frames(error))) from error
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise httpx.ConnectTimeout(str(without_frames(error))) from error
        if there.tls is not None:
            async with asyncio.timeout(seconds.get("connect")):
                self._transport = await asyncio.get_running_loop().start_tls(
                    self._transport, self, there.tls, server_hostname=there.host
                )

    async def _send_all(self, request: httpx.Request, seconds: float | None) -> None:
        for block in self._route.blocks_of(request):
            await self._send(block, seconds)

    async def _send(self, block: bytes | memoryview, seconds: float | None) -> None:
        if self._is_lost or self._transport.is_closing():
            return  # A host that refuses a request early may have answered all the same.
        self._transport.write(block)
        while self._is_full and not self._is_lost:
            await self._turns.next(seconds, _not_taken)

    def _received(self, seconds: float | None) -> asyncio.Future[None]:
        """Return what is done when there is something new.

        Raises:
            httpx.TransportError: There will be nothing; when it is awaited: not in time.
        """
        if self._is_lost:
            raise httpx.ReadError(str(self._error or "It was closed.")) from self._error
        return self._turns.next(seconds, _silent)

    def _may_be_held_up(self) -> bool:
        # uvloop's TLS drops what it holds for us when the host hangs up meanwhile.
        of_uvloop = type(self._transport).__module__.startswith("uvloop")
        return not of_uvloop or self._transport.get_extra_info("ssl_object") is None

    def _end_turns(self) -> None:
        self._turns.wake()
        self._turns.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        reply = self._reply
        if reply is None or reply.is_whole:
            self.close()  # Nobody has asked for it.
            return
        reply.feed(data)
        before, self._unread = self._unread, self._unread + len(data)
        if before <= _MOST_UNREAD < self._unread and self._may_be_held_up():
            self._transport.pause_reading()
        self._turns.wake()

    def eof_received(self) -> None:
        if self._reply is not None:
            self._reply.feed(b"")
        self._turns.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._error = exc and without_frames(exc)
        self._is_lost = True
        self._end_turns()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._turns.wake()


def _not_taken() -> httpx.WriteTimeout:
    return httpx.WriteTimeout("The host does not take the request.")


def _silent() -> httpx.ReadTimeout:
    return httpx.ReadTimeout("The host is silent.")


async def opened(route: Route, seconds: Seconds) -> Connection:
    """Return a connection that goes along `route`.

    Raises:
        httpx.TransportError: There is none, and nothing was sent to the host.
    """
    connection = Connection(route)
    try:
        async with asyncio.timeout(seconds.get("connect")):
            await _open(connection, route.first)
        if route.tunnel is not None:
            await connection.enter(route.tunnel, seconds)
    except BaseException as error:
        connection.close()
        if isinstance(error, TimeoutError):
            raise httpx.ConnectTimeout("The host does not answer.") from without_frames(error)
        if isinstance(error, OSError):
            raise httpx.ConnectError(str(without_frames(error))) from error
        raise
    return connection


async def _open(connection: Connection, there: Hop) -> None:
    loop = asyncio.get_running_loop()
    place, kind = (there.host, there.port), socket.SOCK_STREAM
    try:  # Numbers need no thread, of which all may be taken.
        found = socket.getaddrinfo(*place, type=kind, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        found = await loop.getaddrinfo(*place, type=kind)
    plain = await aiohappyeyeballs.start_connection(found, happy_eyeballs_delay=_NEXT_ADDRESS)
    await loop.create_connection(
        lambda: connection,
        sock=plain,
        ssl=there.tls,
        server_hostname=there.host if there.tls is not None else None,
    )
