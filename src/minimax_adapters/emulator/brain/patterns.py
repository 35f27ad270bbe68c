"""An example for a regular expression, built from its parsed form."""

from __future__ import annotations

import re
from re import _constants as kinds  # type: ignore[attr-defined]  # The parser is not in the stubs.
from re import _parser as parser  # type: ignore[attr-defined]  # Likewise.
from typing import Any, Final

CATEGORIES: Final = {
    kinds.CATEGORY_DIGIT: "1",
    kinds.CATEGORY_WORD: "a",
    kinds.CATEGORY_SPACE: " ",
    kinds.CATEGORY_NOT_DIGIT: "a",
    kinds.CATEGORY_NOT_WORD: "-",
    kinds.CATEGORY_NOT_SPACE: "a",
}


def example_of(pattern: str) -> str:
    """Return a text that `pattern` matches; empty if none is found."""
    try:
        example = build(parser.parse(pattern))
    except (re.error, KeyError, TypeError, IndexError):
        return ""
    return example if re.search(pattern, example) else ""


def build(parsed: Any) -> str:  # noqa: ANN401  # The parser's own structure.
    """Return a text for a parsed expression."""
    return "".join(part(operation, argument) for operation, argument in parsed)


def part(operation: Any, argument: Any) -> str:  # noqa: ANN401, PLR0911  # The parser's own.
    """Return a text for one operation."""
    match operation:
        case kinds.LITERAL:
            return chr(argument)
        case kinds.ANY:
            return "a"
        case kinds.NOT_LITERAL:
            return "a" if argument != ord("a") else "b"
        case kinds.IN:
            return member(argument)
        case kinds.MAX_REPEAT | kinds.MIN_REPEAT:
            least, _most, inner = argument
            return build(inner) * int(least)
        case kinds.SUBPATTERN:
            return build(argument[3])
        case kinds.BRANCH:
            return build(argument[1][0])
    return ""


def member(items: Any) -> str:  # noqa: ANN401  # The parser's own structure.
    """Return a character of a set."""
    operation, argument = items[0]
    if operation is kinds.NEGATE:
        taken = {value for kind, value in items[1:] if kind is kinds.LITERAL}
        return next(one for one in "ab-1 " if ord(one) not in taken)
    if operation is kinds.RANGE:
        return chr(argument[0])
    if operation is kinds.CATEGORY:
        return str(CATEGORIES[argument])
    return chr(argument)
