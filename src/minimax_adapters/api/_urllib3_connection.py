"""Connections of `_urllib3`: opened by urllib3, also through proxies, and asked by `_http11`.

Each failure gets the error of httpx that says the same: of connecting, where nothing was sent and
the next host may be asked at once, of sending, or of receiving.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

import httpx
from urllib3.exceptions import HTTPError
from urllib3.util.connection import create_connection

from minimax_adapters.api._closed_last import wake_reader
from minimax_adapters.api._deadline import Wait
from minimax_adapters.api._failures import without_frames
from minimax_adapters.api._http11 import Reply
from minimax_adapters.api._idle import is_readable
from minimax_adapters.api._routes import judge_tunnel

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api._routes import Hop, Route, Seconds

P = ParamSpec("P")
T = TypeVar("T")

# What is received at once, as httpcore does.
_AT_ONCE: Final = 64 * 1024
_SOCKET_OPTIONS: Final[list[tuple[int, int, int | bytes]]] = [
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
]


class Connection:
    """Sends and receives over a socket that urllib3 has opened.

    Attributes:
        place: Where it leads.
        since: When it began to wait for a request, by the monotonic clock.

    State: whether the last request was `_sent` whole, and whether another thread has broken it off.

    Raises:
        httpx.TransportError: There is no connection, and nothing was sent to the host.
    """

    def __init__(self, route: Route, seconds: Seconds) -> None:
        self.place = route.place
        self.since = 0.0
        self._route = route
        self._sent = False
        self._interrupted = False
        self._receive: Callable[[int], bytes]
        self._socket = _opened(route.first, seconds.get("connect"))
        if route.tunnel is not None:
            try:
                self._enter(route.tunnel, seconds)
            except BaseException:
                self.close()
                raise

    def ask(self, request: httpx.Request, seconds: Seconds) -> Reply:
        """Send `request`, and return the reply when its head is there.

        Raises:
            httpx.TransportError: As the transport of httpx itself would raise it.
        """
        self._sent = False
        try:
            for block in self._route.blocks_of(request):
                self._send(block, seconds)
            self._sent = True
        except TimeoutError as error:
            raise httpx.WriteTimeout(str(without_frames(error))) from error
        except OSError:
            pass  # A host that refuses a request early may have answered all the same.
        except ValueError as error:
            raise httpx.LocalProtocolError(str(without_frames(error))) from error
        self._receive = self._limited(seconds.get("read"), self._socket.recv)
        return self._begun(Reply(bodiless=request.method == "HEAD"))

    def read(self, reply: Reply) -> bytes:
        """Return what has come of the body of `reply`, as soon as there is any; nothing at its end.

        Raises:
            httpx.TransportError: It breaks off, or does not come in time.
        """
        while (piece := reply.take()) is None:
            self._feed(reply)
        if not piece and self._interrupted:
            raise httpx.ReadError("It was broken off by another thread.")
        return piece

    def is_usable_after(self, reply: Reply) -> bool:
        """Return whether it is good for another request."""
        return self._sent and reply.stays and not self._interrupted

    def has_ended(self) -> bool:
        """Return whether the host has closed it, or says what nobody has asked for."""
        return is_readable(self._socket.fileno())

    def interrupt(self) -> None:
        """Let whoever is reading find the end; safe from any thread."""
        self._interrupted = True
        wake_reader(self._socket)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _send(self, block: bytes | memoryview, seconds: Seconds) -> None:
        # Not `sendall()`, whose time-out is one for all: a slow host takes it bit by bit.
        send = self._limited(seconds.get("write"), self._socket.send)
        unsent = memoryview(block)
        while unsent:
            unsent = unsent[send(unsent) :]

    def _enter(self, there: Hop, seconds: Seconds) -> None:
        """Have the proxy open a tunnel, and speak TLS through it."""
        try:
            self._send(self._route.asking_for_tunnel(), seconds)
            self._receive = self._limited(seconds.get("read"), self._socket.recv)
            judge_tunnel(self._begun(Reply(bodiless=True)))
            if there.tls is not None:
                within = seconds.get("connect")
                self._socket.settimeout(within.now() if isinstance(within, Wait) else within)
                self._socket = there.tls.wrap_socket(self._socket, server_hostname=there.host)
        except (httpx.ReadTimeout, TimeoutError) as error:
            raise httpx.ConnectTimeout(str(without_frames(error))) from error
        except (httpx.ReadError, httpx.RemoteProtocolError) as error:
            raise httpx.ProxyError(str(without_frames(error))) from error
        except OSError as error:
            raise httpx.ConnectError(str(without_frames(error))) from error

    def _begun(self, reply: Reply) -> Reply:
        while not reply.is_begun:
            self._feed(reply)
        return reply

    def _feed(self, reply: Reply) -> None:
        try:
            received = self._receive(_AT_ONCE)
        except OSError as error:
            kind = httpx.ReadTimeout if isinstance(error, TimeoutError) else httpx.ReadError
            raise kind(str(without_frames(error))) from error
        reply.feed(received)

    def _limited(self, seconds: float | None, act: Callable[P, T]) -> Callable[P, T]:
        """Return `act` of the socket, which waits for `seconds`, and not beyond their deadline."""
        if not isinstance(seconds, Wait):
            self._socket.settimeout(seconds)
            return act

        def limited(*given: P.args, **named: P.kwargs) -> T:
            # Else the time-out would begin anew with each byte that comes.
            self._socket.settimeout(seconds.now())
            try:
                return act(*given, **named)
            except TimeoutError:
                seconds.now()  # Raises if it was the deadline that ended the wait.
                raise

        return limited


def _opened(there: Hop, seconds: float | None) -> socket.socket:
    """Return a socket to `there`.

    Raises:
        httpx.TransportError: There is none, and nothing was sent.
    """
    opened: socket.socket | None = None
    try:
        opened = create_connection(
            (there.host, there.port), seconds, socket_options=_SOCKET_OPTIONS
        )
        # urllib3 itself would change the context, which is everybody's.
        tls = there.tls
        return opened if tls is None else tls.wrap_socket(opened, server_hostname=there.host)
    except BaseException as error:
        if opened is not None:
            opened.close()
        if isinstance(error, TimeoutError):
            raise httpx.ConnectTimeout(str(without_frames(error))) from error
        if isinstance(error, OSError | HTTPError):
            raise httpx.ConnectError(str(without_frames(error))) from error
        raise
