"""Counts that are the same on every machine: calls, and bytes of Python objects."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def calls_of(run: Callable[[], object]) -> int:
    """Return how many functions `run` calls, after it has run once."""
    run()
    gc.collect()  # What others have left behind would call while it is collected.
    count = 0

    def profile(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    gc.disable()
    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


def peak_of(run: Callable[[], object]) -> int:
    """Return the bytes of Python objects that `run` holds at its peak."""
    run()
    tracemalloc.start()
    try:
        kept = run()
        del kept
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
