"""How connections of urllib3 and asyncio are opened: as httpx opens them, for whoever is asked."""

# ruff: noqa: ANN401 - transports of both colours, and what tools put in the place of functions

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, Self

import httpx
import pytest
from on_a_loop import OnALoop
from raw_host import WHOLE, Host, post
from urllib3 import connection as urllib3_connection
from urllib3.util import ssl_

from minimax_adapters.api import (
    ChatRequest,
    Client,
    ConfigurationError,
    _routes,
    _urllib3_connection,
)
from minimax_adapters.api._asyncio import AsyncioTransport
from minimax_adapters.api._clients import made_context
from minimax_adapters.api._urllib3 import Urllib3Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import trustme

BOTH = pytest.mark.parametrize(
    "make",
    [Urllib3Transport, lambda *proxy: OnALoop(AsyncioTransport(*proxy))],
    ids=["urllib3", "asyncio"],
)
HELLO = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
LARGE = 2 * 1024 * 1024


@BOTH
def test_nobody_changes_the_context_of_all(
    make: Callable[..., Any], trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """urllib3 itself leaves names unchecked where it takes over the check, as with pyOpenSSL."""
    monkeypatch.setattr(ssl_, "IS_PYOPENSSL", True)
    monkeypatch.setattr(ssl_, "HAS_NEVER_CHECK_COMMON_NAME", False)
    monkeypatch.setattr(urllib3_connection, "HTTPSConnection", None)  # As HTTP/2 replaces it.
    with Host(tls=trusted) as host, make() as transport:
        assert transport.handle_request(post(host.url)).read() == b"hello"
        context: ssl.SSLContext = vars(_routes)["tls_context"]()
        assert context.check_hostname


class _HangingUp:
    """A host that says a large reply within TLS, and hangs up without a word; alive in `with`."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._listener.getsockname()[1]}/v1/chat"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\nConnection: close\r\n\r\n"
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            with self._tls.wrap_socket(plain, server_side=True) as connection:
                connection.recv(65536)
                connection.sendall(head.encode() + bytes(LARGE))


def test_uvloop_drops_nothing_of_a_large_reply(trusted: ssl.SSLContext) -> None:
    """Its TLS would, if it were held up when the host hangs up."""
    uvloop: Any = pytest.importorskip("uvloop")

    async def sizes(url: str) -> set[int]:
        transport = AsyncioTransport()
        found = set()
        for _ in range(8):
            response = await transport.handle_async_request(post(url))
            found.add(len(await response.aread()))
            await response.aclose()
        await transport.aclose()
        return found

    with (
        _HangingUp(trusted) as host,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        assert runner.run(sizes(host.url)) == {LARGE}


def test_numbers_need_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """All threads of the loop may be taken, by a key provider or a database, say."""

    async def never(*_: object, **__: object) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", never)
    with Host() as host, OnALoop(AsyncioTransport()) as transport:
        assert transport.handle_request(post(host.url, connect=1)).read() == b"hello"


def test_a_time_out_begins_anew_with_what_the_host_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture goes out slowly over a slow line, not at once or never."""
    waits: list[float | None] = []

    class Slow(socket.socket):
        def settimeout(self, value: float | None, /) -> None:
            waits.append(value)
            super().settimeout(value)

        def send(self, data: Any, flags: int = 0, /) -> int:
            waits.append(None)
            return super().send(data[:1000], flags)

        def sendall(self, *_: object) -> None:
            raise AssertionError("It has one time-out for all of it.")

    def opened(there: tuple[str, int], *_: object, **__: object) -> socket.socket:
        slow = Slow()
        slow.connect(there)
        return slow

    monkeypatch.setattr(_urllib3_connection, "create_connection", opened)
    content = bytes(range(256)) * 40
    with Host() as host, Urllib3Transport() as transport:
        assert transport.handle_request(post(host.url, content)).read() == b"hello"

        assert host.heard[0][1].endswith(content)
    assert waits.count(None) > 10


class _SlowProxy:
    """A proxy that answers after a while; alive inside `with`."""

    def __init__(self, answer: bytes, seconds: float) -> None:
        self._answer, self._seconds = answer, seconds
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.proxy = httpx.Proxy(f"http://127.0.0.1:{self._listener.getsockname()[1]}")
        self.heard = b""
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            self.heard = connection.recv(65536)
            threading.Event().wait(self._seconds)
            connection.sendall(self._answer)


@BOTH
def test_a_proxy_has_the_time_to_read_for_its_answer(make: Callable[..., Any]) -> None:
    """It connects meanwhile, which the time-out to connect to the proxy is not made for."""
    refused = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    with (
        _SlowProxy(refused, 0.3) as host,
        make(host.proxy) as transport,
        pytest.raises(httpx.ProxyError, match="Forbidden"),
    ):
        transport.handle_request(post("https://host.invalid/v1", connect=0.1))


@BOTH
@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://host.invalid?x=1#here", b"http://host.invalid/?x=1"),
        ("http://host.invalid:81/a%20b#here", b"http://host.invalid:81/a%20b"),
    ],
)
def test_a_proxy_is_told_what_a_host_is_told(
    make: Callable[..., Any], url: str, target: bytes
) -> None:
    """Without the fragment, which is nobody else's."""
    with _SlowProxy(WHOLE, 0) as host, make(host.proxy) as transport:
        assert transport.handle_request(post(url)).read() == b"hello"

    assert host.heard.startswith(b"POST " + target + b" HTTP/1.1\r\n")


@pytest.mark.parametrize("library", ["httpx", "urllib3"])
def test_a_reply_is_logged_with_its_words(library: Any, caplog: pytest.LogCaptureFixture) -> None:
    """As httpx logs it."""
    caplog.set_level(logging.INFO, "httpx")
    said = b"HTTP/1.0 299 All Right\r\nContent-Length: 2\r\n\r\n{}"
    with (
        Host([b"HTTP/1.1 103 Early Hints\r\n\r\n" + said]) as host,
        Client(base_url=host.url.partition("/v1")[0], api_key="k", sync_http=library) as client,
        pytest.raises(Exception, match="MiniMax"),
    ):
        client.chat(HELLO)

    assert '"HTTP/1.0 299 All Right"' in caplog.messages[0]


@pytest.fixture
def authority_file(authority: trustme.CA, tmp_path: Path) -> Iterator[str]:
    """Return where the certificate of the authority of these tests is."""
    place = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(place))
    yield str(place)
    made_context.cache_clear()


def test_certificates_are_those_that_the_environment_names_now(
    authority: trustme.CA, authority_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error tells to set the variable, and whoever is in a notebook sets it there."""
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    with (
        Host(tls=theirs) as host,
        Urllib3Transport() as transport,
        pytest.raises(httpx.ConnectError, match="certificate"),
    ):
        transport.handle_request(post(host.url))
    monkeypatch.setenv("SSL_CERT_FILE", authority_file)

    with Host(tls=theirs) as host, Urllib3Transport() as transport:
        assert transport.handle_request(post(host.url)).read() == b"hello"


def test_certificates_that_cannot_be_read_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system says neither which file nor who has named it."""
    missing = tmp_path / "missing.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(missing))

    with pytest.raises(ConfigurationError, match=f"SSL_CERT_FILE={missing} .* Correct"):
        Client(api_key="k").chat(HELLO)
