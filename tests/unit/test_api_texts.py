"""Thinking tags, stop texts and snapshots: the same result wherever the text is cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimax_adapters.api._increments import Increments
from minimax_adapters.api._stop import StopCutter
from minimax_adapters.api._thinking import Piece, ThinkSplitter, split_thinking

tagged = st.lists(
    st.sampled_from(
        [
            "<think>",
            "</think>",
            "<mm:think>",
            "</mm:think>",
            "<",
            "think>",
            "</",
            "`",
            " ",
            "\n",
            "a",
            "b c",
            "é",
        ]
    ),
    max_size=12,
).map("".join)


def _cut(text: str, places: list[int]) -> list[str]:
    borders = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(borders)]


def _split(pieces: list[str], *, literal: bool) -> tuple[str, list[str]]:
    """Return the answer and the blocks of thinking."""
    splitter = ThinkSplitter()
    splitter.literal = literal
    found: list[Piece] = []
    for text in filter(None, pieces):
        found += splitter.feed(text)
    found += splitter.flush()
    blocks: dict[int, str] = {}
    for piece in found:
        if piece.thinking:
            blocks[piece.block] = blocks.get(piece.block, "") + piece.text
    return "".join(piece.text for piece in found if not piece.thinking), list(blocks.values())


@given(tagged, st.lists(st.integers(0, 200), max_size=20), st.booleans())
def test_thinking_is_split_the_same_wherever_the_text_is_cut(
    text: str,
    places: list[int],
    literal: bool,  # noqa: FBT001 - drawn
) -> None:
    """Blanks, tags and quotes are decided by the text, never by the network."""
    whole = _split([text], literal=literal)

    assert _split(_cut(text, places), literal=literal) == whole
    assert _split(list(text), literal=literal) == whole


@given(tagged)
def test_nothing_but_tags_and_blanks_is_lost(text: str) -> None:
    """Thinking and answer together are the text."""
    answer, blocks = _split([text], literal=False)
    shown = "".join([answer, *blocks])

    assert all(shown.count(letter) == text.count(letter) for letter in "abcé`")


@pytest.mark.parametrize(
    ("text", "answer", "thinking"),
    [
        ("<think>\na b\n</think>\n\nAnswer", "Answer", ["a b"]),
        ("  <think>a</think>Answer ", "Answer ", ["a"]),
        ("<mm:think>a</mm:think>Answer", "Answer", ["a"]),
        ("<think>a</think>B<think>c</think>D", "BD", ["a", "c"]),
        ("<think>a <think> b</think>C", "C", ["a <think> b"]),
        ("<think>a", "", ["a"]),
        ("<think>", "", []),
        ("Use `<think>` tags", "Use `<think>` tags", []),
        ("<think>a</think>Say `</think>`", "Say `</think>`", ["a"]),
        ("1 < 2 <thin", "1 < 2 <thin", []),
        ("  plain  ", "  plain  ", []),
        ("", "", []),
    ],
)
def test_a_whole_answer_is_split(text: str, answer: str, thinking: list[str]) -> None:
    """Thinking never leaks into the answer; talk about the tag stays in it."""
    pieces = split_thinking(text, literal=False)

    assert "".join(p.text for p in pieces if not p.thinking) == answer
    blocks = itertools.groupby((p for p in pieces if p.thinking), key=lambda p: p.block)
    assert ["".join(p.text for p in block) for _, block in blocks] == thinking


def test_an_orphan_closing_tag_in_a_whole_answer_ends_thinking() -> None:
    """The chat template had opened it, so all before it is thinking."""
    assert split_thinking("I think.\n</think>\n\nYes.", literal=False) == [
        Piece("I think.", thinking=True, block=0),
        Piece("Yes.", thinking=False),
    ]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("I think.\n</think>\n\nYes.", "\n\nYes."),
        ("I </think>\n", "\n"),
        ("I think.</think> a </think> b", " a  b"),
        ("I `</think>` so. </think>Yes.", None),
        ("<think>a</think>B</think>C", None),
        ("I think.", None),
    ],
)
def test_an_orphan_closing_tag_in_a_stream_says_where_the_answer_begins(
    text: str, answer: str | None
) -> None:
    """What came before it has been shown."""
    splitter = ThinkSplitter()
    found = [piece for letter in text for piece in splitter.feed(letter)] + splitter.flush()
    begins = [place for place, piece in enumerate(found) if piece.begins]

    assert len(begins) == (answer is not None)
    assert not begins or "".join(piece.text for piece in found[begins[0] :]) == answer


def test_tags_are_text_where_the_server_has_split_the_thinking_off() -> None:
    """Then the answer talks about the tag, as in an answer about chat templates."""
    assert _split(["Write <think> and </think>."], literal=True) == (
        "Write <think> and </think>.",
        [],
    )


texts = st.text("ab.\n", max_size=20)


@given(
    texts,
    st.lists(st.text("ab.\n", min_size=1, max_size=4), max_size=3),
    st.lists(st.integers(0, 99), max_size=6),
)
def test_a_stop_text_ends_the_answer_wherever_the_text_is_cut(
    text: str, stops: list[str], places: list[int]
) -> None:
    """The first that is complete wins, and nothing after it comes through."""
    cutter = StopCutter(stops)
    kept = "".join(cutter.feed(piece) for piece in _cut(text, places))
    hit = cutter.hit
    kept += "" if hit else cutter.flush()

    ends = [(text.find(stop) + len(stop), text.find(stop)) for stop in stops if stop in text]
    assert hit is bool(ends)
    assert kept == (text[: min(ends)[1]] if ends else text)
    assert not any(stop in kept for stop in stops)
    assert (cutter.feed("more") == "") is hit or not hit


def test_only_what_may_become_a_stop_text_is_held_back() -> None:
    """Everything else is shown as soon as it comes."""
    cutter = StopCutter(["END", "\n\n"])

    assert cutter.feed("The E") == "The "
    assert cutter.feed("N") == ""
    assert cutter.feed("emy\n") == "ENemy"
    assert cutter.flush() == "\n"


@given(st.lists(st.text("ab ", min_size=1, max_size=3), min_size=1, max_size=8))
def test_snapshots_give_the_text_once(pieces: list[str]) -> None:
    """Each is the text so far, which may also stay the same for a while."""
    snapshots = list(itertools.accumulate(pieces))
    increments = Increments()

    new = "".join(increments.feed(text) for text in snapshots) + increments.flush()

    assert new == snapshots[-1]


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=3, max_size=8))
def test_increments_are_passed_through_once_one_of_them_proves_it(pieces: list[str]) -> None:
    """One that does not start with all before it, for example a repeated word."""
    pieces = [pieces[0], "z", *pieces[1:]]
    increments = Increments()

    assert "".join(map(increments.feed, pieces)) + increments.flush() == "".join(pieces)


def test_digits_that_look_like_snapshots_are_decided_by_the_next_text() -> None:
    """`1`, `12` may be both; `7` after them says that they were increments."""
    increments = Increments()

    assert [increments.feed(text) for text in ("1", "12", "7", "12")] == ["1", "", "127", "12"]


def test_a_snapshot_that_starts_anew_is_appended() -> None:
    """Some hosts change their mind for the last frame."""
    increments = Increments()
    fed = [increments.feed(text) for text in ("a", "ab", "abc", "x", "abcxy")]

    assert "".join(fed) == "abcxy"
