"""Conversations of LlamaIndex as MiniMax's messages, and answers as LlamaIndex's messages.

Pure functions: nothing is sent, and no message that comes in is changed.

Thinking lives in one `ThinkingBlock` per message. Its `content` is for people; what goes back to
MiniMax are the `reasoning_details` in its `additional_information`, unchanged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llama_index.core.base.llms.types import (
    AudioBlock,
    CachePoint,
    ChatMessage,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.llama_index._blocks import is_text, note_on, parts_of, text_of
from minimax_adapters.llama_index._tool_calls import calls_to_wire, kwargs_of, tool_calls_member

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minimax_adapters.api import ChatReply

_ROLES: Final = {
    MessageRole.SYSTEM: "system",
    MessageRole.DEVELOPER: "system",
    MessageRole.USER: "user",
    MessageRole.ASSISTANT: "assistant",
    MessageRole.CHATBOT: "assistant",
    MessageRole.MODEL: "assistant",
    MessageRole.TOOL: "tool",
    MessageRole.FUNCTION: "tool",
}
_NOT_RUN: Final = "(not run: the result of another tool was returned directly)"
DETAILS: Final = "reasoning_details"


def to_wire(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """Return `messages` as MiniMax expects them.

    Images that a tool returned follow the tool messages in a user message, since MiniMax's tool
    messages hold text only.

    Raises:
        InvalidInputError: A message holds something that MiniMax has no place for.
    """
    conversation = _Conversation()
    for position, message in enumerate(messages):
        if not isinstance(message, ChatMessage):
            raise InvalidInputError(
                f"Message {position} is of type {type(message).__name__}. Pass"
                " ChatMessage(role='user', content='...')."
            )
        conversation.add(message)
    return conversation.finish()


def from_wire(reply: ChatReply) -> ChatMessage:
    """Return the message for an answer: thinking, text and tool calls, in this order."""
    blocks: list[Any] = []
    if reply.reasoning or reply.reasoning_details:
        blocks.append(
            ThinkingBlock(
                content=reply.reasoning,
                num_tokens=reply.usage.reasoning_tokens if reply.usage else None,
                additional_information={DETAILS: reply.reasoning_details},
            )
        )
    if reply.content or not reply.tool_calls:
        blocks.append(TextBlock(text=reply.content))
    blocks += [
        ToolCallBlock(
            tool_call_id=call.id, tool_name=call.name, tool_kwargs=kwargs_of(call.arguments)
        )
        for call in reply.tool_calls
    ]
    return ChatMessage(
        role=MessageRole.ASSISTANT,
        blocks=blocks,
        additional_kwargs=tool_calls_member(reply.tool_calls),
    )


class _Conversation:
    """Collects messages.

    State: `_open` are the ids of calls that no tool message has answered yet, `_media` the images
    and videos of tool results, which wait for the end of the run of tool messages.
    """

    def __init__(self) -> None:
        self._wire: list[dict[str, Any]] = []
        self._open: list[str] = []
        self._media: list[dict[str, Any]] = []

    def add(self, message: ChatMessage) -> None:
        """Add one message."""
        role = _ROLES[MessageRole(message.role)]
        if role == "tool":
            self._add_result(message)
            return
        if role == "assistant" and message.additional_kwargs.get("tool_call_id"):
            self._close_calls()
        self._add_media()
        if role == "assistant":
            wire = _assistant(message)
            self._open = [call["id"] for call in wire.get("tool_calls", ())]
        else:
            wire = {"role": role, "content": _content(parts_of(_without_thinking(message)))}
            self._open = []
        self._wire.append(wire | _name(message))

    def finish(self) -> list[dict[str, Any]]:
        """Return all messages."""
        self._add_media()
        return self._wire

    def _add_result(self, message: ChatMessage) -> None:
        call_id = message.additional_kwargs.get("tool_call_id")
        if not call_id:
            raise InvalidInputError(
                "A tool message does not say which call it answers. Set"
                " additional_kwargs={'tool_call_id': ...} to the id of the tool call."
            )
        parts = [
            part
            for block in message.blocks
            for part in ([note_on(block)] if isinstance(block, AudioBlock) else parts_of([block]))
        ]
        media = [part for part in parts if not is_text(part)]
        if media:
            self._media += [{"type": "text", "text": f"From the tool call {call_id}:"}, *media]
            parts.append({"type": "text", "text": "(shown in the next message)"})
        self._wire.append({"role": "tool", "tool_call_id": call_id, "content": text_of(parts)})
        self._open = [name for name in self._open if name != call_id]

    def _close_calls(self) -> None:
        # A tool with `return_direct` ends the step: LlamaIndex then keeps no results of the other
        # calls of the same message, which MiniMax would refuse.
        for call_id in self._open:
            self._wire.append({"role": "tool", "tool_call_id": call_id, "content": _NOT_RUN})
        self._open = []

    def _add_media(self) -> None:
        if self._media:
            self._wire.append({"role": "user", "content": self._media})
            self._media = []


def _assistant(message: ChatMessage) -> dict[str, Any]:
    thinking = [block for block in message.blocks if isinstance(block, ThinkingBlock)]
    calls = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    apart = (ThinkingBlock, ToolCallBlock, CachePoint)
    parts = parts_of(block for block in message.blocks if not isinstance(block, apart))
    if not all(is_text(part) for part in parts):
        raise InvalidInputError(
            "MiniMax takes no images or videos in assistant messages. Pass them in a user message."
        )
    wire: dict[str, Any] = {"role": "assistant", "content": text_of(parts)}
    if details := [detail for block in thinking for detail in _details(block)]:
        wire[DETAILS] = details
    if wire_calls := calls_to_wire(calls, message.additional_kwargs.get("tool_calls")):
        wire["tool_calls"] = wire_calls
    return wire


def _details(block: ThinkingBlock) -> list[dict[str, Any]]:
    """Return thinking as it goes back: as it came, or put into MiniMax's form."""
    details = block.additional_information.get(DETAILS)
    if isinstance(details, list) and details:
        return details
    if not block.content:
        return []
    return [
        {
            "type": "reasoning.text",
            "id": "reasoning-text-1",
            "format": "MiniMax-response-v1",
            "index": 0,
            "text": block.content,
        }
    ]


def _content(parts: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    return text_of(parts) if all(is_text(part) for part in parts) else parts


def _without_thinking(message: ChatMessage) -> list[Any]:
    return [block for block in message.blocks if not isinstance(block, ThinkingBlock)]


def _name(message: ChatMessage) -> dict[str, str]:
    name = message.additional_kwargs.get("name")
    return {"name": name} if name and isinstance(name, str) else {}
