"""Waits of a connection: as long as they may be, with one timer for many of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from minimax_adapters.api._turns import Turns


class Clock:
    """The time of the running event loop, which goes on when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loop = asyncio.get_running_loop()
        self.timers: list[float] = []
        self._now = self.loop.time()
        call_at = self.loop.call_at
        monkeypatch.setattr(self.loop, "time", lambda: self._now)

        def counted(when: float, *called: Any) -> asyncio.TimerHandle:  # noqa: ANN401 - passed on as it came
            self.timers.append(when - self._now)
            return call_at(when, *called)

        monkeypatch.setattr(self.loop, "call_at", counted)

    async def go_on(self, seconds: float) -> None:
        """Let time pass, and timers go off."""
        self._now += seconds
        for _ in range(3):
            await asyncio.sleep(0)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of the loop."""
    return Clock(monkeypatch)


async def test_many_waits_share_a_timer(clock: Clock) -> None:
    """A stream has as many as words."""
    turns = Turns()
    for _ in range(1000):
        turn = turns.next(600, TimeoutError)
        turns.wake()
        await turn
    assert clock.timers == [600]


async def test_a_wait_ends_when_its_own_time_is_over(clock: Clock) -> None:
    """Not when that of the wait is which the timer was set for."""
    turns = Turns()
    turn = turns.next(10, TimeoutError)
    await clock.go_on(9)
    turns.wake()
    await turn
    turn = turns.next(10, TimeoutError)
    await clock.go_on(9)
    assert not turn.done()
    await clock.go_on(1)
    with pytest.raises(TimeoutError):
        await turn


async def test_a_shorter_wait_is_not_kept_by_a_longer_one(clock: Clock) -> None:
    """Each call has its own time-outs."""
    turns = Turns()
    turn = turns.next(600, TimeoutError)
    turns.wake()
    await turn
    turn = turns.next(5, TimeoutError)
    await clock.go_on(5)
    with pytest.raises(TimeoutError):
        await turn


async def test_a_wait_without_limit_does_not_end(clock: Clock) -> None:
    """Neither does it by the timer of the one before it."""
    turns = Turns()
    turn = turns.next(5, TimeoutError)
    turns.wake()
    await turn
    turn = turns.next(None, TimeoutError)
    await clock.go_on(1e9)
    assert not turn.done()
    turns.wake()
    await turn


async def test_a_wait_that_is_given_up_leaves_nothing_to_be_told(clock: Clock) -> None:
    """Neither when its time comes, nor when the connection is closed."""
    turns = Turns()
    turn = turns.next(5, TimeoutError)
    turn.cancel()
    await clock.go_on(5)
    turns.wake()
    turn = turns.next(5, TimeoutError)
    turns.close()
    await clock.go_on(5)
    assert not turn.done()
    turns.wake()
    await turn
