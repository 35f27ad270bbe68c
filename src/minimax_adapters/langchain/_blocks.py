"""Standard content blocks of messages whose content is a plain string."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from langchain_core.messages.block_translators import register_translator

from minimax_adapters.langchain._reasoning import OFFSETS, PROVIDER, block_of, stored_entries

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, AIMessageChunk
    from langchain_core.messages.content import ContentBlock


def translate(message: AIMessage) -> list[ContentBlock]:
    """Return thinking and text in the order in which they came, then tool calls."""
    blocks = [*_thinking_and_text(message), *message.tool_calls, *message.invalid_tool_calls]
    return cast("list[ContentBlock]", [dict(block) for block in blocks])


def translate_chunk(message: AIMessageChunk) -> list[ContentBlock]:
    """Return the blocks of a chunk; those of a merged one become whole with the last chunk.

    Their indexes tell blocks apart when they are merged: a number for a tool call, a name for
    thinking and text, of which a chunk with plain content does not know the number.
    """
    counts = {"reasoning": 0, "text": 0}
    blocks: list[dict[str, Any]] = []
    for block in _thinking_and_text(message):
        kind = block["type"]
        blocks.append({**block, "index": f"lc_{kind}_{counts[kind]}"})
        counts[kind] += 1
    if message.chunk_position == "last":
        blocks += [dict(call) for call in (*message.tool_calls, *message.invalid_tool_calls)]
    else:
        blocks += [dict(fragment) for fragment in message.tool_call_chunks]
    return cast("list[ContentBlock]", blocks)


def _thinking_and_text(message: AIMessage) -> list[dict[str, Any]]:
    content = message.content
    if not isinstance(content, str):
        # Not of our making: LangChain's own reading of lists applies.
        raise NotImplementedError
    offsets = {
        place["index"]: place["offset"] for place in message.additional_kwargs.get(OFFSETS, ())
    }
    blocks: list[dict[str, Any]] = []
    shown = 0
    for position, entry in enumerate(stored_entries(message)):
        offset = offsets.get(position, shown)
        if shown < offset:
            blocks.append({"type": "text", "text": content[shown:offset]})
            shown = offset
        blocks.append(block_of(entry))
    if shown < len(content):
        blocks.append({"type": "text", "text": content[shown:]})
    return blocks


def register() -> None:
    """Tell LangChain how `content_blocks` of MiniMax's messages are made."""
    register_translator(PROVIDER, translate, translate_chunk)
