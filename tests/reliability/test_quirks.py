"""Every switch of the emulator: a habit of a host changes nothing that a user receives."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

import pytest
from operations import OPERATIONS, STREAMED

from minimax_adapters.api import InterruptedReplyError
from minimax_adapters.emulator import Quirks

if TYPE_CHECKING:
    from operations import Colour

    from minimax_adapters.emulator import Emulator

_VALUES: Final[dict[str, Any]] = {
    "response_delay": 0.001,
    "frame_delay": 0.0005,
    "tokens_per_second": 20_000.0,
    "cut_bytes": 3,
    "cut_stream_after": 1,
    "chunk_chars": 1,
    "think_tag": "mm:think",
    "tool_argument_chars": 1,
}
_NAMES: Final = [field.name for field in dataclasses.fields(Quirks)]
_PLACES: Final = [place for place in OPERATIONS if place[1] != "structured"]


def _cells() -> list[Any]:
    """Return every quirk with each operation, on surfaces and in colours by turns."""
    cells = []
    for number, name in enumerate(_NAMES):
        speaks = name.startswith(("aggregated", "null_data", "json_stream", "socket"))
        turns = [place for place in _PLACES if not speaks or "speech" in place[1]]
        for turn, place in enumerate(turns[number % 3 :: 3]):
            colour = "sync" if (number + turn) % 2 else "async"
            cells.append(pytest.param(name, place, colour, id="-".join((name, *place, colour))))
    return cells


@pytest.mark.parametrize(("name", "place", "colour"), _cells())
def test_a_quirk_of_a_host_changes_nothing(
    emulator: Emulator, name: str, place: tuple[str, str], colour: Colour
) -> None:
    """Or is the one error that it has to be."""
    value = _VALUES.get(name, True)
    emulator.quirks = dataclasses.replace(Quirks(), **{name: value})
    options = {"base_url": emulator.url, "api_key": emulator.api_key, "max_retries": 0}

    if name == "cut_stream_after" and place[1] in STREAMED:
        with pytest.raises(InterruptedReplyError):
            OPERATIONS[place](options, colour)
    else:
        assert OPERATIONS[place](options, colour)

    assert len(emulator.requests) == 1
