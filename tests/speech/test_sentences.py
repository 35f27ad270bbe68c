"""Sentences of a text that is being written: where they end, and what is never spoken."""

# ruff: noqa: RUF001 - stops of several scripts are what this is about
from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minimax_adapters.api import InvalidInputError
from minimax_adapters.api.sentences import SentenceStream, split_sentences, split_text

# What breaks naive cutters, mixed with what is harmless.
TOKENS = st.sampled_from(
    [
        *"ab.!? \n*_`~[]()<>#|-+1\\&。！？」「…",
        *("Hello", "Dr.", "3.14", "e.g.", "**", "```", "\n\n", "<#0.5#>", "https://x.io/a.b", "- "),
        *(
            "<think>",
            "</think>",
            "| a |",
            "你好",
            "# ",
            "1. ",
            "(laughs)",
            "&amp;",
            "![",
            "](",
            "x",
        ),
    ]
)
MIXTURE = st.lists(TOKENS, max_size=40).map("".join)


def spoken(deltas: list[str]) -> list[str]:
    """Return the sentences of `deltas`."""
    stream = SentenceStream()
    return [sentence for delta in deltas for sentence in stream.feed(delta)] + stream.flush()


@settings(max_examples=60, deadline=None)
@given(MIXTURE, st.lists(st.integers(1, 9), max_size=60))
def test_how_a_text_is_cut_into_deltas_does_not_matter(text: str, sizes: list[int]) -> None:
    """A model may send a character or a page at a time."""
    deltas, position = [], 0
    for size in sizes:
        deltas.append(text[position : position + size])
        position += size
    deltas.append(text[position:])

    assert spoken(deltas) == spoken([text]) == spoken(list(text))


@given(MIXTURE)
def test_every_sentence_can_be_spoken(text: str) -> None:
    """MiniMax refuses empty texts, and pauses that do not stand between two texts."""
    for sentence in split_sentences(text):
        assert any(map(str.isalnum, sentence))
        assert not re.match(r"<#[^<>]*#>", sentence)
        assert not re.search(r"<#[^<>]*#>$", sentence)


@given(st.lists(st.sampled_from(["word", "two", "。", ". ", "\n", "a, ", "词"]), max_size=300))
def test_pieces_keep_every_word_in_order_and_their_limit(parts: list[str]) -> None:
    """Nothing is lost or said twice where a long text is cut."""
    text = "".join(parts)

    pieces = split_text(text, limit=40, markdown=False)

    assert all(0 < len(piece) <= 40 for piece in pieces)
    kept = [character for piece in pieces for character in piece if character.isalnum()]
    assert kept == [character for character in text if character.isalnum()]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Dr. Smith met Mr. J. R. Jones. They left.", 2),
        ("It costs 3.14 dollars, approx. 3 euros. Fine.", 2),
        ("Use e.g. this one, i.e. that. Done.", 2),
        ("No. I like the sun. See fig. 3 on p. 4.", 3),
        ("We met in the U.S. Army. He left at 5 p.m. She stayed.", 3),
        ("Wait... what? Really?! Yes.", 3),
        ('"Stop!" he said. "Why?" she asked.', 2),
        ("Am 3. Mai kam Hr. Müller. Er blieb.", 2),
        ("See https://example.com/a.b?c=d. Or not.", 2),
        ("你好。今天天气怎么样？很好！", 3),
        ("「行こう。」と彼は言った。次の文。", 2),
        ("“你好。”“再见。”", 2),
        ("هل أنت بخير؟ نعم۔", 2),
        ("यह ठीक है। हाँ।", 2),
        ("One<#0.5#> two. <#1#> Three.", 1),
        ("(laughs) That is funny. Go on.", 2),
    ],
)
def test_sentences_end_where_a_reader_would_stop(text: str, sentences: int) -> None:
    """Abbreviations, numbers, quotations and pauses are no ends."""
    assert len(split_sentences(text)) == sentences


