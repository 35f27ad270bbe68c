"""Arguments of calls: refused by their names before anything is sent, if they cannot be meant."""

from __future__ import annotations

import inspect
import operator
from typing import TYPE_CHECKING

from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api.errors import MiniMaxError


def at_least(least: int, name: str, given: int) -> int:
    """Return a whole number of `least` or more.

    Raises:
        InvalidInputError: It is something else.
    """
    try:
        number = operator.index(given)
    except TypeError:
        number = least - 1
    if number < least:
        shown = given if isinstance(given, int | float) else type(given).__name__
        raise InvalidInputError(f"{name} is a whole number, {least} or more, not {shown}.")
    return number


def text_of(name: str, given: object, wrong: type[MiniMaxError] = InvalidInputError) -> str:
    """Return a text.

    Raises:
        MiniMaxError: It is something else; of the class `wrong`.
    """
    if not isinstance(given, str):
        raise wrong(f"{name} is a text, not {type(given).__name__}.")
    return given


def id_of(name: str, given: object) -> str:
    """Return an id of MiniMax's, which may be a number.

    Raises:
        InvalidInputError: It is something else.
    """
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        shown = "an empty text" if given == "" else type(given).__name__
        raise InvalidInputError(f"{name} is an id, a text or a number, not {shown}.")
    return str(given)


def check_function(name: str, given: Callable[..., object] | None) -> None:
    """Raise unless there is a function, or none.

    Raises:
        InvalidInputError: It is something else, or does nothing unless it is awaited, which would
            be noticed when much is paid for.
    """
    if given is not None and not callable(given):
        raise InvalidInputError(f"{name} is a function, not {type(given).__name__}.")
    if inspect.iscoroutinefunction(given) or inspect.iscoroutinefunction(type(given).__call__):
        raise InvalidInputError(f"{name} is awaited by nobody: pass a function without async.")
