"""Waiting for a task: looks at it, pauses between them, and an end in time."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from minimax_adapters.api._arguments import check_function, id_of
from minimax_adapters.api._deadline import Deadline
from minimax_adapters.api._flow import Policy
from minimax_adapters.api._ranges import each_wait, seconds
from minimax_adapters.api._speech_tasks import check_call
from minimax_adapters.api._steps import Sleep
from minimax_adapters.api.errors import CallTimeoutError, MiniMaxError
from minimax_adapters.api.wire.speech_tasks import SpeechTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from minimax_adapters.api._steps import Flow

# A look that has no more time than this is not worth a request.
_SHORTEST_LOOK: Final = 0.25
_GO_ON: Final = "Wait for it again later, by this id: it goes on without us."


def waits() -> Iterator[float]:
    """Yield the seconds between looks at a task: 1 at first, 10 in the end."""
    seconds = 1.0
    while True:
        yield seconds
        seconds = min(seconds * 1.5, 10.0)


def wait_for(
    policy: Policy,
    task: SpeechTask | str | int,
    on_progress: Callable[[SpeechTask], object] | None,
    between: Iterable[float] | None,
    timeout: float | None,
) -> Flow[SpeechTask]:
    """Return the task when it is done; a failed look is retried as any call.

    The last pause is as short as it must be for one more look to be in time.

    Raises:
        CallTimeoutError: It was not done in time, or `between` came to its end.
        MiniMaxError: It failed or expired.
    """
    check_function("on_progress", on_progress)
    task_id = task.task_id if isinstance(task, SpeechTask) else id_of("task_id", task)
    usage = task.usage_characters if isinstance(task, SpeechTask) else 0
    deadline = Deadline(timeout if timeout == 0 else seconds("timeout", timeout), policy.clock)
    pauses = each_wait("waits", waits() if between is None else between)
    while True:
        began = policy.clock()
        # Without any time, it is looked at once all the same.
        seen = yield from _look(policy, task_id, None if timeout == 0 else deadline.left())
        seen = seen.model_copy(update={"usage_characters": seen.usage_characters or usage})
        if on_progress is not None:
            on_progress(seen)
        if seen.done:
            return _successful(seen)
        pause = _pause(next(pauses, None), deadline.left(), policy.clock() - began)
        if pause is None:
            raise CallTimeoutError(f"The task {task_id} is still being worked on. {_GO_ON}")
        yield Sleep(pause)


def _look(policy: Policy, task_id: str, left: float | None) -> Flow[SpeechTask]:
    """Return the task as it is now, if MiniMax says so in the seconds that are left.

    Raises:
        CallTimeoutError: It did not; or see `Client`, as of the other errors.
    """
    own = policy.settings.deadline
    shortened = left is not None and (own is None or left < own)
    if shortened:
        settings = dataclasses.replace(policy.settings, deadline=left)
        policy = Policy(settings, policy.clock)
    try:
        return (yield from policy.call(check_call(task_id)))
    except MiniMaxError as error:
        # A time-out that could be retried is one of the client's, which were all used up.
        if shortened and isinstance(error, CallTimeoutError) and not error.retryable:
            raise CallTimeoutError(
                f"MiniMax did not say in time how the task {task_id} is doing. {_GO_ON}"
            ) from error
        if error.retryable:
            error.add_note(f"This was a look at the task {task_id}. {_GO_ON}")
        raise


def _pause(pause: float | None, left: float | None, look: float) -> float | None:
    """Return how long to wait for the next look, which may last twice as long as the one before.

    Args:
        pause: How long it would be with any time, None if nothing is looked at any more.
        left: Seconds until the end, None for any number.
        look: Seconds that a look has taken.
    """
    if pause is None or left is None:
        return pause
    room = left - max(2 * look, _SHORTEST_LOOK)
    return min(pause, room) if room > 0 else None


def _successful(task: SpeechTask) -> SpeechTask:
    """Return a task that is done.

    Raises:
        MiniMaxError: It failed or expired.
    """
    if task.status != "success":
        reason = "failed" if task.status == "failed" else "expired: its audio is kept for hours"
        raise MiniMaxError(f"The task {task.task_id} {reason}. Submit the text again.")
    return task
