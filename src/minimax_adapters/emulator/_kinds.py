"""JSON types under the names that the server's decoder uses in its complaints."""

from __future__ import annotations

from typing import Final

from ._errors import invalid

KINDS: Final[dict[type, str]] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "bool",
    int: "number",
    float: "number",
    type(None): "null",
}


def kind(value: object) -> str:
    """Return the JSON type of `value`."""
    return KINDS[type(value)]


def expect(value: object, wanted: str, declared: str) -> None:
    """Refuse `value` unless its JSON type is `wanted`; `declared` is the server's type name."""
    if kind(value) != wanted:
        raise invalid(f"Mismatch type {declared} with value {kind(value)}")


def expect_integer(value: object) -> None:
    """Refuse `value` unless it is a whole number."""
    expect(value, "number", "int64")
    if isinstance(value, float):
        raise invalid(f"Mismatch type int64 with value number {value}")
