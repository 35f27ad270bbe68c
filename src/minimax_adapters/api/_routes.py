"""Where a request goes, and what is said on the way there: to the host, or to a proxy.

Without I/O, for the transports of both colours.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import httpx

from minimax_adapters.api._clients import tls_context
from minimax_adapters.api._http11 import Reply, head_of

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

Place: TypeAlias = tuple[str, str, int]
Seconds: TypeAlias = "Mapping[str, float | None]"

# What is sent at once, as httpcore does.
_AT_ONCE: Final = 64 * 1024
_PORTS: Final = {"http": 80, "https": 443}


class _Unshown(bytes):
    """Bytes with the key among them, which no crash report is to print with their frame."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


class Hop(NamedTuple):
    """What a socket is opened to.

    Attributes:
        host: Its name or address.
        port: Its port.
        tls: What its certificate is checked with, None for a connection in clear.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None


class Route:
    """The way to `place`, over `proxy` if there is one, which is spoken to in clear.

    Attributes:
        place: Scheme, host and port, which a connection belongs to.
        first: What the socket is opened to.
        tunnel: The host, if it is reached through a tunnel of the proxy.

    Raises:
        httpx.UnsupportedProtocol: It is not HTTP that would be spoken.
    """

    def __init__(self, place: Place, proxy: httpx.Proxy | None) -> None:
        self.place = place
        scheme, host, port = place
        there = Hop(host, port, tls_context() if scheme == "https" else None)
        self._proxy = proxy
        self.first = there if proxy is None else _hop_of(proxy)
        self.tunnel = there if proxy is not None and there.tls is not None else None

    def blocks_of(self, request: httpx.Request) -> Iterator[bytes | memoryview]:
        """Yield the bytes of `request`, each time as many as are to be sent at once.

        Raises:
            ValueError: It has a header or a URL that cannot be sent.
        """
        target, headers = request.url.raw_path.decode("ascii"), request.headers.raw
        if self._proxy is not None and not self.tunnel:
            target = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}{target}"
            headers = [*_headers_of(self._proxy), *headers]
        body = memoryview(request.content)
        yield _Unshown(head_of(request.method, target, headers) + body[:_AT_ONCE])
        for start in range(_AT_ONCE, len(body), _AT_ONCE):
            yield body[start : start + _AT_ONCE]

    def asking_for_tunnel(self) -> bytes:
        """Return the request that asks the proxy for the tunnel."""
        _, host, port = self.place
        named = f"{f'[{host}]' if ':' in host else host}:{port}"
        headers = [(b"Host", named.encode("ascii"))]
        if self._proxy is not None:
            headers += _headers_of(self._proxy)
        return _Unshown(head_of("CONNECT", named, headers))


def judge_tunnel(reply: Reply) -> None:
    """Judge what a proxy has answered.

    Raises:
        httpx.ProxyError: It has opened no tunnel.
    """
    if not httpx.codes.is_success(reply.status):
        phrase = httpx.codes.get_reason_phrase(reply.status)
        raise httpx.ProxyError(f"The proxy opens no tunnel: {reply.status} {phrase}")


def place_of(url: httpx.URL) -> Place:
    """Return the scheme, host and port of `url`.

    Raises:
        httpx.UnsupportedProtocol: It is neither HTTP nor HTTPS.
    """
    if url.scheme not in _PORTS:
        raise httpx.UnsupportedProtocol(f"There are no requests by {url.scheme}.")
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]


def _hop_of(proxy: httpx.Proxy) -> Hop:
    return Hop(proxy.url.raw_host.decode("ascii"), proxy.url.port or _PORTS["http"], None)


def _headers_of(proxy: httpx.Proxy) -> list[tuple[bytes, bytes]]:
    """Return the headers that are for the proxy alone."""
    headers = list(proxy.headers.raw)
    if proxy.raw_auth is not None:
        headers.append((b"Proxy-Authorization", b"Basic " + b64encode(b":".join(proxy.raw_auth))))
    return headers
