"""Subtitles of speech: as objects, as SRT and as WebVTT."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api._judge import seconds_or_none
from minimax_adapters.api.errors import InvalidReplyError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it is spoken, in seconds from the start of the audio."""

    text: str
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Subtitle:
    """A line of subtitles, mostly a sentence.

    Attributes:
        text: As it stood in the request.
        begin: Seconds from the start of the audio.
        end: Seconds, not before `begin`.
        words: Its words, empty unless asked for with `subtitle_type="word"`.
    """

    text: str
    begin: float
    end: float
    words: tuple[Word, ...] = ()

    def later(self, seconds: float) -> Subtitle:
        """Return this line moved by `seconds`."""
        words = (
            dataclasses.replace(word, begin=word.begin + seconds, end=word.end + seconds)
            for word in self.words
        )
        return Subtitle(self.text, self.begin + seconds, self.end + seconds, tuple(words))


def parse_subtitles(entries: object) -> tuple[Subtitle, ...]:
    """Return what MiniMax's subtitle file holds; what is no subtitle in it is passed over."""
    found = entries if isinstance(entries, list) else [entries]
    lines = [_subtitle(entry) for entry in found if isinstance(entry, dict)]
    return tuple(line for line in lines if line is not None)


def parse_subtitle_file(content: bytes) -> tuple[Subtitle, ...]:
    """Return what a file of subtitles holds.

    Raises:
        InvalidReplyError: It is not JSON.
    """
    try:
        return parse_subtitles(json.loads(content))
    except (ValueError, RecursionError):
        raise InvalidReplyError("The file of subtitles is not JSON. Ask again.") from None


def _subtitle(entry: dict[str, Any]) -> Subtitle | None:
    span = _span(entry)
    text = entry.get("text")
    if span is None or not isinstance(text, str):
        return None
    words = []
    found = entry.get("timestamped_words")
    for word in found if isinstance(found, list) else ():
        at = _span(word) if isinstance(word, dict) else None
        said = word.get("word") if at else None
        # Blanks are words of their own on the wire.
        if at and isinstance(said, str) and said.strip():
            words.append(Word(said, *at))
    return Subtitle(text, *span, tuple(words))


def _span(entry: dict[str, Any]) -> tuple[float, float] | None:
    begin = seconds_or_none(entry.get("time_begin"))
    end = entry.get("time_end")
    if begin is None or not isinstance(end, int | float):
        return None
    return begin, max(begin, seconds_or_none(end) or 0)


def to_srt(subtitles: Iterable[Subtitle]) -> str:
    """Return a SubRip file, the format that video players read."""
    blocks = [
        f"{number}\n{_span_of(line, ',')}\n{_one_block(line.text)}\n"
        for number, line in enumerate(subtitles, start=1)
    ]
    return "\n".join(blocks)


def to_webvtt(subtitles: Iterable[Subtitle]) -> str:
    """Return a WebVTT file, the format that browsers read."""
    blocks = ["WEBVTT\n"]
    for line in subtitles:
        text = _one_block(line.text).replace("&", "&amp;").replace("<", "&lt;")
        text = text.replace(">", "&gt;")
        blocks.append(f"{_span_of(line, '.')}\n{text}\n")
    return "\n".join(blocks)


def _one_block(text: str) -> str:
    """Return `text` without empty lines, which would end it."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _span_of(line: Subtitle, point: str) -> str:
    return f"{_clock(line.begin, point)} --> {_clock(line.end, point)}"


def _clock(seconds: float, point: str) -> str:
    total = round(seconds * _MILLISECONDS)
    minutes, milliseconds = divmod(total, 60 * _MILLISECONDS)
    hours, minutes = divmod(minutes, 60)
    whole, milliseconds = divmod(milliseconds, _MILLISECONDS)
    return f"{hours:02}:{minutes:02}:{whole:02}{point}{milliseconds:03}"
