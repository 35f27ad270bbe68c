"""Tool calls and their results on the wire."""

# ruff: noqa: ANN401 - callables and blocks have no common type
from __future__ import annotations

from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    ImageBlock,
    TextBlock,
    ToolCallBlock,
)
from wire_messages import PNG, PNG_URL, user, wire_of

from minimax_adapters.api import ChatReply, InvalidInputError, ToolCall
from minimax_adapters.llama_index.messages import from_wire, to_wire


def tool(call_id: str, *blocks: Any) -> ChatMessage:
    """Return a tool message as FunctionAgent makes it."""
    return ChatMessage(
        role="tool", blocks=list(blocks), additional_kwargs={"tool_call_id": call_id}
    )


@pytest.mark.parametrize("role", ["tool", "function"])
def test_a_tool_message_names_its_call(role: str) -> None:
    """FunctionAgent puts the id into additional_kwargs."""
    message = ChatMessage(role=role, content="4", additional_kwargs={"tool_call_id": "call_1"})

    assert to_wire([message]) == [{"role": "tool", "tool_call_id": "call_1", "content": "4"}]


def test_a_tool_message_without_an_id_is_refused() -> None:
    """MiniMax would answer 2013 without saying where."""
    with pytest.raises(InvalidInputError, match="tool_call_id"):
        to_wire([ChatMessage(role="tool", content="4")])


def test_a_tool_call_in_a_user_message_is_refused() -> None:
    """Only the assistant calls tools."""
    with pytest.raises(InvalidInputError, match="ToolCallBlock"):
        to_wire([user(ToolCallBlock(tool_call_id="1", tool_name="add"))])


def test_arguments_go_back_letter_by_letter() -> None:
    """Another spelling of the same JSON would miss MiniMax's prompt cache."""
    arguments = '{ "b":2,   "a" : 1 }'
    message = from_wire(ChatReply("", tool_calls=[ToolCall("c1", "add", arguments)]))

    assert wire_of(message)[0]["tool_calls"][0]["function"]["arguments"] == arguments


def test_edited_arguments_win() -> None:
    """A human in the loop may correct a call."""
    message = from_wire(ChatReply("", tool_calls=[ToolCall("c1", "add", '{"a": 1}')]))
    message.blocks[-1] = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 2})

    assert wire_of(message)[0]["tool_calls"][0]["function"]["arguments"] == '{"a":2}'


def test_calls_in_additional_kwargs_are_enough() -> None:
    """Messages of older integrations have no blocks for them."""
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": {"a": 1}}}
    message = ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": [call]})

    assert wire_of(message)[0]["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
    ]


@pytest.mark.parametrize(
    "entry",
    [{"name": "add"}, "add", {"id": ["c1"], "function": {"name": "add", "arguments": "{}"}}],
)
def test_foreign_calls_in_additional_kwargs_are_refused(entry: Any) -> None:
    """There is no telling what they mean."""
    message = ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": [entry]})

    with pytest.raises(InvalidInputError, match="ToolCallBlock"):
        to_wire([message])


def test_a_call_without_an_id_is_refused() -> None:
    """No result could name it."""
    message = ChatMessage(role="assistant", blocks=[ToolCallBlock(tool_name="add")])

    with pytest.raises(InvalidInputError, match="'add' has no id"):
        to_wire([message])


def test_images_of_tools_follow_in_a_user_message() -> None:
    """MiniMax's tool messages hold text only, and must follow the calls without a gap."""
    calls = [ToolCall("c1", "photo", "{}"), ToolCall("c2", "photo", "{}")]
    history = [
        from_wire(ChatReply("", tool_calls=calls)),
        tool("c1", TextBlock(text="A photo."), ImageBlock(image=PNG)),
        tool("c2", TextBlock(text="Nothing.")),
    ]

    wire = wire_of(*history)

    assert [message["role"] for message in wire] == ["assistant", "tool", "tool", "user"]
    assert wire[1]["content"] == "A photo.\n(shown in the next message)"
    assert wire[3]["content"] == [
        {"type": "text", "text": "From the tool call c1:"},
        {"type": "image_url", "image_url": {"url": PNG_URL}},
    ]


def test_audio_of_tools_becomes_a_note() -> None:
    """A speech tool returns audio to the agent, which cannot hear it."""
    wire = to_wire([tool("c1", AudioBlock(audio=b"\xff\xfb" * 500, format="mp3"))])

    assert wire[0]["content"] == "[audio: mp3, 1,000 bytes]"


def test_calls_cut_short_by_return_direct_are_answered() -> None:
    """LlamaIndex drops the other results of a step; MiniMax would refuse the history."""
    calls = [ToolCall("c1", "add", "{}"), ToolCall("c2", "add", "{}")]
    direct = ChatMessage(role="assistant", content="3", additional_kwargs={"tool_call_id": "c1"})
    history = [from_wire(ChatReply("", tool_calls=calls)), tool("c1", TextBlock(text="3")), direct]

    wire = wire_of(*history)

    assert [message["role"] for message in wire] == ["assistant", "tool", "tool", "assistant"]
    assert wire[2]["tool_call_id"] == "c2"
    assert wire[3] == {"role": "assistant", "content": "3"}
