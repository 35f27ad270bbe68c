"""A bounded queue between threads that either end can close."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Pipe(Generic[T]):
    """Items in order from one thread to another, at most `size` at a time.

    State: `_items` under way, `_ended` that no more come, `_error` why, `_broken` that nobody
    takes them any more.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._broken = False
        self._error: BaseException | None = None

    def put(self, item: T) -> bool:
        """Wait for room and put `item` in; return False if nobody wants it any more."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._items) < self._size or self._broken)
            if self._broken:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def end(self, error: BaseException | None = None) -> None:
        """Say that no more comes; `error` is raised to the taker behind the last item."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def get(self) -> T | None:
        """Wait for the next item and return it, None at the end.

        Raises:
            BaseException: The error that ended it, once.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._ended or self._broken)
            if self._items and not self._broken:
                item = self._items.popleft()
                self._changed.notify_all()
                return item
            error, self._error = None if self._broken else self._error, None
            try:
                if error is not None:
                    raise error
            finally:
                # Held by its own frames, it would wait for the garbage collector, with all audio.
                del error
            return None

    def peek(self) -> T | None:
        """Return the next item without taking it, None if there is none yet."""
        with self._changed:
            return self._items[0] if self._items else None

    def break_off(self) -> None:
        """Say that nobody takes items any more; whoever waits goes on."""
        with self._changed:
            self._broken = True
            self._items.clear()
            self._changed.notify_all()

    @property
    def broken(self) -> bool:
        """Whether nobody takes items any more."""
        return self._broken
