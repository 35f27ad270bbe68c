"""Threads that work for the one that starts them, which waits for all of them.

They are no `ThreadPoolExecutor`: when a program ends, Python has its threads do all that was
submitted, although nobody waits for it any more, and refuses what is submitted then, although the
program may wait for a thread that goes on. These threads are daemons if the one that starts them
is, and end with the program then.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable


class Threads:
    """Threads of one job; the `with` block is left when none is at work any more.

    State: `_begun` counts the threads that were started, `_ended` those that have done their work,
    `_at_work` those that do it. After `_left`, none begins: Ctrl-C may come while one is started.
    """

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._begun = self._ended = self._at_work = 0
        self._left = False
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._left = True
            self._changed.wait_for(lambda: not self._at_work)
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def start(self, work: Callable[[], object]) -> None:
        """Do `work`, which raises nothing, on a thread of its own."""
        thread = threading.Thread(target=self._run, args=(work,), name="minimax-adapters")
        self._threads.append(thread)
        thread.start()
        self._begun += 1

    def wait(self) -> None:
        """Wait until all have done their work."""
        # Before Python 3.13, Ctrl-C in `join()` lets it take a thread that runs for ended.
        with self._changed:
            self._changed.wait_for(lambda: self._ended >= self._begun)

    def _run(self, work: Callable[[], object]) -> None:
        with self._changed:
            if self._left:
                return
            self._at_work += 1
        try:
            work()
        finally:
            with self._changed:
                self._at_work -= 1
                self._ended += 1
                self._changed.notify_all()
