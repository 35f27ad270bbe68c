"""Answers as chunks and events, checked by merging them as LangChain does."""

from __future__ import annotations

import functools
import json
import operator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.language_models.chat_model_stream import ChatModelStream
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_tests.utils.stream_lifecycle import assert_valid_event_stream

from minimax_adapters.api import (
    ChatEnd,
    ChatReply,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)
from minimax_adapters.langchain import ChatMiniMax  # noqa: F401 - registers the translator
from minimax_adapters.langchain._events import EventBuilder
from minimax_adapters.langchain._reasoning import entries_of
from minimax_adapters.langchain._replies import ChunkBuilder, message_from, spoiler_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.api import ChatEvent

FIRST = {"type": "reasoning.text", "id": "reasoning-text-1", "format": "f", "index": 0}
SECOND = {"type": "reasoning.text", "id": "reasoning-text-2", "format": "f", "index": 1}
USAGE = Usage(10, 5, 15, cached_tokens=4, reasoning_tokens=3)

# Thinking, text, thinking, text, and two calls whose fragments come side by side.
INTERLEAVED: list[ChatEvent] = [
    ReasoningDelta("Thi", 0, FIRST),
    ReasoningDelta("nk.", 0),
    TextDelta("Let "),
    TextDelta("me see. "),
    ReasoningDelta("Again", 1, SECOND),
    ReasoningDelta(".", 1),
    TextDelta("Now."),
    ToolCallDelta(0, "call_1", "add", ""),
    ToolCallDelta(1, "call_2", "sub", ""),
    ToolCallDelta(0, arguments='{"a"'),
    ToolCallDelta(1, arguments='{"b": 2}'),
    ToolCallDelta(0, arguments=": 1}"),
]
REPLY = ChatReply(
    content="Let me see. Now.",
    reasoning="Think.\n\nAgain.",
    reasoning_details=[{**FIRST, "text": "Think."}, {**SECOND, "text": "Again."}],
    tool_calls=[ToolCall("call_1", "add", '{"a": 1}'), ToolCall("call_2", "sub", '{"b": 2}')],
    finish_reason="tool_calls",
    usage=USAGE,
    model="MiniMax-M3",
    id="abc",
)


def merged(
    events: list[ChatEvent], reply: ChatReply, *, as_blocks: bool, at_once: bool = True
) -> AIMessageChunk:
    """Return the merged chunks of a stream."""
    builder = ChunkBuilder(as_blocks=as_blocks)
    chunks = [builder.message(event) for event in [*events, ChatEnd(reply)]]
    first, *rest = chunks
    whole: Any = first + rest if at_once else functools.reduce(operator.add, chunks)
    assert isinstance(whole, AIMessageChunk)
    return whole


def of_events(events: list[ChatEvent], reply: ChatReply) -> AIMessage:
    """Return the message that LangChain assembles from protocol events."""
    builder = EventBuilder("lc_run--1", "MiniMax-M3")
    protocol = [one for event in [*events, ChatEnd(reply)] for one in builder.events(event)]
    assert_valid_event_stream(protocol)
    stream = ChatModelStream()
    for event in protocol:
        stream.dispatch(event)
    assert stream.output_message is not None
    return stream.output_message


@pytest.mark.parametrize("at_once", [True, False])
def test_interleaved_stream_merges_with_plain_content(*, at_once: bool) -> None:
    """The content is a string, and the blocks are in the order in which they came."""
    message = merged(INTERLEAVED, REPLY, as_blocks=False, at_once=at_once)

    assert message.content == "Let me see. Now."
    shown = [
        (block["type"], block.get("reasoning") or block.get("text") or block.get("args"))
        for block in message.content_blocks
    ]
    assert shown == [
        ("reasoning", "Think."),
        ("text", "Let me see. "),
        ("reasoning", "Again."),
        ("text", "Now."),
        ("tool_call", {"a": 1}),
        ("tool_call", {"b": 2}),
    ]
    assert entries_of(message) == REPLY.reasoning_details


