"""An estimate of the tokens of a conversation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.langchain._tools import tools_to_wire
from minimax_adapters.langchain.messages import to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.messages import BaseMessage

# The upper end of MiniMax's rough figures for images; it gives none for videos.
_IMAGE: Final = {"low": 600, "default": 5_000, "high": 15_000}
_PER_MESSAGE: Final = 4  # Role and separators.


def tokens_of(
    messages: Sequence[BaseMessage], tools: Sequence[Any] | None, count: Callable[[str], int]
) -> int:
    """Return the estimate for `messages` and `tools`; `count` estimates a text."""
    wire = to_wire(messages)
    declared = count(json.dumps(tools_to_wire(tools), ensure_ascii=False)) if tools else 0
    return declared + sum(_message(message, count) for message in wire)


def _message(message: dict[str, Any], count: Callable[[str], int]) -> int:
    content = message.get("content") or ""
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    total = _PER_MESSAGE + sum(_part(part, count) for part in parts)
    total += sum(count(str(entry.get("text") or "")) for entry in message.get(_DETAILS, ()))
    for call in message.get("tool_calls", ()):
        total += count(call["function"]["name"]) + count(call["function"]["arguments"])
    return total


def _part(part: dict[str, Any], count: Callable[[str], int]) -> int:
    if part["type"] == "text":
        return count(part["text"])
    if part["type"] == "image_url":
        return _IMAGE[part["image_url"].get("detail", "default")]
    return _IMAGE["high"]


_DETAILS: Final = "reasoning_details"
