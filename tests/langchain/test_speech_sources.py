"""What is spoken of messages, of agents and of their events."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain.agents import create_agent
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    HumanMessage,
    HumanMessageChunk,
    ToolMessage,
)
from langchain_core.tools import tool
from listeners import both, said, transformed

from minimax_adapters import api
from minimax_adapters.emulator import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from makers import Make

    from minimax_adapters.api import AudioChunk
    from minimax_adapters.emulator import Emulator
    from minimax_adapters.langchain import MiniMaxSpeech


@tool
def get_weather(city: str) -> str:
    """Return the weather of a city."""
    return f"Tool result about {city}: rain."


def script_agent(emulator: Emulator) -> None:
    """Let the model say something, call a tool, and answer."""
    emulator.script(
        Reply(
            thinking="I need the tool. Do not say so.",
            text="Let me look that up",
            tool_calls=[ToolCall(name="get_weather", arguments={"city": "Oslo"})],
        ),
        Reply(thinking="Rain. Say it.", text="It rains in Oslo now. Take an umbrella with you."),
    )


def in_mode(**options: Any) -> Callable[..., Any]:
    """Return what streams an agent's messages with `options`."""

    def stream(agent: Any, question: Any, *, asynchronous: bool) -> Any:
        return (agent.astream if asynchronous else agent.stream)(question, **options)

    return stream


MODES: Final = {
    "messages": in_mode(stream_mode="messages"),
    "several": in_mode(stream_mode=["updates", "messages"]),
    "subgraphs": in_mode(stream_mode="messages", subgraphs=True),
    "both": in_mode(stream_mode=["messages", "values"], subgraphs=True),
    "v2": in_mode(stream_mode=["messages", "updates"], version="v2"),
}


@both
@pytest.mark.parametrize("mode", MODES)
async def test_an_agent_is_heard_without_its_thinking_and_tools(
    chat: Make, speech: Make, emulator: Emulator, mode: str, *, asynchronous: bool
) -> None:
    """What it says before a tool is a sentence of its own, even without a full stop."""
    script_agent(emulator)
    agent: Any = create_agent(chat(), [get_weather])
    tokens = MODES[mode](
        agent, {"messages": [HumanMessage("Weather in Oslo?")]}, asynchronous=asynchronous
    )
    voice = speech(transport="http")

    if asynchronous:
        chunks = [chunk async for chunk in voice.atransform(tokens)]
    else:
        chunks = await asyncio.to_thread(lambda: list(voice.transform(tokens)))

    expected = "Let me look that up It rains in Oslo now. Take an umbrella with you."
    assert said(chunks) == expected


async def test_events_of_an_agent_can_be_spoken(
    chat: Make, speech: Make, emulator: Emulator
) -> None:
    """Whoever has them for other reasons need not run the agent twice."""
    script_agent(emulator)
    agent: Any = create_agent(chat(), [get_weather])
    question = {"messages": [HumanMessage("Weather in Oslo?")]}
    events = agent.astream_events(question, version="v2")

    chunks = [chunk async for chunk in speech(transport="http").atransform(events)]

    expected = "Let me look that up It rains in Oslo now. Take an umbrella with you."
    assert said(chunks) == expected


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def test_messages_of_a_v3_stream_can_be_spoken(
    chat: Make, speech: Make, emulator: Emulator
) -> None:
    """Each has its text apart from thinking and calls."""
    script_agent(emulator)
    agent: Any = create_agent(chat(), [get_weather])
    run = agent.stream_events({"messages": [HumanMessage("Weather in Oslo?")]}, version="v3")
    voice = speech(transport="http")

    chunks = [chunk for message in run.messages for chunk in voice.transform(message.text)]

    expected = "Let me look that up It rains in Oslo now. Take an umbrella with you."
    assert said(chunks) == expected