@pytest.mark.parametrize("at_once", [True, False])
def test_interleaved_stream_merges_with_blocks_as_content(*, at_once: bool) -> None:
    """One row of indexes over thinking, text and calls keeps them apart."""
    message = merged(INTERLEAVED, REPLY, as_blocks=True, at_once=at_once)

    blocks: Any = message.content
    assert [block["type"] for block in blocks] == [
        "reasoning",
        "text",
        "reasoning",
        "text",
        "tool_call",
        "tool_call",
    ]
    assert message.text == "Let me see. Now."
    assert message.additional_kwargs == {}
    assert entries_of(message) == REPLY.reasoning_details


def test_interleaved_stream_is_a_valid_event_stream() -> None:
    """The native v3 events assemble to the same message."""
    message = of_events(INTERLEAVED, REPLY)

    assert [block["type"] for block in message.content_blocks] == [
        "reasoning",
        "text",
        "reasoning",
        "text",
        "tool_call",
        "tool_call",
    ]
    assert [call["args"] for call in message.tool_calls] == [{"a": 1}, {"b": 2}]
    assert entries_of(message) == REPLY.reasoning_details


@pytest.mark.parametrize("as_blocks", [True, False])
def test_constants_are_not_doubled_by_merging(*, as_blocks: bool) -> None:
    """LangChain concatenates strings that are sent twice."""
    message = merged(INTERLEAVED, REPLY, as_blocks=as_blocks)

    assert message.response_metadata["model_name"] == "MiniMax-M3"
    assert message.response_metadata["model_provider"] == "minimax"
    assert message.response_metadata["finish_reason"] == "tool_calls"
    assert message.usage_metadata == {
        "input_tokens": 10,
        "output_tokens": 5,
        "total_tokens": 15,
        "input_token_details": {"cache_read": 4},
        "output_token_details": {"reasoning": 3},
    }


@pytest.mark.parametrize(
    "members",
    [
        {"type": "reasoning.text", "id": "x"},
        {"type": "reasoning.text", "id": "x", "index": 7},
        {"type": "reasoning.text", "index": "a", "nested": {"list": [1, 2]}},
        {"type": "reasoning.encrypted", "data": "AAAA", "index": 0},
    ],
)
@pytest.mark.parametrize("as_blocks", [True, False])
def test_thinking_is_kept_to_the_last_member(members: dict[str, Any], *, as_blocks: bool) -> None:
    """Also entries without index, with another one, or with what MiniMax may add."""
    text = "" if "data" in members else "Think."
    entry = {**members, "text": text} if text else members
    reply = ChatReply(content="Yes.", reasoning_details=[entry], usage=USAGE)
    events: list[ChatEvent] = [ReasoningDelta(text, 0, members), TextDelta("Yes.")]

    assert entries_of(merged(events, reply, as_blocks=as_blocks)) == [entry]
    assert entries_of(message_from(reply, as_blocks=as_blocks)) == [entry]
    assert entries_of(of_events(events, reply)) == [entry]


@pytest.mark.parametrize("as_blocks", [True, False])
def test_signature_that_comes_late_is_kept(*, as_blocks: bool) -> None:
    """It belongs to the entry, and MiniMax may check it."""
    reply = ChatReply(content="", reasoning_details=[{**FIRST, "text": "T", "signature": "s"}])
    events: list[ChatEvent] = [ReasoningDelta("T", 0, FIRST)]

    assert entries_of(merged(events, reply, as_blocks=as_blocks)) == reply.reasoning_details
    assert entries_of(of_events(events, reply)) == reply.reasoning_details


def in_all_ways(events: list[ChatEvent], reply: ChatReply) -> Iterator[AIMessage]:
    """Yield the message of chunks, of chunks of blocks, of the reply, and of protocol events."""
    yield merged(events, reply, as_blocks=False)
    yield merged(events, reply, as_blocks=True)
    yield message_from(reply, as_blocks=False)
    yield of_events(events, reply)


