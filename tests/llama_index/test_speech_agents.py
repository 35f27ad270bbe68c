"""Agents that are heard while they work: what they say to people, and nothing else."""

# ruff: noqa: ANN401 - agents and audio have no common type
from __future__ import annotations

import asyncio
import itertools
import threading
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent

from minimax_adapters.api import ServerError
from minimax_adapters.emulator import Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from minimax_adapters.emulator import Emulator
    from minimax_adapters.llama_index import MiniMax, MiniMaxSpeech

ANSWER = "The sun shines over Paris today. Take your hat with you."
REACT = "Thought: I can answer without any more tools.\nAnswer: " + ANSWER


def get_weather(city: str) -> str:
    """Return the weather of a city."""
    return f"Sunny in {city}. This is a secret of the tool."


def calling(text: str = "") -> Reply:
    """Return an answer that calls the tool."""
    call = ToolCall(name="get_weather", arguments={"city": "Paris"})
    return Reply(thinking="I think about the weather.", text=text, tool_calls=[call])


def spoken(emulator: Emulator) -> str:
    """Return all that was spoken."""
    return " ".join(r.json["text"] for r in emulator.requests if r.path == "/v1/t2a_v2")


@pytest.fixture
def speech(speech: MiniMaxSpeech) -> MiniMaxSpeech:
    """Return a voice whose requests can be read."""
    speech.transport = "http"
    return speech


async def events_of(run: Any) -> AsyncIterator[Any]:
    """Yield what the run reports, as users do who look at the events themselves."""
    async for event in run.stream_events():
        yield event


@pytest.mark.parametrize("handed", ["handler", "events", "own generator"])
@pytest.mark.parametrize("streaming", [True, False])
async def test_a_function_agent_is_heard(
    llm: MiniMax, speech: MiniMaxSpeech, emulator: Emulator, handed: str, *, streaming: bool
) -> None:
    """Neither its thinking nor its calls, nor what the tool says."""
    emulator.script(calling(), Reply(thinking="Now I know.", text=ANSWER))
    run: Any = FunctionAgent(tools=[get_weather], llm=llm, streaming=streaming).run("Weather?")
    what = {"handler": run, "events": run.stream_events(), "own generator": events_of(run)}[handed]

    audio = b"".join([data async for data in speech.astream(what)])

    assert audio
    assert spoken(emulator) == ANSWER
    assert str(await run) == ANSWER


async def test_what_is_said_before_a_call_is_heard_while_the_tool_works(
    llm: MiniMax, speech: MiniMaxSpeech, emulator: Emulator
) -> None:
    """It does not wait for the next answer, nor run into it."""
    emulator.script(calling("Let me look at the weather"), Reply(text=ANSWER))
    heard = asyncio.Event()

    async def slow_weather(city: str) -> str:
        """Return the weather of a city."""
        await heard.wait()
        return f"Sunny in {city}."

    from llama_index.core.tools import FunctionTool  # noqa: PLC0415 - of this test only

    tool = FunctionTool.from_defaults(async_fn=slow_weather, name="get_weather")
    run: Any = FunctionAgent(tools=[tool], llm=llm).run("Weather?")

    async for _ in speech.astream(run):
        heard.set()

    assert spoken(emulator) == f"Let me look at the weather {ANSWER}"


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_react_agent_says_its_answer_only(
    llm: MiniMax, speech: MiniMaxSpeech, emulator: Emulator, *, streaming: bool
) -> None:
    """Its thoughts and actions are text, in a form."""
    emulator.script(
        Reply(text='Thought: I need a tool.\nAction: get_weather\nAction Input: {"city": "Paris"}'),
        Reply(text=REACT),
    )
    run: Any = ReActAgent(tools=[get_weather], llm=llm, streaming=streaming).run("Weather?")

    assert [data async for data in speech.astream(run)]

    assert spoken(emulator) == ANSWER


async def test_agents_that_hand_off_are_heard_in_turn(
    llm: MiniMax, speech: MiniMaxSpeech, emulator: Emulator
) -> None:
    """The events of a workflow are those of its agents."""
    hand = {"to_agent": "second", "reason": "It knows the weather."}
    emulator.script(
        Reply(text="My colleague knows.", tool_calls=[ToolCall(name="handoff", arguments=hand)]),
        Reply(thinking="Mine.", text=ANSWER),
    )
    agents = [
        FunctionAgent(name=name, description=name, tools=[get_weather], llm=llm)
        for name in ("first", "second")
    ]
    run: Any = AgentWorkflow(agents=[*agents], root_agent="first").run(user_msg="Weather?")

    assert [data async for data in speech.astream(run)]

    assert spoken(emulator) == f"My colleague knows. {ANSWER}"


