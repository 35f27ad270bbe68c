"""Numbers among the settings: refused by their names where they are given, if they are wrong."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Final

from minimax_adapters.api.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The functions of the system that wait take no more than 24 days.
LONGEST_SECONDS: Final = 1_000_000.0


def seconds(name: str, given: object) -> float | None:
    """Return a limit in seconds, None for infinity and anything else above eleven days.

    Raises:
        ConfigurationError: It is no number above 0, nor None.
    """
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float) or not given > 0:
        raise ConfigurationError(
            f"{name} is a number of seconds above 0 (math.inf for no limit), not {_shown(given)}."
        )
    return given if given <= LONGEST_SECONDS else None


def whole_number(name: str, given: object, *, least: int) -> int:
    """Return a whole number of `least` or more.

    Raises:
        ConfigurationError: It is something else.
    """
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise ConfigurationError(
            f"{name} must be a whole number, {least} or more, not {_shown(given)}."
        )
    return given


def each_wait(name: str, given: object) -> Iterator[float]:
    """Return the seconds to wait, one after the other.

    Raises:
        ConfigurationError: There is nothing to be taken one after the other; while iterating, what
            was taken is no number of seconds, or too large a one.
    """
    if not isinstance(given, Iterable):
        raise ConfigurationError(
            f"{name} are seconds one after the other, in a list or an iterator, not"
            f" {_shown(given)}."
        )
    return map(partial(_wait, name), given)


def _wait(name: str, given: object) -> float:
    if not isinstance(given, int | float) or not 0 <= given <= LONGEST_SECONDS:
        raise ConfigurationError(
            f"{name} are seconds from 0 to {LONGEST_SECONDS:,.0f}, not {_shown(given)}."
        )
    return given


def _shown(given: object) -> str:
    return str(given) if isinstance(given, int | float) else type(given).__name__
