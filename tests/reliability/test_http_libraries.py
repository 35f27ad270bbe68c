"""Whichever connections calls of either colour take, everything ends in the same way."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
import pytest
from account_operations import ACCOUNT, ALL
from cells import check_cell
from operations import KEY, OPERATIONS
from outcomes import FAULTS
from waiting import connections

from minimax_adapters.api import (
    AsyncClient,
    CallTimeoutError,
    ChatRequest,
    Client,
    ConfigurationError,
    ConnectionFailedError,
    Settings,
)
from minimax_adapters.api._asyncio import AsyncioTransport
from minimax_adapters.api._urllib3 import Urllib3Transport
from minimax_adapters.emulator import Emulator, Reply
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from collections.abc import Callable

    from fault_server import FaultServer
    from operations import Colour

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
HAND_MADE_LOOPS: Final = """
import asyncio, gc, sys
from minimax_adapters.api import AsyncClient, ChatRequest

url, key = sys.argv[1:]
client = AsyncClient(base_url=url, api_key=key, async_http="asyncio")
question = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
answers = []
for _ in range(3):
    loop = asyncio.new_event_loop()
    answers.append(loop.run_until_complete(client.chat(question)))
    loop.close()
del client
gc.collect()
print(len(answers), "answers")
"""
MODELS: Final = b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"data": []}'
NO_WAY: Final = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
PAGE_OF_MEMORY: Final = 4096
COLOUR_OF: Final[dict[str, Colour]] = {"asyncio": "async", "urllib3": "sync"}
NEEDED_BY: Final = {
    "asyncio": ["aiohappyeyeballs", "httptools"],
    "urllib3": ["urllib3", "httptools"],
}
LIBRARIES: Final = pytest.mark.parametrize("library", COLOUR_OF)
FRAMES: Final = (
    "/asyncio/",
    "/aiohappyeyeballs/",
    "/urllib3/",
    "/http/client.py",
    "/minimax_adapters/",
)


@pytest.fixture(autouse=True)
def _with_other_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    for library, colour in COLOUR_OF.items():
        monkeypatch.setenv(f"MINIMAX_{colour.upper()}_HTTP", library)


def _client(colour: Colour, **options: Any) -> Any:  # noqa: ANN401 - of either colour
    return Client(**options) if colour == "sync" else AsyncClient(**options)


async def _said(colour: Colour, client: Any, name: str, *given: Any) -> Any:  # noqa: ANN401 - of any method
    """Return what the method `name` of a client of either colour does, a stream as a list."""
    method = getattr(client, name)
    if name.startswith("stream"):
        if colour == "sync":
            return await asyncio.to_thread(lambda: list(method(*given)))
        return [event async for event in method(*given)]
    return await (asyncio.to_thread(method, *given) if colour == "sync" else method(*given))


async def _closed(colour: Colour, client: Any) -> None:  # noqa: ANN401 - of either colour
    if colour == "sync":
        client.close()
    else:
        await client.aclose()


@pytest.mark.sampled(share=0.012)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", [*OPERATIONS, *ACCOUNT], ids="-".join)
@pytest.mark.parametrize("colour", ["async", "sync"])
def test_each_fault_has_the_same_outcome_with_httpx(
    fault_server: FaultServer,
    place: tuple[str, str],
    colour: Colour,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error, the number of requests, and what is kept; nothing goes to another place.

    Where nothing is named, as in the other tests, it is that of asyncio or urllib3.
    """
    monkeypatch.setenv(f"MINIMAX_{colour.upper()}_HTTP", "httpx")
    check_cell(fault_server, place, colour, fault)


CLIENT_OF: Final[dict[str, Callable[..., Any]]] = {
    "async-client": AsyncClient,
    "async-langchain": lambda **options: ChatMiniMax(**options)._async_client,
    "async-llama_index": lambda **options: MiniMax(**options)._aclient(),
    "sync-client": Client,
    "sync-langchain": lambda **options: ChatMiniMax(**options)._client,
    "sync-llama_index": lambda **options: MiniMax(**options)._client(),
}


