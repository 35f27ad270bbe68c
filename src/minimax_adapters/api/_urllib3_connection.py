"""Connections of `_urllib3`: opened by urllib3, then spoken over by `http.client`.

Each failure gets the error of httpx that says the same: of connecting, where nothing was sent and
the next host may be asked at once, of sending, or of receiving.
"""

from __future__ import annotations

import contextlib
import re
import socket
from base64 import b64encode
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

import httpx
from urllib3 import connection as opening
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as UrllibTimeoutError
from urllib3.util import parse_url, wait_for_read

from minimax_adapters.api._clients import tls_context
from minimax_adapters.api._failures import without_frames

if TYPE_CHECKING:
    from collections.abc import Mapping
    from io import BufferedReader

Seconds: TypeAlias = "Mapping[str, float | None]"
Place: TypeAlias = tuple[str, str, int]

# What is read at once, as httpcore does; and sent, as each such block has the time-out to itself.
AT_ONCE: Final = 64 * 1024
BROKEN: Final = (OSError, HTTPException, HTTPError)  # TimeoutError is an OSError.
_PORTS: Final = {"http": 80, "https": 443}
_SWITCHING: Final = b"101"
_BODILESS: Final = (204, 304)
_NEW_LINE: Final = b"\r\n"
# In hexadecimal digits, as many as any chunk needs; what else it says is of no use.
_LENGTH: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?\r\n")
# As httpcore has it.
_LONGEST_HEAD: Final = 100 * 1024
# A status line; headers, which may be folded; an empty line.
_HEAD: Final = re.compile(
    rb"HTTP/1\.[01] (?P<status>\d{3})(?: [^\0\r\n]*)?\r?\n"
    rb"(?:[!#$%&'*+.^_`|~\w-]+:[^\0\r\n]*\r?\n(?:[ \t][^\0\r\n]*\r?\n)*)*"
    rb"\r?\n"
)


def place_of(url: httpx.URL) -> Place:
    """Return the scheme, host and port of `url`, which a connection belongs to.

    Raises:
        httpx.UnsupportedProtocol: It is neither HTTP nor HTTPS.
    """
    if url.scheme not in _PORTS:
        raise httpx.UnsupportedProtocol(f"There are no requests by {url.scheme}.")
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]


class Response(HTTPResponse):
    """A response whose head is clear, and whose body is whole or an error.

    State: how much is `_left` of a chunk, None before the first.
    """

    _left: int | None = None

    def begin(self) -> None:
        """Read the head, which `http.client` by itself would take for whole where it breaks off."""
        body = self.fp
        self.fp = BytesIO(_head_of(body))  # type: ignore[assignment]  # it is read as any file
        try:
            super().begin()
        finally:
            self.fp = body
        codings = self.headers.get_all("transfer-encoding", [])
        if codings and [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise HTTPException("A body with an unknown Transfer-Encoding.")
        lengths = {length.strip() for length in self.headers.get_all("content-length", [])}
        if len(lengths) > 1 or not all(length.isdecimal() for length in lengths):
            raise HTTPException("A Content-Length that is no number, or several.")
        # Whatever blanks there are around the word, and never after a status without a body.
        self.chunked = bool(codings) and self.status not in _BODILESS
        if self.chunked:
            self.length = None

    def take(self) -> bytes:
        """Return what is there of the body, nothing at its end.

        Raises:
            HTTPException: It breaks off, or its chunks are none.
            OSError: Nothing came in time, or the connection broke.
        """
        if self.chunked:
            left = self._left or self._next_chunk()
            taken = self.fp.read1(min(left, AT_ONCE)) if left else b""
            self._left = left - len(taken)
        else:
            taken = self.read1(AT_ONCE)
            left = self.length or 0
        if left and not taken:
            raise IncompleteRead(taken, left)
        return taken

    def _next_chunk(self) -> int:
        """Return the length of the next chunk, 0 at the end of the body.

        `http.client` would take a length that breaks off for a whole one.
        """
        if self._left is not None and self.fp.readline(_LONGEST_HEAD) != _NEW_LINE:
            raise HTTPException("A chunk has another length than it says.")
        found = _LENGTH.fullmatch(self.fp.readline(_LONGEST_HEAD))
        if found is None:
            raise HTTPException("A chunk does not say its length.")
        length = int(found[1], 16)
        if not length:
            while (trailer := self.fp.readline(_LONGEST_HEAD)) != _NEW_LINE:
                if not trailer.endswith(_NEW_LINE):
                    raise HTTPException("The end of the reply breaks off.")
        return length


def _head_of(received: BufferedReader) -> bytes:
    """Return the head of a response, after those that only announce it.

    Raises:
        HTTPException: It breaks off, is too long, or has a line that is none.
    """
    while True:
        head = b""
        while not head.endswith((b"\n\r\n", b"\n\n")):
            line = received.readline(_LONGEST_HEAD)
            head += line
            if not line.endswith(b"\n") or len(head) > _LONGEST_HEAD:
                raise HTTPException("The head of the reply breaks off." if head else "No reply.")
        found = _HEAD.fullmatch(head)
        if found is None:
            raise HTTPException("The head of the reply is not that of HTTP/1.1.")
        if not found["status"].startswith(b"1") or found["status"] == _SWITCHING:
            return head


class Connection(HTTPConnection):
    """Sends and reads over a socket that urllib3 has opened.

    State: `since` when it waits, by the monotonic clock; whether the request was `sent` whole;
    `interrupted` by another thread.
    """

    # A socket of its own would go around the proxy and its tunnel.
    auto_open = 0
    response_class = Response

    def __init__(self, place: Place, proxy: httpx.Proxy | None, seconds: Seconds) -> None:
        _, host, port = self.place = place
        super().__init__(host, port, blocksize=AT_ONCE)
        self.since = 0.0
        self.sent = False
        self.interrupted = False
        self._forwarded = proxy if proxy is not None and place[0] == "http" else None
        self.sock = self._opened = _opened(place, proxy, seconds.get("connect"))

    def ask(self, request: httpx.Request, seconds: Seconds) -> Response:
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
            return cast("Response", self.getresponse())  # Of the class above.
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
