"""The small validator of answers says what a full one says, in the part that it knows."""

# ruff: noqa: ANN401 - JSON

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from minimax_adapters.langchain._schema import problems_of

NAMES = st.sampled_from(["a", "b"])
SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0, "a", "b"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)
TYPES = st.sampled_from(["object", "array", "string", "integer", "number", "boolean", "null"])
PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "type": TYPES | st.lists(TYPES, min_size=1, max_size=2, unique=True),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "const": VALUES,
    },
)


def _deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    parts = st.lists(inner, min_size=1, max_size=2)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES,
            "properties": st.dictionaries(NAMES, inner, max_size=2),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": st.booleans() | inner,
            "items": inner,
            "anyOf": parts,
            "allOf": parts,
            "$ref": st.just("#/$defs/a"),
        },
    )


SCHEMAS = st.recursive(PLAIN | st.booleans(), _deeper, max_leaves=5)


@given(value=VALUES, schema=SCHEMAS, referred=PLAIN | st.booleans())
@example(value=1, schema={"enum": [True]}, referred=True)
@example(value={"a": 0}, schema={"properties": {"a": False}}, referred=True)
@example(value={"a": 0}, schema={"additionalProperties": {"type": "string"}}, referred=True)
def test_it_agrees_with_a_full_validator(value: Any, schema: Any, referred: Any) -> None:
    """Of any value and any schema of the keywords that it looks at."""
    whole = {"allOf": [schema], "$defs": {"a": referred}}

    assert bool(problems_of(value, whole)) != Draft202012Validator(whole).is_valid(value)


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ({"enum": ["a"]}, "answer is not one of ['a']"),
        ({"const": "a"}, "answer is not 'a'"),
        ({"type": "array"}, "answer is not of type array"),
        ({"required": ["b"]}, "answer.b is missing"),
        ({"properties": {"a": {"type": "string"}}}, "answer.a is not of type string"),
        ({"additionalProperties": False}, "answer.a is not in the schema"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "answer fits none of its 2 forms"),
        ({"$ref": "#/$defs/no", "$defs": {"no": False}}, "answer is not allowed"),
    ],
)
def test_a_problem_names_its_place(schema: dict[str, Any], problem: str) -> None:
    """For the exception, which goes back to the model or to a developer."""
    assert problems_of({"a": 1}, schema) == [problem]


def test_a_reference_that_leads_to_itself_ends() -> None:
    """Schemas of recursive classes refer to themselves; one without any content may as well."""
    tree = {
        "properties": {"next": {"$ref": "#"}},
        "required": ["name"],
        "additionalProperties": True,
    }

    assert problems_of({"name": "a", "next": {"name": "b"}}, tree) == []
    assert problems_of({"name": "a", "next": {}}, tree) == ["answer.next.name is missing"]
    assert problems_of({"name": "a"}, {"$ref": "#"}) == []
    assert problems_of({"name": "a"}, {"anyOf": [{"$ref": "#"}]}) == []
