"""Work in fresh processes, and what a process says about itself."""

from __future__ import annotations

import gc
import importlib
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, Self

_STATUS: Final = Path("/proc/self/status")
_RESET: Final = Path("/proc/self/clear_refs")
_OPEN_FILES: Final = Path("/proc/self/fd")


class Peak:
    """How much the resident memory of this process grows at most inside the block, in bytes."""

    growth = 0

    def __enter__(self) -> Self:
        gc.collect()
        if _RESET.exists():
            _RESET.write_text("5")  # The high-water mark begins anew.
        self._before = _peak()
        return self

    def __exit__(self, *_: object) -> None:
        self.growth = max(_peak() - self._before, 1)


def _peak() -> int:
    if _STATUS.exists():
        return 1024 * _status("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def resident() -> int:
    """Return the bytes that this process holds in memory now."""
    gc.collect()
    return 1024 * _status("VmRSS") if _STATUS.exists() else _peak()


def open_files() -> int:
    """Return how many files and sockets this process has open."""
    return len(list(_OPEN_FILES.iterdir())) if _OPEN_FILES.exists() else 0


def _status(name: str) -> int:
    lines = _STATUS.read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


def in_child(module: str, *arguments: object) -> dict[str, Any]:
    """Run `benchmarks.<module>.measure(*arguments)` in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.process", module, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    _, name, *given = sys.argv
    print(json.dumps(importlib.import_module(f"benchmarks.{name}").measure(*given)))