@pytest.mark.parametrize("surface", [name.removeprefix("sync-") for name in CLIENT_OF][3:])
@LIBRARIES
async def test_each_class_takes_the_setting(
    emulator: Emulator, surface: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an argument, too."""
    colour = COLOUR_OF[library]
    monkeypatch.delenv(f"MINIMAX_{colour.upper()}_HTTP")
    options = {"base_url": emulator.url, "api_key": emulator.api_key, f"{colour}_http": library}

    client = CLIENT_OF[f"{colour}-{surface}"](**options)
    assert (await _said(colour, client, "chat", HELLO)).content

    if colour == "sync":
        transport = client._clients.current()._transport._own._pool.transport
        assert isinstance(transport, Urllib3Transport)
    else:
        (held,) = client._clients._open.values()
        assert isinstance(held.client._transport._own._pools[0].transport, AsyncioTransport)
    await _closed(colour, client)


@LIBRARIES
async def test_a_transport_of_the_user_stands_above_it(library: str) -> None:
    """It was made for this client, the variable for all."""
    colour = COLOUR_OF[library]
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": []}))

    client = _client(colour, api_key="k", transport=transport)

    assert await _said(colour, client, "models") == []


@LIBRARIES
def test_a_wrong_name_is_refused(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the settings are made, as is a library that is not installed."""
    for other in set(COLOUR_OF) - {library}:
        monkeypatch.delenv(f"MINIMAX_{COLOUR_OF[other].upper()}_HTTP")
    option = f"{COLOUR_OF[library]}_http"
    wrong: Any = {option: "requests"}
    said = f"'auto', 'httpx' or '{library}', not 'requests'"
    with pytest.raises(ConfigurationError, match=f"^{option} is {said}"):
        Settings.resolve(api_key="k", **wrong)
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv(f"MINIMAX_{option.upper()}", "requests")
        with pytest.raises(ConfigurationError, match=f"^MINIMAX_{option.upper()} is {said}"):
            Settings.resolve(api_key="k")

    for package in NEEDED_BY[library]:
        with monkeypatch.context() as without:
            without.setitem(sys.modules, package, None)
            with pytest.raises(
                ConfigurationError,
                match=rf"_HTTP='{library}' needs {package}>=.*-adapters\[{library}\]",
            ):
                Settings.resolve(api_key="k")


def test_each_event_loop_has_its_own_connections(emulator: Emulator) -> None:
    """As `asyncio.run` in scripts, Celery tasks and notebooks does."""
    client = AsyncClient(base_url=emulator.url, api_key=emulator.api_key)

    for _ in range(4):
        assert asyncio.run(client.chat(HELLO)).content
        assert client._clients._open == {}


def test_a_loop_that_ends_without_a_shutdown_prints_nothing(emulator: Emulator) -> None:
    """As in workers that make and close loops by hand; its connections are gone with it."""
    command = [sys.executable, "-c", HAND_MADE_LOOPS, emulator.url, emulator.api_key]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stdout, done.stderr) == (0, "3 answers\n", "")


@LIBRARIES
async def test_connections_are_used_again(library: str) -> None:
    """After plain calls and after streams that were read to their end."""
    colour = COLOUR_OF[library]
    # Its own one: others of an emulator that is shared may be closing still.
    with Emulator() as emulator:
        client = _client(colour, base_url=emulator.url, api_key=emulator.api_key)
        for _ in range(3):
            await _said(colour, client, "chat", HELLO)
            assert await _said(colour, client, "stream_chat", HELLO)

        assert connections(emulator) == 1
        await _closed(colour, client)


@LIBRARIES
async def test_a_large_request_arrives_whole(emulator: Emulator, library: str) -> None:
    """It goes out in several writes."""
    colour = COLOUR_OF[library]
    text = "word " * 300_000
    question = ChatRequest(messages=[{"role": "user", "content": text}])
    emulator.script(Reply(text="Long."))

    client = _client(colour, base_url=emulator.url, api_key=emulator.api_key)
    await _said(colour, client, "chat", question)
    await _closed(colour, client)

    assert emulator.requests[-1].json["messages"][-1]["content"] == text


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": httpx.Timeout(0.05), "max_retries": 1},
        {"deadline": 0.1},
    ],
)
@LIBRARIES
async def test_a_host_that_takes_no_bytes_is_given_up(
    library: str, options: dict[str, Any]
) -> None:
    """A large request goes out in pieces, and none of them ever does."""
    colour = COLOUR_OF[library]
    question = ChatRequest(messages=[{"role": "user", "content": "word " * 5_000_000}])
    done = asyncio.Event()

    async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0, limit=PAGE_OF_MEMORY)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        client = _client(colour, base_url=url, api_key="k", backoff=lambda: iter([0.0]), **options)
        with pytest.raises(CallTimeoutError):
            await _said(colour, client, "chat", question)
        done.set()
        await _closed(colour, client)


