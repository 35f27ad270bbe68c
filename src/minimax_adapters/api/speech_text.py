"""Marks in a text to be spoken: pauses, sounds that are no words, and how words are said.

Source: MiniMax's page `speech-t2a-http` and its asynchronous twin.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias, get_args

from minimax_adapters.api.errors import InvalidInputError

Interjection: TypeAlias = Literal[
    "laughs",
    "chuckle",
    "coughs",
    "clear-throat",
    "groans",
    "breath",
    "pant",
    "inhale",
    "exhale",
    "gasps",
    "sniffs",
    "sighs",
    "snorts",
    "burps",
    "lip-smacking",
    "humming",
    "hissing",
    "emm",
    "sneezes",
    "whistles",
    "crying",
    "applause",
]

SHORTEST_PAUSE: Final = 0.01
LONGEST_PAUSE: Final = 99.99
_INTERJECTIONS: Final = frozenset(get_args(Interjection))
_PAUSE: Final = re.compile(r"<#([^#<>]*)#>")
_SECONDS: Final = re.compile(r"\d{1,2}(?:\.\d{1,2})?")


def pause(seconds: float) -> str:
    """Return the mark of a pause, to be put between two texts: `f"One{pause(1.5)}two"`.

    Args:
        seconds: From 0.01 to 99.99; rounded to two decimals.

    Raises:
        InvalidInputError: `seconds` is out of range.
    """
    rounded = round(seconds, 2)
    if not SHORTEST_PAUSE <= rounded <= LONGEST_PAUSE:
        raise InvalidInputError(f"A pause lasts from 0.01 to 99.99 seconds, not {seconds}.")
    return f"<#{rounded:.2f}".rstrip("0").rstrip(".") + "#>"


def interjection(name: Interjection) -> str:
    """Return the mark of a sound that is no word, such as `(laughs)`; 2.8 models only.

    Args:
        name: `whistles`, `crying` and `applause` are documented for long texts and clones only.

    Raises:
        InvalidInputError: MiniMax knows no such sound.
    """
    if name not in _INTERJECTIONS:
        known = ", ".join(sorted(_INTERJECTIONS))
        raise InvalidInputError(f"MiniMax knows no sound {name!r}. Choose one of: {known}.")
    return f"({name})"


def pronunciation(word: str, said: str) -> str:
    """Return a rule for `PronunciationDict.tone`: `word` is read as `said`.

    Args:
        word: Text without a slash.
        said: Other text, pinyin such as `(chu3)(li3)`, IPA in parentheses, or kana.

    Raises:
        InvalidInputError: One is empty, or `word` holds a slash.
    """
    if not word or not said or "/" in word:
        raise InvalidInputError("A rule needs a word without a slash, and how it is said.")
    return f"{word}/{said}"


def check_pauses(text: str) -> None:
    """Check the pause marks of `text`.

    Raises:
        ValueError: A pause is out of range, at either end, or next to another one.
    """
    end = None
    for mark in _PAUSE.finditer(text):
        if not _SECONDS.fullmatch(mark[1]) or not float(mark[1]):
            raise ValueError(
                f"the pause {mark[0]} is not <#x#> with x from 0.01 to 99.99 seconds and at most"
                " two decimals"
            )
        between = text[end or 0 : mark.start()]
        if not between.strip():
            place = "two pauses follow each other" if end else "a pause begins the text"
            raise ValueError(f"{place}: put each between two texts that can be spoken")
        end = mark.end()
    if end is not None and not text[end:].strip():
        raise ValueError("a pause ends the text: put it between two texts that can be spoken")
