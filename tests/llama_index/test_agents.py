"""Agents: thinking goes back to MiniMax with every message, whatever keeps the history."""

# ruff: noqa: ANN401 - callables and blocks have no common type
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.agent.workflow import (
    AgentStream,
    AgentWorkflow,
    FunctionAgent,
    ReActAgent,
)
from llama_index.core.base.llms.types import ImageBlock, TextBlock, ThinkingBlock
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.llms import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer, Memory
from llama_index.core.tools import FunctionTool
from llama_index.core.workflow import Context

from minimax_adapters.api import ChatReply
from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall
from minimax_adapters.llama_index._recall import Recall
from minimax_adapters.llama_index.messages import to_wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from minimax_adapters.llama_index import MiniMax

ROUNDS = 4


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def call(number: int, *more: ToolCall) -> Reply:
    """Return an answer that calls `add`, with a thought of its own."""
    first = ToolCall(name="add", arguments={"a": number, "b": 1})
    return Reply(thinking=f"Thought {number}.", tool_calls=[first, *more])


def said(text: str) -> Reply:
    """Return a last answer."""
    return Reply(thinking="I have it.", text=text)


def assistants(emulator: Emulator, number: int = -1) -> list[dict[str, Any]]:
    """Return the assistant messages of a request."""
    messages = emulator.requests[number].json["messages"]
    return [message for message in messages if message["role"] == "assistant"]


def thoughts(emulator: Emulator, number: int = -1) -> list[str]:
    """Return the thinking of each assistant message of a request, "" where it was lost."""
    return [
        "".join(detail["text"] for detail in message.get("reasoning_details", ()))
        for message in assistants(emulator, number)
    ]


@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "plain"])
async def test_four_rounds_of_tools(llm: MiniMax, emulator: Emulator, *, streaming: bool) -> None:
    """Each request has the thinking of all rounds before it, as MiniMax had sent it."""
    emulator.script(*[call(number) for number in range(ROUNDS)], said("Done."))
    agent = FunctionAgent(tools=[add], llm=llm, system_prompt="You add.", streaming=streaming)

    answer = await agent.run("Add four times")

    assert str(answer) == "Done."
    assert len(emulator.requests) == ROUNDS + 1
    for number, request in enumerate(emulator.requests):
        assert thoughts(emulator, number) == [f"Thought {n}." for n in range(number)]
        assert not request.lost_thinking
        roles = [message["role"] for message in request.json["messages"]]
        assert roles == ["system", "user", *["assistant", "tool"] * number]
        for message in assistants(emulator, number):
            [detail] = message["reasoning_details"]
            assert (detail["type"], detail["format"]) == ("reasoning.text", "MiniMax-response-v1")


async def test_an_agent_streams_text_and_thinking_apart(llm: MiniMax, emulator: Emulator) -> None:
    """`delta` is for the answer, `thinking_delta` for the rest."""
    emulator.quirks = Quirks(chunk_chars=5)
    emulator.script(call(1), said("The sum is two."))
    handler = FunctionAgent(tools=[add], llm=llm).run("1 + 1?")

    text = thinking = ""
    async for event in handler.stream_events():
        if isinstance(event, AgentStream):
            text += event.delta
            thinking += event.thinking_delta or ""

    assert text == "The sum is two."
    assert thinking == "Thought 1.I have it."
    assert "Thought" not in str(await handler)


