"""A transport that may be closed by one thread while others call.

httpx would close the sockets under the threads that wait on them: some would get errors of the
system, others would wait until their time-out. So the connections are closed when the last call
over them has ended. Event streams, which may go on for minutes, are broken off.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Extensions of a response: what breaks it off, its body before httpx wraps it, and whether
# something of that has been read.
INTERRUPT: Final = "minimax_interrupt"
BODY: Final = "minimax_body"
BEGUN: Final = "minimax_begun"


class ClosedLast(httpx.BaseTransport):
    """Sends with a transport that is closed when nothing goes over it any more.

    Owns the transport. May be used by any number of threads: what they share changes in atomic
    steps, without a lock, for the garbage collector may close a client while its thread is in here.
    """

    def __init__(self, make: Callable[[], httpx.BaseTransport]) -> None:
        self._make = make
        self._pool = _Pool(make())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the response, whose body is still to be read."""
        body = _Body(self._pool)
        if not body.enters():
            # Another thread has closed it since this one has found it.
            body = _Body(_Pool(self._make()))
            body.enters()
            body.pool.close()
        try:
            response = body.pool.transport.handle_request(request)
        except BaseException:
            body.pool.leave(body)
            raise
        if response.is_closed:
            body.pool.leave(body)
        else:
            body.carry(response)
        return response

    def close(self) -> None:
        """Close the connections when the calls over them have ended, and break off streams."""
        self._pool.close()


class _Pool:
    """A transport, and the calls that go over it.

    State: whether it is to be `closing`; `_unclosed` holds the transport until somebody closes it.
    Whoever closes says so and then looks for calls; a call says that it is here and then looks
    whether it may be. So one of them always notices the other.
    """

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self.transport = transport
        self.calls: set[_Body] = set()
        self.closing = False
        self._unclosed = [transport]

    def close(self) -> None:
        """Break off the streams, and close the transport, at the latest when the last call ends."""
        self.closing = True
        for body in list(self.calls):
            body.break_off()
        self._close_if_left()

    def leave(self, body: _Body) -> None:
        """Count the call of `body` as ended."""
        self.calls.discard(body)
        self._close_if_left()

    def _close_if_left(self) -> None:
        if self.closing and not self.calls:
            with contextlib.suppress(IndexError):  # Another thread was first.
                self._unclosed.pop().close()


class _Body(httpx.SyncByteStream):
    """A body that leaves its pool when it is closed."""

    def __init__(self, pool: _Pool) -> None:
        self.pool = pool
        self._response: httpx.Response | None = None
        self._stream: httpx.SyncByteStream | None = None

    def enters(self) -> bool:
        """Count as a call over the pool; return whether it may go over it."""
        self.pool.calls.add(self)
        if not self.pool.closing:
            return True
        self.pool.leave(self)
        return False

    def carry(self, response: httpx.Response) -> None:
        """Take the place of the body of `response`."""
        self._stream = response.stream  # type: ignore[assignment]  # synchronous here
        self._response = response
        response.stream = response.extensions[BODY] = self

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream or ())

    def break_off(self) -> None:
        """Let whoever reads an event stream find its end; one that has not begun goes on."""
        response = self._response
        if response is None or not is_streaming(response):
            return
        break_off(response)

    def close(self) -> None:
        self._response = None
        stream, self._stream = self._stream, None
        if stream is not None:
            try:
                stream.close()
            finally:
                self.pool.leave(self)


def break_off(response: httpx.Response) -> None:
    """Let whoever reads the body of `response` find its end; safe from any thread.

    The transport of httpx names its socket, ours a function that does it.
    """
    if interrupt := response.extensions.get(INTERRUPT):
        interrupt()
    elif stream := response.extensions.get("network_stream"):
        wake_reader(stream.get_extra_info("socket"))


def wake_reader(connection: socket.socket) -> None:
    """Let whoever reads from a socket find its end; closing the socket would not."""
    with contextlib.suppress(OSError):
        # Not the method of TLS sockets, which would drop what the reader is using.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def is_streaming(response: httpx.Response) -> bool:
    """Return whether `response` is an event stream of which something has been read.

    Before that a call would be repeated if it failed, and ask MiniMax for the same again.
    """
    kind = response.headers.get("content-type", "")
    return "event-stream" in kind and BEGUN in response.extensions
