"""Thinking from the members that hosts send it in, kept as MiniMax wants it back."""

from __future__ import annotations

from io import StringIO
from typing import Any, Final

from minimax_adapters.api._increments import Increments
from minimax_adapters.api._judge import text_or_none
from minimax_adapters.api.wire.chat_reply import ReasoningDelta

_FORM: Final = {"type": "reasoning.text", "format": "MiniMax-response-v1"}


class _Entry:
    """One entry of `reasoning_details` while it grows."""

    __slots__ = ("increments", "key", "members", "text")

    def __init__(self, key: object, members: dict[str, Any]) -> None:
        self.key = key
        self.members = members
        self.increments = Increments()
        self.text = StringIO()


class ReasoningAssembler:
    """Gathers thinking into the entries of `reasoning_details`.

    Entries are told apart by their index, else by their id. Thinking that comes without entries
    (as `reasoning_content` or as `<think>` text) gets entries of the same form, so that it goes
    back in the history like any other. State: `_entries` in order.
    """

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def feed(self, details: object, content: object) -> list[ReasoningDelta]:
        """Return what a frame adds; `content` repeats `details` where a frame has both."""
        deltas = []
        for detail in details if isinstance(details, list) else ():
            if isinstance(detail, dict):
                index = detail.get("index")
                key = detail.get("id", 0) if index is None else index
                deltas += self._grow(key, detail, text_or_none(detail.get("text")) or "")
        if content and isinstance(content, str) and not details:
            key = self._entries[-1].key if self._entries else 0
            deltas += self._grow(key, self._synthetic(1), content)
        return deltas

    def feed_inline(self, text: str, block: int) -> ReasoningDelta:
        """Return the delta for a piece of `<think>` text, an entry for each block."""
        position, fresh = self._locate(("inline", block), self._synthetic(len(self._entries) + 1))
        return self._append(position, text, fresh=fresh)

    def flush(self) -> list[ReasoningDelta]:
        """Return texts that were undecided between increment and snapshot."""
        return [
            self._append(position, text, fresh=False)
            for position, entry in enumerate(self._entries)
            if (text := entry.increments.flush())
        ]

    def text(self) -> str:
        """Return all thinking, entries apart by an empty line."""
        return "\n\n".join(text for entry in self._entries if (text := entry.text.getvalue()))

    def details(self) -> list[dict[str, Any]]:
        """Return the entries as a plain reply would have them."""
        return [
            entry.members | ({"text": text} if (text := entry.text.getvalue()) else {})
            for entry in self._entries
        ]

    def _grow(self, key: object, detail: dict[str, Any], text: str) -> list[ReasoningDelta]:
        position, fresh = self._locate(key, {k: v for k, v in detail.items() if k != "text"})
        entry = self._entries[position]
        if not fresh:
            # A signature, say, may come with a later fragment.
            entry.members |= {k: v for k, v in detail.items() if k not in {"text", "index"}}
        new = entry.increments.feed(text) if text else ""
        return [self._append(position, new, fresh=fresh)] if new or fresh else []

    def _locate(self, key: object, members: dict[str, Any]) -> tuple[int, bool]:
        for position in range(len(self._entries) - 1, -1, -1):
            if self._entries[position].key == key:
                return position, False
        self._entries.append(_Entry(key, members))
        return len(self._entries) - 1, True

    def _append(self, position: int, text: str, *, fresh: bool) -> ReasoningDelta:
        entry = self._entries[position]
        if text:
            entry.text.write(text)
        return ReasoningDelta(text, position, dict(entry.members) if fresh else None)

    @staticmethod
    def _synthetic(number: int) -> dict[str, Any]:
        return {**_FORM, "id": f"reasoning-text-{number}", "index": number - 1}
