"""What the model fills a schema with: values from the question, or such as fit."""

from __future__ import annotations

from typing import Any

import pytest

from minimax_adapters.emulator.brain.arguments import Filler
from minimax_adapters.emulator.brain.schemas import alternatives, kind_of, resolve

TEXT = {"type": "string"}


NUMBER = {"type": "integer"}


def test_schemas_are_understood_loosely() -> None:
    """References into nowhere, merged parts, lists of types, types left out."""
    parts = [
        {"properties": {"a": {}}, "required": ["a"]},
        {"properties": {"b": {}}, "required": ["b"]},
    ]

    assert resolve({"$ref": "#/nowhere/x"}, {}) == {}
    assert resolve({"$ref": "#"}, {"type": "null"}) == {"type": "null"}
    merged = resolve({"allOf": parts}, {})
    assert (set(merged["properties"]), merged["required"]) == ({"a", "b"}, ["a", "b"])
    assert alternatives({"type": ["string", "null"]}, {}) == [{"type": "string"}, {"type": "null"}]
    assert kind_of({"properties": {}}) == "object"
    assert kind_of({"prefixItems": []}) == "array"
    assert kind_of({"enum": ["a"]}) == "string"


@pytest.mark.parametrize(
    ("schema", "question", "expected"),
    [
        ({"const": 5}, "", 5),
        ({"enum": ["low", "warmth"]}, "as warm as you can", "warmth"),
        ({"enum": ["a", "b"], "default": "b"}, "", "b"),
        ({"type": "boolean", "default": False}, "", False),
        ({"type": "array", "prefixItems": [NUMBER, TEXT]}, "7 'x'", [7, "x"]),
        (
            {"type": "array", "items": {"enum": ["red", "blue", "green"]}, "minItems": 1},
            "blue and red",
            ["red", "blue"],
        ),
        (
            {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2, "uniqueItems": True},
            "",
            ["a", "b"],
        ),
        ({"type": "array", "items": NUMBER, "minItems": 2, "uniqueItems": True}, "", [1, 2]),
        ({"type": "array", "items": {"type": "number"}}, "1.5 or 2", [1.5, 2]),
        ({"type": "string", "default": "d"}, "", "d"),
        ({"type": "string", "pattern": "^[0-9]{3}$"}, "'call 555 now'", "555"),
        ({"type": "number", "minimum": 5}, "take 2.5", 5),
        ({"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 2}, "1.5", 1.5),
        ({"anyOf": [{"type": "object", "required": ["a"]}, NUMBER]}, "", {"a": "a"}),
        ({"type": "array", "items": {"format": "date", "type": "string"}}, "", ["2026-11-21"]),
        ({"type": "array", "items": TEXT}, "'a' and 'b'", ["a", "b"]),
        ({"type": "array", "items": TEXT, "minItems": 2}, "", ["value", "value 2"]),
        (
            {"type": "array", "items": {"const": None}, "minItems": 2, "uniqueItems": True},
            "",
            [None, None],
        ),
        ({"type": "string", "pattern": "^[a-c][^x1]\\d(ab|c)$"}, "", "aa1ab"),
    ],
)
def test_values_are_made(schema: Any, question: str, expected: object) -> None:  # noqa: ANN401 - any JSON
    """One case per kind of schema."""
    assert Filler(schema, question).fill(schema, "value") == expected


@pytest.mark.parametrize(
    ("name", "question", "background", "expected"),
    [
        ("time", "at 9:30", "", "09:30:00"),
        ("note", "Add a note - buy milk.", "", "buy milk"),
        ("recipient", "Write it", "Ask Ada Byron.", "Ada Byron"),
        (
            "opening_hours",
            "Tell me",
            "The opening hours are nine to five.",
            "The opening hours are nine to five.",
        ),
        ("topic", "Bees", "", "Bees"),
        ("color", "something green", "", "green"),
        ("expression", "no numbers", "", "expression of numbers"),
    ],
)
def test_strings_are_found(name: str, question: str, background: str, expected: str) -> None:
    """In the question first, then in what is known besides."""
    assert Filler({}, question, background).fill(TEXT, name) == expected


def test_endless_schemas_end() -> None:
    """A required member of its own kind cannot be satisfied; it must not hang either."""
    schema = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}

    assert Filler(schema, "").members(schema)
    optional = {"type": "object", "properties": {"node": {"$ref": "#"}}}
    assert Filler(optional, "a node").members(optional)