async def test_parallel_calls_of_an_agent(llm: MiniMax, emulator: Emulator) -> None:
    """All results follow the message that asked for them."""
    emulator.script(call(1, ToolCall(name="add", arguments={"a": 5, "b": 5})), said("2 and 10."))

    await FunctionAgent(tools=[add], llm=llm).run("Both")

    messages = emulator.requests[-1].json["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "tool", "tool"]
    assert [message["content"] for message in messages[2:]] == ["2", "10"]


@pytest.fixture(params=[ChatMemoryBuffer, Memory])
async def memory(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """Return a memory of each kind."""
    memory = request.param.from_defaults(token_limit=9_000)
    yield memory
    if isinstance(memory, Memory):
        # It leaves its database open for the garbage collector, which complains.
        engine = getattr(memory.sql_store, "_async_engine", None)
        if engine is not None:
            await engine.dispose()


async def test_memories_keep_thinking(llm: MiniMax, emulator: Emulator, memory: Any) -> None:
    """The second question goes with the thinking of the first."""
    emulator.script(call(1), said("Two."), said("Three."))
    agent = FunctionAgent(tools=[add], llm=llm)

    await agent.run("1 + 1?", memory=memory)
    await agent.run("And 1 + 2?", memory=memory)

    assert thoughts(emulator) == ["Thought 1.", "I have it."]


async def test_a_history_stored_as_json_keeps_thinking(llm: MiniMax, emulator: Emulator) -> None:
    """As chat stores in files and databases keep it."""
    emulator.script(call(1), said("Two."), said("Three."))
    agent, memory = FunctionAgent(tools=[add], llm=llm), ChatMemoryBuffer.from_defaults()
    await agent.run("1 + 1?", memory=memory)

    stored = json.dumps([message.model_dump(mode="json") for message in memory.get_all()])
    history = [ChatMessage.model_validate(message) for message in json.loads(stored)]
    await agent.run("1 + 2?", chat_history=history)

    assert thoughts(emulator) == ["Thought 1.", "I have it."]


async def test_a_context_stored_in_mid_run_keeps_thinking(llm: MiniMax, emulator: Emulator) -> None:
    """Its scratchpad holds the messages of the rounds so far."""
    emulator.script(call(1), said("Two."))
    agent = FunctionAgent(tools=[add], llm=llm)
    response = llm.chat([ChatMessage(content="1 + 1?")], tools=[FunctionTool.from_defaults(add)])
    context = Context(agent)
    await context.store.set("scratchpad", [response.message])

    stored = json.loads(json.dumps(context.to_dict()))
    scratchpad = await Context.from_dict(agent, stored).store.get("scratchpad")

    assert to_wire(scratchpad) == to_wire([response.message])
    assert to_wire(scratchpad)[0]["reasoning_details"]


async def test_a_hand_off_keeps_thinking(llm: MiniMax, emulator: Emulator) -> None:
    """The second agent goes on with the messages of the first."""
    hand_over = ToolCall(name="handoff", arguments={"to_agent": "writer", "reason": "to write"})
    emulator.script(
        Reply(thinking="The writer shall do it.", tool_calls=[hand_over]), call(1), said("Two.")
    )
    adder = FunctionAgent(
        name="adder", description="Adds.", llm=llm, tools=[add], can_handoff_to=["writer"]
    )
    writer = FunctionAgent(name="writer", description="Writes.", llm=llm, tools=[add])

    answer = await AgentWorkflow(agents=[adder, writer], root_agent="adder").run("Go")

    assert str(answer) == "Two."
    assert thoughts(emulator) == ["The writer shall do it.", "Thought 1."]


def step(thinking: str, text: str) -> Reply:
    """Return a step of a ReActAgent."""
    return Reply(thinking=thinking, text=text)


@pytest.mark.parametrize("streaming", [True, False], ids=["streaming", "plain"])
async def test_a_react_agent_thinks_in_two_ways(
    llm: MiniMax, emulator: Emulator, *, streaming: bool
) -> None:
    """What it parses is the text; the thinking goes back with the steps that it writes anew."""
    emulator.script(
        step("Action: wrong", 'Thought: Add.\nAction: add\nAction Input: {"a": 1, "b": 1}'),
        step("Answer: wrong", 'Thought: More.\nAction: add\nAction Input: {"a": 2, "b": 1}'),
        step("Enough.", "Thought: I can answer.\nAnswer: Three."),
    )

    answer = await ReActAgent(tools=[add], llm=llm, streaming=streaming).run("1 + 1 + 1?")

    assert str(answer) == "Three."
    assert thoughts(emulator) == ["Action: wrong", "Answer: wrong"]


async def test_a_react_agent_keeps_the_thinking_of_its_history(
    llm: MiniMax, emulator: Emulator
) -> None:
    """Messages that it is given go on as they are."""
    emulator.script(said("Two."), step("Enough.", "Thought: I know.\nAnswer: Three."))
    first = llm.chat([ChatMessage(content="1 + 1?")]).message

    await ReActAgent(tools=[add], llm=llm).run(
        "And 1 + 2?", chat_history=[ChatMessage(content="1 + 1?"), first]
    )

    assert thoughts(emulator) == ["I have it."]


async def test_a_react_agent_tries_again_with_thinking(llm: MiniMax, emulator: Emulator) -> None:
    """After an answer that it could not parse."""
    emulator.script(
        step("Oops.", "Action: add\nAction Input: not json"),
        step("Better.", "Thought: I know.\nAnswer: Two."),
    )

    answer = await ReActAgent(tools=[add], llm=llm).run("1 + 1?")

    assert str(answer) == "Two."
    assert thoughts(emulator) in ([], ["Oops."])


async def test_return_direct_among_parallel_calls(llm: MiniMax, emulator: Emulator) -> None:
    """LlamaIndex keeps one result and adds an assistant message; the next run must not fail."""
    direct = FunctionTool.from_defaults(add, return_direct=True)
    emulator.script(call(1, ToolCall(name="add", arguments={"a": 5, "b": 5})), said("Hello."))
    agent, memory = FunctionAgent(tools=[direct], llm=llm), ChatMemoryBuffer.from_defaults()

    first = await agent.run("1 + 1?", memory=memory)
    second = await agent.run("Hello?", memory=memory)

    assert (str(first), str(second)) == ("2", "Hello.")
    roles = [message["role"] for message in emulator.requests[-1].json["messages"]]
    assert roles == ["user", "assistant", "tool", "tool", "assistant", "user"]


async def test_stopping_early_sends_a_last_system_message(llm: MiniMax, emulator: Emulator) -> None:
    """MiniMax M3 takes it where it stands, M2 gets it merged with the first."""
    for model in ("MiniMax-M3", "MiniMax-M2"):
        llm.model = model
        emulator.script(call(1), call(2), said("Enough."))
        agent = FunctionAgent(
            tools=[add], llm=llm, system_prompt="You add.", early_stopping_method="generate"
        )

        answer = await agent.run("Add for ever", max_iterations=2)

        assert emulator.requests[-1].status == 200
        assert str(answer) == "Enough."


async def test_a_tool_that_returns_an_image(llm: MiniMax, emulator: Emulator) -> None:
    """The model sees it in a message of its own."""
    picture = ImageBlock(url="https://images.example.org/cat.png")

    def photo() -> list[Any]:
        """Take a photo."""
        return [TextBlock(text="Here."), picture]

    emulator.script(Reply(thinking="A photo.", tool_calls=[ToolCall(name="photo")]), said("A cat."))

    answer = await FunctionAgent(tools=[photo], llm=llm).run("What do you see?")

    assert str(answer) == "A cat."
    roles = [message["role"] for message in emulator.requests[-1].json["messages"]]
    assert roles == ["user", "assistant", "tool", "user"]


async def test_an_agent_with_structured_output(llm: MiniMax, emulator: Emulator) -> None:
    """The object is made after the last answer."""
    from pydantic import BaseModel  # noqa: PLC0415 - a schema for this test

    class Sum(BaseModel):
        """A sum."""

        value: int

    emulator.script(
        call(1), said("Two."), Reply(tool_calls=[ToolCall(name="Sum", arguments={"value": 2})])
    )

    answer: Any = await FunctionAgent(tools=[add], llm=llm, output_cls=Sum).run("1 + 1?")

    assert answer.structured_response == {"value": 2}


def test_a_chat_engine_keeps_thinking(llm: MiniMax, emulator: Emulator) -> None:
    """Also when it streams, where LlamaIndex keeps the text of the answer only."""
    emulator.script(said("Two."), said("Three."), said("Four."))
    engine = SimpleChatEngine.from_defaults(llm=llm, memory=ChatMemoryBuffer.from_defaults())

    assert str(engine.chat("1 + 1?")) == "Two."
    assert "".join(engine.stream_chat("And 1 + 2?").response_gen) == "Three."
    engine.chat("And 1 + 3?")

    assert thoughts(emulator) == ["I have it.", "I have it."]


def test_thinking_of_another_conversation_is_not_recalled(llm: MiniMax, emulator: Emulator) -> None:
    """Two users may get the same answer; each has its own thinking."""
    emulator.script(Reply(thinking="About Ada.", text="Yes."), said("No."))
    llm.chat([ChatMessage(content="Is Ada in?")])

    llm.chat(
        [
            ChatMessage(content="Is Bob in?"),
            ChatMessage(role="assistant", content="Yes."),
            ChatMessage(content="Sure?"),
        ]
    )

    assert thoughts(emulator) == [""]


def test_old_thinking_is_forgotten() -> None:
    """A server talks to many users."""
    recall = Recall()
    for number in range(200):
        recall.keep(bytes([number]), ChatReply("Yes.", "Hm.", [{"text": str(number)}]))

    assert len(recall._kept) == 128
    assert [{"text": "199"}] in recall._kept.values()


def test_the_last_chunk_carries_what_goes_back(llm: MiniMax, emulator: Emulator) -> None:
    """What an agent keeps of a stream and of a plain answer is the same."""
    emulator.script(call(1), call(1))

    plain = llm.chat([ChatMessage(content="1 + 1?")]).message
    streamed = list(llm.stream_chat([ChatMessage(content="1 + 1?")]))[-1].message

    assert [block.block_type for block in plain.blocks] == ["thinking", "tool_call"]
    assert isinstance(plain.blocks[0], ThinkingBlock)
    wire = [to_wire([message])[0] for message in (plain, streamed)]
    assert wire[0]["reasoning_details"] == wire[1]["reasoning_details"]
