"""The text of a speech request: what is spoken, what is silence, what is billed.

Pauses are written `<#seconds#>`, interjections `(laughs)`; the rest is read aloud, sentence by
sentence. Positions count characters of the text as it was sent.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from ._errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The last three are documented for the asynchronous endpoint only.
INTERJECTION: Final = re.compile(
    r"\((?:laughs|chuckle|coughs|clear-throat|groans|breath|pant|inhale|exhale|gasps|sniffs|sighs|"
    r"snorts|burps|lip-smacking|humming|hissing|emm|sneezes|whistles|crying|applause)\)"
)
PAUSE: Final = re.compile(r"<#([^#<>]*)#>")
SECONDS: Final = re.compile(r"\d{1,2}(?:\.\d{1,2})?")
MARK: Final = re.compile(f"(?P<pause>{PAUSE.pattern})|(?P<sound>{INTERJECTION.pattern})")
SPOKEN_MARK: Final = re.compile(f"(?P<pause>{PAUSE.pattern})|(?P<sound>(?!))")

# ASCII stops end a sentence only before a space, so that 3.14 stays whole; the others, full width
# stops and closing quotes, end it at once.
WIDE_STOPS: Final = "\u3002\uff01\uff1f\uff1b\u2026"
WIDE_CLOSERS: Final = "\u201d\u2019\u300d\u300f\uff09"
SENTENCE: Final = re.compile(
    rf"[^\n]*?(?:[.!?;]+[\"')\]]*(?=\s)|[{WIDE_STOPS}]+[{WIDE_CLOSERS}]*|(?=\n)|$)\s*"
)
# Pinyin, Jyutping or IPA in parentheses says how the character before it sounds.
READING: Final = re.compile(r"\((?:[a-zü:]+[1-6]|/[^/()]*/)\)")

# Espeak ends a text at a zero, and lone surrogates have no bytes.
UNSPEAKABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

CHINESE: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")

# Letters by category that nobody can see.
BLANKS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffd")
LAYOUT: Final = frozenset("\n\r\t")
MAX_SILENCE_SECONDS: Final = 1800.0
MAX_SENTENCE: Final = 400


@dataclasses.dataclass(frozen=True)
class Sentence:
    """A run of text to read aloud."""

    text: str
    begin: int
    ends_paragraph: bool = False

    @property
    def end(self) -> int:
        """Position behind the last character."""
        return self.begin + len(self.text)


@dataclasses.dataclass(frozen=True)
class Pause:
    """Silence that was asked for."""

    seconds: float


@dataclasses.dataclass(frozen=True)
class Interjection:
    """A sound that is no word."""

    name: str


Piece = Sentence | Pause | Interjection


def parse_text(text: str, *, interjections: bool) -> list[Piece]:
    """Return the pieces of `text` in order.

    Args:
        text: As sent.
        interjections: Whether the model knows them; otherwise they are words in parentheses.

    Raises:
        MiniMaxFault: 2013 for a pause out of range, at either end, or next to another one.
    """
    pieces: list[Piece] = []
    position = 0
    for mark in (MARK if interjections else SPOKEN_MARK).finditer(text):
        pieces += sentences(text[position : mark.start()], position)
        if mark["pause"] is None:
            pieces.append(Interjection(mark["sound"][1:-1]))
        else:
            pieces.append(Pause(seconds_of(mark["pause"])))
        position = mark.end()
    pieces += sentences(text[position:], position)
    check_pauses(pieces)
    return pieces


def sentences(text: str, begin: int) -> Iterator[Sentence]:
    """Cut `text` into sentences that have something to say."""
    for found in SENTENCE.finditer(text):
        start = found.start()
        for line in breaths(found[0]):
            said = line.strip()
            if is_speakable(said):
                yield Sentence(said, begin + start + line.index(said), "\n" in line)
            start += len(line)


def breaths(sentence: str) -> Iterator[str]:
    """Cut a sentence that no one could say in one breath, after spaces where it has some."""
    while len(sentence) > MAX_SENTENCE:
        space = sentence.rfind(" ", 1, MAX_SENTENCE)
        length = space + 1 if space > 0 else MAX_SENTENCE
        yield sentence[:length]
        sentence = sentence[length:]
    yield sentence


def is_speakable(text: str) -> bool:
    """Tell whether `text` has a letter or digit."""
    return any(character.isalnum() for character in text)


def seconds_of(mark: str) -> float:
    """Return the length of the pause that `mark` asks for."""
    inside = mark[2:-2]
    # The least pause is 0.01, so that 0 is out of range like 100.
    if not SECONDS.fullmatch(inside) or not float(inside):
        raise invalid(
            f"pause {mark} is not <#x#> with x in [0.01, 99.99] and at most two decimal places"
        )
    return float(inside)


def check_pauses(pieces: list[Piece]) -> None:
    """Refuse pauses that do not stand between two speakable pieces."""
    silent = [isinstance(piece, Pause) for piece in pieces]
    if any(silent) and (silent[0] or silent[-1]):
        raise invalid("a pause must stand between two pieces of text that can be spoken")
    if any(first and second for first, second in itertools.pairwise(silent)):
        raise invalid("two pauses must not follow each other")
    total = sum(piece.seconds for piece in pieces if isinstance(piece, Pause))
    # MiniMax names no limit; this one keeps a small request from filling the memory of a test run.
    if total > MAX_SILENCE_SECONDS:
        raise invalid(f"emulator: pauses of more than {MAX_SILENCE_SECONDS:g} s in one request")


def invisible_ratio(text: str) -> float:
    """Return the share of characters that are invisible or illegal, from 0 to 1."""
    return sum(map(is_invisible, text)) / len(text)


def is_invisible(character: str) -> bool:
    """Tell whether `character` is a control, format, private or unassigned one, or a blank."""
    if character in LAYOUT:
        return False
    return character in BLANKS or unicodedata.category(character)[0] == "C"


def usage_characters(text: str, *, interjections: bool) -> int:
    """Return what is billed: Chinese characters twice, interjections not at all."""
    billed = INTERJECTION.sub("", text) if interjections else text
    return len(billed) + len(CHINESE.findall(billed))


def word_count(pieces: Iterable[Piece]) -> int:
    """Return how many letters, digits and ideographs are spoken."""
    spoken = (piece.text for piece in pieces if isinstance(piece, Sentence))
    return sum(character.isalnum() for text in spoken for character in text)


def pronounced(text: str, rules: Iterable[tuple[str, str]]) -> str:
    """Return `text` as it is read: rules of the pronunciation dictionary applied, readings gone."""
    read = UNSPEAKABLE.sub("", READING.sub("", text))
    for original, replacement in rules:
        said = replacement.replace(")(", ") (").replace("(", "").replace(")", "")
        read = read.replace(original, said)
    return read
