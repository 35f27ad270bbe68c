"""What JSON cannot hold is found in a request, and told without a word of its texts."""

from __future__ import annotations

import math
import pickle
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pytest

from minimax_adapters.api import ChatRequest, InvalidInputError
from minimax_adapters.api._chat import chat_call
from minimax_adapters.api.wire._base import encode

PRIVATE: Final = "a text of the user"
ITSELF: Final[list[Any]] = []
ITSELF.append(ITSELF)


@dataclass
class _Point:
    x: float = math.nan


@pytest.mark.parametrize(
    ("value", "place", "why"),
    [
        (math.nan, ("x",), "nan, which is no number of JSON"),
        ({"a": [1, {"b": -math.inf}]}, ("x", "a", 1, "b"), "-inf, which is no number of JSON"),
        ([PRIVATE, object()], ("x", 1), "of type object"),
        ((0, {"a": b"\xff"}), ("x", 1, "a"), "of type bytes"),
        ([_Point()], ("x", 0), "of type _Point"),
        ({"a": f"{PRIVATE}\ud800"}, ("x", "a"), "a lone surrogate"),
        ({"a": {f"{PRIVATE}\ud800": 1}}, ("x", "a"), "one of its names is a lone surrogate"),
        ({"a": {object(): 1}}, ("x", "a"), "one of its names is of type object"),
        (ITSELF, ("x",), "it is nested too deeply, perhaps in itself"),
    ],
)
def test_what_cannot_be_written_is_named_with_its_place(
    value: object, place: tuple[int | str, ...], why: str
) -> None:
    """The default of a schema, say, three levels down in a tool."""
    with pytest.raises(InvalidInputError) as caught:
        encode({"messages": [{"content": PRIVATE}], "x": value, "y": math.inf})

    shown = f"The request cannot be written as JSON: {'.'.join(map(str, place))}: {why}"
    assert str(caught.value).startswith(shown)
    assert PRIVATE not in str(caught.value)
    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
    assert error.problems[0][0] == place


def test_the_first_place_is_told() -> None:
    """In the order in which it was written."""
    with pytest.raises(InvalidInputError, match=r"JSON: a\.0: nan"):
        encode({"a": [math.nan, {"b": math.nan}], "c": math.nan})


def test_what_is_only_named_like_a_number_is_written() -> None:
    """And what pydantic knows how to write."""
    value = {"NaN": "Infinity", 5: Decimal("0.5"), math.nan: {"a"}}

    assert encode({"x": value}) == b'{"x":{"NaN":"Infinity","5":"0.5","nan":["a"]}}'


def test_a_schema_is_searched_too() -> None:
    """Frameworks make it of the defaults of a class."""
    schema = {"type": "object", "properties": {"x": {"type": "number", "default": math.inf}}}
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    request = ChatRequest(messages=[{"role": "user", "content": PRIVATE}], tools=[tool])

    with pytest.raises(
        InvalidInputError, match=r"tools\.0\.function\.parameters\.properties\.x\.default: inf"
    ):
        chat_call(request)
