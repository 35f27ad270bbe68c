"""What a call may still try after a failure: the same host after a wait, or the next host."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import httpx

from minimax_adapters.api._failures import is_unknown_name
from minimax_adapters.api._ranges import each_wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.api.errors import MiniMaxError
    from minimax_adapters.api.settings import Settings

_logger = logging.getLogger("minimax_adapters")

_LONGEST_WAIT: Final = 64.0
# Nothing was sent, so another host cannot bill the call a second time.
_UNREACHED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


def waits_between_attempts(settings: Settings) -> Iterator[float]:
    """Return the waits in seconds after each attempt at one host.

    Raises:
        ConfigurationError: The `backoff` of the user gives something else, now or later.
    """
    return each_wait("The waits of backoff", settings.backoff())


class Retries:
    """The hosts and retries that are left to one call.

    State: `_hosts` that were not given up, the present one first; `_delays` and `_done`, the
    waits and the retries at that host.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._hosts = list(settings.base_urls)
        self._delays, self._done = waits_between_attempts(settings), 0

    @property
    def host(self) -> str:
        """The host of the next attempt."""
        return self._hosts[0]

    def wait_after(self, error: MiniMaxError) -> float | None:
        """Return the seconds before the next attempt at this host, None if there is none.

        They are what `Retry-After` says, unless that is longer than anyone should hang.
        """
        elsewhere = len(self._hosts) > 1 and isinstance(error.__cause__, _UNREACHED)
        if self._done >= self._allowed(error) or elsewhere:
            return None
        delay = next(self._delays, None)
        asked = getattr(error, "retry_after", None)
        if asked is None or delay is None:
            return delay
        return float(asked) if asked <= _LONGEST_WAIT else None

    def fail_over(self, error: MiniMaxError) -> bool:
        """Go on to the next host; return whether there is one."""
        if len(self._hosts) == 1:
            return False
        del self._hosts[0]
        self._delays, self._done = waits_between_attempts(self._settings), 0
        _logger.warning(
            "minimax_adapters.failover: on to %s after %s",
            self.host,
            _brief(error),
            extra={"host": self.host},
        )
        return True

    def count(self, path: str, wait: float, error: MiniMaxError) -> None:
        """Count and log a retry of the call to `path`, which begins in `wait` seconds."""
        self._done += 1
        _logger.warning(
            "minimax_adapters.retry_scheduled: attempt %d of %d in %.1f s after %s",
            self._done + 1,
            self._allowed(error) + 1,
            wait,
            _brief(error),
            extra={"path": path, "attempt": self._done + 1, "seconds": round(wait, 2)},
        )

    def _allowed(self, error: MiniMaxError) -> int:
        """Return how often a host is tried again after `error`.

        A name that nobody knows is most likely misspelt, so that is said soon; but a name server
        that has just started, or a network that has just changed, deserves another question.
        """
        allowed = self._settings.max_retries
        return min(allowed, 1) if is_unknown_name(error) else allowed


def _brief(error: MiniMaxError) -> str:
    """Return the kind of `error` and its code, without a word of the server's or the user's."""
    code = getattr(error, "code", None)
    return type(error).__name__ + (f" (code {code})" if code is not None else "")
