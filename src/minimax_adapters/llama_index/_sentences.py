"""Text in pieces that can be spoken one after the other."""

from __future__ import annotations

import re
from typing import Final

# MiniMax takes fewer than 10,000 characters a call.
LONGEST: Final = 9_000
# Shorter ones are spoken together with the next: a call for every "Yes." sounds choppy.
SHORTEST: Final = 20
_LOOK_BACK: Final = 16
_END: Final = re.compile(r"(?:[.!?…]+[\"'”’)\]]*(?=\s)|[。！？；]+[”’）」』]*|\n)\s*")  # noqa: RUF001


class SentenceCutter:
    """Cuts a growing text after sentences. State: `_rest`, the sentence that is not complete."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> list[str]:
        """Return the sentences that `text` completes."""
        # What came before holds no end but one that waits for the blank behind it.
        begin = max(0, len(self._rest) - _LOOK_BACK)
        self._rest += text
        sentences = []
        start = 0
        for end in _END.finditer(self._rest, begin):
            if end.end() - start >= SHORTEST:
                sentences.append(self._rest[start : end.end()])
                start = end.end()
        self._rest = self._rest[start:]
        return [piece for sentence in sentences for piece in _spoken(sentence)]

    def flush(self) -> list[str]:
        """Return what is left."""
        rest, self._rest = self._rest, ""
        return _spoken(rest)


def split_long(text: str) -> list[str]:
    """Return `text` in as few pieces as MiniMax allows, cut after sentences."""
    if len(text) <= LONGEST:
        return _spoken(text)
    pieces = [""]
    cutter = SentenceCutter()
    for sentence in [*cutter.feed(text), *cutter.flush()]:
        if len(pieces[-1]) + len(sentence) >= LONGEST:
            pieces.append("")
        pieces[-1] = f"{pieces[-1]} {sentence}" if pieces[-1] else sentence
    return pieces


def _spoken(text: str) -> list[str]:
    """Return `text` without blanks around, in pieces of a length that MiniMax takes."""
    text = text.strip()
    if not any(letter.isalnum() for letter in text):
        return []
    return [text[start : start + LONGEST] for start in range(0, len(text), LONGEST)]
