"""Answers that are spoken while they are written: `(chat | speech).stream()`."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain_core.messages import (
    AIMessageChunk,
)
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import (
    RunnableGenerator,
    RunnableParallel,
    RunnablePassthrough,
)
from listeners import TEXT, both, said, streamed
from waiting import answering, eventually

from minimax_adapters import api
from minimax_adapters.api import Audio, AudioChunk
from minimax_adapters.emulator import Quirks, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from makers import Make

    from minimax_adapters.emulator import Emulator

TRANSPORTS: Final = ("auto", "http")


@both
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_answer_is_spoken_without_thinking(
    chat: Make, speech: Make, emulator: Emulator, transport: str, *, asynchronous: bool
) -> None:
    """In the usual chains, with and without a parser between."""
    prompt = ChatPromptTemplate.from_messages([("user", "Say {what}.")])
    voice = speech(transport=transport)

    for chain in (prompt | chat() | voice, prompt | chat() | StrOutputParser() | voice):
        emulator.script(Reply(thinking="This is a secret. Nobody may hear it.", text=TEXT))
        chunks = await streamed(chain, {"what": "it"}, asynchronous=asynchronous)

        assert said(chunks) == TEXT
        assert b"".join(chunk.data for chunk in chunks)[:1] == b"\xff"


@both
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("kind", ["text", "messages"])
async def test_the_first_sentence_is_heard_before_the_second_is_written(
    speech: Make, transport: str, kind: str, *, asynchronous: bool
) -> None:
    """The point of it: whoever writes waits here until somebody has heard the first sentence."""
    heard = threading.Event()

    def item(text: str) -> Any:
        return text if kind == "text" else AIMessageChunk(content=text, id="1")

    def write(_: Any) -> Iterator[Any]:
        yield item("The first sentence is here. And")
        assert heard.wait(5), "no audio came while the answer was written"
        yield item(" here is the second.")

    async def awrite(_: Any) -> AsyncIterator[Any]:
        yield item("The first sentence is here. And")
        assert await asyncio.to_thread(heard.wait, 5)
        yield item(" here is the second.")

    chain: Any = RunnableGenerator(write, awrite) | speech(transport=transport)
    chunks: list[AudioChunk] = []
    if asynchronous:
        async for chunk in chain.astream("Say it."):
            chunks.append(chunk)
            heard.set()
    else:
        for chunk in await asyncio.to_thread(lambda: _listening(chain, heard)):
            chunks.append(chunk)  # noqa: PERF402 - the branches are alike

    assert said(chunks) == "The first sentence is here. And here is the second."


def _listening(chain: Any, heard: threading.Event) -> list[AudioChunk]:
    chunks = []
    for chunk in chain.stream("Say it."):
        chunks.append(chunk)
        heard.set()
    return chunks


@both
@pytest.mark.parametrize("name", ["wav", "flac"])
async def test_a_format_whose_header_names_a_length_waits_for_the_answer(
    chat: Make, speech: Make, emulator: Emulator, name: str, *, asynchronous: bool
) -> None:
    """It can be streamed, but only when the text is known."""
    emulator.script(Reply(text=TEXT))

    chunks = await streamed(chat() | speech(format=name), "Say it.", asynchronous=asynchronous)

    assert b"".join(chunk.data for chunk in chunks)[:4] in {b"RIFF", b"fLaC"}
    assert [r.json["text"] for r in emulator.requests if "t2a" in r.path] == [TEXT]


@both
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_answer_is_shown_and_spoken_at_once(
    speech: Make, transport: str, *, asynchronous: bool
) -> None:
    """Text on the screen and a voice, from one answer: both while it is written."""
    heard = threading.Event()

    def write(_: Any) -> Iterator[str]:
        yield "The first sentence is here. And"
        assert heard.wait(5), "no audio came while the answer was written"
        yield " here is the second."

    async def awrite(_: Any) -> AsyncIterator[str]:
        yield "The first sentence is here. And"
        assert await asyncio.to_thread(heard.wait, 5)
        yield " here is the second."

    both_ways = RunnableParallel(text=RunnablePassthrough(), audio=speech(transport=transport))
    chain: Any = RunnableGenerator(write, awrite) | both_ways
    shown, chunks = "", []

    def take(part: dict[str, Any]) -> None:
        nonlocal shown
        shown += part.get("text", "")
        if "audio" in part:
            chunks.append(part["audio"])
            heard.set()

    def listen() -> None:
        for part in chain.stream("Say it."):
            take(part)

    if asynchronous:
        async for part in chain.astream("Say it."):
            take(part)
    else:
        await asyncio.to_thread(listen)

    assert shown == said(chunks) == "The first sentence is here. And here is the second."


async def test_events_of_the_chain_have_the_audio(
    chat: Make, speech: Make, emulator: Emulator
) -> None:
    """For user interfaces that follow `astream_events()`."""
    emulator.script(Reply(text=TEXT))
    chain = chat() | speech(transport="http")

    events = [event async for event in chain.astream_events("Say it.", version="v2")]

    chunks = [event["data"]["chunk"] for event in events if event["event"] == "on_tool_stream"]
    assert said(chunks) == TEXT
    assert [event["name"] for event in events if event["event"] == "on_tool_end"] == [
        "MiniMaxSpeech"
    ]


@both
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_whoever_interrupts_stops_the_voice_and_the_model(
    chat: Make, speech: Make, emulator: Emulator, transport: str, *, asynchronous: bool
) -> None:
    """Barge-in: no thread, task or connection goes on."""
    emulator.quirks = Quirks(frame_delay=0.01)
    emulator.script(Reply(text="Another sentence that goes on and on. " * 200))
    chain: Any = chat() | speech(transport=transport)

    if asynchronous:
        stream = chain.astream("Talk.")
        async with contextlib.aclosing(stream):
            await anext(stream)
        await asyncio.sleep(0)
    else:
        await asyncio.to_thread(_take_one, chain)

    assert await asyncio.to_thread(eventually, lambda: not answering(emulator))
    assert eventually(
        lambda: not [t for t in threading.enumerate() if t.name.startswith("speech-")]
    )


def _take_one(chain: Any) -> None:
    stream = chain.stream("Talk.")
    with contextlib.closing(stream):
        next(stream)


async def test_a_cancelled_task_stops_the_voice_and_the_model(
    chat: Make, speech: Make, emulator: Emulator
) -> None:
    """A web server cancels when its client hangs up."""
    emulator.quirks = Quirks(frame_delay=0.01)
    emulator.script(Reply(text="Another sentence that goes on and on. " * 200))
    begun = asyncio.Event()

    async def listen() -> None:
        async for _ in (chat() | speech()).astream("Talk."):
            begun.set()

    task = asyncio.create_task(listen())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await asyncio.to_thread(eventually, lambda: not answering(emulator))


@both
async def test_a_listener_who_does_not_listen_stops_the_text(
    speech: Make, *, asynchronous: bool
) -> None:
    """Back-pressure: sentences and audio that nobody takes are bounded."""
    written = 0

    def write(_: Any) -> Iterator[str]:
        nonlocal written
        for _number in range(10_000):
            written += 1
            yield "A sentence of a few words. "

    async def awrite(_: Any) -> AsyncIterator[str]:
        for text in write(None):
            yield text

    def settle() -> None:
        before = -1
        while before != written:
            before = written
            threading.Event().wait(0.15)

    chain: Any = RunnableGenerator(write, awrite) | speech(transport="http")
    if asynchronous:
        stream = chain.astream("Talk.")
        async with contextlib.aclosing(stream):
            await anext(stream)
            await asyncio.to_thread(settle)
    else:
        stream = chain.stream("Talk.")
        with contextlib.closing(stream):
            next(stream)
            settle()

    assert 10 < written < 300


@both
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_an_error_in_the_middle_keeps_the_audio_so_far(
    chat: Make, speech: Make, emulator: Emulator, transport: str, *, asynchronous: bool
) -> None:
    """It is paid for, and the listener has heard it."""
    emulator.script(Reply(text=TEXT * 3))
    emulator.fail_next(1042, at="mid_stream", after=8, path="t2a_v2")
    if transport == "auto":
        emulator.clear()
        emulator.script(Reply(text=TEXT * 3))
        emulator.fail_next(1042, at="mid_stream", after=8, path="t2a_v2_bidi")
    heard: list[AudioChunk] = []
    chain: Any = chat() | speech(transport=transport)

    with pytest.raises(api.APIError) as caught:
        await streamed(chain, "Talk.", heard, asynchronous=asynchronous)

    assert caught.value.code == 1042
    assert isinstance(caught.value.partial, Audio)
    assert caught.value.partial.data == b"".join(chunk.data for chunk in heard) != b""


@both
async def test_an_error_of_the_model_comes_behind_what_it_had_said(
    chat: Make, speech: Make, emulator: Emulator, *, asynchronous: bool
) -> None:
    """As it is: the answer so far is on it, as without speech."""
    emulator.script(Reply(text=TEXT * 3))
    emulator.break_next("close_mid_body", path="chat/completions", after=12)
    heard: list[AudioChunk] = []
    chain: Any = chat() | speech(transport="http")

    with pytest.raises(api.InterruptedReplyError) as caught:
        await streamed(chain, "Talk.", heard, asynchronous=asynchronous)

    assert isinstance(caught.value.partial, api.ChatReply)
    assert caught.value.partial.content.startswith(said(heard))
