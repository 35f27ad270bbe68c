"""Conversations to the wire and answers from it, without a network."""

from __future__ import annotations

from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from wire_messages import DETAILS, PNG, user, wire_of

from minimax_adapters.api import ChatReply, InvalidInputError, ToolCall, Usage
from minimax_adapters.llama_index.messages import from_wire, to_wire


@pytest.mark.parametrize(
    ("role", "on_the_wire"),
    [
        (MessageRole.SYSTEM, "system"),
        (MessageRole.DEVELOPER, "system"),
        (MessageRole.USER, "user"),
        (MessageRole.ASSISTANT, "assistant"),
        (MessageRole.CHATBOT, "assistant"),
        (MessageRole.MODEL, "assistant"),
    ],
)
def test_every_role_has_its_place(role: MessageRole, on_the_wire: str) -> None:
    """LlamaIndex has more roles than MiniMax."""
    assert wire_of(ChatMessage(role=role, content="Hi")) == [{"role": on_the_wire, "content": "Hi"}]


def test_several_texts_are_joined_like_content() -> None:
    """`ChatMessage.content` joins with a line break."""
    message = user(TextBlock(text="One."), TextBlock(text="Two."))

    assert wire_of(message) == [{"role": "user", "content": message.content}]


def test_an_image_in_an_assistant_message_is_refused() -> None:
    """MiniMax takes text there."""
    with pytest.raises(InvalidInputError, match="in a user message"):
        to_wire([ChatMessage(role="assistant", blocks=[ImageBlock(image=PNG)])])


def test_an_answer_becomes_blocks() -> None:
    """Thinking, text and calls, each in a block of its own; calls also as plain JSON."""
    usage = Usage(10, 20, 30, reasoning_tokens=7)
    calls = [ToolCall("c1", "add", '{"a": 1}'), ToolCall("c2", "add", "broken")]

    message = from_wire(ChatReply("Let me see.", "Whiskers.", DETAILS, calls, usage=usage))

    assert message.blocks == [
        ThinkingBlock(
            content="Whiskers.", num_tokens=7, additional_information={"reasoning_details": DETAILS}
        ),
        TextBlock(text="Let me see."),
        ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 1}),
        ToolCallBlock(tool_call_id="c2", tool_name="add", tool_kwargs="broken"),
    ]
    assert message.additional_kwargs["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}},
        {"id": "c2", "type": "function", "function": {"name": "add", "arguments": "broken"}},
    ]


def test_an_empty_answer_has_an_empty_text() -> None:
    """`content` is then "" and not None."""
    assert from_wire(ChatReply("")).content == ""


def test_names_tell_users_apart() -> None:
    """MiniMax has a member for it."""
    message = ChatMessage(role="user", content="Hi", additional_kwargs={"name": "Ada"})

    assert wire_of(message) == [{"role": "user", "content": "Hi", "name": "Ada"}]


def test_messages_are_not_changed() -> None:
    """Agents and memories keep using them."""
    calls = [ToolCall("c1", "photo", "{}")]
    history = [
        ChatMessage(role="system", content="Be brief."),
        user(TextBlock(text="Look"), ImageBlock(image=PNG)),
        from_wire(ChatReply("", "Whiskers.", DETAILS, calls)),
        tool("c1", ImageBlock(image=PNG)),
    ]
    before = [message.model_dump_json() for message in history]

    to_wire(history)

    assert [message.model_dump_json() for message in history] == before


def tool(call_id: str, *blocks: Any) -> ChatMessage:  # noqa: ANN401 - any JSON
    """Return a tool message as FunctionAgent makes it."""
    return ChatMessage(
        role="tool", blocks=list(blocks), additional_kwargs={"tool_call_id": call_id}
    )
