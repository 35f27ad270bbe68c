"""Where no library is named, calls take the fastest connections that hide them from nobody."""

# ruff: noqa: ANN401 - methods of any kind

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import anyio
import httpcore
import httpx
import pytest
import vcr
from waiting import connections, eventually

from minimax_adapters.api import (
    AsyncClient,
    ChatRequest,
    Client,
    ConfigurationError,
    ConnectionFailedError,
    Settings,
)
from minimax_adapters.api._asyncio import AsyncioTransport
from minimax_adapters.api._libraries import NEEDED, is_installed
from minimax_adapters.api._urllib3 import Urllib3Transport
from minimax_adapters.emulator import Emulator, Reply
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
PROJECT: Final = Path(__file__).parents[2] / "pyproject.toml"
BELOW_HTTPX: Final[list[tuple[str, Any, str]]] = [
    ("sync", httpx.HTTPTransport, "handle_request"),
    ("sync", httpcore.ConnectionPool, "handle_request"),
    ("sync", httpcore.ConnectionPool, "create_connection"),
    ("sync", httpcore.HTTPConnection, "__init__"),
    ("sync", httpcore.HTTPConnection, "handle_request"),
    ("sync", httpcore.HTTP11Connection, "handle_request"),
    ("sync", httpcore.SyncBackend, "connect_tcp"),
    ("sync", socket, "create_connection"),
    ("async", httpx.AsyncHTTPTransport, "handle_async_request"),
    ("async", httpcore.AsyncConnectionPool, "handle_async_request"),
    ("async", httpcore.AsyncConnectionPool, "create_connection"),
    ("async", httpcore.AsyncHTTPConnection, "__init__"),
    ("async", httpcore.AsyncHTTPConnection, "handle_async_request"),
    ("async", httpcore.AsyncHTTP11Connection, "handle_async_request"),
    ("async", httpcore.AnyIOBackend, "connect_tcp"),
    ("async", anyio, "connect_tcp"),
]
_LANGCHAIN: Final[dict[str, Callable[[Any], Any]]] = {
    "sync": lambda model: model.invoke("Hello"),
    "async": lambda model: asyncio.run(model.ainvoke("Hello")),
}


@pytest.fixture(autouse=True)
def _nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take no library from the environment, and look anew for what is installed."""
    for name in ("MINIMAX_SYNC_HTTP", "MINIMAX_ASYNC_HTTP"):
        monkeypatch.delenv(name, raising=False)
    is_installed.cache_clear()
    yield
    is_installed.cache_clear()


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the calls over connections of this package, as they come."""
    calls: list[str] = []
    for owner, name in (
        (Urllib3Transport, "handle_request"),
        (AsyncioTransport, "handle_async_request"),
    ):
        monkeypatch.setattr(owner, name, _watching(getattr(owner, name), calls))
    return calls


def _asked(options: dict[str, Any], colour: str) -> None:
    async def ask() -> None:
        async with AsyncClient(**options) as client:
            await client.chat(HELLO)

    if colour == "async":
        asyncio.run(ask())
    else:
        with Client(**options) as client:
            client.chat(HELLO)


def _watching(method: Any, called: list[str] | None = None) -> Any:
    """Return what does the same as `method`, in its place."""

    def watched(*given: Any, **named: Any) -> Any:
        if called is not None:
            called.append(method.__name__)
        return method(*given, **named)

    return watched


