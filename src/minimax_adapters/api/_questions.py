"""A question that calls of one event loop wait for together: asked once, answered to all.

Who is to answer it must not wait for the answer, in whatever task or thread. These inherit the
context of the one that begins them, so a question marks its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import inspect
import os
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from minimax_adapters.api._loop_end import forget_closed_loops
from minimax_adapters.api.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from minimax_adapters.api._loop_end import Place

A = TypeVar("A")
T = TypeVar("T")


@dataclass(eq=False, slots=True)
class _Mark:
    """Says whose question is being answered in a context, while `is_open`."""

    asked: object
    is_open: bool = True


_marks: Final[ContextVar[tuple[_Mark, ...]]] = ContextVar("minimax_adapters_marks", default=())


def _with(mark: _Mark) -> tuple[_Mark, ...]:
    """Return the marks of a context with `mark`; what was begun there may have outlived others."""
    return (*(other for other in _marks.get() if other.is_open), mark)


class Questions(Generic[T]):
    """The questions under way, one per event loop.

    State: `_open` by process and loop; a question that is answered or given up is in it no more.
    """

    def __init__(self) -> None:
        self._open: dict[Place, Question[T]] = {}

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Mark that a question is answered inside the block, on this thread.

        Raises:
            ConfigurationError: One would wait for itself.
        """
        self._check()
        mark = _Mark(self)
        before = _marks.set(_with(mark))
        try:
            yield
        finally:
            mark.is_open = False
            _marks.reset(before)

    def under_way(self) -> Question[T] | None:
        """Return the question that calls of the running loop wait for, None if there is none.

        Raises:
            ConfigurationError: It would wait for itself, here or on another loop.
        """
        self._check()
        question = self._open.get((os.getpid(), asyncio.get_running_loop()))
        return question if question is not None and question.is_open else None

    def ask(self, answer: Awaitable[A], keep: Callable[[A], T]) -> Question[T]:
        """Return a new question, answered by what `keep` makes of `answer`."""
        here = os.getpid(), asyncio.get_running_loop()
        forget_closed_loops(self._open)

        def forget() -> None:
            if self._open.get(here) is question:
                del self._open[here]

        question = self._open[here] = Question(forget, _Mark(self))
        question.begin(answer, keep)
        return question

    def _check(self) -> None:
        if any(mark.is_open and mark.asked is self for mark in _marks.get()):
            raise ConfigurationError("api_key calls the client that asks it for the key.")


class Question(Generic[T]):
    """A question that is asked in a task of its own, so that no call ends it for the others.

    State: `_waiting` how many calls wait for the answer, `_shared` whether there were several.
    """

    _task: asyncio.Task[T]

    def __init__(self, forget: Callable[[], None], mark: _Mark) -> None:
        self._forget = forget
        self._mark = mark
        self._waiting = 0
        self._shared = False

    @property
    def is_open(self) -> bool:
        """Whether it is still to be answered; one that is cancelled may never have begun."""
        return not self._task.done()

    def begin(self, answer: Awaitable[A], keep: Callable[[A], T]) -> None:
        """Ask; `answer()` is to be awaited at once then."""
        work = self._ask(answer, keep)
        try:
            self._task = asyncio.get_running_loop().create_task(work)
        except BaseException:
            work.close()
            _close(answer)
            self._forget()
            raise
        # Before it has begun, whoever cancels all tasks of a loop ends it without a step.
        self._task.add_done_callback(lambda _: _close(answer))

    async def _ask(self, answer: Awaitable[A], keep: Callable[[A], T]) -> T:
        _marks.set(_with(self._mark))  # The context is that of the task.
        try:
            return keep(await answer)
        finally:
            self._mark.is_open = False
            self._forget()

    async def answer(self) -> T:
        """Return the answer. If nobody waits for it any longer, the question is given up.

        Raises:
            BaseException: What was raised instead of an answer; of several calls each gets an
                error of its own, on which it can leave what it had done.
        """
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


def _close(answer: Awaitable[object]) -> None:
    """Close what may never have been awaited; Python would warn of that."""
    if inspect.iscoroutine(answer):
        answer.close()


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
