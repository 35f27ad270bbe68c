"""Counts of tokens as hosts send them."""

from __future__ import annotations

from typing import Any

from minimax_adapters.api._judge import dict_or_empty, int_or_none
from minimax_adapters.api.wire.chat_reply import Usage


def usage_from_wire(usage: object) -> Usage | None:
    """Return the counts of `usage`, where hosts differ in what they leave out."""
    if not isinstance(usage, dict) or not usage:
        return None
    prompt = dict_or_empty(usage.get("prompt_tokens_details"))
    completion = dict_or_empty(usage.get("completion_tokens_details"))
    read = _first(usage, "prompt_tokens")
    written = _first(usage, "completion_tokens")
    return Usage(
        prompt_tokens=read,
        completion_tokens=written,
        total_tokens=_first(usage, "total_tokens") or read + written,
        # With explicit cache control the counters have the names of the other dialect (recorded).
        cached_tokens=_first(prompt, "cached_tokens", "cache_read_input_tokens"),
        cache_creation_tokens=_first(prompt, "cache_creation_input_tokens"),
        reasoning_tokens=int_or_none(completion.get("reasoning_tokens")),
        raw=usage,
    )


def _first(members: dict[str, Any], *names: str) -> int:
    """Return the first of the counts that is there and not 0, else 0."""
    for name in names:
        if count := int_or_none(members.get(name)):
            return count
    return 0