@pytest.mark.sampled(share=0.05)
@pytest.mark.parametrize("place", [place for place in ALL if place[1] != "fetch"], ids="-".join)
@pytest.mark.parametrize("fault", ["reset_before_headers", "not_http", "reset_in_body", "silent"])
@LIBRARIES
def test_no_crash_report_shows_the_key(
    fault_server: FaultServer, library: str, place: tuple[str, str], fault: str
) -> None:
    """The frames of such a library keep the headers which such a report prints."""
    url = fault_server.url(fault, f"{library}-{fault}")
    options = {"base_url": url, "api_key": KEY, "max_retries": 0, **FAULTS[fault].options}

    with pytest.raises(Exception) as caught:  # noqa: PT011 - any: its report is of interest
        ALL[place](options, COLOUR_OF[library])

    # The frames above ours are those of the test, and hold the key.
    report: Any = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    while report is not None:
        for frame in report.stack:
            if any(place in frame.filename for place in FRAMES):
                assert KEY not in f"{frame.locals}", frame
        report = report.__cause__ or report.__context__


class Proxy:
    """A proxy that answers for all hosts, and refuses to open tunnels; alive inside `async with`.

    Attributes:
        heads: Of the requests so far.
        address: Host and port.
    """

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.address = ""

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode())
        writer.write(NO_WAY if head.startswith(b"CONNECT") else MODELS)
        await writer.drain()
        writer.close()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()


@pytest.mark.parametrize("library", ["httpx", "other"])
@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_proxies_of_the_environment_are_used(
    colour: Colour, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With their password, and not for hosts that are excepted."""
    if library == "httpx":
        monkeypatch.setenv(f"MINIMAX_{colour.upper()}_HTTP", library)
    options: dict[str, Any] = {"api_key": "k", "max_retries": 0, "allow_http": True}
    async with Proxy() as proxy:
        monkeypatch.setenv("http_proxy", f"http://user:p%40ss@{proxy.address}")
        monkeypatch.setenv("https_proxy", f"http://{proxy.address}")
        monkeypatch.setenv("no_proxy", "direct.invalid")

        client = _client(colour, base_url="http://host.invalid", **options)
        assert await _said(colour, client, "models") == []
        await _closed(colour, client)
        client = _client(colour, base_url="https://host.invalid", **options)
        with pytest.raises(ConnectionFailedError, match="Forbidden"):
            await _said(colour, client, "models")
        await _closed(colour, client)
        client = _client(colour, base_url="http://direct.invalid", **options)
        with pytest.raises(ConnectionFailedError):
            await _said(colour, client, "models")
        await _closed(colour, client)

    assert len(proxy.heads) == 2
    plain, tunnel = proxy.heads
    assert plain.startswith("GET http://host.invalid/v1/models HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic dXNlcjpwQHNz" in plain  # user:p@ss
    assert tunnel.startswith("CONNECT host.invalid:443 HTTP/1.1\r\n")
    assert "\r\nHost: host.invalid" in tunnel
    assert "Bearer" not in tunnel


@pytest.mark.parametrize("library", ["httpx", "other"])
@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_a_proxy_that_fails_is_named(
    colour: Colour, library: str, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MiniMax was not asked. Its password is not shown, nor what has taken its place since."""
    if library == "httpx":
        monkeypatch.setenv(f"MINIMAX_{colour.upper()}_HTTP", library)
    proxy = f"127.0.0.1:{unused_port}"
    monkeypatch.setenv("no_proxy", "direct.invalid")
    monkeypatch.setenv("all_proxy", f"http://user:p%40ss@{proxy}")

    async def error(host: str, change: dict[str, str]) -> str:
        options: dict[str, Any] = {"api_key": "k", "max_retries": 0}
        client = _client(colour, base_url=f"https://{host}", **options)
        await _failed(colour, client)
        with monkeypatch.context() as later:
            for name, value in change.items():
                later.setenv(name, value)
            text = await _failed(colour, client)
        await _closed(colour, client)
        return text

    failed = await error("host.invalid", {})
    assert failed.startswith(f"No reply from host.invalid through the proxy {proxy}: ")
    assert "ss@" not in failed
    assert "proxy 127" not in await error("direct.invalid", {})
    for since in ("", "http://h:port"):
        assert "No reply from host.invalid: " in await error("host.invalid", {"all_proxy": since})
    monkeypatch.setenv("https_proxy", "nowhere.invalid:3128")
    failed = await error("host.invalid", {})
    assert failed.startswith("No reply from host.invalid through the proxy nowhere.invalid:3128: ")


async def _failed(colour: Colour, client: Any) -> str:  # noqa: ANN401 - of either colour
    with pytest.raises(ConnectionFailedError) as caught:
        await _said(colour, client, "models")
    return str(caught.value)
