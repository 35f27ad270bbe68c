"""Closed sockets: nothing leaves this process while a cassette plays."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class CassetteError(AssertionError):
    """A request that is not in the cassette, a recording that was not used, or no cassette."""


@contextlib.contextmanager
def closed_sockets(addresses: Sequence[tuple[str, int]] = ()) -> Iterator[None]:
    """Refuse every connection out of this process, except to itself through Unix sockets.

    Args:
        addresses: Where our own player listens.
    """
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def refuse(own: socket.socket, address: Any) -> None:  # noqa: ANN401 - as in socket
        if own.family != getattr(socket, "AF_UNIX", None) and address not in addresses:
            raise CassetteError(f"While a cassette plays, nothing connects to {address!r}.")
        connect(own, address)

    def no_names(host: Any, port: Any, *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - as in socket
        if (host, port) not in addresses:
            raise CassetteError(f"While a cassette plays, nothing looks up {host!r}.")
        return look_up(host, port, *rest, **options)

    with (
        mock.patch.object(socket.socket, "connect", refuse),
        mock.patch.object(socket.socket, "connect_ex", refuse),
        mock.patch.object(socket, "getaddrinfo", no_names),
    ):
        yield
