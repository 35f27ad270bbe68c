"""Threads and connections: whatever is used, left or forgotten, none of them stays."""

# ruff: noqa: ANN401 - models and streams of any kind

from __future__ import annotations

import asyncio
import gc
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final, get_args

import pytest
from operations import HELLO, OPERATIONS, Colour
from waiting import connections, eventually

from minimax_adapters.api import AsyncClient, ChatRequest, Client
from minimax_adapters.api._closing import CLOSER
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.langchain import MiniMaxSpeech as LangChainSpeech
from minimax_adapters.llama_index import MiniMax
from minimax_adapters.llama_index import MiniMaxSpeech as LlamaIndexSpeech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from minimax_adapters.emulator import Emulator

CHAT: Final = ChatRequest(messages=[{"role": "user", "content": HELLO}])
LONG: Final = "A sentence that takes a while. " * 20
# One for the process, which closes what was forgotten; and those of the emulator's event loop.
_LASTING: Final = ("minimax-stream-closer", "asyncio_")


def _texts() -> Iterator[str]:
    while True:
        yield "There is always more to say. "


def _forgotten(stream: Any) -> None:
    """Take the beginning of a stream, and forget it."""
    assert next(stream)


def _forgotten_socket(known: dict[str, Any], dialect: Any, *, hearing: bool) -> None:
    voice = Client(**known).speech.connect(dialect=dialect)
    if hearing:
        assert next(voice.speak(LONG))
    else:
        voice.open()


def _closed_socket(known: dict[str, Any]) -> None:
    with Client(**known) as client, client.speech.connect() as voice:
        assert next(voice.speak(LONG))


def _forgotten_async_socket(known: dict[str, Any]) -> None:
    async def run() -> None:
        await AsyncClient(**known).speech.connect().open()

    asyncio.run(run())


def _spoken(known: dict[str, Any], transport: Any) -> Any:
    return Client(**known).stream_speech_from(_texts(), transport=transport)


def _run(place: tuple[str, str], colour: Colour, known: dict[str, Any]) -> Any:
    return OPERATIONS[place](known, colour)


def _renamed(known: dict[str, Any]) -> dict[str, Any]:
    return {"api_base": known["base_url"], "api_key": known["api_key"]}


LIVES: Final[dict[str, Callable[[dict[str, Any]], Any]]] = {
    "client_never_closed": lambda k: Client(**k).chat(CHAT),
    "client_stream": lambda k: _forgotten(Client(**k).stream_chat(CHAT)),
    "client_long_speech": lambda k: Client(**k).speak_long(LONG),
    "client_speech_http": lambda k: _forgotten(_spoken(k, "http")),
    "client_speech_plain": lambda k: _forgotten(_spoken(k, "plain")),
    "client_speech_bidi": lambda k: _forgotten(_spoken(k, "bidi")),
    "socket_closed": _closed_socket,
    "socket_plain": lambda k: _forgotten_socket(k, "plain", hearing=False),
    "socket_bidi": lambda k: _forgotten_socket(k, "bidi", hearing=False),
    "socket_plain_hearing": lambda k: _forgotten_socket(k, "plain", hearing=True),
    "socket_bidi_hearing": lambda k: _forgotten_socket(k, "bidi", hearing=True),
    "langchain_stream": lambda k: _forgotten(ChatMiniMax(**k).stream(HELLO)),
    "langchain_batch": lambda k: ChatMiniMax(**k).batch([HELLO, HELLO]),
    "langchain_speech": lambda k: _forgotten(LangChainSpeech(**k).transform(_texts())),
    "llama_index_stream": lambda k: _forgotten(MiniMax(**_renamed(k)).stream_complete(HELLO)),
    "llama_index_speech": lambda k: _forgotten(LlamaIndexSpeech(**_renamed(k)).stream(_texts())),
    **{
        "-".join((*place, colour)): partial(_run, place, colour)
        for place in OPERATIONS
        for colour in get_args(Colour)
    },
}
_OF_A_LOOP: Final = {"socket_forgotten_async": _forgotten_async_socket}


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if not thread.name.startswith(_LASTING)}


def _wait_for_closer() -> None:
    """Let what was dropped be begun to be closed, which may take a thread of its own."""
    reached = threading.Event()
    CLOSER.prepare()
    CLOSER.close_soon(reached.set)
    assert reached.wait(5)


def _check(emulator: Emulator, live: Callable[[], Any]) -> None:
    before = _threads()

    live()

    def is_over() -> bool:
        gc.collect()
        _wait_for_closer()
        return not _threads() - before and connections(emulator) == 0

    assert eventually(is_over), [thread.name for thread in _threads() - before]


@pytest.mark.sampled(share=0.1)
@pytest.mark.parametrize("library", ["httpx", "urllib3"])
@pytest.mark.parametrize("life", [*LIVES, *_OF_A_LOOP])
def test_no_thread_stays(
    emulator: Emulator, life: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed or not, read to the end or forgotten."""
    monkeypatch.setenv("MINIMAX_SYNC_HTTP", library)
    known = {"base_url": emulator.url, "api_key": emulator.api_key}

    _check(emulator, lambda: (LIVES | _OF_A_LOOP)[life](known))


@pytest.mark.sampled(share=0.1)
@pytest.mark.parametrize("life", [life for life in LIVES if not life.endswith("-async")])
def test_no_thread_stays_of_what_runs_inside_an_event_loop(emulator: Emulator, life: str) -> None:
    """As in a notebook: the same, called from a coroutine."""
    known = {"base_url": emulator.url, "api_key": emulator.api_key}

    async def run() -> None:
        LIVES[life](known)

    _check(emulator, lambda: asyncio.run(run()))