def test_a_sentence_is_there_as_soon_as_the_next_begins() -> None:
    """The first one is spoken while the second is being written."""
    stream = SentenceStream()

    found = [stream.feed(delta) for delta in ("The first", " one", ".", " The", " second")]

    assert found == [[], [], [], ["The first one."], []]


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("# Title\n\nText.", ["Title", "Text."]),
        ("- one\n- **two**\n* _three_", ["one", "two", "three"]),
        ("1. First\n2. Second", ["1. First", "2. Second"]),
        ("- [x] done\n- [ ] open", ["done", "open"]),
        ("> quoted *text*.", ["quoted text."]),
        ("| a | b |\n|---|:-:|\n| 1 |  2 |\n", ["a, b", "1, 2"]),
        ("Before.\n```python\nx = 1. # No.\n```\nAfter.", ["Before.", "After."]),
        ("Call `snake_case * 2` now.", ["Call snake_case * 2 now."]),
        ("See [the page](https://a.b/c_(d)) and ![a cat](cat.png).", ["See the page and a cat."]),
        ("Go to https://www.example.com/a?b=c.", ["Go to example.com."]),
        ("As shown [1][^2], 2 * 3 = 6.", ["As shown , 2 * 3 = 6."]),
        ("a &amp; b<br>c", ["a & b", "c"]),
        ("one\n\n---\n\ntwo", ["one", "two"]),
        ("It is 5 < 6 and a_b.", ["It is 5 < 6 and a_b."]),
        ("Stars \\*stay\\*.", ["Stars *stay*."]),
        (
            "A line that somebody has wrapped to a width of\nabout fifty columns. Next.",
            ["A line that somebody has wrapped to a width of about fifty columns.", "Next."],
        ),
        ("Roses are red\nViolets are blue", ["Roses are red", "Violets are blue"]),
    ],
)
def test_markdown_is_read_as_a_person_would(markdown: str, said: list[str]) -> None:
    """Marks, addresses, code blocks and rules are not spoken."""
    assert split_sentences(markdown) == said


def test_thinking_is_never_spoken() -> None:
    """Also where the tags come in pieces."""
    deltas = [
        "<thi",
        "nk>My secret. ",
        "Another.</th",
        "ink>Hello.",
        " <mm:think>No.</mm:think>Bye.",
    ]

    assert spoken(deltas) == ["Hello.", "Bye."]


@pytest.mark.parametrize("markdown", [True, False])
def test_thinking_in_a_whole_text_is_never_spoken(*, markdown: bool) -> None:
    """Servers may leave it in the answer, and chat templates leave the opening tag out."""
    for thought in ("<think>Hidden. Words.</think>", "Hidden. Words.</think>"):
        assert split_text(f"{thought}It is fine.", markdown=markdown) == ["It is fine."]


def test_a_sentence_without_an_end_is_cut_at_a_clause() -> None:
    """MiniMax takes fewer than 10,000 characters at once."""
    pieces = split_text("word, " * 4_000, limit=9_999)

    assert [len(piece) <= 9_999 for piece in pieces] == [True] * len(pieces)
    assert all(piece.endswith(",") for piece in pieces)


def test_short_sentences_can_be_joined() -> None:
    """Each request has its price; a heading still stands alone."""
    stream = SentenceStream(shortest=12)

    assert [*stream.feed("Hi. Yes. I am here. Good.\nNext"), *stream.flush()] == [
        "Hi. Yes. I am here.",
        "Good.",
        "Next",
    ]


def test_a_limit_that_is_no_limit_is_refused() -> None:
    """MiniMax would refuse it later."""
    with pytest.raises(InvalidInputError, match="20 to 9,999"):
        split_text("a", limit=10_000)


@pytest.mark.parametrize(
    ("deltas", "sentences"),
    [
        (["The first. So", " the second.\n\n"], [["The first."], ["So the second."]]),
        (["It is this:\n```", "py\n", "code\n```"], [[], ["It is this:"], []]),
        (["It is this:\n\n~~~\n", "code\n"], [["It is this:"], []]),
        (["# Title\n\n", "\n\n"], [["Title"], []]),
    ],
)
def test_a_paragraph_is_over_before_what_follows_it(
    deltas: list[str], sentences: list[list[str]]
) -> None:
    """Behind it may come a long block of code, or nothing for a while."""
    stream = SentenceStream()

    assert [stream.feed(delta) for delta in deltas] == sentences
    assert stream.flush() == []
