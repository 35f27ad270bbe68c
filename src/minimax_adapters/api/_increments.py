"""Text that comes as increments or as growing snapshots."""

from __future__ import annotations


class Increments:
    """Returns what is new in each text of a stream.

    Recorded streams send increments, MiniMax's sample code reads growing snapshots, and nothing
    in a frame says which. One text that does not start with all before it proves increments for
    the rest of the stream. A longer one that does is a snapshot or a coincidence ("1", "11"), so
    it is kept until the next text tells; for most streams that never happens.

    State: `_mode` is None until decided, `_sent` the text returned so far (dropped once
    increments are proven), `_kept` the undecided text.
    """

    __slots__ = ("_kept", "_mode", "_sent")

    def __init__(self) -> None:
        self._mode: str | None = None
        self._sent = ""
        self._kept = ""

    def feed(self, text: str) -> str:
        """Return what `text` adds, an empty string while that is undecided."""
        if self._mode == "increments":
            return text
        if self._mode == "snapshots":
            return self._difference(text)
        if self._kept:
            return self._decide(text)
        if not self._sent:
            self._sent = text
            return text
        if len(text) > len(self._sent) and text.startswith(self._sent):
            self._kept = text
            return ""
        return self._prove_increments(text)

    def flush(self) -> str:
        """Return the undecided text as the end of a snapshot."""
        kept, self._kept = self._kept, ""
        return self._difference(kept) if kept else ""

    def _decide(self, text: str) -> str:
        kept, self._kept = self._kept, ""
        if len(text) >= len(kept) and text.startswith(kept):
            self._mode = "snapshots"
            return self._difference(text)
        return self._prove_increments(kept + text)

    def _prove_increments(self, text: str) -> str:
        self._mode = "increments"
        self._sent = ""
        return text

    def _difference(self, text: str) -> str:
        if not text.startswith(self._sent):
            self._sent += text
            return text
        new = text[len(self._sent) :]
        self._sent = text
        return new
