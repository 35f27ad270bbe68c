"""Answers as LlamaIndex's responses, whole and in chunks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from minimax_adapters._unchecked import unchecked
from minimax_adapters.api import ReasoningDelta, TextDelta, ToolCallDelta
from minimax_adapters.api._judge import text_or_none
from minimax_adapters.api._reasoning import ReasoningAssembler
from minimax_adapters.llama_index._selections import refuse_broken
from minimax_adapters.llama_index._tool_calls import call_to_json
from minimax_adapters.llama_index.messages import from_wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api import ChatEvent, ChatReply


def chat_response(
    reply: ChatReply, *, several_calls: bool, call_required: bool = False
) -> ChatResponse:
    """Return an answer; without `several_calls`, only the first of its tool calls.

    Raises:
        BrokenToolCallError: See `refuse_broken()`.
    """
    if not several_calls and len(reply.tool_calls) > 1:
        reply = replace(reply, tool_calls=reply.tool_calls[:1])
    if reply.tool_calls:
        refuse_broken(reply, required=call_required)
    return ChatResponse(
        message=from_wire(reply), raw=reply.raw, additional_kwargs=_token_counts(reply)
    )


def answer_of(reply: ChatReply) -> ChatReply:
    """Return the answer of a stream without the thinking that it has shown as text.

    That is known only when `</think>` comes, where the host has left `<think>` out. The thinking
    goes where all thinking is: to the user as such, and back to MiniMax. An offset that was there
    is 0 then.
    """
    if not reply.answer_offset:
        return reply
    texts = [reply.content[: reply.answer_offset].strip()]
    texts += [text_or_none(detail.get("text")) or "" for detail in reply.reasoning_details]
    thinking = ReasoningAssembler()
    for block, text in enumerate(texts):
        thinking.feed_inline(text, block)
    return replace(
        reply,
        content=reply.content[reply.answer_offset :].lstrip(),
        reasoning=thinking.text(),
        reasoning_details=thinking.details(),
        answer_offset=0,
    )


def completion(response: ChatResponse) -> CompletionResponse:
    """Return the text of an answer as a completion."""
    return CompletionResponse(
        text=response.message.content or "",
        delta=response.delta,
        raw=response.raw,
        additional_kwargs={
            name: value
            for name, value in response.additional_kwargs.items()
            if name != "thinking_delta"
        },
    )


def _token_counts(reply: ChatReply) -> dict[str, int]:
    if reply.usage is None:
        return {}
    return {
        "prompt_tokens": reply.usage.prompt_tokens,
        "completion_tokens": reply.usage.completion_tokens,
        "total_tokens": reply.usage.total_tokens,
    }


class _GrowingCall:
    """A tool call while its fragments come."""

    __slots__ = ("arguments", "block", "id", "json", "name")

    def __init__(self) -> None:
        self.id: str | None = None
        self.name = ""
        self.arguments = ""
        self.block = ToolCallBlock(tool_name="")
        self.json: dict[str, Any] = {}

    def grow(self, delta: ToolCallDelta) -> None:
        """Add a fragment; blocks that were given out stay as they are."""
        self.id = delta.id or self.id
        self.name = delta.name or self.name
        self.arguments += delta.arguments
        self.block = ToolCallBlock(
            tool_call_id=self.id, tool_name=self.name, tool_kwargs=self.arguments
        )
        self.json = call_to_json(self.id, self.name, self.arguments)


class ChunkBuilder:
    """Turns the events of a stream into responses: each has all that has come so far.

    Blocks that did not grow are shared between responses, and nothing is copied but the text.
    State: the texts so far, the thinking before the text as `_head`, the calls behind it as `_tail`
    and in `_listed`.

    Args:
        several_calls: Whether more than one tool call may come back.
        on_end: Called with the whole answer at the end, as `answer_of()` makes it.
        call_required: Whether only a tool call is an answer.
    """

    def __init__(
        self,
        *,
        several_calls: bool,
        on_end: Callable[[ChatReply], object],
        call_required: bool = False,
    ) -> None:
        self._several_calls = several_calls
        self._call_required = call_required
        self._on_end = on_end
        self._text = ""
        self._thinking = ""
        self._entry = 0
        self._calls: list[_GrowingCall] = []
        self._head: list[Any] = []
        self._tail: list[Any] = []
        self._listed: list[dict[str, Any]] = []

    def take(self, event: ChatEvent) -> ChatResponse | None:
        """Return the response after `event`, None if it shows nothing new.

        Raises:
            BrokenToolCallError: The answer ends, and is refused by `chat_response()`.
        """
        if isinstance(event, TextDelta):
            self._text += event.text
            return self._response(event.text, {})
        if isinstance(event, ReasoningDelta):
            return self._think(event)
        if isinstance(event, ToolCallDelta):
            return self._call(event)
        reply = answer_of(event.reply)
        self._on_end(reply)
        response = chat_response(
            reply, several_calls=self._several_calls, call_required=self._call_required
        )
        response.delta = ""
        return response

    def _think(self, event: ReasoningDelta) -> ChatResponse | None:
        if not event.text:
            return None
        # The entries of one answer are shown as paragraphs.
        text = f"\n\n{event.text}" if self._thinking and event.index != self._entry else event.text
        self._entry = event.index
        self._thinking += text
        self._head = [ThinkingBlock(content=self._thinking)]
        return self._response("", {"thinking_delta": text})

    def _call(self, event: ToolCallDelta) -> ChatResponse | None:
        if event.index and not self._several_calls:
            return None
        while len(self._calls) <= event.index:
            self._calls.append(_GrowingCall())
        self._calls[event.index].grow(event)
        calls = [call for call in self._calls if call.name]
        self._tail = [call.block for call in calls]
        self._listed = [call.json for call in calls]
        return self._response("", {})

    def _response(self, delta: str, kwargs: dict[str, Any]) -> ChatResponse:
        blocks = [*self._head]
        if self._text:
            blocks.append(unchecked(TextBlock, {**_TEXT, "text": self._text}, {"text"}))
        blocks += self._tail
        listed = {"tool_calls": [*self._listed]} if self._listed else {}
        members = {**_MESSAGE, "blocks": blocks, "additional_kwargs": listed}
        message = unchecked(ChatMessage, members, {"role", "blocks", "additional_kwargs"})
        members = {**_RESPONSE, "message": message, "delta": delta, "additional_kwargs": kwargs}
        return unchecked(ChatResponse, members, {"message", "delta", "additional_kwargs"})


# The members that chunks have in common.
_TEXT: Final = dict(TextBlock(text="").__dict__)
_MESSAGE: Final = dict(ChatMessage(role=MessageRole.ASSISTANT).__dict__)
_RESPONSE: Final = dict(ChatResponse(message=ChatMessage()).__dict__)
