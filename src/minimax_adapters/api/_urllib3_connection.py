"""Connections of `_urllib3`: opened by urllib3, then spoken over by `http.client`.

Each failure gets the error of httpx that says the same: of connecting, where nothing was sent and
the next host may be asked at once, of sending, or of receiving.
"""

from __future__ import annotations

import contextlib
import socket
from base64 import b64encode
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import httpx
from urllib3 import connection as opening
from urllib3.exceptions import HeaderParsingError, HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as UrllibTimeoutError
from urllib3.util import parse_url, wait_for_read
from urllib3.util.response import assert_header_parsing

from minimax_adapters.api._clients import tls_context
from minimax_adapters.api._failures import without_frames

if TYPE_CHECKING:
    from collections.abc import Mapping

Seconds: TypeAlias = "Mapping[str, float | None]"
Place: TypeAlias = tuple[str, str, int]

# What is read at once, as httpcore does; and sent, as each such block has the time-out to itself.
AT_ONCE: Final = 64 * 1024
BROKEN: Final = (OSError, HTTPException, HTTPError)  # TimeoutError is an OSError.
_PORTS: Final = {"http": 80, "https": 443}
_SWITCHING: Final = 101
_FINAL: Final = 200


def place_of(url: httpx.URL) -> Place:
    """Return the scheme, host and port of `url`, which a connection belongs to.

    Raises:
        httpx.UnsupportedProtocol: It is neither HTTP nor HTTPS.
    """
    if url.scheme not in _PORTS:
        raise httpx.UnsupportedProtocol(f"There are no requests by {url.scheme}.")
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]


