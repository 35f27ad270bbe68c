"""Thinking on its way back to MiniMax."""

from __future__ import annotations

from llama_index.core.base.llms.types import (
    ChatMessage,
    TextBlock,
    ThinkingBlock,
)
from wire_messages import DETAILS, wire_of

from minimax_adapters.api import ChatReply
from minimax_adapters.llama_index.messages import from_wire, to_wire


def test_thinking_goes_back_unchanged() -> None:
    """MiniMax asks for the details as they came."""
    reply = ChatReply("A cat.", "Whiskers.", DETAILS)

    wire = wire_of(from_wire(reply))

    assert wire == [{"role": "assistant", "content": "A cat.", "reasoning_details": DETAILS}]


def test_thinking_survives_json() -> None:
    """Chat stores keep messages as JSON."""
    message = from_wire(ChatReply("A cat.", "Whiskers.", DETAILS))

    stored = ChatMessage.model_validate_json(message.model_dump_json())

    assert to_wire([stored]) == to_wire([message])


def test_thinking_of_another_model_is_put_into_the_form() -> None:
    """A history may come from another provider."""
    message = ChatMessage(
        role="assistant", blocks=[ThinkingBlock(content="Whiskers."), TextBlock(text="A cat.")]
    )

    details = wire_of(message)[0]["reasoning_details"]

    assert [(detail["type"], detail["text"]) for detail in details] == [
        ("reasoning.text", "Whiskers.")
    ]


def test_empty_thinking_is_left_out() -> None:
    """There is nothing to send back."""
    message = ChatMessage(role="assistant", blocks=[ThinkingBlock(), TextBlock(text="A cat.")])

    assert wire_of(message) == [{"role": "assistant", "content": "A cat."}]
