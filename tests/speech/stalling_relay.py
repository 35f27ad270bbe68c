"""A relay before a host over TLS, which can stall in the middle of a TLS record."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST: Final = 65_536
_BEGIN: Final = 6  # The header of a TLS record, and a byte.


class StallingRelay:
    """Passes on what it gets, until it is to stall: as a network does that loses a packet for good.

    Attributes:
        url: Its address.
        stall: Once set, the beginning of the next record that the host sends is passed on, and
            nothing behind it.
        stalled: Set when that has happened.

    Args:
        host: The address of the host.
    """

    def __init__(self, host: str) -> None:
        self.stall = threading.Event()
        self.stalled = threading.Event()
        self._host = ("127.0.0.1", int(host.rpartition(":")[2]))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}"
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        # In this order: accepting ends first, so that nothing is added meanwhile.
        _end(self._listener)
        self._threads[0].join()
        for each in self._sockets:
            _end(each)
        for thread in self._threads:
            thread.join()

    def _start(self, target: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=target, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                host = socket.create_connection(self._host)
                self._sockets += [client, host]
                self._start(self._pass_on, client, host)
                self._start(self._pass_back, host, client)

    def _pass_on(self, client: socket.socket, host: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(_MOST):
                host.sendall(data)

    def _pass_back(self, host: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := host.recv(_MOST):
                if self.stall.is_set():
                    client.sendall(data[:_BEGIN])
                    self.stalled.set()
                    return
                client.sendall(data)


def _end(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
