"""Contenders measured side by side: CPU time of this process, interleaved, repeated."""

from __future__ import annotations

import contextlib
import gc
import subprocess
import sys
import time
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RAW: Final = "raw httpx + json"
OURS: Final = "minimax-adapters"
OURS_HTTPX: Final = "minimax-adapters with httpx"


@dataclass(frozen=True)
class Goal:
    """A promise about a ratio: `at most` or `at least` a limit."""

    claim: str
    ratio: float
    limit: float
    sense: Literal["at most", "at least"] = "at most"

    @property
    def met(self) -> bool:
        """Whether the promise holds in this run."""
        return self.ratio <= self.limit if self.sense == "at most" else self.ratio >= self.limit


@dataclass
class Row:
    """One kind of work, what each contender needed for it, and what was promised."""

    work: str
    unit: str
    samples: dict[str, list[float]]
    goals: list[Goal] = field(default_factory=list)

    def cost(self, *names: str) -> float:
        """Return the sum of what contenders need: the minimum, which other processes spare."""
        return sum(min(self.samples[name]) for name in names)

    def ratio(self, name: str, *to: str) -> float:
        """Return how often the sum of `to` fits into the cost of `name`."""
        return self.cost(name) / self.cost(*to)

    def spread(self, name: str) -> float:
        """Return median by minimum, which says how quiet the machine was."""
        return median(self.samples[name]) / min(self.samples[name])

    def promise(
        self,
        claim: str,
        ratio: float,
        limit: float,
        sense: Literal["at most", "at least"] = "at most",
    ) -> None:
        """Add a goal."""
        self.goals.append(Goal(claim, ratio, limit, sense))

    def promise_between(self, floor: str, near: float, peer: str, ahead: float) -> None:
        """Add the goals of ours, also with httpx alone: near the floor, ahead of the peer."""
        for name, note in {OURS: "", OURS_HTTPX: "with httpx, "}.items():
            if name in self.samples:
                self.promise(f"{note}raw + {floor}", self.ratio(name, RAW, floor), near)
                ahead_by = self.ratio(peer, name)
                self.promise(f"{note}faster than {peer}", ahead_by, ahead, "at least")


def compare(  # noqa: PLR0913 - what a measurement is
    work: str,
    unit: str,
    contenders: Mapping[str, Callable[[], object]],
    *,
    units: int,
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> Row:
    """Run all contenders in turn, `rounds` times, each time beginning with the next one.

    Args:
        work: What is done.
        unit: What a cost is counted by.
        contenders: Each does the work once.
        units: How many of the unit one run has.
        rounds: How often each contender runs, besides one run to warm up.
        clock: Seconds; CPU time of this process by default.
    """
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    gc.collect()
    gc.freeze()  # Or each collection would look at all that other rows have imported.
    names = list(contenders)
    for turn in range(rounds):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            gc.collect()
            before = clock()
            contenders[name]()
            samples[name].append((clock() - before) / units)
    return Row(work, unit, samples)


@contextlib.contextmanager
def running_server() -> Iterator[str]:
    """Run the server in a process of its own and give its address."""
    command = [sys.executable, "-m", "benchmarks.server"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            if server.stdout is None:
                raise RuntimeError("The server has no standard output.")
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()
