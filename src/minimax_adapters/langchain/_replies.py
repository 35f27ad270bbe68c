"""MiniMax's answers as LangChain's messages: whole ones, and chunks while they come."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import invalid_tool_call, tool_call, tool_call_chunk

from minimax_adapters.api import ChatEnd, ReasoningDelta, TextDelta
from minimax_adapters.langchain._chunks import message_of
from minimax_adapters.langchain._reasoning import (
    DETAILS,
    OFFSETS,
    PROVIDER,
    block_of,
    mergeable_entry,
)

if TYPE_CHECKING:
    from langchain_core.messages import InvalidToolCall, ToolCall

    from minimax_adapters.api import ChatEvent, ChatReply, ToolCallDelta, Usage

# Of `ChatReply`.
ANSWER_OFFSET: Final = "answer_offset"
# Constants are sent where merging takes equal values for one.
_METADATA: Final = {"model_provider": PROVIDER}
_METADATA_OF_BLOCKS: Final = {**_METADATA, "output_version": "v1"}
_CLOSING: Final = {"{": "}", "[": "]"}


def message_from(reply: ChatReply, *, as_blocks: bool) -> AIMessage:
    """Return a whole answer as a message.

    Args:
        reply: The answer.
        as_blocks: Whether content is a list of standard blocks (`output_version="v1"`), not a
            string.
    """
    calls, broken = split_calls(reply)
    details = reply.reasoning_details
    content: Any = reply.content
    if as_blocks:
        text = [{"type": "text", "text": reply.content}] if reply.content else []
        content = [*map(block_of, details), *text, *map(dict, calls), *map(dict, broken)]
    return AIMessage(
        content=content,
        additional_kwargs={DETAILS: details} if details and not as_blocks else {},
        tool_calls=calls,
        invalid_tool_calls=broken,
        usage_metadata=usage_from(reply.usage),
        response_metadata=metadata_from(reply) | ({"output_version": "v1"} if as_blocks else {}),
    )


def split_calls(reply: ChatReply) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return the calls whose arguments are a JSON object, and the others."""
    good, broken = [], []
    for call in reply.tool_calls:
        arguments = arguments_of(call.arguments, cut=is_cut(reply))
        if arguments is None:
            broken.append(
                invalid_tool_call(
                    name=call.name,
                    args=call.arguments,
                    id=call.id,
                    error="The arguments are not a JSON object.",
                )
            )
        else:
            good.append(tool_call(name=call.name, args=arguments, id=call.id))
    return good, broken


def is_cut(reply: ChatReply) -> bool:
    """Return whether the answer ends where the limit of its tokens was reached."""
    return reply.finish_reason == "length"


def arguments_of(text: str, *, cut: bool = False) -> dict[str, Any] | None:
    """Return the arguments of a call, None if they are not a JSON object that can be read.

    No text means none, which is `{}` after `minimax_adapters.api`; but a call that was `cut` off
    there has lost those that it would have had.
    """
    if cut and text in {"", "{}"}:
        return None
    try:
        # Not strict: models write line breaks into strings.
        arguments = json.loads(text or "{}", strict=False)
    except (ValueError, RecursionError):  # A model may nest deeper than Python can follow.
        return None
    return arguments if isinstance(arguments, dict) else None


def usage_from(usage: Usage | None) -> UsageMetadata | None:
    """Return token counts by LangChain's names; what MiniMax does not say is left out."""
    if usage is None:
        return None
    metadata = UsageMetadata(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        total_tokens=usage.total_tokens,
        input_token_details=InputTokenDetails(cache_read=usage.cached_tokens),
    )
    if usage.cache_creation_tokens:
        metadata["input_token_details"]["cache_creation"] = usage.cache_creation_tokens
    if usage.reasoning_tokens is not None:
        metadata["output_token_details"] = OutputTokenDetails(reasoning=usage.reasoning_tokens)
    return metadata


def metadata_from(reply: ChatReply) -> dict[str, Any]:
    """Return what is known about an answer; `id` and `trace_id` help MiniMax's support."""
    known = {
        "model_name": reply.model or None,
        "finish_reason": reply.finish_reason,
        "id": reply.id or None,
        "created": reply.created,
        "trace_id": reply.trace_id,
        "service_tier": reply.service_tier,
        ANSWER_OFFSET: reply.answer_offset,
    }
    found = {name: value for name, value in known.items() if value is not None}
    return {"model_provider": PROVIDER, **found}


class BlockCounter:
    """Gives each block of a stream its index: one row over thinking, text and tool calls.

    State: `_blocks` the index of each thinking entry and call, `_text` that of the open text
    block, None before it and after another block was opened.
    """

    __slots__ = ("_blocks", "_text", "count")

    def __init__(self) -> None:
        self.count = 0
        self._blocks: dict[tuple[str, int], int] = {}
        self._text: int | None = None

    def text(self) -> int:
        """Return the index of the text that comes now."""
        if self._text is None:
            self._text = self._next()
        return self._text

    def block(self, kind: str, position: int) -> int:
        """Return the index of a thinking entry or a call."""
        key = (kind, position)
        index = self._blocks.get(key)
        if index is None:
            self._text = None
            index = self._blocks[key] = self._next()
        return index

    def _next(self) -> int:
        self.count += 1
        return self.count - 1


