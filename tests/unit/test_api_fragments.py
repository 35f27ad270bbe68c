"""Tool calls and thinking in fragments that leave things out."""

from __future__ import annotations

from typing import Any

import pytest
from frames import check_merged, delta, read, render
from hypothesis import given
from hypothesis import strategies as st

from minimax_adapters.api import ChatReply, ReasoningDelta, ToolCall
from minimax_adapters.api._reasoning import ReasoningAssembler
from minimax_adapters.api._tool_calls import ToolCallAssembler


def _fragment(
    name: str | None = None, arguments: object = None, **members: object
) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return members | {"function": {k: v for k, v in function.items() if v is not None}}


def _calls(*fragments: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - any JSON
    assembler = ToolCallAssembler()
    for fragment in fragments:
        assembler.feed([fragment])
    assembler.flush("reply")
    return [(call.name, call.arguments) for call in assembler.calls()]


def test_a_name_after_whole_arguments_opens_the_next_call() -> None:
    """Without id and index, nothing else tells two calls apart."""
    assert _calls(
        _fragment("f", '{"a":'), _fragment(None, "1}"), _fragment("g", "{}"), _fragment("h", "{}")
    ) == [("f", '{"a":1}'), ("g", "{}"), ("h", "{}")]


def test_a_name_repeated_before_the_arguments_are_whole_is_the_same_call() -> None:
    """Some hosts repeat the name with each fragment."""
    assert _calls(_fragment("f", '{"a"'), _fragment("f", ": 1"), _fragment("f", "}")) == [
        ("f", '{"a": 1}')
    ]


def test_an_id_that_comes_late_belongs_to_the_open_call() -> None:
    """With an index and without."""
    late = _fragment(id="x"), _fragment(None, "{}", id="x")

    assert _calls(_fragment("f"), *late) == [("f", "{}")]
    assert _calls(_fragment("f", index=0), _fragment(None, "{}", id="x", index=0)) == [("f", "{}")]


def test_an_index_may_be_used_again_or_skipped() -> None:
    """Numbers of hosts start at 1, or at 0 for each frame."""
    assert _calls(_fragment("f", "{}", index=5, id="a"), _fragment("g", "{}", index=1, id="b")) == [
        ("f", "{}"),
        ("g", "{}"),
    ]
    assert _calls(_fragment("f", "{}", index=0), _fragment("g", "{}", index=1)) == [
        ("f", "{}"),
        ("g", "{}"),
    ]


def test_arguments_may_come_as_an_object() -> None:
    """Self-hosted servers were seen to send one."""
    assert _calls(_fragment("f", {"a": None})) == [("f", '{"a":null}')]


@pytest.mark.parametrize("junk", [None, 5, "x", [], {}, {"function": "f"}, {"id": 5, "index": "0"}])
def test_what_is_no_fragment_is_passed_over(junk: object) -> None:
    """A call needs a name, else nobody can make it."""
    assert _calls(junk) == []
    assert _calls(_fragment("f", "{}", id="a"), junk) == [("f", "{}")]


def test_calls_without_arguments_have_an_empty_object() -> None:
    """`json.loads` is what users write."""
    assert _calls(_fragment("f", "", id="a")) == [("f", "{}")]


@given(st.lists(st.sampled_from(["{", "}", '"a"', ":", "1", ","]), max_size=12), st.booleans())
def test_arguments_are_never_changed(pieces: list[str], numbered: bool) -> None:  # noqa: FBT001 - drawn
    """Broken JSON is the model's own, and the user's to see."""
    place = {"index": 0} if numbered else {}
    first = _fragment("f", "", id="a", **place)
    rest = [_fragment(None, piece, **place) for piece in pieces]

    assert _calls(first, *rest) == [("f", "".join(pieces) or "{}")]


def test_a_stop_text_in_text_held_back_ends_the_calls_as_well() -> None:
    """What would have come after the stop text does not exist."""
    snapshot = [delta(content="a"), delta(content="a END")]
    call = delta(tool_calls=[{"id": "x", "function": {"name": "f", "arguments": "{}"}}])

    reply = check_merged(read([render([*snapshot, call])], stops=["END"]))

    assert reply == ChatReply("a ", finish_reason="stop", id=reply.id, trace_id=reply.trace_id)


def test_text_between_two_calls_keeps_its_place() -> None:
    """Both calls and all of the text are there."""
    calls = [
        delta(tool_calls=[{"id": name, "function": {"name": name, "arguments": "{}"}}])
        for name in "fg"
    ]
    stream = render([delta(content="a <"), calls[0], delta(content="b"), calls[1], delta("stop")])

    reply = check_merged(read([stream]))

    assert reply.content == "a <b"
    assert reply.tool_calls == [ToolCall("f", "f", "{}"), ToolCall("g", "g", "{}")]


def test_entries_of_thinking_are_told_apart_by_index_or_id() -> None:
    """They go back as they came: each with its text and its other members."""
    assembler = ReasoningAssembler()
    for entry in (
        {"index": 0, "type": "t", "text": "a"},
        {"index": 1, "type": "t", "text": "b"},
        {"index": 0, "text": "c", "signature": "s"},
        {"index": None, "id": "x", "text": "d"},
        {"id": "x", "text": "e"},
        {"index": 1},
        "junk",
    ):
        assembler.feed([entry], None)

    assert assembler.details() == [
        {"index": 0, "type": "t", "signature": "s", "text": "ac"},
        {"index": 1, "type": "t", "text": "b"},
        {"index": None, "id": "x", "text": "de"},
    ]
    assert assembler.text() == "ac\n\nb\n\nde"


def test_an_entry_without_text_is_kept() -> None:
    """It may hold what only MiniMax can read."""
    assembler = ReasoningAssembler()

    deltas = assembler.feed([{"type": "reasoning.encrypted", "blob": "x"}], None)

    assert deltas == [ReasoningDelta("", 0, {"type": "reasoning.encrypted", "blob": "x"})]
    assert assembler.details() == [{"type": "reasoning.encrypted", "blob": "x"}]
    assert assembler.text() == ""


def test_thinking_before_and_after_an_answer_is_in_one_order() -> None:
    """Inline blocks follow what came apart."""
    assembler = ReasoningAssembler()
    assembler.feed(None, "apart")
    assembler.feed_inline("inline", 0)
    assembler.feed_inline(" more", 0)

    assert assembler.text() == "apart\n\ninline more"
    assert [entry["id"] for entry in assembler.details()] == [
        "reasoning-text-1",
        "reasoning-text-2",
    ]


@pytest.mark.parametrize("content", [None, "", 5, [], ["x"]])
def test_reasoning_content_that_is_no_text_is_passed_over(content: object) -> None:
    """Null stands in many frames."""
    assert ReasoningAssembler().feed(None, content) == []


def test_content_may_come_in_parts() -> None:
    """Other hosts send a list, as OpenAI's newer models do."""
    parts = [{"type": "text", "text": "a"}, {"type": "x"}, 5, {"text": "b"}]

    assert check_merged(read([render([delta("stop", content=parts)])])).content == "ab"
