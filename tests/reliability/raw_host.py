"""A host that says byte for byte what a test wants, and what a transport makes of it."""

from __future__ import annotations

import contextlib
import itertools
import socket
import struct
import threading
from typing import TYPE_CHECKING, Final, Self, TypeAlias

import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

Said: TypeAlias = list["bytes | threading.Event | Callable[[socket.socket], object]"]
OK: Final = b"HTTP/1.1 200 OK\r\n"
WHOLE: Final = OK + b"Content-Length: 5\r\n\r\nhello"
CHUNKED: Final = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Host:
    """A host on loopback that says what it is told to; alive inside `with`.

    Attributes:
        url: Its address.
        heard: Each request as it came, by the number of its connection.
        replies: What it will say next, wait for, or do; then it always says `WHOLE`.
    """

    def __init__(
        self, *replies: Said, tls: ssl.SSLContext | None = None, stay: bool = True
    ) -> None:
        self.replies = list(replies)
        self._tls = tls
        self._stay = stay
        self.heard: list[tuple[int, bytes]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}/v1/chat?a=%20b"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            for number in itertools.count():
                connection, _ = self._listener.accept()
                if self._tls is not None:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(number, connection), daemon=True).start()

    def _serve(self, number: int, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while request := _request(connection):
                self.heard.append((number, request))
                for said in self.replies.pop(0) if self.replies else [WHOLE]:
                    if isinstance(said, bytes):
                        connection.sendall(said)
                    elif isinstance(said, threading.Event):
                        said.wait(5)
                    else:
                        said(connection)
                if not self._stay:
                    connection.shutdown(socket.SHUT_RDWR)


def _request(connection: socket.socket) -> bytes:
    """Return the next request, nothing at the end."""
    taken = b""
    while b"\r\n\r\n" not in taken:
        if not (more := connection.recv(65536)):
            return b""
        taken += more
    head, _, body = taken.partition(b"\r\n\r\n")
    _, _, length = head.lower().partition(b"content-length: ")
    while len(body) < int(length.split(b"\r\n")[0] or 0):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def post(url: str, content: bytes = b"{}", *, connect: float = 5, **headers: str) -> httpx.Request:
    """Return a request with the headers and time-outs that ours have."""
    return httpx.Request(
        "POST",
        url,
        headers={"Authorization": "Bearer k", "Accept-Encoding": "gzip", **headers},
        content=content,
        extensions={"timeout": {"connect": connect, "read": 5, "write": 5, "pool": 5}},
    )


def ended(transport: httpx.BaseTransport, url: str) -> tuple[object, ...]:
    """Return all that came of a request: the response and its body, or what failed and when."""
    received = b""
    try:
        response = transport.handle_request(post(url))
        assert isinstance(response.stream, httpx.SyncByteStream)
        try:
            for chunk in response.stream:
                received += chunk
        finally:
            response.stream.close()
    except httpx.TransportError as error:
        return type(error), received
    return response.status_code, dict(response.headers), received


def reset(connection: socket.socket) -> None:
    """End `connection` at once, as a host does that has been killed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
