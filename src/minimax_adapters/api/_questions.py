"""A question that calls of one event loop wait for together: asked once, answered to all."""

from __future__ import annotations

import asyncio
import copy
import os
from typing import TYPE_CHECKING, Generic, TypeVar

from minimax_adapters.api._loop_end import forget_closed_loops
from minimax_adapters.api.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from minimax_adapters.api._loop_end import Place

T = TypeVar("T")


class Questions(Generic[T]):
    """The questions under way, one per event loop.

    State: `_open` by process and loop; a question that is answered or given up is in it no more.
    """

    def __init__(self) -> None:
        self._open: dict[Place, Question[T]] = {}

    def under_way(self) -> Question[T] | None:
        """Return the question that calls of the running loop wait for, None if there is none."""
        return self._open.get((os.getpid(), asyncio.get_running_loop()))

    def ask(self, work: Coroutine[object, None, T]) -> Question[T]:
        """Return a new question, which `work` answers."""
        here = os.getpid(), asyncio.get_running_loop()
        forget_closed_loops(self._open)

        def forget() -> None:
            if self._open.get(here) is question:
                del self._open[here]

        question = self._open[here] = Question(forget)
        question.begin(work)
        return question


class Question(Generic[T]):
    """A question that is asked in a task of its own, so that no call ends it for the others.

    State: `_waiting` how many calls wait for the answer, `_shared` whether there were several.
    """

    _task: asyncio.Task[T]

    def __init__(self, forget: Callable[[], None]) -> None:
        self._forget = forget
        self._waiting = 0
        self._shared = False

    def begin(self, work: Coroutine[object, None, T]) -> None:
        """Ask; `answer()` is to be awaited at once then."""
        self._task = asyncio.get_running_loop().create_task(self._ask(work))

    async def _ask(self, work: Coroutine[object, None, T]) -> T:
        try:
            return await work
        finally:
            self._forget()

    async def answer(self) -> T:
        """Return the answer. If nobody waits for it any longer, the question is given up.

        Raises:
            ConfigurationError: It would wait for itself.
            BaseException: What was raised instead of an answer; of several calls each gets an
                error of its own, on which it can leave what it had done.
        """
        if asyncio.current_task() is self._task:
            raise ConfigurationError("api_key calls the client that asks it for the key.")
        self._waiting += 1
        self._shared = self._shared or self._waiting > 1
        try:
            await asyncio.wait([self._task])
        except asyncio.CancelledError:
            if self._waiting == 1:
                await self._give_up()
            raise
        finally:
            self._waiting -= 1
        if self._shared and not self._task.cancelled():
            failure = self._task.exception()
            if failure is not None:
                raise _like(failure)
        return self._task.result()

    async def _give_up(self) -> None:
        """Cancel the question, and wait until it has cleared up.

        Raises:
            BaseException: What it raises then, as it would if it were awaited directly.
        """
        self._forget()
        if not self._task.cancelling():  # A loop that ends cancels all its tasks.
            self._task.cancel()
        while not self._task.done():
            try:
                await asyncio.wait([self._task])
            except asyncio.CancelledError:
                self._task.cancel()
        if not self._task.cancelled() and (failure := self._task.exception()) is not None:
            raise failure


def _like(error: BaseException) -> BaseException:
    """Return a copy of `error`, or `error` itself if it has none that says the same."""
    try:
        other = copy.copy(error)
    except Exception:  # noqa: BLE001 - made by a class of the user's
        return error
    if type(other) is not type(error) or str(other) != str(error):
        return error
    if notes := getattr(error, "__notes__", None):
        other.__notes__ = list(notes)
    other.__cause__, other.__context__ = error.__cause__, error.__context__
    other.__suppress_context__ = error.__suppress_context__
    return other.with_traceback(error.__traceback__)
