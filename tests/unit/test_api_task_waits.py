"""How long `speech.wait()` may last: looks are in time, and the last pause leaves time for one."""

# ruff: noqa: ANN401 - options and steps of any kind

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from flows import Run

from minimax_adapters.api import CallTimeoutError
from minimax_adapters.api._speech_waits import wait_for

if TYPE_CHECKING:
    from minimax_adapters.api._flow import Policy

SILENCE: Final = httpx.ReadTimeout("silent")


def looked(status: str) -> tuple[int, bytes]:
    """Return the answer to a look."""
    return 200, json.dumps({"task_id": "7", "status": status, "file_id": 1}).encode()


class Waiting(Run):
    """A task that is waited for; to `SILENCE` the read time-out puts an end."""

    def __init__(self, *outcomes: object, timeout: float | None, **options: Any) -> None:
        super().__init__(outcomes, keys=("key",) * 9, **options)
        self._timeout = timeout

    def flow(self, policy: Policy) -> Any:
        """Return the flow that waits."""
        return wait_for(policy, "7", None, None, self._timeout)

    def _perform(self, step: Any) -> Any:
        outcome = super()._perform(step)
        if outcome is not SILENCE:
            return outcome
        self.clock.now += self.sent[-1].extensions["timeout"]["read"]
        return httpx.ReadTimeout("silent", request=self.sent[-1])


def test_a_look_that_is_not_answered_ends_with_the_wait() -> None:
    """Not with the time-out of the client, which may be ten minutes later."""
    run = Waiting(looked("processing"), SILENCE, timeout=3, max_retries=0)

    error = run.error()

    assert isinstance(error, CallTimeoutError)
    assert run.clock.now == 103
    assert "the task 7 " in str(error)
    assert "Wait for it again later" in str(error)
    assert isinstance(error.__cause__, CallTimeoutError)


@pytest.mark.parametrize(("timeout", "deadline"), [(30, 5), (None, 5), (0, 5)])
def test_a_deadline_of_the_client_that_is_sooner_stays_one(
    timeout: float | None, deadline: float
) -> None:
    """It is the client's setting that has to be raised."""
    run = Waiting(SILENCE, timeout=timeout, deadline=deadline)

    error = run.error()

    assert run.clock.now == 105
    assert "Raise deadline" in str(error)


def test_the_last_pause_leaves_time_for_a_last_look() -> None:
    """A task may be done in the seconds that a whole pause would not leave."""
    run = Waiting(*[looked("processing")] * 2, looked("success"), timeout=2)

    assert run.result().done
    assert run.waits == [1.0, 0.75]


def test_a_last_look_may_last_twice_as_long_as_the_one_before() -> None:
    """Then nothing is looked at any more, and the task goes on."""
    run = Waiting(*[looked("processing")] * 3, timeout=10, seconds_per_attempt=2)

    error = run.error()

    assert isinstance(error, CallTimeoutError)
    assert "task 7 is still being worked on" in str(error)
    assert run.waits == [1.0, 1.0]
    assert run.clock.now == 108


def test_a_look_that_is_tried_no_more_says_which_task_goes_on() -> None:
    """The text need not be submitted, and paid for, again."""
    run = Waiting((503, b"busy"), timeout=1, backoff=lambda: iter([2.0]))

    error = run.error()

    assert run.waits == []
    assert "the task 7." in "".join(error.__notes__)
