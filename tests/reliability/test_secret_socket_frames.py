"""No frame of a socket that cannot connect holds the key, neither ours nor those of libraries.

The `websockets` library has the headers in its frames, and what it sends.
"""

# ruff: noqa: ANN401 - clients of either colour
from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Final

import pytest
from raw_host import Host
from secret_frames import SECRET, Interrupted, ended, shown

from minimax_adapters.api import AsyncClient, Client, MiniMaxError
from minimax_adapters.api._socket_timed import TimedSocket

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_EMPTY: Final = b"Content-Length: 0\r\n\r\n"
_UPGRADE: Final = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
ANSWERS: Final[dict[str, Any]] = {
    "hangs up": b"",
    "silent": threading.Event(),
    "HTTP 200": b"HTTP/1.1 200 OK\r\n" + _EMPTY,
    "HTTP 401": b"HTTP/1.1 401 No\r\n" + _EMPTY,
    "HTTP 502": b"HTTP/1.1 502 Bad\r\n" + _EMPTY,
    "no HTTP": b"SSH-2.0-x\r\n",
    "another key": b"HTTP/1.1 101 S\r\n" + _UPGRADE + b"Sec-WebSocket-Accept: x\r\n\r\n",
    "redirect": b"HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:1/\r\n" + _EMPTY,
}


async def _opened(**options: Any) -> None:
    async with AsyncClient(**options) as client, client.speech.connect() as voice:
        await voice.open()


async def _streamed(**options: Any) -> None:
    async with AsyncClient(**options) as client:
        async for _ in client.stream_speech_from(["Hello. "], transport="bidi"):
            pass


WAYS: Final[dict[str, Callable[..., Any]]] = {
    "connect": lambda **options: Client(**options).speech.connect().open(),
    "stream": lambda **options: list(
        Client(**options).stream_speech_from(["Hello. "], transport="bidi")
    ),
    "aconnect": lambda **options: asyncio.run(_opened(**options)),
    "astream": lambda **options: asyncio.run(_streamed(**options)),
}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the key in no frame of these tests."""
    monkeypatch.setenv("MINIMAX_API_KEY", SECRET)


def _error(way: str, host: Host) -> BaseException:
    url = host.url.partition("/v1")[0]
    return ended(lambda: WAYS[way](base_url=url, max_retries=0, timeout=0.5))


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("way", WAYS)
def test_no_frame_of_a_handshake_that_fails_holds_the_key(way: str, answer: str) -> None:
    """However it fails."""
    with Host([ANSWERS[answer]], stay=False) as host:
        error = _error(way, host)

    assert isinstance(error, MiniMaxError)
    assert shown(error, everywhere=True) == []


@pytest.mark.parametrize("way", ["connect", "stream"])
@pytest.mark.parametrize("kind", [Interrupted, KeyboardInterrupt, TimeoutError, OSError])
def test_no_frame_of_a_handshake_that_is_not_sent_holds_the_key(
    way: str, kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal ends it, or the connection breaks: what was to be sent is in frames, too."""

    def fail(*_: object) -> None:
        raise kind

    monkeypatch.setattr(TimedSocket, "_send_until", fail)
    with Host() as host:
        error = _error(way, host)

    assert isinstance(error, MiniMaxError if issubclass(kind, OSError) else kind)
    assert shown(error, everywhere=True) == []


@pytest.mark.parametrize("way", WAYS)
def test_an_error_that_is_being_handled_keeps_its_frames(way: str) -> None:
    """It is behind those that come meanwhile, but somebody else's."""
    kept: list[TracebackType | None] = []
    with Host([ANSWERS["hangs up"]], stay=False) as host:
        try:
            raise LookupError  # noqa: TRY301 - of whoever calls
        except LookupError as handled:
            _error(way, host)
            kept.append(handled.__traceback__)

    assert kept[0] is not None
