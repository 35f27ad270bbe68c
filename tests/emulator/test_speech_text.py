"""What of a text is spoken, silent, billed or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimax_adapters.emulator._errors import MiniMaxFault
from minimax_adapters.emulator._speech_text import (
    MAX_SENTENCE,
    Interjection,
    Pause,
    Sentence,
    invisible_ratio,
    parse_text,
    pronounced,
    usage_characters,
    word_count,
)


def test_text_becomes_sentences_pauses_and_sounds() -> None:
    """Positions are those of the text as it was sent."""
    text = "Good morning(laughs), <#0.5#>it is 3.14 now. Really?\nYes."

    pieces = parse_text(text, interjections=True)

    assert pieces == [
        Sentence("Good morning", 0),
        Interjection("laughs"),
        Pause(0.5),
        Sentence("it is 3.14 now.", 29),
        Sentence("Really?", 45, ends_paragraph=True),
        Sentence("Yes.", 53),
    ]


def test_interjection_is_words_to_older_models() -> None:
    """Before 2.8 the text in parentheses is read aloud."""
    assert parse_text("Oh(laughs)", interjections=False) == [Sentence("Oh(laughs)", 0)]


def test_unknown_interjection_is_read_aloud() -> None:
    """Parentheses alone do not make a sound."""
    assert parse_text("Oh (dances)", interjections=True) == [Sentence("Oh (dances)", 0)]


def test_full_width_stops_end_sentences() -> None:
    """Chinese has no space after a stop."""
    whole = ["你好。", "今天怎么样\uff1f", "“好\uff01”", "走吧"]

    assert [sentence.text for sentence in sentences_of("".join(whole))] == whole


def test_endless_sentence_is_cut_after_spaces() -> None:
    """No word is torn apart."""
    found = sentences_of("going on and on " * 100)

    assert all(len(sentence.text) <= MAX_SENTENCE for sentence in found)
    assert {word for sentence in found for word in sentence.text.split()} == {"going", "on", "and"}


def test_endless_word_is_cut_anyway() -> None:
    """There is nothing better to do with it."""
    assert [len(sentence.text) for sentence in sentences_of("a" * 900)] == [400, 400, 100]


@pytest.mark.parametrize("seconds", ["0.01", "0.5", "1", "99.99", "07.5"])
def test_pause_in_range_is_kept(seconds: str) -> None:
    """From a hundredth of a second to almost a hundred seconds."""
    assert Pause(float(seconds)) in parse_text(f"a<#{seconds}#>b", interjections=True)


@pytest.mark.parametrize(
    "text",
    [
        "a<#0#>b",
        "a<#0.00#>b",
        "a<#100#>b",
        "a<#0.001#>b",
        "a<#-1#>b",
        "a<#x#>b",
        "a<##>b",
        "a<# 1 #>b",
        "a<#1e1#>b",
        "a<#.5#>b",
        "a<#1#><#1#>b",
        "a<#1#>, <#1#>b",
        "<#1#>b",
        "a<#1#>",
        "a<#1#>!",
        "a" + "<#99#>b" * 20,
    ],
)
def test_pause_that_cannot_be_is_refused(text: str) -> None:
    """Out of range, badly written, at an end, or beside another one."""
    with pytest.raises(MiniMaxFault) as caught:
        parse_text(text, interjections=True)

    assert caught.value.code == 2013
    assert caught.value.text.startswith("invalid params, ")


def test_sound_may_stand_beside_a_pause() -> None:
    """An interjection is heard, so it counts as a piece that is spoken."""
    pieces = parse_text("(sighs)<#1#>(laughs)", interjections=True)

    assert pieces == [Interjection("sighs"), Pause(1.0), Interjection("laughs")]


@given(st.text(max_size=300))
def test_every_letter_is_spoken_once(text: str) -> None:
    """Cutting loses no letter, repeats none, and knows where each came from."""
    text = text.replace("<#", "")

    found = sentences_of(text, interjections=False)

    for sentence in found:
        assert text[sentence.begin : sentence.end] == sentence.text
    spoken = "".join(letter for sentence in found for letter in sentence.text if letter.isalnum())
    assert spoken == "".join(letter for letter in text if letter.isalnum())


@pytest.mark.parametrize(
    ("text", "billed"),
    [
        ("Hello, you.", 11),
        ("你好", 4),
        ("你好\uff0cBob", 8),
        ("Hm(laughs) ok", 5),
        ("\U00020000", 2),
    ],
)
def test_chinese_is_billed_twice_and_laughs_are_free(text: str, billed: int) -> None:
    """Counted as in the published examples."""
    assert usage_characters(text, interjections=True) == billed


def test_older_models_bill_the_parentheses() -> None:
    """What is read aloud is paid for."""
    assert usage_characters("(laughs)", interjections=False) == 8


@pytest.mark.parametrize(
    ("text", "ratio"),
    [("plain\ttext\r\n", 0), ("ab\u200bcdefghi", 0.1), ("\x00\ufeff", 1.0), ("a\u3164", 0.5)],
)
def test_invisible_characters_are_counted(text: str, ratio: float) -> None:
    """Layout is visible enough, zero-width and control characters are not."""
    assert invisible_ratio(text) == pytest.approx(ratio)


def test_words_are_counted_without_marks() -> None:
    """Letters, digits and ideographs that are spoken."""
    assert word_count(parse_text("Hi, 2 你好!(laughs)", interjections=True)) == 5


@pytest.mark.parametrize(
    ("text", "rules", "spoken"),
    [
        ("omg, omg", [("omg", "oh my god")], "oh my god, oh my god"),
        ("处理", [("处理", "(chu3)(li3)")], "chu3 li3"),
        ("重(chong2)庆", [], "重庆"),
        ("a\x00b\ud83d", [], "ab"),
        ("Emma(/\u02c8ɛmə/) waits", [], "Emma waits"),
    ],
)
def test_dictionary_and_readings_change_what_is_read(
    text: str, rules: list[tuple[str, str]], spoken: str
) -> None:
    """Rules replace, inline readings are not read a second time."""
    assert pronounced(text, rules) == spoken


def sentences_of(text: str, *, interjections: bool = True) -> list[Sentence]:
    """Only the sentences of a text."""
    pieces = parse_text(text, interjections=interjections)
    return [piece for piece in pieces if isinstance(piece, Sentence)]
