"""Marks in a text: pauses, sounds, and how words are said."""

from __future__ import annotations

from typing import Any

import pytest

from minimax_adapters.api import (
    InvalidInputError,
    PronunciationDict,
    SpeechOptions,
    SpeechRequest,
    VoiceSetting,
    interjection,
    pause,
    pronunciation,
)
from minimax_adapters.api.sentences import split_sentences


@pytest.mark.parametrize(
    ("seconds", "mark"),
    [(0.01, "<#0.01#>"), (0.5, "<#0.5#>"), (1, "<#1#>"), (10, "<#10#>"), (99.99, "<#99.99#>")],
)
def test_a_pause_is_written_as_minimax_reads_it(seconds: float, mark: str) -> None:
    """At most two decimals."""
    assert pause(seconds) == mark
    SpeechRequest(text=f"One{pause(seconds)}two")


@pytest.mark.parametrize("seconds", [0, 0.004, -1, 100, float("inf"), float("nan")])
def test_a_pause_out_of_range_is_refused(seconds: float) -> None:
    """From 0.01 to 99.99 seconds."""
    with pytest.raises(InvalidInputError, match=r"0\.01 to 99\.99"):
        pause(seconds)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<#1#>text", "begins"),
        ("text<#1#>", "ends"),
        ("a<#1#> <#2#>b", "follow"),
        ("a<#0#>b", "0.01"),
        ("a<#1.234#>b", "0.01"),
        ("a<#x#>b", "0.01"),
        ("a<#100#>b", "0.01"),
        ("", "text"),
        ("x" * 10_000, "text"),
    ],
)
def test_texts_that_minimax_refuses_are_not_sent(text: str, reason: str) -> None:
    """Pauses stand between two texts; a text has 1 to 9,999 characters."""
    with pytest.raises(InvalidInputError, match=reason):
        SpeechRequest(text=text)


def test_sounds_and_readings_are_built_and_checked() -> None:
    """A misspelled sound would be read aloud."""
    assert interjection("clear-throat") == "(clear-throat)"
    assert PronunciationDict(tone=[pronunciation("omg", "oh my god")]).tone == ["omg/oh my god"]
    wrong: Any = "giggles"
    with pytest.raises(InvalidInputError, match="laughs"):
        interjection(wrong)
    for word, said in (("", "a"), ("a", ""), ("a/b", "c")):
        with pytest.raises(InvalidInputError, match="slash"):
            pronunciation(word, said)


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "speech-2.8-hd", "voice_setting": VoiceSetting(emotion="whisper")},
        {"model": "speech-02-hd", "voice_setting": VoiceSetting(emotion="fluent")},
        {"model": "speech-01-hd", "language_boost": "Tamil"},
        {"voice_setting": VoiceSetting(voice_id="")},
    ],
)
def test_settings_that_do_not_go_together_are_refused(changes: dict[str, Any]) -> None:
    """Models differ in emotions and languages."""
    with pytest.raises(InvalidInputError):
        SpeechOptions(**changes)


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("[Jane](mailto:j@x.io) or <jane@x.io>.", "Jane or jane@x.io."),
        ("At <https://www.x.io/a> or there.", "At x.io or there."),
        ("A [reference][1] and [brackets] stay.", "A reference and brackets stay."),
        ("[1](https://x.io) Text.", "Text."),
        ("a] b", "a] b"),
        (r"One \\ two \a three\*", r"One \ two \a three*"),
        ("5 * 3 and 2*3 and **x**", "5 * 3 and 2*3 and x"),
        ("~5 and ~~no~~", "~5 and no"),
        ("Fill ___ in, snake_case, _so_.", "Fill in, snake_case, so."),
        ("1 &lt; 2 & 3 &unknown; AT&T", "1 < 2 & 3 &unknown; AT&T"),
        ("See [a](b\nNext line", "See a\nNext line"),
        ("hello https", "hello https"),
        ("<notclosed and text", "<notclosed and text"),
        ("42\n\nEnd", "42\nEnd"),
        ("www.example.org/path!", "example.org!"),
        ("``a ` b`` c", "a b c"),
    ],
)
def test_odd_marks_are_read_sensibly(markdown: str, said: str) -> None:
    """What only looks like a mark stays."""
    assert "\n".join(split_sentences(markdown)) == said
