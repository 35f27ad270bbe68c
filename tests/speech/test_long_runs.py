"""Texts that repeat themselves: a model may write a mark a hundred thousand times.

A thread that reads one must not stand still, least of all that of an event loop. What grows is
counted, not timed: the characters of all texts whose methods are called, and the calls.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import pytest

from minimax_adapters.api.sentences import SentenceStream, split_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import BuiltinFunctionType, FrameType

SHORT: Final = 700
LONG: Final = 4 * SHORT
# Four times the text costs four times the work, or sixteen times if each character costs more.
MOST: Final = 6

_LOOK_AT_ENDS: Final = {"startswith", "endswith"}

UNITS: Final = {
    **{unit: unit for unit in ("*", "_", "~", "`", "|", "**", "*_", "\\", "[", "![", "](", "&")},
    **{unit: unit for unit in ("<", "<a", "</", "<!--", "<#", "#", "> ", "- ", "1. ", "(", '"')},
    **{
        unit: unit for unit in ("a", "a*", "a_", "...", "!?", "。", "Mr. ", "a. ", "am 3. ", "x. X")
    },
    "blanks": " ",
    "tabs": "\t",
    "lines": "\n",
    "hard_blanks": "\u00a0",
    "words_and_blanks": "a" + " " * 300,
    "starts_of_addresses": "http://",
    "long_addresses": "http://" + "a" * 500 + " ",
    "long_tags": "<" + "a" * 310,
    "pauses": "<#1#>",
    "texts_and_pauses": "a<#1#> ",
    "thoughts": "<think>",
}
BEGINNINGS: Final = {
    "table": "| a |\n| ",
    "code": "```\n",
    "quote": "> ",
    "inline_code": "``",
    "pause": "One.<#1#>",
}


def looked_at(run: Callable[[], object]) -> int:
    """Return how many calls `run` makes, and how long the texts are whose methods it calls."""
    count = 0

    def profile(_: FrameType, event: str, called: BuiltinFunctionType) -> None:
        nonlocal count
        if event in {"call", "c_call"}:
            count += 1
        owner = getattr(called, "__self__", None) if event == "c_call" else None
        if isinstance(owner, str) and called.__name__ not in _LOOK_AT_ENDS:
            count += len(owner)

    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


def whole(text: str) -> None:
    """Read `text` at once."""
    split_text(text)


def streamed(text: str) -> None:
    """Read `text` as a model writes it."""
    stream = SentenceStream()
    for character in text:
        stream.feed(character)
    stream.flush()


def check(read: Callable[[str], None], beginning: str, unit: str) -> None:
    """Check that `read` does not do more for a character the more came before it."""
    short, long = (
        looked_at(lambda size=size: read(beginning + (unit * size)[:size]))  # type: ignore[misc]  # bound
        for size in (SHORT, LONG)
    )

    assert long <= MOST * short


@pytest.mark.parametrize("read", [whole, streamed])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.sampled(share=0.25)
def test_a_long_text_costs_no_more_for_each_character(
    read: Callable[[str], None], unit: str
) -> None:
    """Whatever it repeats: marks, blanks, stops, or the beginnings of tags and addresses."""
    check(read, "", UNITS[unit])


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize("unit", ["*", "|", "`", "blanks", "lines", "a"])
@pytest.mark.sampled(share=0.25)
def test_a_long_text_costs_no_more_behind_what_stays_open(beginning: str, unit: str) -> None:
    """In tables bars and blanks are one border, in code nothing is a mark."""
    check(streamed, BEGINNINGS[beginning], UNITS[unit])
