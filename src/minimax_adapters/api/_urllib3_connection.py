"""Connections of `_urllib3`: opened by urllib3, through TLS and proxies, and asked by `_http11`.

Each failure gets the error of httpx that says the same: of connecting, where nothing was sent and
the next host may be asked at once, of sending, or of receiving.
"""

from __future__ import annotations

from base64 import b64encode
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeAlias, TypeVar

import httpx
from urllib3 import connection as opening
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as UrllibTimeoutError
from urllib3.util import parse_url, wait_for_read

from minimax_adapters.api._clients import tls_context
from minimax_adapters.api._closed_last import wake_reader
from minimax_adapters.api._deadline import Wait
from minimax_adapters.api._failures import without_frames
from minimax_adapters.api._http11 import Response, head_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping


P = ParamSpec("P")
T = TypeVar("T")
Seconds: TypeAlias = "Mapping[str, float | None]"
Place: TypeAlias = tuple[str, str, int]

# What is sent or received at once, as httpcore does.
_AT_ONCE: Final = 64 * 1024
_PORTS: Final = {"http": 80, "https": 443}
_NOT_OPENED: Final = (OSError, HTTPException, HTTPError)  # TimeoutError is an OSError.


def place_of(url: httpx.URL) -> Place:
    """Return the scheme, host and port of `url`, which a connection belongs to.

    Raises:
        httpx.UnsupportedProtocol: It is neither HTTP nor HTTPS.
    """
    if url.scheme not in _PORTS:
        raise httpx.UnsupportedProtocol(f"There are no requests by {url.scheme}.")
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]


class _Unshown(bytes):
    """Bytes with the key among them, which no crash report is to print with their frame."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


class Connection:
    """Sends and receives over a socket that urllib3 has opened.

    Attributes:
        place: Where it leads.
        since: When it began to wait for a request, by the monotonic clock.
        sent: Whether the last request went out whole.
        interrupted: Whether another thread has broken it off.
    """

    def __init__(self, place: Place, proxy: httpx.Proxy | None, seconds: Seconds) -> None:
        self.place = place
        self.since = 0.0
        self.sent = False
        self.interrupted = False
        self._forwarded = proxy if proxy is not None and place[0] == "http" else None
        self._socket = _opened(place, proxy, seconds.get("connect"))

    def ask(self, request: httpx.Request, seconds: Seconds) -> Response:
        """Send `request`, and return the response when its head is there.

        Raises:
            httpx.TransportError: As the transport of httpx itself would raise it.
        """
        self.sent = False
        try:
            self._send(request, self._limited(seconds.get("write"), self._socket.sendall))
            self.sent = True
        except TimeoutError as error:
            raise httpx.WriteTimeout(str(without_frames(error))) from error
        except OSError:
            pass  # A host that refuses a request early may have answered all the same.
        except ValueError as error:
            raise httpx.LocalProtocolError(str(without_frames(error))) from error
        receive = self._limited(seconds.get("read"), self._socket.recv)
        try:
            return Response(partial(receive, _AT_ONCE), bodiless=request.method == "HEAD")
        except OSError as error:
            raise read_error(error) from error

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

    def has_ended(self) -> bool:
        """Return whether the host has closed it, or says what nobody has asked for."""
        return wait_for_read(self._socket, timeout=0)

    def interrupt(self) -> None:
        """Let whoever is reading find the end; safe from any thread."""
        self.interrupted = True
        plain: Any = getattr(self._socket, "socket", self._socket)  # Within TLS, what carries it.
        wake_reader(plain)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _send(self, request: httpx.Request, send: Callable[[memoryview | bytes], object]) -> None:
        body = memoryview(request.content)
        send(_Unshown(self._head_of(request) + body[:_AT_ONCE]))
        # Each block has the time-out to itself, as with httpcore.
        for start in range(_AT_ONCE, len(body), _AT_ONCE):
            send(body[start : start + _AT_ONCE])

    def _head_of(self, request: httpx.Request) -> bytes:
        proxy, headers = self._forwarded, request.headers.raw
        target = request.url.raw_path.decode("ascii")
        if proxy is not None:
            target, headers = str(request.url), [*_headers_of(proxy), *headers]
        return head_of(request.method, target, headers)


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
        if isinstance(error, _NOT_OPENED):
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


def read_error(error: OSError) -> httpx.TransportError:
    """Return the error of httpx that says the same as `error`, which came from receiving."""
    kind = httpx.ReadTimeout if isinstance(error, TimeoutError) else httpx.ReadError
    return kind(str(without_frames(error)))
