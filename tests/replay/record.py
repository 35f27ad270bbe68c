"""Records cassettes again and says what changed in shape: `make cassettes`.

From the emulator by default; with `--live` from MiniMax itself, with MINIMAX_API_KEY. Scenarios
that need scripted replies or faults always come from the emulator.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).parent))

import pytest
import scenario as table
from every import SCENARIOS
from scenario import record, record_live

from minimax_adapters.testing import Tape, secrets_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scenario import Scenario

HOST: Final = "https://api.minimax.io"


def main(arguments: list[str] | None = None) -> int:
    """Record, and return 1 if something could not be recorded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--live", action="store_true", help="record from MiniMax itself")
    parser.add_argument("--only", default="", help="part of the names to record")
    options = parser.parse_args(arguments)
    key = os.environ.get("MINIMAX_API_KEY", "")
    if options.live and not key:
        parser.error("recording from MiniMax needs MINIMAX_API_KEY")
    chosen = [one for name, one in SCENARIOS.items() if options.only in name]
    if not chosen:
        parser.error(f"no scenario has {options.only!r} in its name")
    failed = [one.name for one in chosen if not again(one, key if options.live else "")]
    remove_unused_audio()
    say(
        f"{len(chosen) - len(failed)} of {len(chosen)} recorded"
        + "".join(f"\n  not {n}" for n in failed)
    )
    return 1 if failed else 0


def again(scenario: Scenario, key: str) -> bool:
    """Record `scenario`, and say what changed in the shape of its cassette."""
    before = Tape.load(scenario.path) if scenario.path.exists() else None
    # The cassette that there is stays until another one is known to be good.
    fresh = scenario.path.with_suffix(".new")
    try:
        if key and not scenario.staged:
            record_live(scenario, key, os.environ.get("MINIMAX_BASE_URL") or HOST, fresh)
        else:
            record(scenario, fresh)
        found = secrets_in(fresh.read_text("utf-8"), known=[key])
        if found:
            say(f"{scenario.name}: not kept, since it would hold {found}")
            return False
        after = Tape.load(fresh)
        fresh.replace(scenario.path)
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - the others go on
        say(f"{scenario.name}: {type(error).__name__}: {error}")
        return False
    finally:
        fresh.unlink(missing_ok=True)
    for line in changes_of_shape(before, after):
        say(f"{scenario.name}: {line}")
    return True


def changes_of_shape(before: Tape | None, after: Tape) -> list[str]:
    """Return a line for each member that came, went, or has another type."""
    if before is None:
        return ["new"]
    old, now = shape_of(before), shape_of(after)
    lines = [f"+ {place}: {now[place]}" for place in now if place not in old]
    lines += [f"- {place}: {old[place]}" for place in old if place not in now]
    lines += [f"~ {p}: {old[p]}, now {now[p]}" for p in now if p in old and old[p] != now[p]]
    if before.origin != after.origin:
        lines.insert(0, f"from {after.origin}, before from {before.origin}")
    return lines


def shape_of(tape: Tape) -> dict[str, str]:
    """Return the types of each place, positions in lists left out."""
    found: dict[str, set[str]] = {}
    named = [(exchange["request"]["path"], exchange) for exchange in tape.exchanges]
    named += [(session["path"], session) for session in tape.sockets]
    for path, holder in named:
        for place, kind in _types(holder, path):
            found.setdefault(place, set()).add(kind)
    return {place: " or ".join(sorted(kinds)) for place, kinds in found.items()}


def _types(value: Any, place: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _types(inner, f"{place} {name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _types(inner, f"{place}[]")
    elif place.endswith((" status", " status_code", " type", " finish_reason", " role", " event")):
        yield place, repr(value)
    else:
        yield place, type(value).__name__


def remove_unused_audio() -> None:
    """Delete audio that no cassette names any more."""
    texts = "".join(path.read_text("utf-8") for path in table.CASSETTES.rglob("*.yaml"))
    for path in table.CASSETTES.rglob("audio/*"):
        if path.name not in texts:
            path.unlink()


def say(line: str) -> None:
    """Print `line`."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
