"""Thinking that a stream has shown as text, because the host has left out `<think>`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.llms import ChatMessage

from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall

if TYPE_CHECKING:
    from minimax_adapters.llama_index import MiniMax

ASK = [ChatMessage(role="user", content="Does it rain?")]
DRAFT = """Shall I look?
Thought: I need the weather.
Action: weather
Action Input: {"city": "Bergen"}
Observation: none. No."""
STEP = """Thought: I need the weather.
Action: weather
Action Input: {"city": "Oslo"}"""


@pytest.fixture(autouse=True)
def host(emulator: Emulator) -> None:
    """Make the emulator a host that leaves it out."""
    emulator.quirks = Quirks(inline_think=True, orphan_think_close=True, chunk_chars=5)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(thinking="Hm.", text="It rains."),
        Reply(thinking="Hm.", tool_calls=[ToolCall(name="weather", arguments={"city": "Oslo"})]),
        Reply(thinking="Hm."),
    ],
)
async def test_a_stream_ends_in_the_message_of_the_whole_answer(
    llm: MiniMax, emulator: Emulator, reply: Reply
) -> None:
    """Whoever takes the last chunk for the answer, as agents do, gets no thinking in it."""
    emulator.script(*[reply] * 3)

    whole = llm.chat(ASK).message
    sync = list(llm.stream_chat(ASK))
    asynchronous = [chunk async for chunk in await llm.astream_chat(ASK)]

    for chunks in (sync, asynchronous):
        last = chunks[-1].message
        assert last.content == whole.content
        assert last.blocks[:1] == whole.blocks[:1]
        assert len(last.blocks) == len(whole.blocks)
        assert "".join(chunk.delta or "" for chunk in chunks).startswith("Hm.")


async def test_a_completion_ends_in_the_answer(llm: MiniMax, emulator: Emulator) -> None:
    """Its text is that of the answer."""
    emulator.script(*[Reply(thinking="Hm.", text="It rains.")] * 2)

    sync = list(llm.stream_complete("Does it rain?"))
    asynchronous = [chunk async for chunk in await llm.astream_complete("Does it rain?")]

    assert [chunks[-1].text for chunks in (sync, asynchronous)] == ["It rains."] * 2


async def test_an_agent_does_what_it_has_decided(llm: MiniMax, emulator: Emulator) -> None:
    """And not what it only thought of, which goes back as thinking."""
    asked: list[str] = []

    def weather(city: str) -> str:
        """Tell the weather."""
        asked.append(city)
        return "Rain."

    emulator.script(
        Reply(
            thinking=DRAFT, text='Thought: Look.\nAction: weather\nAction Input: {"city": "Oslo"}'
        ),
        Reply(thinking=DRAFT, text="Thought: I can answer now.\nAnswer: It rains."),
        Reply(thinking=DRAFT, text="It rains."),
    )

    answers = [
        str(await kind(tools=[weather], llm=llm).run("Does it rain in Oslo?"))
        for kind in (ReActAgent, FunctionAgent)
    ]

    assert asked == ["Oslo"]
    assert answers == ["It rains."] * 2
    step = next(m for m in emulator.requests[1].json["messages"] if m["role"] == "assistant")
    assert "Bergen" not in step["content"]
    assert step["reasoning_details"][0]["text"] == DRAFT
