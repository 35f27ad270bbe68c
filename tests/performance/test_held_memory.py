"""What streams hold while they wait: a server has a thousand of them at once."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import tracemalloc
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from llama_index.core.llms import ChatMessage

from minimax_adapters.api import AsyncClient, ChatRequest, Client
from minimax_adapters.api._chat_stream import ChatSession
from minimax_adapters.api._judge import HTTPReply
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from minimax_adapters.emulator import Emulator

STREAMS: Final = 100
WORDS: Final = 2_000


@pytest.fixture(scope="module")
def stalling() -> Iterator[str]:
    """Return the address of a server that goes silent after the first event."""
    script = str(Path(__file__).with_name("stalling_server.py"))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.terminate()


@pytest.mark.parametrize(("library", "most"), [("asyncio", 16_500), ("httpx", 30_000)])
async def test_a_stream_that_waits_holds_little(stalling: str, library: Any, most: int) -> None:  # noqa: ANN401 - a literal
    """Measured with Python 3.11: 14,800 and 27,400 bytes, with the task that waits."""
    model = ChatMiniMax(api_key="key", base_url=stalling, async_http=library)
    first = model.astream("When does the library open?")
    assert (await anext(first)).content == "Nine"  # Imports, the client, the TLS context.
    begun: list[AsyncIterator[Any]] = []
    waiting: list[asyncio.Task[Any]] = []
    tracemalloc.start()
    try:
        begun += [model.astream("When does the library open?") for _ in range(STREAMS)]
        await asyncio.gather(*map(anext, begun))
        waiting += [asyncio.ensure_future(anext(each)) for each in begun]
        await asyncio.sleep(0)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await first.aclose()  # type: ignore[attr-defined]  # a generator
    assert held / STREAMS <= most


def test_a_stream_holds_nothing_of_its_request(emulator: Emulator) -> None:
    """A history may have a hundred thousand tokens."""
    client = Client(api_key=emulator.api_key, base_url=emulator.url)
    request = ChatRequest(model="MiniMax-M3", messages=[{"role": "user", "content": "hi"}])
    is_held = weakref.ref(request)
    with client.stream_chat(request) as events:
        del request
        next(events)
        assert is_held() is None


async def test_an_asynchronous_stream_holds_nothing_of_its_request(emulator: Emulator) -> None:
    """Neither does it where it has not begun."""
    client = AsyncClient(api_key=emulator.api_key, base_url=emulator.url)
    request = ChatRequest(model="MiniMax-M3", messages=[{"role": "user", "content": "hi"}])
    is_held = weakref.ref(request)
    async with client.stream_chat(request) as events:
        del request
        assert is_held() is None
        await anext(events)


ASKED: Final = "When does the library open on Sundays in August?"


def of_langchain(emulator: Emulator) -> Iterator[Any]:
    """Return an answer of the chat model."""
    return ChatMiniMax(api_key=emulator.api_key, base_url=emulator.url).stream(ASKED)


def of_a_chat(emulator: Emulator) -> Iterator[Any]:
    """Return an answer of LlamaIndex's model."""
    model = MiniMax(api_key=emulator.api_key, api_base=emulator.url)
    return iter(model.stream_chat([ChatMessage(ASKED)]))


def of_a_completion(emulator: Emulator) -> Iterator[Any]:
    """Return the completion of a text."""
    model = MiniMax(api_key=emulator.api_key, api_base=emulator.url)
    return iter(model.stream_complete(ASKED))


@pytest.mark.parametrize("begin", [of_langchain, of_a_chat, of_a_completion])
def test_no_framework_holds_the_request_of_a_stream(
    emulator: Emulator, begin: Callable[[Emulator], Iterator[Any]]
) -> None:
    """Each call of an agent has its whole history in one."""
    stream = begin(emulator)
    next(stream)
    gc.collect()
    held = [each for each in gc.get_objects() if isinstance(each, ChatRequest | httpx.Request)]
    assert not [each for each in held if ASKED in _text_of(each)]
    assert list(stream)


def _text_of(request: ChatRequest | httpx.Request) -> str:
    if isinstance(request, ChatRequest):
        return str(request.messages)
    return request.content.decode()


@pytest.mark.parametrize("member", ["content", "reasoning_content"])
def test_the_words_of_an_answer_are_held_as_one_text(member: str) -> None:
    """A word by itself takes 57 bytes and a place in a list; in a text, its letters."""
    frame = {"id": "0699f1", "choices": [{"index": 0, "delta": {member: " lorem"}}]}
    event = b"data: " + json.dumps(frame).encode() + b"\n\n"
    session = ChatSession(HTTPReply(200, {}))
    session.feed(event * 2)
    tracemalloc.start()
    try:
        for _ in range(WORDS):
            session.feed(event)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / WORDS < 20
