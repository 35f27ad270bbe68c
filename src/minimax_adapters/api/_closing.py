"""Streams and sockets that are left before their end, closed on a thread of their own.

The garbage collector may drop a stream at any moment, also while the same thread is inside the
connection pool, whose lock is not reentrant: closing the response there would wait for itself for
ever. So a response stays referenced from here while its stream is open, out of the collector's
reach, and whoever drops the stream only puts it into a queue, which is safe anywhere.

What is closed there takes no time. Sockets, whose hosts are to say goodbye, have a thread each.
"""

from __future__ import annotations

import contextlib
import os
import threading
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING

from minimax_adapters.api._drivers import close

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api._steps import Incoming


class StreamCloser:
    """Keeps the responses of open streams, and closes those that are left.

    State: `_open` by identity, `_queues` by process, each with a daemon thread that waits for what
    is to be closed; a forked child has none until it opens a stream itself.
    """

    def __init__(self) -> None:
        self._open: dict[int, Incoming] = {}
        self._queues: dict[int, SimpleQueue[Callable[[], None]]] = {}

    def keep(self, incoming: Incoming) -> None:
        """Keep the response of a stream that begins."""
        self._open[id(incoming)] = incoming
        self.prepare()

    def prepare(self) -> None:
        """Start the thread, if it does not run: the garbage collector must not."""
        process = os.getpid()
        if process not in self._queues:
            made: SimpleQueue[Callable[[], None]] = SimpleQueue()
            # Two threads may come here at once; setdefault is atomic and decides.
            if self._queues.setdefault(process, made) is made:
                name = "minimax-stream-closer"
                threading.Thread(target=self._work, args=(made,), name=name, daemon=True).start()

    def release(self, incoming: Incoming) -> None:
        """Let go of the response of a stream that ends; if it has more to say, close it."""
        if incoming.response.is_closed:
            self._open.pop(id(incoming), None)
        else:
            self.close_soon(partial(self._close, incoming))

    def close_soon(self, closing: Callable[[], None]) -> None:
        """Have `closing`, which takes no time, called on the thread, from wherever."""
        if (queue := self._queues.get(os.getpid())) is not None:
            queue.put(closing)

    def close_apart(self, closing: Callable[[], None]) -> None:
        """Have `closing`, which may take its time, called on a thread of its own, from wherever."""
        self.close_soon(partial(_begin, closing))

    def _close(self, incoming: Incoming) -> None:
        try:
            close(incoming)
        finally:
            self._open.pop(id(incoming), None)

    @staticmethod
    def _work(queue: SimpleQueue[Callable[[], None]]) -> None:
        while True:
            closing = queue.get()
            _quietly(closing)
            del closing  # Not to be held while waiting for the next.


def _quietly(closing: Callable[[], None]) -> None:
    # Whatever a transport of somebody else's raises: the thread is there for all others, too.
    with contextlib.suppress(Exception):
        closing()


def _begin(closing: Callable[[], None]) -> None:
    name = "minimax-socket-closer"
    threading.Thread(target=_quietly, args=(closing,), name=name, daemon=True).start()


CLOSER = StreamCloser()
