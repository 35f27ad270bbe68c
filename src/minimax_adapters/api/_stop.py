"""Stop texts, which MiniMax accepts and ignores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class StopCutter:
    """Ends a text before the first stop text that is complete, wherever the stream cuts it.

    The first is the one that ends first, so the result does not depend on the cuts. `hit` turns
    true there; `_held` is the end of the text that may still become a stop text.
    """

    __slots__ = ("_held", "_longest", "_stops", "hit")

    def __init__(self, stops: Sequence[str]) -> None:
        self.hit = False
        self._stops = stops
        self._longest = max(map(len, stops), default=0)
        self._held = ""

    def feed(self, text: str) -> str:
        """Return the text that is certain to come before any stop text."""
        if not self._stops:
            return text
        if self.hit:
            return ""
        text = self._held + text
        found = [(at + len(stop), at) for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self.hit = True
            self._held = ""
            return text[: min(found)[1]]
        held = self._uncertain(text)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def flush(self) -> str:
        """Return what was held back when the stream ends."""
        held, self._held = self._held, ""
        return held

    def _uncertain(self, text: str) -> int:
        for length in range(min(self._longest - 1, len(text)), 0, -1):
            tail = text[-length:]
            if any(stop.startswith(tail) for stop in self._stops):
                return length
        return 0
