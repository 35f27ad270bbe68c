"""Another way to the network for asynchronous code: aiohttp behind the interface of httpx.

aiohttp reads HTTP with a parser in C, and finds a free connection without a look at all others: a
thousand streams at once, or one event a read, cost a fraction of what they cost with httpcore.
Only the connections are aiohttp's. Requests, responses, time-outs and errors stay those of httpx,
so that everything above means the same by them. `async_http="aiohttp"` chooses it.

The package httpx-aiohttp does as much, but calls a lost connection a `ConnectTimeout`: nothing
would seem to have been sent, the call would be repeated, and MiniMax might bill it twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import weakref
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Final
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from yarl import URL

from minimax_adapters.api._addresses import is_loopback
from minimax_adapters.api._clients import IDLE_SECONDS, tls_context
from minimax_adapters.api._deadline import SHORTENED
from minimax_adapters.api._failures import without_frames

if TYPE_CHECKING:
    import ssl

# What httpcore reads at once, and how long a header may be there.
_READ: Final = 64 * 1024
_LONGEST_HEADER: Final = 100 * 1024
# Up to that, the system takes a body at once; aiohttp warns of larger ones that are bytes.
_SENT_AT_ONCE: Final = 64 * 1024
# httpx has set what is needed.
_NOT_ADDED: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# By the first class that fits. Nothing was sent where connecting failed, and nowhere else: the
# next host may be asked at once then.
_MEANINGS: Final[tuple[tuple[type[Exception], type[httpx.TransportError]], ...]] = (
    (aiohttp.ClientProxyConnectionError, httpx.ProxyError),
    (aiohttp.ClientHttpProxyError, httpx.ProxyError),
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.SocketTimeoutError, httpx.ReadTimeout),
    (TimeoutError, httpx.WriteTimeout),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
)
_BROKEN: Final = (aiohttp.ClientError, OSError)  # TimeoutError is an OSError.


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends with a session of aiohttp, which is made with the first request.

    Owns the session and its connections; `aclose()` closes them. It belongs to the event loop of
    the first request.
    """

    def __init__(self, verify: ssl.SSLContext | None = None) -> None:
        self._verify = verify
        self._session: aiohttp.ClientSession | None = None
        self._responses: weakref.WeakSet[aiohttp.ClientResponse] = weakref.WeakSet()
        self._proxies: dict[tuple[str, bytes], URL | None] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the response, whose body is still to be read.

        Raises:
            httpx.TransportError: As the transport of httpx itself would raise it.
        """
        seconds = request.extensions.get("timeout", {})
        body = request.content
        try:
            async with asyncio.timeout(_to_send(request) if len(body) > _SENT_AT_ONCE else None):
                response = await self._opened().request(
                    request.method,
                    _url(str(request.url)),
                    headers=[(name.decode(), text.decode()) for name, text in request.headers.raw],
                    data=BytesIO(body) if len(body) > _SENT_AT_ONCE else body or None,
                    timeout=aiohttp.ClientTimeout(
                        connect=seconds.get("connect"), sock_read=seconds.get("read")
                    ),
                    allow_redirects=False,
                    proxy=self._proxy_of(request.url),
                )
        except _BROKEN as error:
            raise _meaning(error) from error
        self._responses.add(response)
        return httpx.Response(
            response.status, headers=response.raw_headers, stream=_Body(response), request=request
        )

    async def aclose(self) -> None:
        """Close all connections. Who is reading from one gets an error at once."""
        session, self._session = self._session, None
        for response in list(self._responses):
            response.close()  # The session would leave its reader waiting, without a time-out.
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # httpx sets no limit here either; see `LIMITS`.
                connector=aiohttp.TCPConnector(
                    limit=0, keepalive_timeout=IDLE_SECONDS, ssl=self._verify or tls_context()
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=_NOT_ADDED,
                read_bufsize=_READ,
                max_line_size=_LONGEST_HEADER,
                max_field_size=_LONGEST_HEADER,
            )
            # It would send a GET twice for each attempt of ours, and there is no setting for it.
            self._session._retry_connection = False  # noqa: SLF001 - as said above
            loop = asyncio.get_running_loop()
            weakref.finalize(self, _close_in_silence, self._session, loop)
        return self._session

    def _proxy_of(self, url: httpx.URL) -> URL | None:
        """Return the proxy for `url`, looked up once, as httpx does.

        aiohttp would look it up for each request, and `~/.netrc` with it.
        """
        place = url.scheme, url.netloc
        if place not in self._proxies:
            self._proxies[place] = _proxy_from_environment(url)
        return self._proxies[place]


class _Body(httpx.AsyncByteStream):
    """Reads a body as it comes; closed before its end, it closes the connection."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    def __aiter__(self) -> _Body:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk: bytes = await self._response.content.readany()
        except _BROKEN as error:
            raise _meaning(error) from error
        if not chunk:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        self._response.close()


def _close_in_silence(session: aiohttp.ClientSession, loop: asyncio.AbstractEventLoop) -> None:
    """Close a session that was dropped, if its loop has ended without a shutdown.

    Its connections have ended with the loop. aiohttp would log that as an error, which nobody could
    mend; httpx says nothing.
    """
    if loop.is_closed():
        closing = session.close()
        # No loop can run this any more, but there is nothing left to wait for.
        with contextlib.suppress(StopIteration, RuntimeError):
            closing.send(None)
        closing.close()


def _to_send(request: httpx.Request) -> float | None:
    """Return the seconds until a reply to a large body must have begun, None for no limit.

    aiohttp has no time-out for sending, and counts that for reading from the end of it only.
    """
    seconds = request.extensions.get("timeout", {})
    if "read" in request.extensions.get(SHORTENED, ()):
        return float(seconds["read"])  # The deadline: nothing may take longer.
    steps = [seconds.get(step) for step in ("connect", "write", "read")]
    return None if None in steps else sum(steps)


def _meaning(error: Exception) -> httpx.TransportError:
    """Return the error of httpx that says the same as `error` of aiohttp."""
    without_frames(error)
    text = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    for kind, meaning in _MEANINGS:
        if isinstance(error, kind):
            return meaning(text)
    return httpx.ReadError(text)


def _proxy_from_environment(url: httpx.URL) -> URL | None:
    """Return the proxy that HTTPS_PROXY and its like name for `url`, if any.

    Raises:
        httpx.UnsupportedProtocol: It is a SOCKS proxy, which aiohttp does not know, or no address.
    """
    if is_loopback(url.host) or proxy_bypass(url.netloc.decode()):
        return None
    known = getproxies()
    named = known.get(url.scheme) or known.get("all")
    if not named:
        return None
    try:
        proxy = httpx.URL(named if "://" in named else f"http://{named}")
    except httpx.InvalidURL as error:
        raise httpx.UnsupportedProtocol("the proxy of the environment is no address") from error
    if proxy.scheme not in {"http", "https"}:
        raise httpx.UnsupportedProtocol(
            f"aiohttp knows no {proxy.scheme} proxies; use async_http='httpx'"
        )
    return _url(str(proxy))


@lru_cache(maxsize=64)
def _url(text: str) -> URL:
    # As httpx has encoded it: a second time would change it.
    return URL(text, encoded=True)
