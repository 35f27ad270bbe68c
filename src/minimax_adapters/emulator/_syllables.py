"""From letters to syllables, for the voice that does not know any language.

Nothing here is phonetics: it is enough that equal words sound alike, that different words differ,
and that time passes as in speech, about fifteen Latin letters or four ideographs a second.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

VOWELS: Final = "aeiou"
# Letters that sound like one of the five, after accents are gone.
LIKE: Final = dict(
    zip(
        "yw\u0430\u0435\u044d\u0438\u044b\u043e\u0443\u044e\u044f\u03b1\u03b5\u03b7\u03b9\u03bf\u03c5\u03c9",
        "iuaeeiioouaaeiioou",
        strict=True,
    )
)
HISSING: Final = frozenset(
    "szcxfhvj\u0436\u0441\u0448\u0449\u0437\u0447\u0446\u0444\u0445\u03c3\u03b6\u03be"
)
STOPPED: Final = frozenset("pbtdkgq\u043f\u0431\u0442\u0434\u043a\u0433\u03c0\u03c4\u03ba")

SECONDS_PER_LETTER: Final = 0.071
SHORTEST: Final = 0.1
LONGEST: Final = 0.3
IDEOGRAPH_SECONDS: Final = 0.21
DIGIT_SECONDS: Final = 0.2
WORD_GAP: Final = 0.025
CLAUSE_GAP: Final = 0.17

# Commas, colons, dashes and parentheses of any width.
BREAKS: Final = ",;:()\uff0c\u3001\uff1b\uff1a\u2014\u2013\uff08\uff09"
WHOLE: Final = "\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
TOKEN: Final = re.compile(rf"[{WHOLE}]|\d|(?:(?![{WHOLE}\d])\w)+|[{BREAKS}]")
NUCLEUS: Final = re.compile("[aeiou]+")


class Syllable(NamedTuple):
    """One beat of speech.

    Attributes:
        vowel: Index into `VOWELS`.
        onset: How it starts: `hiss`, `stop` or `soft`.
        seconds: Its length at normal speed.
        gap: Silence behind it.
        stressed: The first of a longer word.
        tone: For ideographs -1, 0 or 1: falling, level, rising.
    """

    vowel: int
    onset: str
    seconds: float
    gap: float = 0.0
    stressed: bool = False
    tone: int = 0


def syllables(text: str) -> list[Syllable]:
    """Return the syllables of `text`."""
    found: list[Syllable] = []
    for token in TOKEN.findall(text):
        if not token[0].isalnum():
            if found:
                found[-1] = found[-1]._replace(gap=CLAUSE_GAP)
        elif len(token) == 1 and (token.isdigit() or re.match(f"[{WHOLE}]", token)):
            found.append(whole(token))
        else:
            found += word(token)
    return found


def whole(character: str) -> Syllable:
    """Return the syllable of a digit, ideograph, kana or hangul block."""
    mark = zlib.crc32(character.encode())
    if character.isdigit():
        return Syllable(mark % 5, "stop", DIGIT_SECONDS, gap=WORD_GAP)
    onset = ("soft", "hiss", "stop")[mark // 5 % 3]
    return Syllable(mark % 5, onset, IDEOGRAPH_SECONDS, tone=mark // 15 % 3 - 1)


def word(token: str) -> Iterator[Syllable]:
    """Yield the syllables of a word in letters."""
    beats = list(split_word(plain(token)))
    for position, beat in enumerate(beats):
        nucleus = NUCLEUS.search(beat)
        vowel = VOWELS.index(nucleus[0][0]) if nucleus else zlib.crc32(beat.encode()) % 5
        yield Syllable(
            vowel,
            "hiss" if beat[0] in HISSING else "stop" if beat[0] in STOPPED else "soft",
            min(LONGEST, max(SHORTEST, SECONDS_PER_LETTER * len(beat))),
            gap=WORD_GAP if position == len(beats) - 1 else 0.0,
            stressed=position == 0 and len(beats) > 1,
        )


def plain(token: str) -> str:
    """Return `token` in lower case, without accents, its vowels as Latin ones."""
    letters = unicodedata.normalize("NFKD", token.lower())
    return (
        "".join(LIKE.get(letter, letter) for letter in letters if not unicodedata.combining(letter))
        or token
    )


def split_word(letters: str) -> Iterator[str]:
    """Cut before the last consonant that stands before each vowel."""
    nuclei = [found.start() for found in NUCLEUS.finditer(letters)]
    if not nuclei:
        # A script whose vowels are not in the table: every third letter opens a beat.
        yield from (letters[at : at + 3] for at in range(0, len(letters), 3))
        return
    begins = [0, *(max(1, start - 1) for start in nuclei[1:])]
    for begin, end in zip(begins, [*begins[1:], len(letters)], strict=True):
        yield letters[begin:end]