@pytest.fixture
def options(emulator: Emulator) -> dict[str, Any]:
    """Return what a client of the emulator takes."""
    return {"base_url": emulator.url, "api_key": emulator.api_key}


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_the_fast_ones_are_taken_where_they_are_installed(
    options: dict[str, Any], own: list[str], colour: str
) -> None:
    """By the client and both adapters."""
    _asked(options, colour)
    _LANGCHAIN[colour](ChatMiniMax(**options))
    llm = MiniMax(api_base=options["base_url"], api_key=options["api_key"])
    if colour == "sync":
        llm.complete("Hello")
    else:
        asyncio.run(llm.acomplete("Hello"))

    assert len(own) == 3


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_httpx_is_taken_where_they_are_not(
    options: dict[str, Any], own: list[str], colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to know of them."""
    monkeypatch.setitem(sys.modules, "httptools", None)

    _asked(options, colour)

    assert own == []


@pytest.mark.parametrize("version", ["0.5.9", None])
@pytest.mark.parametrize("package", ["urllib3", "httptools"])
def test_httpx_is_taken_in_place_of_what_is_too_old(
    options: dict[str, Any],
    own: list[str],
    package: str,
    version: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another package may have installed it; whoever asks for it is told."""
    monkeypatch.setattr(f"{package}.__version__", version)

    _asked(options, "sync")

    assert own == []
    least = re.escape(f"{package}>={NEEDED['urllib3'][package]}")
    with pytest.raises(ConfigurationError, match=f"needs {least}: pip install"):
        Settings.resolve(api_key="k", sync_http="urllib3")


class _Broken(ModuleType):
    """A package that fails as extensions do that were built for another one."""

    def __getattr__(self, name: str) -> Any:
        raise ValueError("size changed, may indicate binary incompatibility")


@pytest.mark.parametrize("broken", [ModuleType("httptools"), _Broken("httptools")], ids=type)
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_httpx_is_taken_in_place_of_what_is_broken(
    options: dict[str, Any],
    own: list[str],
    colour: str,
    broken: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A folder that was left behind is a package without anything, too."""
    monkeypatch.setitem(sys.modules, "httptools", broken)

    _asked(options, colour)

    assert own == []


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize("changed", [{"verify": False}, {"cert": "mine.pem"}])
def test_httpx_is_taken_with_options_that_tools_put_there(
    options: dict[str, Any],
    own: list[str],
    colour: str,
    changed: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As is usual behind a proxy that opens TLS: its constructor is replaced."""
    kind: Any = httpx.Client if colour == "sync" else httpx.AsyncClient
    transport: Any = httpx.HTTPTransport if colour == "sync" else httpx.AsyncHTTPTransport
    make, plain, seen = kind.__init__, transport.__init__, list[dict[str, Any]]()

    def made(self: Any, **given: Any) -> None:
        make(self, **given | changed)

    def noting(self: Any, **given: Any) -> None:
        seen.append(given)
        plain(self, limits=given["limits"])

    monkeypatch.setattr(transport, "__init__", noting)
    _asked(options, colour)
    assert own == [], "the constructor of the transport is replaced"
    monkeypatch.setattr(kind, "__init__", made)
    _asked(options, colour)

    assert own == []
    assert changed.items() <= seen[-1].items()


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_threads_that_come_first_together_take_the_fast_ones(
    options: dict[str, Any], own: list[str], colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each may have made a TLS context, of which one is kept."""
    monkeypatch.setattr(
        "minimax_adapters.api._clients.made_context", lambda *_: ssl.create_default_context()
    )

    _asked(options, colour)

    assert len(own) == 1


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_httpx_is_taken_with_other_classes_of_httpcore(
    options: dict[str, Any], own: list[str], colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test may put its own pool there, or sockets that are none."""
    pool = "ConnectionPool" if colour == "sync" else "AsyncConnectionPool"
    places: list[tuple[Any, str]] = [(httpcore, pool), (socket, "socket")]
    for owner, name in places:
        with monkeypatch.context() as tool:
            tool.setattr(owner, name, type(name, (getattr(owner, name),), {}))
            _asked(options, colour)

    assert own == []


def test_what_is_needed_is_what_the_extras_install() -> None:
    """The lowest versions stand in two places."""
    extras = tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"]

    for library, needed in NEEDED.items():
        assert sorted(extras[library]) == [f"{name}>={least}" for name, least in needed.items()]


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(("colour", "owner", "name"), BELOW_HTTPX, ids=str)
def test_a_replaced_method_is_called(  # noqa: PLR0913 - what is replaced, and what is asked
    options: dict[str, Any],
    own: list[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    colour: str,
    owner: Any,
    name: str,
    named: bool,
) -> None:
    """As tracers and mocks replace it, also below a model that was used before; then no more."""
    replaced: list[str] = []
    library = {"async_http": "asyncio", "sync_http": "urllib3"} if named else {}
    model = ChatMiniMax(**options, **library)
    ask = _LANGCHAIN[colour]
    ask(model)
    with monkeypatch.context() as tool:
        tool.setattr(owner, name, _watching(getattr(owner, name), replaced))
        ask(model)
        assert (len(own), len(replaced)) == (1, 1)
    ask(model)

    assert (len(own), len(replaced)) == (2, 1)


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_cassette_records_a_model_that_was_used_before(
    emulator: Emulator, options: dict[str, Any], colour: str, tmp_path: Path
) -> None:
    """And answers it, without the host."""
    model, ask = ChatMiniMax(**options), _LANGCHAIN[colour]
    ask(model)
    emulator.script(Reply(text="Recorded."))
    recorded = []
    for mode in ("once", "none"):
        with vcr.use_cassette(tmp_path / "c.yaml", record_mode=mode):
            recorded.append(ask(model).content)

    assert recorded == ["Recorded.", "Recorded."]
    assert len(emulator.requests) == 2


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_the_connections_of_both_are_closed(colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client may have used one after the other."""
    with Emulator() as emulator, asyncio.Runner() as runner:
        client: Any = (Client if colour == "sync" else AsyncClient)(
            base_url=emulator.url, api_key=emulator.api_key
        )
        ask = client.chat if colour == "sync" else lambda said: runner.run(client.chat(said))
        ask(HELLO)
        with monkeypatch.context() as tool:
            for _, owner, name in (BELOW_HTTPX[0], BELOW_HTTPX[8]):
                tool.setattr(owner, name, _watching(getattr(owner, name)))
            ask(HELLO)
        assert connections(emulator) == 2

        _ = client.close() if colour == "sync" else runner.run(client.aclose())

        assert eventually(lambda: connections(emulator) == 0)


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_socks_proxy_is_left_to_httpx(
    colour: str, own: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows how to speak to one, or says what it lacks; to go around it would tell the world."""
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "socksio", None)

    with pytest.raises(ConfigurationError, match=r"httpx\[socks\]"):
        _asked({"base_url": "https://host.invalid", "api_key": "k"}, colour)

    assert own == []


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_proxy_that_speaks_tls_is_left_to_httpx(
    colour: str, own: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS within TLS is where asyncio fails in ways of its own."""
    monkeypatch.setenv("https_proxy", "https://127.0.0.1:1")

    with pytest.raises(ConnectionFailedError):
        _asked({"base_url": "https://host.invalid", "api_key": "k", "max_retries": 0}, colour)

    assert own == []
