"""What is wrong with a request, by the names and the ranges that whoever wrote it knows."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final, TypeAlias, get_args

from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from minimax_adapters.api.wire._base import Request

# Where a member stands in the request, and why it is refused; () is the request as a whole.
Problem: TypeAlias = tuple[tuple[int | str, ...], str]

_MOST_SHOWN: Final = 5
_BOUNDS: Final = {
    "greater_than": "gt",
    "greater_than_equal": "ge",
    "less_than": "lt",
    "less_than_equal": "le",
}


def refusal(owner: str, problems: Iterable[Problem]) -> InvalidInputError:
    """Return the error that says what is wrong with the members or settings of `owner`."""
    found = tuple(problems)
    texts = [": ".join(filter(None, [".".join(map(str, place)), why])) for place, why in found]
    shown = "; ".join(texts[:_MOST_SHOWN])
    if len(texts) > _MOST_SHOWN:
        shown += f" (and {len(texts) - _MOST_SHOWN} more)"
    error = InvalidInputError(f"{owner} is not valid: {shown}{'' if shown.endswith('?') else '.'}")
    error.problems = found
    return error


def problems_of(
    model: type[Request], members: dict[str, Any], error: ValidationError
) -> Iterable[Problem]:
    """Yield what pydantic found wrong with the `members` of a `model`, and inside of them."""
    for found in error.errors(include_url=False, include_input=False):
        place = _place(found, members)
        cause = found.get("ctx", {}).get("error")
        inner = cause.problems if isinstance(cause, InvalidInputError) else ()
        if inner:
            yield from ((place + below, why) for below, why in inner)
        else:
            yield place, _reason(model, found)


def _place(problem: ErrorDetails, members: object) -> tuple[int | str, ...]:
    """Return where `problem` is in what was given; pydantic names the kinds of a union as well."""
    place: list[int | str] = []
    inside: Any = members
    for step in problem["loc"]:
        try:
            inside = inside[step]
        except (IndexError, KeyError, TypeError):
            continue
        place.append(step)
    if problem["type"] == "missing":
        place.append(problem["loc"][-1])
    return tuple(place)


def _reason(model: type[Request], problem: ErrorDetails) -> str:
    place, kind, context = problem["loc"], problem["type"], problem.get("ctx", {})
    if kind == "union_tag_not_found":
        return f"{context['discriminator']} is missing"
    if kind == "union_tag_invalid":
        known = context["expected_tags"]
        return f"{context['discriminator']} is {context['tag']!r}; use one of {known}"
    if len(place) == 1:
        name = str(place[0])
        if kind == "extra_forbidden":
            return _unknown(model, name)
        if kind in _BOUNDS:
            return f"Input should be {_range(_bounds(model.model_fields[name]))}"
    return problem["msg"].removeprefix("Value error, ").rstrip(".?")


def _unknown(model: type[Request], name: str) -> str:
    if found := model.elsewhere(name):
        return f"unknown member; pass {found}"
    near = difflib.get_close_matches(name, model.model_fields, n=1)
    return f"there is no such member; did you mean {near[0]!r}?" if near else "unknown member"


def _bounds(declared: object) -> dict[str, Any]:
    """Return the bounds that a field or an annotation such as `Annotated[...] | None` declares."""
    declarations = getattr(declared, "metadata", ())
    own = {
        name: getattr(declaration, name)
        for declaration in declarations
        for name in _BOUNDS.values()
        if hasattr(declaration, name)
    }
    inner = (getattr(declared, "annotation", None), *get_args(declared))
    return {n: bound for part in inner if part for n, bound in _bounds(part).items()} | own


def _range(bounds: dict[str, Any]) -> str:
    words = {"gt": "above {}", "ge": "at least {}", "lt": "below {}", "le": "at most {}"}
    return " and ".join(text.format(bounds[n]) for n, text in words.items() if n in bounds)
