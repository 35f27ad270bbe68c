"""What a bidirectional socket collects: text of any size in, sentences out."""

from __future__ import annotations

import re
from typing import Final

# An ASCII stop ends a sentence only when a blank follows, so that 3.14 stays whole.
WESTERN: Final = "[.!?;]+[\"')\\]]*(?=\\s)"
WIDE: Final = "[\u3002\uff01\uff1f\uff1b\u2026]+[\u201d\u300d]*"
END: Final = re.compile(f"{WESTERN}|{WIDE}|\n")


class Collector:
    """Cuts what comes in pieces into sentences by their punctuation."""

    def __init__(self) -> None:
        self._text = ""

    def __len__(self) -> int:
        return len(self._text)

    def add(self, text: str) -> list[str]:
        """Return the sentences that `text` completes."""
        self._text += text
        sentences = []
        while found := END.search(self._text):
            sentences.append(self._text[: found.end()].strip())
            self._text = self._text[found.end() :]
        return [sentence for sentence in sentences if sentence]

    def rest(self) -> list[str]:
        """Return what is left, and forget it."""
        text, self._text = self._text.strip(), ""
        return [text] if text else []
