"""The deadline of synchronous calls over httpx, which ends them wherever they wait.

A time-out of httpcore begins anew with each read, so a host that sends a head, or the length of a
chunk, byte by byte would keep a call for ever: httpx itself sees nothing of those reads. What
connects and receives for httpcore is the place that does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import httpcore

from minimax_adapters.api._deadline import Wait

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    import httpx

A = TypeVar("A")
T = TypeVar("T")


class _HasPool(Protocol):
    """A transport of httpx, which lets nobody choose what its pool connects with."""

    _pool: Any


def keeping_deadlines(transport: httpx.BaseTransport) -> httpx.BaseTransport:
    """Return `transport`, which is one of httpx, made to end its waits with the deadline."""
    made: _HasPool = transport  # type: ignore[assignment]  # httpx types it as its interface
    pool = made._pool  # noqa: SLF001 - it has no argument for that
    pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001 - nor has httpx for this one
    return transport


class _Backend(httpcore.NetworkBackend):
    """Connects as `backend` does."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(self, *given: Any, **named: Any) -> httpcore.NetworkStream:  # noqa: ANN401 - passed on as it came
        return _Stream(self._backend.connect_tcp(*given, **named))

    def connect_unix_socket(self, *given: Any, **named: Any) -> httpcore.NetworkStream:  # noqa: ANN401 - passed on as it came
        return _Stream(self._backend.connect_unix_socket(*given, **named))

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _Stream(httpcore.NetworkStream):
    """Receives as `stream` does, and not beyond the deadline that its time-outs tell.

    Raises:
        DeadlinePassed: It has, before or while it waited.
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return _in_time(self._stream.read, max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        _in_time(self._stream.write, buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore types it
        return self._stream.get_extra_info(info)


def _in_time(act: Callable[[A, float | None], T], given: A, timeout: float | None) -> T:
    if not isinstance(timeout, Wait):
        return act(given, timeout)
    try:
        return act(given, timeout.now())
    except httpcore.TimeoutException:
        timeout.now()  # Raises if it was the deadline that ended the wait.
        raise
