"""Calls of one job that run side by side: the first that fails ends the job.

What was sent is billed, so its answer is waited for; what was not sent, or waits to be sent again,
is given up at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar, cast

from minimax_adapters.api._steps import Read, Send, Sleep
from minimax_adapters.api.errors import InterruptedReplyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from minimax_adapters.api._steps import Flow

T = TypeVar("T")


class CallGroup:
    """The calls of a job in one event loop, each in a task of its own.

    State: `failure` is the error of the first call that failed; `_at_work` holds the tasks of
    calls that have begun, `_resting` those of them that wait for no answer, and `_given_up` those
    that the failure has ended.
    """

    def __init__(self) -> None:
        self.failure: BaseException | None = None
        self._at_work: set[asyncio.Task[Any]] = set()
        self._resting: set[asyncio.Task[Any]] = set()
        self._given_up: set[asyncio.Task[Any]] = set()

    async def run(self, works: Iterable[Callable[[], Awaitable[object]]], most: int) -> None:
        """Await all `works`, at most so many at a time.

        Raises:
            Exception: That of the first that failed, when what was sent has been answered.
        """
        free = asyncio.Semaphore(max(1, most))

        async def in_turn(work: Callable[[], Awaitable[object]]) -> None:
            async with free:
                with self.taking_part():
                    await work()

        tasks = [asyncio.ensure_future(in_turn(work)) for work in works]
        try:
            await asyncio.gather(*tasks)
        except Exception:
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # Held by its own frames, an error would wait for the garbage collector with all that
            # the job has.
            tasks.clear()
            self.failure = None

    @contextlib.contextmanager
    def taking_part(self) -> Iterator[None]:
        """Let the running task make a call of the group, until another one fails.

        Raises:
            InterruptedReplyError: Another one has failed; `failure` says how.
        """
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        if task in self._at_work:
            yield
            return
        self._check_going_on()
        self._at_work.add(task)
        self._resting.add(task)
        try:
            yield
        except asyncio.CancelledError as error:
            if task in self._given_up and not task.uncancel():
                self._check_going_on()
            self._fail(error)
            raise
        except BaseException as error:
            self._fail(error)
            raise
        finally:
            for tasks in (self._at_work, self._resting, self._given_up):
                tasks.discard(task)

    def cancel(self) -> None:
        """Cancel all calls."""
        self.failure = self.failure or asyncio.CancelledError()
        for task in self._at_work:
            task.cancel()

    def until_failure(self, flow: Flow[T], *, paid: bool = False) -> Flow[T]:
        """Yield the steps of the flow of a call; none is sent once another call has failed.

        What is `paid` for goes on, but does not wait to be tried again.

        Raises:
            InterruptedReplyError: Another one has failed.
        """
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        outcome: object = None
        try:
            while True:
                try:
                    step = flow.send(outcome)
                except StopIteration as finished:
                    result: T = finished.value
                    return result
                rests = isinstance(step, Sleep) if paid else not isinstance(step, Send | Read)
                if rests:
                    self._resting.add(task)
                else:
                    self._resting.discard(task)
                if rests or not (paid or isinstance(step, Read)):
                    self._check_going_on()
                outcome = yield step
        finally:
            flow.close()
            del task  # It holds the error, whose frames hold this one; see `run()`.

    def _fail(self, error: BaseException) -> None:
        if self.failure is None:
            self.failure = error
            for task in self._resting - {asyncio.current_task()}:
                self._given_up.add(task)
                task.cancel()

    def _check_going_on(self) -> None:
        if self.failure is not None:
            raise InterruptedReplyError("Another call of the job failed.")