@both
async def test_what_is_said_before_a_tool_is_heard_while_the_tool_runs(
    speech: Make, *, asynchronous: bool
) -> None:
    """The tool may take a minute; it waits here until somebody has heard the words."""
    heard = threading.Event()

    def items() -> Iterator[Any]:
        yield AIMessageChunk(content="Let me look", id="1"), {}
        yield AIMessageChunk(content="", id="1", chunk_position="last"), {}
        assert heard.wait(5), "it was not spoken before the next answer"
        yield ToolMessage("Rain.", tool_call_id="1", id="2"), {}
        yield AIMessageChunk(content="It rains.", id="3"), {}

    voice = speech(transport="http")
    chunks: list[AudioChunk] = []

    def listen_here() -> None:
        for chunk in voice.transform(items()):
            chunks.append(chunk)
            heard.set()

    if asynchronous:
        await _listen_unblocked(voice, items(), chunks, heard)
    else:
        await asyncio.to_thread(listen_here)

    assert said(chunks) == "Let me look It rains."


async def _listen_unblocked(
    voice: MiniMaxSpeech, items: Iterator[Any], chunks: list[AudioChunk], heard: threading.Event
) -> None:
    async def each() -> AsyncIterator[Any]:
        while (item := await asyncio.to_thread(next, items, None)) is not None:
            yield item

    async for chunk in voice.atransform(each()):
        chunks.append(chunk)
        heard.set()


@both
async def test_only_answers_are_spoken(speech: Make, *, asynchronous: bool) -> None:
    """Results of tools are not; in a graph, nor is what the user or a prompt says."""
    items = [
        (HumanMessage("What the user says."), {}),
        (AIMessage("One.", id="1"), {}),
        (ToolMessage("Two.", tool_call_id="1"), {}),
        ToolMessage("Three.", tool_call_id="1"),
        AIMessageChunk(content=[{"type": "reasoning", "reasoning": "Four."}, "Five. "], id="2"),
        AIMessageChunk(content="<think>Six.</think>Seven. ", id="2"),
        HumanMessageChunk(content="Eight."),
        ("custom", "Nine."),
        {"event": "on_tool_end", "data": {"output": "Ten."}},
    ]

    chunks = await transformed(speech(transport="http"), items, asynchronous=asynchronous)

    assert said(chunks).split() == ["One.", "Five.", "Seven.", "Eight."]


@both
@pytest.mark.parametrize(
    "items", [[], [""], [AIMessageChunk(content="", tool_calls=[])], ["```\ncode\n```"]]
)
async def test_an_answer_without_words_is_no_audio_and_no_request(
    speech: Make, emulator: Emulator, items: list[Any], *, asynchronous: bool
) -> None:
    """Such as one that only calls a tool."""
    assert await transformed(speech(transport="http"), items, asynchronous=asynchronous) == []
    assert not emulator.requests


@both
async def test_the_state_of_an_agent_is_its_last_message(
    chat: Make, speech: Make, emulator: Emulator, *, asynchronous: bool
) -> None:
    """As `agent | speech` hands it on."""
    script_agent(emulator)
    speaking = create_agent(chat(), [get_weather]) | speech()
    question = {"messages": [("user", "What is the weather in Oslo?")]}

    audio = await speaking.ainvoke(question) if asynchronous else speaking.invoke(question)

    assert audio.data
    said_aloud = [r.json["text"] for r in emulator.requests if r.path == "/v1/t2a_v2"]
    assert said_aloud == ["It rains in Oslo now. Take an umbrella with you."]


@both
@pytest.mark.parametrize("mode", ["updates", "values"])
async def test_whole_messages_of_an_agent_can_be_spoken(
    chat: Make, speech: Make, emulator: Emulator, mode: str, *, asynchronous: bool
) -> None:
    """`agent | speech` streams updates; they come later than those of the mode `messages`."""
    script_agent(emulator)
    agent: Any = create_agent(chat(), [get_weather])
    items = list(
        agent.stream({"messages": [("user", "What is the weather in Oslo?")]}, stream_mode=mode)
    )

    await transformed(speech(transport="http"), items, asynchronous=asynchronous)

    said_aloud = [r.json["text"] for r in emulator.requests if r.path == "/v1/t2a_v2"]
    assert " ".join(said_aloud) == (
        "Let me look that up It rains in Oslo now. Take an umbrella with you."
    )


@both
@pytest.mark.parametrize("item", [17, {"messages": []}, (1, 2)])
async def test_what_is_no_answer_is_refused(speech: Make, item: Any, *, asynchronous: bool) -> None:
    """With a word on what to pass."""
    with pytest.raises(api.InvalidInputError, match="stream_mode='messages'"):
        await transformed(speech(transport="http"), [item], asynchronous=asynchronous)