async def test_a_run_that_fails_is_an_error_after_what_was_heard(
    llm: MiniMax, speech: MiniMaxSpeech, emulator: Emulator
) -> None:
    """Not a short answer."""
    emulator.script(calling("Let me look at the weather."))
    run: Any = FunctionAgent(tools=[failing(emulator)], llm=llm).run("Weather?")
    listener = Listener()

    with pytest.raises(ServerError):
        await listener.listen(speech, run)

    assert listener.audio
    assert spoken(emulator) == "Let me look at the weather."


def failing(emulator: Emulator) -> Any:
    """Return a tool after which MiniMax fails."""

    def get_weather(city: str) -> str:
        """Return the weather of a city."""
        emulator.fail_next(1000, path="/v1/chat/completions")
        return city

    return get_weather


class Listener:
    """Keeps what is heard, and tells writers of both colours that something was."""

    def __init__(self) -> None:
        self.audio = b""
        self.heard = threading.Event()
        self.aheard = asyncio.Event()

    async def listen(self, speech: MiniMaxSpeech, what: Any, colour: str = "async") -> None:
        """Listen to the end."""
        if colour == "sync":
            for data in speech.stream(what):
                self.take(data)
            return
        async for data in speech.astream(what):
            self.take(data)

    def take(self, data: bytes) -> None:
        """Keep it."""
        self.audio += data
        self.heard.set()
        self.aheard.set()


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_a_voice_that_fails_keeps_the_audio_so_far(
    speech: MiniMaxSpeech, emulator: Emulator, colour: str
) -> None:
    """In both colours."""
    listener = Listener()

    def writing() -> Any:
        yield "The sun shines over Paris today. Take"
        assert listener.heard.wait(timeout=10)
        emulator.fail_next(1000, path="/v1/t2a_v2")
        yield " your hat with you."

    async def awriting() -> Any:
        yield "The sun shines over Paris today. Take"
        await listener.aheard.wait()
        emulator.fail_next(1000, path="/v1/t2a_v2")
        yield " your hat with you."

    with pytest.raises(ServerError) as caught:
        await listener.listen(speech, writing() if colour == "sync" else awriting(), colour)

    assert listener.audio
    assert getattr(caught.value.partial, "data", None) == listener.audio


async def test_barging_in_ends_the_run(
    llm: MiniMax, speech: MiniMaxSpeech, emulator: Emulator
) -> None:
    """No tool is called and no token written for somebody who has left."""
    waiting = asyncio.Event()

    async def get_weather(city: str) -> str:
        """Return the weather of a city."""
        await waiting.wait()
        return city

    emulator.script(calling("Let me look at the weather."), Reply(text=ANSWER))
    run: Any = FunctionAgent(tools=[get_weather], llm=llm).run("Weather?")

    async with aclosing(speech.astream(run)) as audio:  # type: ignore[type-var]  # a generator
        assert await anext(audio)

    assert run.is_done()
    assert len([r for r in emulator.requests if r.path == "/v1/chat/completions"]) == 1


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_barging_in_closes_the_answer(speech: MiniMaxSpeech, colour: str) -> None:
    """So that MiniMax stops writing."""
    closed = threading.Event()
    sentence = "The library is open now, and it will be so. "

    def writing() -> Any:
        try:
            yield from itertools.repeat(sentence)
        finally:
            closed.set()

    async def awriting() -> Any:
        try:
            for again in itertools.repeat(sentence):
                yield again
                await asyncio.sleep(0)
        finally:
            closed.set()

    if colour == "sync":
        with closing(speech.stream(kept := writing())) as stream:  # type: ignore[type-var]  # likewise
            next(stream)
    else:
        async with aclosing(speech.astream(kept := awriting())) as astream:  # type: ignore[type-var]  # typed as an iterator, is a generator
            await anext(astream)

    assert closed.wait(timeout=10)
    assert kept


def test_an_answer_that_begins_like_a_form_is_heard(
    speech: MiniMaxSpeech, emulator: Emulator
) -> None:
    """Outside of agents there is no form."""
    list(speech.stream(["Thought: a noun, and the ", "past of to think."]))

    assert spoken(emulator) == "Thought: a noun, and the past of to think."