class ChunkBuilder:
    """Turns the events of a stream into chunks that add up to the whole message.

    Args:
        as_blocks: Whether content is a list of standard blocks (`output_version="v1"`), not a
            string.
        message_id: The id of all chunks, None where LangChain gives it.

    State: `_counter` for the indexes of blocks, `_length` of the text so far, `_sent` the members
    of each thinking entry that have left.
    """

    __slots__ = ("_as_blocks", "_counter", "_length", "_message_id", "_metadata", "_sent")

    def __init__(self, *, as_blocks: bool, message_id: str | None = None) -> None:
        self._as_blocks = as_blocks
        self._message_id = message_id
        self._counter = BlockCounter()
        self._length = 0
        self._sent: list[set[str]] = []
        self._metadata = _METADATA_OF_BLOCKS if as_blocks else _METADATA

    @staticmethod
    def ends(event: ChatEvent) -> bool:
        """Return whether `event` is the last one."""
        return isinstance(event, ChatEnd)

    def message(self, event: ChatEvent) -> AIMessageChunk:
        """Return the chunk for `event`."""
        if isinstance(event, TextDelta):
            self._length += len(event.text)
            content: Any = event.text
            if self._as_blocks:
                index = self._counter.text()
                content = [{"type": "text", "text": event.text, "index": index}]
            return message_of(content, self._metadata, self._message_id)
        if isinstance(event, ReasoningDelta):
            return self._reasoning(event)
        return self._end(event.reply) if isinstance(event, ChatEnd) else self._call(event)

    def _reasoning(self, delta: ReasoningDelta) -> AIMessageChunk:
        if delta.detail is not None:
            self._sent.append(set(delta.detail))
        if self._as_blocks:
            block = self._reasoning_block(delta.index, delta.text, delta.detail)
            return message_of([block], self._metadata, self._message_id)
        entry = mergeable_entry(delta.index, delta.detail, delta.text)
        members: dict[str, Any] = {DETAILS: [entry]}
        if delta.detail is not None and self._length:
            members[OFFSETS] = [{"index": delta.index, "offset": self._length}]
        return message_of("", self._metadata, self._message_id, members)

    def _reasoning_block(
        self, position: int, text: str, members: dict[str, Any] | None
    ) -> dict[str, Any]:
        index = self._counter.block("reasoning", position)
        block: dict[str, Any] = {"type": "reasoning", "reasoning": text, "index": index}
        if members:
            block["extras"] = {DETAILS: members}
        return block

    def _call(self, delta: ToolCallDelta) -> AIMessageChunk:
        index = self._counter.block("call", delta.index)
        fragment = tool_call_chunk(name=delta.name, args=delta.arguments, id=delta.id, index=index)
        content: Any = [dict(fragment)] if self._as_blocks else ""
        return AIMessageChunk(
            content=content,
            tool_call_chunks=[fragment],
            response_metadata=dict(self._metadata),
            id=self._message_id,
        )

    def _end(self, reply: ChatReply) -> AIMessageChunk:
        late = self._late_members(reply)
        spoilers = [
            tool_call_chunk(
                name=None,
                args=spoiler,
                id=None,
                index=self._counter.block("call", position),
            )
            for position, call in enumerate(reply.tool_calls)
            if (spoiler := spoiler_of(call.arguments, cut=is_cut(reply)))
        ]
        content: Any = ""
        if self._as_blocks:
            content = [
                *(self._reasoning_block(position, "", members) for position, members in late),
                *map(dict, spoilers),
            ]
        entries = [mergeable_entry(position, None, "") | members for position, members in late]
        return AIMessageChunk(
            content=content,
            additional_kwargs={DETAILS: entries} if entries and not self._as_blocks else {},
            tool_call_chunks=spoilers,
            usage_metadata=usage_from(reply.usage),
            response_metadata=metadata_from(reply) | self._metadata,
            chunk_position="last",
            id=self._message_id,
        )

    def _late_members(self, reply: ChatReply) -> list[tuple[int, dict[str, Any]]]:
        """Return members of thinking entries, signatures say, that came after the first delta."""
        late = []
        for position, sent in enumerate(self._sent):
            entry = reply.reasoning_details[position]
            members = {k: v for k, v in entry.items() if k not in sent and k != "text"}
            if members:
                late.append((position, members))
        return late


def spoiler_of(arguments: str, *, cut: bool = False) -> str:
    """Return what makes arguments that broke off unreadable, "" for arguments in order.

    LangChain closes the brackets of what it merged from chunks, so a call that the output limit
    cut in two would be run with half of its arguments. A bracket that closes nothing stops it:
    the call becomes an invalid one, and is not run.
    """
    if arguments_of(arguments, cut=cut) is not None:
        return ""
    open_brackets: list[str] = []
    inside = escaped = False
    for char in arguments:
        if inside:
            if char == '"' and not escaped:
                inside = False
            escaped = char == "\\" and not escaped
        elif char == '"':
            inside = True
        elif char in _CLOSING:
            open_brackets.append(_CLOSING[char])
        elif open_brackets and char == open_brackets[-1]:
            open_brackets.pop()
    quotes = '"' * (inside + escaped)
    return quotes + ("]" if open_brackets[-1:] == ["}"] else "}")
