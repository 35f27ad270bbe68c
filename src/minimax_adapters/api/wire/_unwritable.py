"""What of a body JSON cannot hold, and where; looked for only when it could not be written."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import PydanticSerializationError, from_json, to_json

if TYPE_CHECKING:
    from minimax_adapters.api.wire._problems import Problem

_LISTS: Final = (list, tuple, set, frozenset, deque)
# That of pydantic; it also ends what holds itself.
_DEEPEST: Final = 255
_SURROGATE: Final = (
    "a lone surrogate, which is not text; decode what was read with errors='surrogateescape'"
    " properly first"
)


def unwritable_in(body: object) -> Problem:
    """Return where `body` holds the first thing that JSON cannot, and what that is.

    Without a word of the texts: they are the user's own.
    """
    left: list[tuple[tuple[int | str, ...], Any]] = [((), body)]
    while left:
        place, value = left.pop()
        if len(place) >= _DEEPEST:
            return place[:1], "it is nested too deeply, perhaps in itself"
        if why := _why_not(value):
            return place, why
        parts: Any = ()
        if isinstance(value, dict):
            parts = ((str(name), part) for name, part in value.items())
        elif isinstance(value, _LISTS):
            parts = enumerate(value)
        left += reversed([((*place, step), part) for step, part in parts])
    return (), "it is no JSON"


def _why_not(value: object) -> str | None:
    """Return why `value` cannot be written, None if it can, or holds other values."""
    if isinstance(value, dict):
        reasons = (_why_not(name) for name in value if not isinstance(name, float))
        return next((f"one of its names is {why}" for why in reasons if why), None)
    if isinstance(value, _LISTS):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value}, which is no number of JSON"
    try:
        from_json(to_json(value), allow_inf_nan=False)
    except UnicodeEncodeError:
        return _SURROGATE
    except (PydanticSerializationError, ValueError) as error:
        return _SURROGATE if "surrogate" in str(error) else f"of type {type(value).__name__}"
    return None
