"""The wait of an attempt for the limit of its program, in steps that either driver can end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api._line import LATE
from minimax_adapters.api._steps import Flow, Reserve, Sleep
from minimax_adapters.api._tokens import tokens_of
from minimax_adapters.api.errors import CallTimeoutError, ConfigurationError

if TYPE_CHECKING:
    from minimax_adapters.api._call import Call
    from minimax_adapters.api._deadline import Deadline
    from minimax_adapters.api._line import Place
    from minimax_adapters.api.limits import RateLimit

# Seconds in all, and between two tries, for a file that another process holds.
_PATIENCE: Final = 30.0
_RETRY: Final = 0.05


def admission(call: Call[Any], limit: RateLimit, deadline: Deadline) -> Flow[None]:
    """Wait until one more request, and its tokens, are within `limit`, after those who came before.

    Raises:
        CallTimeoutError: That is after the deadline.
        ConfigurationError: The file of `limit` cannot be used, or another process hangs with it.
    """
    tokens = tokens_of(call.body or b"") if call.metered and limit.tokens else 0
    if not (limit.requests or tokens):
        return
    step = Reserve(limit, 1, tokens, deadline)
    # Those who need no tokens are not held up by those who wait for some.
    with limit.line("tokens" if tokens else "requests").place() as place:
        while True:
            yield from _turn(place, deadline)
            wait = yield step
            times = place.tried(held=wait is None)
            if wait == 0.0:
                return
            if wait is None:
                wait = until_free(limit.path, times)
            if not deadline.allows(wait):
                raise _file_is_held(limit.path) if times else _too_late()
            place.expect(wait)
            yield Sleep(wait)


def _turn(place: Place, deadline: Deadline) -> Flow[None]:
    """Wait until those who came before are through, or do not come."""
    while (wait := place.before()) is not None:
        if not deadline.allows(wait):
            raise _too_late()
        wait += LATE
        left = deadline.left()
        wait = wait if left is None else min(wait, left)
        place.expect(wait)
        yield Sleep(wait, place.bell)


def until_free(path: str | None, times: int) -> float:
    """Return the seconds until the next try at the file of a limit that was held `times` now.

    Raises:
        ConfigurationError: It is held for so long that it will hardly be free again.
    """
    if times <= _PATIENCE / _RETRY:
        return _RETRY
    raise ConfigurationError(
        f"Another process has held the file {path!r} of the RateLimit for {_PATIENCE:.0f} seconds."
        " End it if it hangs, or name a file that nothing but a RateLimit uses."
    )


def _file_is_held(path: str | None) -> CallTimeoutError:
    return _no_time(
        f"Another process has held the file {path!r} of the RateLimit until the deadline. Raise"
        " deadline, or end the process if it hangs."
    )


def _too_late() -> CallTimeoutError:
    return _no_time(
        "The rate limit of this program lets the call through after its deadline only. Raise"
        " deadline or the limit, or send less."
    )


def _no_time(message: str) -> CallTimeoutError:
    error = CallTimeoutError(message)
    error.retryable = False
    return error
