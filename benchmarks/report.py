"""Results as lines and tables to read, as JSON, and as a picture."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from benchmarks import picture
from benchmarks.measure import OURS, OURS_HTTPX, RAW
from benchmarks.plan import CORES, PEERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.measure import Goal, Row

_VERSIONS: Final = (
    "httptools",
    "httpx",
    "langchain-core",
    "langchain-openai",
    "llama-index-core",
    "llama-index-embeddings-openai",
    "llama-index-llms-minimax",
    "minimax-adapters",
    "openai",
    "pydantic",
    "urllib3",
)


def line(row: Row) -> str:
    """Return a row as text: costs by the first contender, then goals."""
    first = next(iter(row.samples))
    costs = ", ".join(f"{name} {row.ratio(name, first):.2f}" for name in row.samples)
    return "\n".join([f"{row.work}: {costs}", *(f"    {goal_text(goal)}" for goal in row.goals)])


def goal_text(goal: Goal) -> str:
    """Return a goal and whether it was met."""
    mark = "met   " if goal.met else "MISSED"
    return f"{mark} {goal.ratio:6.2f} x {goal.claim} ({goal.sense} {goal.limit:.2f})"


def write(rows: Sequence[Row], folder: Path) -> None:
    """Write `results.json`, `results.md` and `performance.svg`."""
    folder.mkdir(parents=True, exist_ok=True)
    results = {
        "python": platform.python_version(),
        "system": platform.system(),
        "versions": {name: version(name) for name in _VERSIONS},
        "rows": [_members(row) for row in rows],
    }
    (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n")
    (folder / "results.md").write_text(tables(rows))
    (folder / "performance.svg").write_text(picture.draw(rows))


def tables(rows: Sequence[Row]) -> str:
    """Return the tables of docs/performance.md: CPU time by the floor, and all other goals."""
    lines = [
        "| work | by raw httpx + json | by the floor | peer, by ours | httpx | peer, by that |",
        "|---|---|---|---|---|---|",
    ]
    others = ["| other work | measured | goal |", "|---|---|---|"]
    for row in rows:
        peer = next((name for name in row.samples if name in PEERS), None)
        if row.unit in {"chunk", "call", "batch"} and {OURS, RAW, peer} <= row.samples.keys():
            lines.append(_cells(row, str(peer)))
            continue
        others += [
            f"| {row.work} | {goal.ratio:.2f} x {goal.claim} | {goal.sense} {goal.limit:.2f} |"
            for goal in row.goals
        ]
    return "\n".join([*lines, "", *others, ""])


def _cells(row: Row, peer: str) -> str:
    floor = [RAW, *(name for name in row.samples if name in CORES)]
    cells = [row.work, f"{row.ratio(OURS, RAW):.2f}"]
    for ours in (OURS, OURS_HTTPX):
        if ours in row.samples:
            cells.append(f"{row.ratio(ours, *floor):.2f}" if len(floor) > 1 else "")
            cells.append(f"{row.ratio(peer, ours):.1f}")
        else:
            cells += ["", ""]
    return f"| {' | '.join(cells)} |"


def _members(row: Row) -> dict[str, Any]:
    """Return a row; costs are multiples of the first contender's."""
    base = RAW if RAW in row.samples else next(iter(row.samples))
    return {
        "work": row.work,
        "unit": row.unit,
        "relative_to": base,
        "ratios": {name: round(row.ratio(name, base), 4) for name in row.samples},
        "median_by_minimum": {name: round(row.spread(name), 3) for name in row.samples},
        "goals": [
            {
                "claim": goal.claim,
                "sense": goal.sense,
                "limit": round(goal.limit, 4),
                "ratio": round(goal.ratio, 4),
                "met": goal.met,
            }
            for goal in row.goals
        ],
        "ours": OURS in row.samples,
    }
