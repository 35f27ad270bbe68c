"""Calls that are cancelled at any await point, and streams that nobody reads to their end."""

# ruff: noqa: ANN401 - models and results of any kind

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any, Final

import pytest
from cancelling import CHAT, Cancellable, cancel_everywhere
from operations import _ASK, HELLO
from waiting import connections, eventually

from minimax_adapters.api import AsyncClient, SpeechOptions, SpeechRequest
from minimax_adapters.emulator import Emulator, Quirks, Reply
from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fault_server import FaultServer

SPEECH: Final = SpeechOptions(audio_setting={"format": "pcm"})


async def _texts() -> AsyncIterator[str]:
    yield HELLO


async def _drain(stream: Any) -> list[Any]:
    if asyncio.iscoroutine(stream):
        stream = await stream
    return [item async for item in stream]


def _langchain(emulator: Emulator, kind: Callable[..., Any] = ChatMiniMax) -> Any:
    return kind(base_url=emulator.url, api_key=emulator.api_key)


def _llama(emulator: Emulator) -> Any:
    return MiniMax(api_base=emulator.url, api_key=emulator.api_key)


CALLS: Final[dict[str, Cancellable]] = {
    "chat": lambda client, _: client.chat(CHAT),
    "stream": lambda client, _: _drain(client.stream_chat(CHAT)),
    "embed": lambda client, _: client.embed(["a", "b", "c"], type="db", max_batch_size=1),
    "stream_speech": lambda client, _: _drain(client.stream_speech(SpeechRequest(text=HELLO))),
    "stream_speech_from": lambda client, _: _drain(client.stream_speech_from(_texts(), SPEECH)),
    "voices": lambda client, _: client.voices.list(),
    "files": lambda client, _: client.files.list("prompt_audio"),
    "submit": lambda client, _: client.speech.submit(HELLO),
    "langchain_chat": lambda _, emulator: _langchain(emulator).ainvoke(HELLO),
    "langchain_stream": lambda _, emulator: _drain(_langchain(emulator).astream(HELLO)),
    "langchain_embed": lambda _, emulator: _langchain(emulator, MiniMaxEmbeddings).aembed_documents(
        ["a"]
    ),
    "llama_index_chat": lambda _, emulator: _llama(emulator).achat(_ASK),
    "llama_index_stream": lambda _, emulator: _drain(_llama(emulator).astream_chat(_ASK)),
}


@pytest.mark.sampled(share=0.25)
@pytest.mark.parametrize(("library", "room"), [("httpx", 10), ("httpx", 0), ("asyncio", 10)])
@pytest.mark.parametrize("name", CALLS)
def test_a_call_may_be_cancelled_at_any_await(
    emulator: Emulator, name: str, library: str, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No task, connection or warning is left, and the next call works.

    Without room in its pools, each call of httpx makes one and closes it.
    """
    monkeypatch.setenv("MINIMAX_ASYNC_HTTP", library)
    monkeypatch.setattr("minimax_adapters.api._pools._ROOM", room)
    assert cancel_everywhere(emulator, CALLS[name]) >= 3


@pytest.mark.parametrize("name", [name for name in CALLS if name in {"chat", "stream", "embed"}])
async def test_a_timeout_of_the_caller_ends_the_call(
    fault_server: FaultServer, emulator: Emulator, name: str
) -> None:
    """With `asyncio.timeout`; the connection is closed, as the host sees."""
    url = fault_server.url("silent", f"caller-{name}")

    async with AsyncClient(base_url=url, api_key="k") as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await CALLS[name](client, emulator)

    assert fault_server.requests[f"caller-{name}"] >= 1


def test_generators_that_nobody_exhausts_close_their_connections(emulator: Emulator) -> None:
    """Of both adapters, by `break` and by forgetting them."""
    emulator.quirks = Quirks(frame_delay=0.01)
    emulator.script(*[Reply(text="word " * 200)] * 4)
    chat, llm = _langchain(emulator), _llama(emulator)

    for stream in (chat.stream(HELLO), llm.stream_complete(HELLO)):
        for chunk in stream:
            assert chunk
            break
    unread: Any = chat.stream(HELLO)
    next(unread)
    del unread, stream, chat
    llm.close()
    gc.collect()

    assert eventually(lambda: connections(emulator) == 0)
