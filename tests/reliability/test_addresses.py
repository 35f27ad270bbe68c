"""Addresses that a host, a user or the environment names: each is used, or refused with a word."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from typing import TYPE_CHECKING, Any, Final, cast

import httpx
import pytest

from minimax_adapters.api import (
    AsyncClient,
    Audio,
    ChatRequest,
    Client,
    ConfigurationError,
    InvalidInputError,
    InvalidReplyError,
    Settings,
)
from minimax_adapters.api._addresses import is_loopback

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
LONG_LABEL: Final = "a" * 64
NO_ADDRESSES: Final = [
    "http://xn--/",
    "https://h:99999999/",
    "http://h:port/",
    "http://[::1",
    "http://a\x01b/",
    "http://\u202e.example/",
    f"http://{LONG_LABEL}.example/",
    "http://a..b/",
]


class Redirecting:
    """Answers every request with a redirect, except at `storage.example` and the like."""

    def __init__(self, location: str) -> None:
        self._location = location
        self.hosts: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.hosts.append(request.url.host)
        if len(self.hosts) > 1:
            return httpx.Response(200, content=b"ID3")
        return httpx.Response(307, headers=[(b"Location", self._location.encode())])


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize("location", [*NO_ADDRESSES, "//", "x" * 70_000, "http://a.example/"])
def test_a_redirect_is_refused_once_whatever_it_names(location: str, colour: str) -> None:
    """It is said, and not taken for a lost connection that is worth another attempt."""
    host = Redirecting(location)
    options: Any = {"api_key": "k", "transport": httpx.MockTransport(host)}

    async def call() -> None:
        async with AsyncClient(**options) as client:
            await client.chat(HELLO)

    with pytest.raises(InvalidReplyError, match="redirects"):
        asyncio.run(call()) if colour == "async" else Client(**options).chat(HELLO)

    assert len(host.hosts) == 1


def _fetch(url: str, location: str, **options: str) -> list[str]:
    """Return the hosts that a download from `url` asks."""
    host = Redirecting(location)
    client = Client(api_key="k", transport=httpx.MockTransport(host), **cast("Any", options))
    client.speech.fetch(Audio(b"", "mp3", url=url))
    return host.hosts


@pytest.mark.parametrize("location", [*NO_ADDRESSES, "file:///etc/passwd", "http://u:p@a.example/"])
def test_a_download_follows_no_redirect_to_what_is_no_address(location: str) -> None:
    """The host has sent it, so it is no mistake of the caller."""
    with pytest.raises(InvalidReplyError, match="redirects"):
        _fetch("https://storage.example/a.mp3", location)


@pytest.mark.parametrize(
    "url", [*NO_ADDRESSES, "//", "x" * 70_000, "\x00", "http://127.0.0.1/\x00", "http://\udcff/"]
)
def test_what_is_no_address_is_not_downloaded(url: str) -> None:
    """Nothing is sent."""
    with pytest.raises(InvalidInputError):
        _fetch(url, "/")


@pytest.mark.parametrize(
    "inside",
    [
        *("127.0.0.1", "localhost", "127.1", "2130706433", "[::1]", "[::ffff:10.0.0.1]"),
        *("10.0.0.7", "169.254.169.254", "192.168.1.1", "0.0.0.0"),  # noqa: S104 - to be refused
        *("localhost.", "a.localhost.", "127.0.0.1.", "LOCALHOST", "[::]", "[::ffff:0:0]"),
        # Shared, where clouds tell a machine its keys; to many; kept for the future.
        *("100.100.100.200", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1"),
        *("[fd00:ec2::254]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[::127.0.0.1]"),
        # 10.0.0.7 and 169.254.169.254 to those who translate.
        *("[64:ff9b::a00:7]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::8.8.8.8]", "[2002:a00:7::]"),
        *("[2001:0:4136:e378:8000:63bf:f5ff:fff8]", "[2001:db8::1]", "[4000::1]"),
    ],
)
def test_a_public_address_sends_nobody_into_their_own_network(inside: str) -> None:
    """What answers there, such as the keys of a cloud's machine, would come back as audio."""
    with pytest.raises(InvalidReplyError, match="your own network"):
        _fetch("https://storage.example/a.mp3", f"http://{inside}/latest")


