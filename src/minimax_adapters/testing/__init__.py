"""Tests of apps that use MiniMax, without network or key.

A pytest plugin brings the fixture `minimax_emulator` and the marker `minimax_cassette`;
`play_cassette` and `record_cassette` do the work of the marker. Cassettes are YAML files that
people can read. Names are imported when they are first used, so that the plugin costs nothing
where it is not used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from minimax_adapters.testing._closed import CassetteError
    from minimax_adapters.testing._player import Session, play_cassette, record_cassette
    from minimax_adapters.testing._scrub import secrets_in
    from minimax_adapters.testing._tape import Tape

__all__ = [
    "CassetteError",
    "Session",
    "Tape",
    "play_cassette",
    "record_cassette",
    "secrets_in",
]

_HOMES: Final = {"CassetteError": "_closed", "Tape": "_tape", "secrets_in": "_scrub"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        home = import_module(f"{__name__}.{_HOMES.get(name, '_player')}")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error}. Cassettes need vcrpy: pip install vcrpy", name=error.name
        ) from error
    value = getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
