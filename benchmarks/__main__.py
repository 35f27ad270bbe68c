"""Runs everything and says how it compares; `make bench`."""

from __future__ import annotations

import argparse
import asyncio
import gc
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import calls, crowd, imports, report, streams, vectors, voice
from benchmarks.measure import running_server
from benchmarks.plan import QUICK, Scale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measure import Row


def rows(base: str, scale: Scale) -> Iterator[Row]:
    """Yield all rows of the table."""
    with asyncio.Runner() as runner:
        run = runner.run
        yield from streams.langchain(base, scale, run)
        yield streams.thinking(base, scale)
        yield from streams.llama_index(base, scale, run)
        yield from streams.observed(base, scale)
        yield from calls.calls(base, scale, run)
    yield from vectors.embeddings(base, scale)
    yield from imports.imports(scale)
    yield from calls.construction(base, scale)
    yield from streams.first_chunk(base, scale)
    yield calls.history(base, scale)
    yield streams.growth(base, scale)
    yield from crowd.crowd(base, scale)
    yield crowd.sequence(base, scale)
    yield from voice.first_sound(scale)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute in place of five")
    parser.add_argument("--out", type=Path, default=Path("bench-output"), help="folder to write to")
    given = parser.parse_args()
    scale = QUICK if given.quick else Scale()
    found = []
    try:
        with running_server() as base:
            for row in rows(base, scale):
                print(report.line(row), flush=True)
                found.append(row)
                gc.collect()
    finally:  # A row that cannot be measured costs no other.
        if found:
            report.write(found, given.out)
    goals = [goal for row in found for goal in row.goals]
    print(f"{sum(goal.met for goal in goals)} of {len(goals)} goals met")


if __name__ == "__main__":
    main()