@pytest.mark.parametrize(
    "place", ["8.8.8.8", "134744072", "[2606:4700::1]", "[64:ff9b::808:808]", "[2002:808:808::]"]
)
def test_a_public_address_may_redirect_to_another(place: str) -> None:
    """Storage does, from one region to the next."""
    assert _fetch("https://storage.example/a.mp3", f"http://{place}/b.mp3")[1] == place.strip("[]")


def test_a_network_of_its_own_may_redirect_within_itself() -> None:
    """An emulator does, and a host that was configured may be anywhere."""
    near = _fetch("http://127.0.0.1:9/a.mp3", "http://10.0.0.7/b.mp3")
    configured = _fetch(
        "https://storage.example/a.mp3", "http://127.0.0.1:9/b.mp3", base_url="http://127.0.0.1:9"
    )

    assert near == ["127.0.0.1", "10.0.0.7"]
    assert configured == ["storage.example", "127.0.0.1"]


@pytest.mark.parametrize(
    "url", [f"https://{LONG_LABEL}.example", "https://a..b", "https://xn--", "https://h:99999"]
)
def test_a_base_url_that_no_resolver_takes_is_refused_at_once(url: str) -> None:
    """Not by the first call, and not with an error of a codec."""
    with pytest.raises(ConfigurationError, match="not a base URL"):
        Client(api_key="k", base_url=url)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433"])
@pytest.mark.parametrize("library", ["httpx", "other"])
def test_no_proxy_stands_before_this_machine(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, library: str, host: str
) -> None:
    """It would see the key in clear text, and most could not reach the emulator."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    url = emulator.url.replace("127.0.0.1", host)
    options: Any = {"base_url": url, "api_key": emulator.api_key, "max_retries": 0}
    sync_http: Any = "httpx" if library == "httpx" else "urllib3"
    async_http: Any = "httpx" if library == "httpx" else "asyncio"

    async def call() -> str:
        async with AsyncClient(**options, async_http=async_http) as client:
            async with client.speech.connect() as voice:
                await voice.open()
            return (await client.chat(HELLO)).content

    with Client(**options, sync_http=sync_http) as client:
        assert client.chat(HELLO).content
        with client.speech.connect() as voice:
            voice.open()
    assert asyncio.run(call())


@pytest.mark.parametrize(
    "host",
    [
        *("127.1", "2130706433", "0x7f000001", "127.0.0.1.", "localhost.", "LOCALHOST"),
        *("[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "[::]"),  # noqa: S104 - nothing listens there
    ],
)
def test_this_machine_may_be_asked_in_clear_however_it_is_written(host: str) -> None:
    """What servers print when they start is copied from the terminal."""
    url = f"http://{host}:8000"

    assert Settings.resolve(api_key="k", base_url=url).base_urls == (url,)
    assert is_loopback(httpx.URL(url).host)


@pytest.mark.parametrize(
    "host", ["[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "1.0.0.127", "a.localhost"]
)
def test_what_may_lead_elsewhere_is_not_this_machine(host: str) -> None:
    """Translators and name servers stand on the way."""
    with pytest.raises(ConfigurationError, match="clear text"):
        Settings.resolve(api_key="k", base_url=f"http://{host}:8000")


@pytest.mark.parametrize("proxy", ["nonsense://127.0.0.1:1", "socks5://127.0.0.1:1", "http://[::1"])
def test_a_proxy_that_cannot_be_used_is_a_setting_to_correct(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    """An unknown kind, one that needs a package, and one that is no address."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", proxy)

    async def call() -> None:
        async with AsyncClient(api_key="k") as client:
            await client.chat(HELLO)

    with Client(api_key="k") as client, pytest.raises(ConfigurationError, match="ALL_PROXY"):
        client.chat(HELLO)
    with pytest.raises(ConfigurationError, match="ALL_PROXY"):
        asyncio.run(call())


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_socket_says_what_its_proxy_needs(monkeypatch: pytest.MonkeyPatch, colour: str) -> None:
    """The library raises an ImportError in the middle of connecting."""
    if importlib.util.find_spec("python_socks") is not None:  # pragma: no cover - as it is here
        pytest.skip("The package is installed.")
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")

    async def connect() -> None:
        async with AsyncClient(api_key="k") as client, client.speech.connect() as voice:
            await voice.open()

    def connect_here() -> None:
        with Client(api_key="k") as client, client.speech.connect() as voice:
            voice.open()

    with pytest.raises(ConfigurationError, match="python-socks"):
        asyncio.run(connect()) if colour == "async" else connect_here()
