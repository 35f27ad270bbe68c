"""Subtitles in the shape MiniMax sends: sentences of at most 50 characters, in milliseconds.

The beginning and end of a sentence are those of its sound. Inside a sentence time is shared out by
characters, which is an estimate.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .voice import Rendering, Timed

LONGEST: Final = 50
WORD: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|\s+|[^\s\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+"
)


class Span(NamedTuple):
    """A stretch of text: what is read for it, its place in the sentence, and in the request."""

    text: str
    pronounced: str
    inside: int
    begin: int


def subtitles(rendering: Rendering, *, words: bool) -> list[dict[str, Any]]:
    """Return the content of the subtitle file."""
    found: list[dict[str, Any]] = []
    spoken = 0
    for timed in rendering.sentences:
        clock = Clock(timed, rendering.rate)
        for span in lines(timed):
            found.append(entry(span, clock, spoken, words=words))
            spoken += len(span.pronounced)
    for line in found[-1:]:
        line["is_final_segment"] = True
    return found


class Clock:
    """Turns places in a sentence into milliseconds."""

    def __init__(self, timed: Timed, rate: int) -> None:
        self._begin = timed.begin * 1000 / rate
        self._length = (timed.end - timed.begin) * 1000 / rate
        self._characters = len(timed.sentence.text)

    def at(self, place: int) -> float:
        """Return the time of character `place`."""
        return self._begin + self._length * place / self._characters


def entry(span: Span, clock: Clock, spoken: int, *, words: bool) -> dict[str, Any]:
    """Return one subtitle."""
    fields: dict[str, Any] = {
        "text": span.text,
        "pronounce_text": span.pronounced,
        "time_begin": clock.at(span.inside),
        "time_end": clock.at(span.inside + len(span.text)),
        "text_begin": span.begin,
        "text_end": span.begin + len(span.text),
        "pronounce_text_begin": spoken,
        "pronounce_text_end": spoken + len(span.pronounced),
        "is_final_segment": False,
    }
    if words:
        fields["timestamped_words"] = [
            word(found, span, clock) for found in WORD.finditer(span.text)
        ]
    return fields


def word(found: re.Match[str], span: Span, clock: Clock) -> dict[str, Any]:
    """Return one timed word; white space is a word of its own, as on the wire."""
    return {
        "word": found[0],
        "word_begin": span.begin + found.start(),
        "word_end": span.begin + found.end(),
        "pronounce_word": found[0],
        "pronounce_word_begin": span.begin + found.start(),
        "pronounce_word_end": span.begin + found.end(),
        "time_begin": clock.at(span.inside + found.start()),
        "time_end": clock.at(span.inside + found.end()),
    }


def lines(timed: Timed) -> Iterator[Span]:
    """Cut a sentence into lines that fit, after spaces where it has some."""
    text, begin = timed.sentence.text, timed.sentence.begin
    at = 0
    while at < len(text):
        length = LONGEST
        if len(text) - at > LONGEST:
            space = text.rfind(" ", at + 1, at + LONGEST)
            length = space + 1 - at if space > at else LONGEST
        line = text[at : at + length]
        # Where a sentence is cut, nobody knows which part of the reading belongs to which line.
        yield Span(line, timed.pronounced if line == text else line, at, begin + at)
        at += length