class _Response(HTTPResponse):
    """A response whose head is clear, and whose body is whole or an error."""

    def begin(self) -> None:
        """Read the head, after all that only announce it."""
        super().begin()
        while self.status < _FINAL and self.status != _SWITCHING:
            self.headers = None  # type: ignore[assignment]  # else there would be nothing to do
            super().begin()
        try:
            assert_header_parsing(self.headers)
        except HeaderParsingError:
            raise HTTPException("A header line that has no name.") from None
        codings = self.headers.get_all("transfer-encoding", [])
        if codings and [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise HTTPException("A body with an unknown Transfer-Encoding.")
        lengths = {length.strip() for length in self.headers.get_all("content-length", [])}
        if len(lengths) > 1 or not all(length.isdecimal() for length in lengths):
            raise HTTPException("A Content-Length that is no number, or several.")
        if self.length == 0:
            self.chunked = False  # Of a 204, say, whatever its head announces.

    def read1(self, n: int = -1) -> bytes:
        """Return what is there, at most `n` bytes; nothing at the end of a body that is whole."""
        chunk = super().read1(n)
        if not chunk and self.length:
            raise IncompleteRead(chunk, self.length)
        if self.chunked and self.chunk_left is not None and self.chunk_left < 0:
            raise HTTPException("A chunk with a negative length.")
        return chunk


class Connection(HTTPConnection):
    """Sends and reads over a socket that urllib3 has opened.

    State: `since` when it waits, by the monotonic clock; whether the request was `sent` whole;
    `interrupted` by another thread.
    """

    # A socket of its own would go around the proxy and its tunnel.
    auto_open = 0
    response_class = _Response

    def __init__(self, place: Place, proxy: httpx.Proxy | None, seconds: Seconds) -> None:
        _, host, port = self.place = place
        super().__init__(host, port, blocksize=AT_ONCE)
        self.since = 0.0
        self.sent = False
        self.interrupted = False
        self._forwarded = proxy if proxy is not None and place[0] == "http" else None
        self.sock = self._opened = _opened(place, proxy, seconds.get("connect"))

    def ask(self, request: httpx.Request, seconds: Seconds) -> HTTPResponse:
        """Send `request`, and return the response when its head is there.

        Raises:
            httpx.TransportError: As the transport of httpx itself would raise it.
        """
        self.sent = False
        try:
            self._opened.settimeout(seconds.get("write"))
            self._send(request)
            self.sent = True
        except TimeoutError as error:
            raise httpx.WriteTimeout(str(without_frames(error))) from error
        except OSError:
            pass  # A host that refuses a request early may have answered all the same.
        except (HTTPException, ValueError) as error:
            without_frames(error)  # Nor is its text shown: it quotes the header.
            raise httpx.LocalProtocolError("A header or the URL cannot be sent.") from None
        try:
            self._opened.settimeout(seconds.get("read"))
            return self.getresponse()
        except BROKEN as error:
            raise read_error(error) from error

    def has_ended(self) -> bool:
        """Return whether the host has closed it, or says what nobody has asked for."""
        return wait_for_read(self._opened, timeout=0)

    def interrupt(self) -> None:
        """Let whoever is reading find the end; safe from any thread."""
        self.interrupted = True
        plain: Any = getattr(self._opened, "socket", self._opened)  # Within TLS, what carries it.
        with contextlib.suppress(OSError):
            # Not the method of TLS sockets, which would drop what the reader is using.
            socket.socket.shutdown(plain, socket.SHUT_RDWR)

    def _send(self, request: httpx.Request) -> None:
        proxy, headers = self._forwarded, request.headers.raw
        target = request.url.raw_path.decode("ascii")
        if proxy is not None:
            target, headers = str(request.url), [*_headers_of(proxy), *headers]
        self.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        for name, text in headers:
            self.putheader(name, text)
        body = request.content
        self.endheaders(BytesIO(body) if len(body) > AT_ONCE else body or None)


def _opened(place: Place, proxy: httpx.Proxy | None, seconds: float | None) -> socket.socket:
    """Return a socket to `place`, through TLS if it is https, and through `proxy` if any.

    Raises:
        httpx.TransportError: There is no connection, and nothing was sent to the host.
    """
    made = _to_open(place, proxy, seconds)
    try:
        made.connect()
    except BaseException as error:
        made.close()
        if isinstance(error, BROKEN):
            raise _connect_error(error, proxy) from error
        raise
    opened: socket.socket = made.sock
    return opened


def _to_open(
    place: Place, proxy: httpx.Proxy | None, seconds: float | None
) -> opening.HTTPConnection:
    scheme, host, port = place
    if proxy is None:
        if scheme == "http":
            return opening.HTTPConnection(host, port, timeout=seconds)
        return opening.HTTPSConnection(host, port, timeout=seconds, ssl_context=tls_context())
    by = proxy.url.scheme
    if by not in _PORTS:
        raise httpx.UnsupportedProtocol(f"urllib3 knows no {by} proxies; use sync_http='httpx'")
    at = proxy.url.raw_host.decode("ascii"), proxy.url.port or _PORTS[by]
    if scheme == by == "http":
        return opening.HTTPConnection(*at, timeout=seconds)
    context = proxy.ssl_context or tls_context()
    if scheme == "http":
        return opening.HTTPSConnection(*at, timeout=seconds, ssl_context=context)
    made = opening.HTTPSConnection(
        *at,
        timeout=seconds,
        ssl_context=tls_context(),
        proxy=parse_url(str(proxy.url)),
        proxy_config=opening.ProxyConfig(
            context, use_forwarding_for_https=False, assert_hostname=None, assert_fingerprint=None
        ),
    )
    headers = {name.decode(): text.decode() for name, text in _headers_of(proxy)}
    named = f"[{host}]" if ":" in host else host
    made.set_tunnel(host, port, headers={"Host": f"{named}:{port}"} | headers, scheme=by)
    return made


def _headers_of(proxy: httpx.Proxy) -> list[tuple[bytes, bytes]]:
    """Return the headers that are for the proxy alone."""
    headers = list(proxy.headers.raw)
    if proxy.raw_auth is not None:
        headers.append((b"Proxy-Authorization", b"Basic " + b64encode(b":".join(proxy.raw_auth))))
    return headers


def _connect_error(error: Exception, proxy: httpx.Proxy | None) -> httpx.TransportError:
    """Return the error of httpx that says the same as `error`, which came from connecting."""
    text = str(without_frames(error).__cause__ or error)
    if isinstance(error, TimeoutError | UrllibTimeoutError) and not isinstance(
        error, NewConnectionError
    ):
        return httpx.ConnectTimeout(text)
    # What a proxy answers instead of opening a tunnel has no class of its own.
    refused = type(error) is OSError or isinstance(error, HTTPException)
    return httpx.ProxyError(text) if proxy and refused else httpx.ConnectError(text)


def read_error(error: Exception) -> httpx.TransportError:
    """Return the error of httpx that says the same as `error`, which came from receiving."""
    text = str(without_frames(error))
    if isinstance(error, HTTPException | HTTPError):
        return httpx.RemoteProtocolError(text)
    return (httpx.ReadTimeout if isinstance(error, TimeoutError) else httpx.ReadError)(text)
