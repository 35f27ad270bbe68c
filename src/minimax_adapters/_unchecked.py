"""Objects of pydantic's classes from members that need no check.

They are what `model_construct()` makes, which is slower than the constructor; this takes a third
of the time of either, and a long answer has as many chunks as words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable

M = TypeVar("M", bound=BaseModel)


def _setter(slot: str) -> Callable[[BaseModel, object], None]:
    # Past __setattr__, which checks, and without a search for the slot in all base classes.
    found: Callable[[BaseModel, object], None] = BaseModel.__dict__[slot].__set__
    return found


_set_members: Final = _setter("__dict__")
_set_names: Final = _setter("__pydantic_fields_set__")
_set_extra: Final = _setter("__pydantic_extra__")
_set_private: Final = _setter("__pydantic_private__")


def unchecked(
    cls: type[M], members: dict[str, Any], names: set[str], extra: dict[str, Any] | None = None
) -> M:
    """Return an object of a class without private attributes.

    Args:
        cls: The class.
        members: All fields of the class; becomes the dict of the object.
        names: The fields that count as set.
        extra: Further members, for a class that allows them.
    """
    made = cls.__new__(cls)
    _set_members(made, members)
    _set_names(made, names)
    _set_extra(made, extra)
    _set_private(made, None)
    return made
