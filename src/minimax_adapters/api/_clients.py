"""HTTP clients, made late: one for the threads of a process.

Connections must not be shared with a forked child, so nothing is opened before the first call, and
each process gets a client of its own. A child keeps the client of its parent, but never uses or
closes it: it is still the parent's.
"""

from __future__ import annotations

import os
import weakref
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import httpx

from minimax_adapters.api._addresses import is_loopback
from minimax_adapters.api._closed_last import ClosedLast
from minimax_adapters.api._libraries import is_installed
from minimax_adapters.api.errors import ConfigurationError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from minimax_adapters.api._libraries import Other
    from minimax_adapters.api.settings import SyncHTTPLibrary

# As long as httpx keeps a connection that nobody uses.
IDLE_SECONDS: Final = 5.0
# As many as a busy server streams at once; httpx waits for a connection beyond them.
# Idle ones are few: httpcore looks at every connection for each idle one at each request.
LIMITS: Final = httpx.Limits(
    max_connections=None, max_keepalive_connections=20, keepalive_expiry=IDLE_SECONDS
)


def tls_context() -> ssl.SSLContext:
    """Return the one TLS context for the certificates that the environment names.

    Raises:
        ConfigurationError: They cannot be read.
    """
    return made_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def made_context(file: str | None, folder: str | None) -> ssl.SSLContext:
    """Return a TLS context, which is kept: making it costs more than many calls."""
    try:
        return httpx.create_ssl_context()
    except OSError as error:
        if not file and not folder:
            raise
        named = f"SSL_CERT_FILE={file}" if file else f"SSL_CERT_DIR={folder}"
        raise ConfigurationError(
            f"The certificates that {named} names cannot be read: {error}. Correct or unset it."
        ) from error


class NoCookies(httpx.Cookies):
    """Keeps nothing: MiniMax needs no cookies, and to look for them is a tenth of a call."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave the cookies of `response` alone."""


class ChangedClient:
    """What both colours do in another way than httpx, whose client is the second base class.

    Raises:
        ConfigurationError: When it is made: the environment names a proxy that cannot be used.
    """

    cookies = NoCookies()
    _library: str
    _mounts: dict[Any, Any]
    _transport: Any

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - passed on as it came
        self._context = options["verify"]
        try:
            super().__init__(**options)
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise ConfigurationError(
                f"The proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names cannot be used: {error}"
                " Correct it, unset it, or list the host in NO_PROXY."
            ) from error

    def _keeps_to_httpx(self, other: Other, proxy: httpx.Proxy | None, made: Any) -> bool:  # noqa: ANN401 - options of httpx
        """Return whether only httpx can connect as it is to: over `proxy`, with options `made`."""
        if self._library == "httpx" or (self._library == "auto" and not is_installed(other)):
            return True
        # Tools that replace constructors of httpx put other certificates there, or HTTP/2.
        changed = made.get("verify") is not self._context or made.get("cert") or made.get("http2")
        return bool(changed) or (proxy is not None and proxy.url.scheme != "http")

    def _build_redirect_request(
        self,
        request: httpx.Request,
        response: httpx.Response,  # noqa: ARG002 - as httpx calls it
    ) -> httpx.Request:
        # httpx makes the next request also where redirects are not followed, and fails over bad
        # addresses.
        return request

    def _transport_for_url(self, url: httpx.URL) -> Any:  # noqa: ANN401 - of either colour
        # A proxy could not reach this machine, and would see the key, which goes there in clear.
        if self._mounts and is_loopback(url.host):
            return self._transport
        return super()._transport_for_url(url)  # type: ignore[misc]  # it is the second base's


class _Client(ChangedClient, httpx.Client):  # type: ignore[misc]  # httpx has a property
    def __init__(
        self,
        library: SyncHTTPLibrary,
        *,
        in_time: bool,
        **options: Any,  # noqa: ANN401 - passed on as it came
    ) -> None:
        self._library = library
        self._in_time = in_time
        super().__init__(**options)

    # Not given as a transport and mounts: httpx would look for no proxies in the environment then.
    def _init_transport(self, *given: Any, **options: Any) -> httpx.BaseTransport:  # noqa: ANN401 - passed on as it came
        if options.get("transport") is not None:
            return super()._init_transport(*given, **options)
        make = partial(super()._init_transport, *given, **options)
        return self._closed_last(make, None, options)

    def _init_proxy_transport(self, *given: Any, **options: Any) -> httpx.BaseTransport:  # noqa: ANN401 - passed on as it came
        make = partial(super()._init_proxy_transport, *given, **options)
        return self._closed_last(make, given[0], options)

    def _closed_last(
        self,
        of_httpx: Callable[[], httpx.BaseTransport],
        proxy: httpx.Proxy | None,
        options: dict[str, Any],
    ) -> httpx.BaseTransport:
        theirs = self._of_httpx(of_httpx)
        if self._keeps_to_httpx("urllib3", proxy, options):
            return theirs
        from minimax_adapters.api._chosen import Chosen  # noqa: PLC0415 - not for all
        from minimax_adapters.api._urllib3 import Urllib3Transport  # noqa: PLC0415 - an extra

        return Chosen(ClosedLast(partial(Urllib3Transport, proxy)), theirs)

    def _of_httpx(self, make: Callable[[], httpx.BaseTransport]) -> httpx.BaseTransport:
        if not self._in_time:  # As it is: what looks at the time would cost each read a call.
            return ClosedLast(make)
        from minimax_adapters.api._in_time import keeping_deadlines  # noqa: PLC0415 - for few

        return ClosedLast(lambda: keeping_deadlines(make()))

    def close(self) -> None:
        # httpx would also refuse the call of a thread that has just found this client.
        for transport in (self._transport, *self._mounts.values()):
            if transport is not None:
                transport.close()


class ThreadClient:
    """One `httpx.Client` for all threads of a process; a forked child makes its own.

    With `in_time`, its calls end with the deadlines that their requests tell.

    There is no lock, since a child would inherit it locked: two threads may both make a client
    for the first call, and `setdefault`, which is atomic, decides which one is kept.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport | None,
        library: SyncHTTPLibrary = "auto",
        *,
        in_time: bool = False,
    ) -> None:
        self._transport = transport
        self._library = library
        self._in_time = in_time
        self._by_process: dict[int, httpx.Client] = {}
        self._closers: dict[int, weakref.finalize[..., ThreadClient]] = {}

    @property
    def is_replaced(self) -> bool:
        """Whether a transport of the user stands in for the network."""
        return self._transport is not None

    def current(self) -> httpx.Client:
        """Return the client, made if this process has none."""
        process = os.getpid()
        client = self._by_process.get(process)
        if client is not None:
            return client
        made = _Client(
            self._library,
            in_time=self._in_time,
            transport=self._transport,
            verify=tls_context(),
            limits=LIMITS,
        )
        kept = self._by_process.setdefault(process, made)
        if kept is made:
            # Whoever drops a model without closing it leaves no open sockets behind.
            self._closers[process] = weakref.finalize(self, _close_in, process, made)
        return kept

    def close(self) -> None:
        """Close the client; the next call makes another."""
        self._by_process.pop(os.getpid(), None)
        closer = self._closers.pop(os.getpid(), None)
        if closer is not None:
            closer()


def _close_in(process: int, client: httpx.Client) -> None:
    """Close `client`, unless this is a child that shares the sockets of `process`."""
    if process == os.getpid():
        client.close()
