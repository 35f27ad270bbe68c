"""Calls of a program that wait for its limit, in time that passes as fast as it is waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from minimax_adapters.api import MiniMaxError
from minimax_adapters.api._admission import admission
from minimax_adapters.api._call import Call
from minimax_adapters.api._deadline import Deadline
from minimax_adapters.api._steps import Reserve, Sleep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clocks import Clock

    from minimax_adapters.api import RateLimit
    from minimax_adapters.api._line import Bell
    from minimax_adapters.api._steps import Flow


class _Waiting(NamedTuple):
    flow: Flow[None]
    until: float
    bell: Bell | None


class Calls:
    """Calls that begin when it is said, each with its name.

    State: `sent`, the time of each call that was let through, in that order; `failed`, the errors
    of the others; `steps`, how many steps all of them took.
    """

    def __init__(self, clock: Clock) -> None:
        self.sent: dict[str, float] = {}
        self.failed: dict[str, MiniMaxError] = {}
        self.steps = 0
        self._clock = clock
        self._waiting: dict[str, _Waiting] = {}

    def begin(
        self, name: str, limit: RateLimit, tokens: int = 0, deadline: float | None = None
    ) -> None:
        """Begin a call, whose body has so many tokens if they are counted."""
        body = b"x" * (3 * (tokens - 1)) if tokens else b""
        call: Call[Any] = Call("POST", "/", body, parse=lambda _: None, metered=bool(tokens))
        self.resume(name, admission(call, limit, Deadline(deadline, self._clock)))

    def cancel(self, name: str) -> None:
        """End a call that waits."""
        self._waiting.pop(name).flow.close()

    def abandon(self, name: str) -> Flow[None]:
        """Return a call that waits, which goes on no more: its loop has ended, say."""
        return self._waiting.pop(name).flow

    def resume(self, name: str, flow: Flow[None]) -> None:
        """Go on with a call until it waits or is through."""
        outcome: object = None
        try:
            while True:
                step: Any = flow.send(outcome)
                self.steps += 1
                if isinstance(step, Sleep):
                    until = self._clock.now + step.seconds
                    self._waiting[name] = _Waiting(flow, until, step.bell)
                    return
                assert isinstance(step, Reserve)
                outcome = step.limit.try_reserve(requests=step.requests, tokens=step.tokens)
        except StopIteration:
            self.sent[name] = self._clock.now
        except MiniMaxError as error:
            self.failed[name] = error

    def turn_clock(self, seconds: float) -> None:
        """Set the clock, by which nobody sleeps any longer or shorter."""
        self._clock.now += seconds
        for name, (flow, until, bell) in self._waiting.items():
            self._waiting[name] = _Waiting(flow, until + seconds, bell)

    def pass_for(self, seconds: float) -> None:
        """Let time pass, and the calls go on meanwhile."""
        end = self._clock.now + seconds
        while (at := self._next()) is not None and at[0] <= end:
            self._clock.now = max(self._clock.now, at[0])
            self.resume(at[1], self._waiting.pop(at[1]).flow)
        self._clock.now = end

    def _next(self) -> tuple[float, str] | None:
        return min(self._moments(), default=None, key=lambda moment: moment[0])

    def _moments(self) -> Iterator[tuple[float, str]]:
        for name, (_, until, bell) in self._waiting.items():
            yield self._clock.now if bell and bell.has_rung else until, name
