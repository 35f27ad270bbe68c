"""The wait of an attempt for the limit of its program, in steps that either driver can end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from minimax_adapters.api._steps import Flow, Reserve, Sleep
from minimax_adapters.api._tokens import tokens_of
from minimax_adapters.api.errors import CallTimeoutError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.api._call import Call
    from minimax_adapters.api._deadline import Deadline
    from minimax_adapters.api.limits import Counted, RateLimit

# Seconds in all, and between two tries, for a file that another process holds.
_PATIENCE: Final = 30.0
_RETRY: Final = 0.05


def admission(call: Call[Any], limit: RateLimit, deadline: Deadline) -> Flow[None]:
    """Wait until one more request, and its tokens, are within `limit`.

    Raises:
        CallTimeoutError: That is after the deadline.
        ConfigurationError: The file of `limit` cannot be used, or another process hangs with it.
    """
    tokens = tokens_of(call.body or b"") if call.metered and limit.tokens else 0
    for what, amount in (("requests", 1 if limit.requests else 0), ("tokens", tokens)):
        if not amount:
            continue
        step = Reserve(limit, cast("Counted", what), amount, deadline)
        tries = waits_for_file(limit.path)
        while (wait := (yield step)) != 0.0:
            held = wait is None
            wait = next(tries) if held else wait
            if not deadline.allows(wait):
                raise _too_late(
                    f"Another process has held the file {limit.path!r} of the RateLimit until the"
                    " deadline. Raise deadline, or end the process if it hangs."
                    if held
                    else f"The rate limit of this program lets no {what} through before the"
                    " deadline. Raise deadline or the limit, or send less."
                )
            yield Sleep(wait)


def waits_for_file(path: str | None) -> Iterator[float]:
    """Yield the seconds until each further try at the file of a limit that is held.

    Raises:
        ConfigurationError: It is held for so long that it will hardly be free again.
    """
    for _ in range(round(_PATIENCE / _RETRY)):
        yield _RETRY
    raise ConfigurationError(
        f"Another process has held the file {path!r} of the RateLimit for {_PATIENCE:.0f} seconds."
        " End it if it hangs, or name a file that nothing but a RateLimit uses."
    )


def _too_late(message: str) -> CallTimeoutError:
    error = CallTimeoutError(message)
    error.retryable = False
    return error
