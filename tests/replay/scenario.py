"""The table of scenarios, and the two ways to play one: from an emulator or MiniMax, or a cassette.

A scenario is a function that uses the public API on a `Stage`, asserts what has to hold, and
returns what the app received. That is kept in the cassette as `gives`, so that a reply that is
changed by hand, or read differently, is noticed even where no assertion looks.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from plainly import plain
from stage import HOST, Colour, Stage

from minimax_adapters._version import __version__
from minimax_adapters.emulator import Emulator
from minimax_adapters.testing import CassetteError, Session, Tape, record_cassette
from minimax_adapters.testing._compare import as_text, differences
from minimax_adapters.testing._sockets import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

CASSETTES: Final = Path(__file__).resolve().parents[2] / "cassettes"
EMULATOR: Final = f"emulator {__version__}"


@dataclasses.dataclass(frozen=True)
class Scenario:
    """A scenario and its place.

    Attributes:
        name: Name of the cassette, with its folder.
        play: Uses the API and returns what it received.
        staged: It needs scripted replies or faults, which only the emulator has.
        colours: The colours that exist.
        narrow: It shows little of what its replies hold, such as the object that was asked for,
            or what follows after attempts that failed.
    """

    name: str
    play: Callable[[Stage], Any]
    staged: bool = False
    colours: tuple[Colour, ...] = ("sync", "async")
    narrow: bool = False

    @property
    def path(self) -> Path:
        """The file of its cassette."""
        return CASSETTES / f"{self.name}.yaml"

    @property
    def shows(self) -> str:
        """The first line of its docstring."""
        return (self.play.__doc__ or "").partition("\n")[0]


SCENARIOS: Final[dict[str, Scenario]] = {}


def scenario(
    folder: str,
    *,
    name: str = "",
    staged: bool = False,
    colours: tuple[Colour, ...] = ("sync", "async"),
    narrow: bool = False,
) -> Callable[[Callable[[Stage], Any]], Callable[[Stage], Any]]:
    """Return a decorator that puts a function into the table."""

    def add(play: Callable[[Stage], Any]) -> Callable[[Stage], Any]:
        key = f"{folder}/{name or play.__name__}"
        SCENARIOS[key] = Scenario(key, play, staged, colours, narrow)
        return play

    return add


def play_tape(scenario: Scenario, colour: Colour, tape: Tape, patience: float = PATIENCE) -> None:
    """Play `scenario` from `tape`.

    Raises:
        AssertionError: It does not do what the cassette says.
    """
    with Session(tape, patience=patience) as session, Stage(colour, session.url) as stage:
        received = plain(scenario.play(stage))
    lines = differences(tape.gives, received)
    if lines:
        raise CassetteError(f"The app received something else:\n{as_text(lines)}")


def record(scenario: Scenario, path: Path | None = None) -> None:
    """Record `scenario` from an emulator."""
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    tape = Tape(EMULATOR, today, scenario.shows)
    with (
        Emulator(voice="synthetic") as emulator,
        Stage(scenario.colours[0], emulator.url, emulator.api_key, emulator) as stage,
        Session(tape, recording=True, secrets=[emulator.api_key]),
    ):
        gives = plain(scenario.play(stage))
    # Addresses of the emulator have a port that changes; what they name plays from any host.
    kept = json.dumps([tape.exchanges, tape.sockets, gives])
    kept = kept.replace(stage.url, HOST).replace(stage.spare, HOST)
    tape.exchanges, tape.sockets, tape.gives = json.loads(kept)
    for exchange in tape.exchanges:
        if exchange["request"]["path"].startswith("/emulator/"):
            # The emulator names itself localhost; that is the same host.
            exchange["request"].pop("host", None)
    tape.save(path or scenario.path)


def record_live(scenario: Scenario, key: str, host: str, path: Path | None = None) -> None:
    """Record `scenario` from MiniMax itself."""
    with (
        Stage(scenario.colours[0], host, key) as stage,
        record_cassette(
            path or scenario.path,
            origin=host.partition("://")[2].rstrip("/"),
            shows=scenario.shows,
            secrets=[key],
        ) as session,
    ):
        session.tape.gives = plain(scenario.play(stage))


def changed(tape: Tape, change: Callable[[list[dict[str, Any]]], None]) -> Tape:
    """Return a copy of `tape` whose exchanges and sockets went through `change`."""
    count = len(tape.exchanges)
    all_of_them = copy.deepcopy([*tape.exchanges, *tape.sockets])
    change(all_of_them)
    return dataclasses.replace(tape, exchanges=all_of_them[:count], sockets=all_of_them[count:])
