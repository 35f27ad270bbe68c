"""Arguments fit their schema, whatever it is, and hold what the question says."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minimax_adapters.emulator.brain.arguments import Filler
from minimax_adapters.emulator.brain.patterns import example_of

Schema = dict[str, Any]


def fill(schema: Schema, question: str) -> Any:  # noqa: ANN401  # Any JSON value.
    """Return arguments for `question`."""
    return Filler(schema, question).members(schema)


def scalars() -> st.SearchStrategy[Schema]:
    """Return schemas of plain values."""
    bounds = st.integers(-50, 50).flatmap(
        lambda low: st.integers(low + 4, low + 90).map(
            lambda high: {"type": "integer", "minimum": low, "maximum": high}
        )
    )
    lengths = st.integers(0, 9).flatmap(
        lambda low: st.integers(low + 1, low + 30).map(
            lambda high: {"type": "string", "minLength": low, "maxLength": high}
        )
    )
    return st.one_of(
        bounds,
        lengths,
        st.sampled_from(
            [
                {"type": "boolean"},
                {"type": "null"},
                {"type": "number", "exclusiveMinimum": 3},
                {"type": "integer", "multipleOf": 7, "minimum": 1},
                {"type": "string", "format": "date"},
                {"type": "string", "format": "email"},
                {"type": "string", "pattern": "^[A-Z]{3}-\\d{4}$"},
                {"enum": ["red", "blue"]},
                {"enum": [1, 2, None]},
                {"const": "fixed"},
                {},
            ]
        ),
    )


def nested(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    """Return schemas of values that hold others."""
    names = st.sampled_from(["name", "query", "count", "city", "tags", "is_new", "index", "ü-x"])
    return st.one_of(
        st.builds(
            lambda items, least: {"type": "array", "items": items, "minItems": least},
            inner,
            st.integers(0, 3),
        ),
        st.dictionaries(names, inner, max_size=4).flatmap(
            lambda members: st.lists(st.sampled_from(sorted(members) or ["x"]), unique=True).map(
                lambda required: {
                    "type": "object",
                    "properties": members,
                    "required": [name for name in required if name in members],
                }
            )
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options}),
        inner.map(lambda one: {"anyOf": [one, {"type": "null"}]}),
        inner.map(lambda one: {"allOf": [one]}),
    )


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a", "text", "style"]), st.recursive(scalars(), nested)),
    st.sampled_from(
        ["Hello", "Send 3 mails to Bob in Paris", 'Use "x" and 7.5', "\u4f60\u597d", ""]
    ),
    st.booleans(),
)
def test_arguments_fit_any_schema(members: Schema, question: str, required: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """Forced tools are how structured output is made."""
    schema = {
        "type": "object",
        "properties": members,
        "required": list(members) if required else [],
    }

    jsonschema.validate(fill(schema, question), schema)


def test_references_are_followed() -> None:
    """Nested models of pydantic stand there, recursive ones too."""
    schema = {
        "$defs": {
            "Node": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
                },
                "required": ["name", "next", "children"],
            }
        },
        "type": "object",
        "properties": {"root": {"$ref": "#/$defs/Node"}},
        "required": ["root"],
    }

    jsonschema.validate(fill(schema, "Make a tree for Ada."), schema)


@pytest.mark.parametrize(
    ("name", "member", "question", "expected"),
    [
        ("age", {"type": "integer"}, "Room 7 is for Bob, age 30.", 30),
        ("days", {"type": "integer"}, "Book 2 rooms for 5 days", 5),
        ("price", {"type": "number"}, "It costs 1,234.50 dollars", 1234.5),
        ("count", {"type": "integer", "maximum": 3}, "I want twelve", 3),
        ("dry_run", {"type": "boolean"}, "Do not make it a dry run", False),
        ("color", {"enum": ["red", "blue"]}, "I like Blue things", "blue"),
        ("email", {"type": "string"}, "Write to ada@example.org, please", "ada@example.org"),
        ("url", {"type": "string"}, "Open https://example.org/a.", "https://example.org/a"),
        ("date", {"type": "string", "format": "date"}, "on May 3rd, 2024", "2024-05-03"),
        ("title", {"type": "string"}, "Play the song 'Blue Train' now", "Blue Train"),
        ("destination", {"type": "string"}, "Fly from Oslo to New York", "New York"),
        ("origin", {"type": "string"}, "Fly to New York from Oslo", "Oslo"),
        ("expression", {"type": "string"}, "Compute 3 * (4 + 5) now", "3 * (4 + 5)"),
        ("query", {"type": "string"}, "Who wrote Emma? Use the search tool.", "Who wrote Emma?"),
        ("name", {"type": "string"}, "Create a user named Ada Lovelace.", "Ada Lovelace"),
        (
            "tags",
            {"type": "array", "items": {"type": "string"}},
            "tags: a, b and c",
            ["a", "b", "c"],
        ),
        ("numbers", {"type": "array", "items": {"type": "integer"}}, "Add 1, 2 and 30", [1, 2, 30]),
        (
            "answer_style",
            {"type": "string"},
            "Using the tool, generate a Pirate greeting.",
            "Pirate",
        ),
    ],
)
def test_arguments_come_from_the_question(
    name: str, member: Schema, question: str, expected: object
) -> None:
    """What the user said stands before what the schema suggests."""
    schema = {"type": "object", "properties": {name: member}, "required": [name]}

    assert fill(schema, question) == {name: expected}


def test_unknown_optional_members_are_left_out() -> None:
    """A guess would be worse than nothing."""
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "limit": {"type": "integer", "default": 5}},
        "required": ["city"],
    }

    assert fill(schema, "The weather in Rome") == {"city": "Rome"}


@pytest.mark.parametrize("pattern", [r"^a|b$", r"[^a]{2}", r"\w+@\w+\.org", r"(?:ab){2,3}c?", "."])
def test_patterns_have_examples(pattern: str) -> None:
    """Identifiers with a fixed form are common in tools."""
    assert example_of(pattern)


def test_impossible_patterns_have_none() -> None:
    """A wrong guess is refused by whoever validates; that is all one can do."""
    assert not example_of(r"(?=a)b")
    assert not example_of("[")