ARGUMENTS = [
    '{"a": 1,',
    '{"path": "/tmp/fo',
    '{"path": "/tmp/fo\\',
    '{"a": [1, {"b": 2',
    '{"a": ',
    "{",
    "not json",
]


@pytest.mark.parametrize(
    "arguments",
    [*ARGUMENTS, pytest.param('{"a":' * 100_000 + "1" + "}" * 100_000, id="deeper than Python")],
)
def test_call_that_cannot_be_read_is_never_valid(arguments: str) -> None:
    """LangChain would close its brackets, and an agent would run it with half its arguments."""
    reply = ChatReply(content="", tool_calls=[ToolCall("1", "remove", arguments)])
    events: list[ChatEvent] = [ToolCallDelta(0, "1", "remove", arguments)]

    for message in in_all_ways(events, reply):
        assert message.tool_calls == []
        assert message.invalid_tool_calls[0]["name"] == "remove"
        assert (message.invalid_tool_calls[0]["args"] or "").startswith(arguments)


@pytest.mark.parametrize("arguments", ["", "{}"])
@pytest.mark.parametrize("reason", ["length", "tool_calls"])
def test_call_without_arguments_is_valid_unless_it_was_cut_off(reason: str, arguments: str) -> None:
    """A tool whose arguments have defaults would be run with these."""
    reply = ChatReply(content="", tool_calls=[ToolCall("1", "remove", "{}")], finish_reason=reason)
    events: list[ChatEvent] = [ToolCallDelta(0, "1", "remove", arguments)]

    for message in in_all_ways(events, reply):
        assert [call["args"] for call in message.tool_calls] == [{}] * (reason != "length")
        assert len(message.invalid_tool_calls) == (reason == "length")


VALUES = st.recursive(
    st.text('a"\\\\{}[] ', max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("b", max_size=2), inner),
    max_leaves=4,
)


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_arguments_are_spoiled_wherever_they_break_off(value: object) -> None:
    """Whole ones are left as they are."""
    text = json.dumps({"a": value})

    assert spoiler_of(text) == ""
    for cut in range(1, len(text)):
        chunk = {"name": "f", "args": text[:cut] + spoiler_of(text[:cut]), "id": "1", "index": 0}
        assert AIMessageChunk(content="", tool_call_chunks=[chunk]).tool_calls == []


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("text"), st.text(min_size=1)),
            st.tuples(st.just("think"), st.text(min_size=1)),
        ),
        min_size=1,
    )
)
def test_any_order_of_thinking_and_text_merges_to_the_same(parts: list[tuple[str, str]]) -> None:
    """In all three ways of streaming, however thinking and text alternate."""
    events: list[ChatEvent] = []
    details: list[dict[str, Any]] = []
    last = ""
    for kind, text in parts:
        if kind == "text":
            events.append(TextDelta(text))
        elif last == "think":
            events.append(ReasoningDelta(text, len(details) - 1))
            details[-1]["text"] += text
        else:
            members = {"type": "reasoning.text", "id": f"r{len(details)}", "index": len(details)}
            events.append(ReasoningDelta(text, len(details), members))
            details.append({**members, "text": text})
        last = kind
    content = "".join(text for kind, text in parts if kind == "text")
    reply = ChatReply(content=content, reasoning_details=details)

    plain = merged(events, reply, as_blocks=False)
    blocks = merged(events, reply, as_blocks=True)

    assert plain.content == content
    assert blocks.text == content
    order = [block["type"] for block in plain.content_blocks]
    assert order == [block["type"] for block in blocks.content_blocks]
    assert order == [block["type"] for block in of_events(events, reply).content_blocks]
    assert entries_of(plain) == entries_of(blocks) == details
