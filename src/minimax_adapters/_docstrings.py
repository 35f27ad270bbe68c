"""What a class says of its arguments, for `help()`, notebooks and editors that run code."""

from __future__ import annotations

import inspect
import textwrap
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from pydantic import BaseModel

Model = TypeVar("Model", bound="BaseModel")

_PACKAGE: Final = __name__.partition(".")[0]
_WIDTH: Final = 100


def with_arguments(model: type[Model]) -> type[Model]:
    """Return `model`, a class, with the descriptions of its fields at the end of its docstring.

    Its own fields come first, those of its bases behind them.
    """
    if model.__doc__ is not None:  # None with `python -OO`.
        model.__doc__ = f"{model.__doc__.rstrip()}\n\n    Args:\n{''.join(_lines(model))}    "
    return model


def _lines(model: type[BaseModel]) -> list[str]:
    ours = (owner for owner in model.__mro__ if owner.__module__.startswith(_PACKAGE))
    own = [name for owner in ours for name in inspect.get_annotations(owner)]
    described = {
        name: field.description
        for name in dict.fromkeys([*own, *model.model_fields])
        if (field := model.model_fields.get(name)) is not None and field.description
    }
    return [_line(f"{name}: {text}") for name, text in described.items()]


def _line(text: str) -> str:
    line = " " * 8 + text
    # Wrapping takes long, and most lines need none.
    if len(line) > _WIDTH:
        line = textwrap.fill(line, _WIDTH, subsequent_indent=" " * 12)
    return line + "\n"
