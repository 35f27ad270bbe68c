"""Counts of tokens as hosts send them."""

from __future__ import annotations

from minimax_adapters.api._judge import int_or_none
from minimax_adapters.api.wire.chat_reply import Usage


def usage_from_wire(usage: object) -> Usage | None:
    """Return the counts of `usage`, where hosts differ in what they leave out."""
    if not isinstance(usage, dict) or not usage:
        return None
    prompt = _Counts(usage.get("prompt_tokens_details"))
    completion = _Counts(usage.get("completion_tokens_details"))
    counts = _Counts(usage)
    read = counts.first("prompt_tokens")
    written = counts.first("completion_tokens")
    return Usage(
        prompt_tokens=read,
        completion_tokens=written,
        total_tokens=counts.first("total_tokens") or read + written,
        # With explicit cache control the counters have the names of the other dialect (recorded).
        cached_tokens=prompt.first("cached_tokens", "cache_read_input_tokens"),
        cache_creation_tokens=prompt.first("cache_creation_input_tokens"),
        reasoning_tokens=completion.get("reasoning_tokens"),
        raw=usage,
    )


class _Counts:
    """The counts of an object that may be missing or of another type."""

    def __init__(self, members: object) -> None:
        self._members = members if isinstance(members, dict) else {}

    def get(self, name: str) -> int | None:
        """Return the count `name`, None if there is no such number."""
        return int_or_none(self._members.get(name))

    def first(self, *names: str) -> int:
        """Return the first of the counts that is not 0."""
        return next((count for name in names if (count := self.get(name))), 0)
