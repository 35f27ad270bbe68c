"""One call as a generator without I/O: attempt, judge, wait, fail over.

It is written once, from the steps in `_steps`, and driven in both colours by `_drivers`. What is
promised:

- Retried: codes and statuses that pass, and failures to connect, to send or to receive before
  the first byte of the body. Waits grow from 1 to 64 seconds, or are what `Retry-After` says.
- Not retried: everything else, and anything after the first byte, as MiniMax may bill it.
- A host that cannot be connected to is replaced at once while there is another, since nothing
  was sent; any other retryable failure moves to the next host after the retries.
- With a limit of requests or tokens, every attempt waits until it is within it.
- A callable key is asked for again once when MiniMax refuses the key.
"""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx

from minimax_adapters.api._addresses import shown
from minimax_adapters.api._admission import admission
from minimax_adapters.api._deadline import Deadline
from minimax_adapters.api._judge import telling_too_long
from minimax_adapters.api._keys import bearer
from minimax_adapters.api._masking import mask
from minimax_adapters.api._receiving import Opened, open_stream, receive
from minimax_adapters.api._retries import Retries
from minimax_adapters.api._steps import AskKey, Flow, Send, Sleep
from minimax_adapters.api.errors import (
    APIError,
    AuthenticationError,
    InvalidInputError,
    MiniMaxError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

    from minimax_adapters.api._call import Call
    from minimax_adapters.api.settings import Settings

T = TypeVar("T")

_logger = logging.getLogger("minimax_adapters")

_OF_THE_CALL: Final = (b"authorization", b"content-type")


class Policy:
    """The rules of one call: hosts, attempts, waits and the deadline.

    Attributes:
        settings: Where to send, and how patiently.
        clock: Seconds that only grow.

    State: `_kept` is what the stream that was opened last keeps of its request, and for what.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.clock = clock
        self._headers = _common_headers(settings)
        self._kept: tuple[object, httpx.Request] | None = None

    def call(self, call: Call[T]) -> Flow[T]:
        """Return the flow of a call whose reply is read whole."""
        return self._attempts(call, receive)

    def stream(self, call: Call[Any]) -> Flow[Opened[Any]]:
        """Return the flow that opens a stream and has its first events."""
        opened = yield from self._attempts(call, open_stream)
        if opened.incoming is not None:
            response = opened.incoming.response
            response.request = self._without_body(response.request)
        return opened

    def greeted(self, call: Call[Any], greet: Callable[..., Flow[T]]) -> Flow[T]:
        """Return the flow that connects, and is through when `greet(call, outcome, deadline)` is.

        `Send` is the first step of the connection; what its outcome is, `greet` knows.
        """
        return self._attempts(call, greet)

    def _attempts(self, call: Call[Any], through: Callable[..., Flow[T]]) -> Flow[T]:
        deadline = Deadline(self.settings.deadline, self.clock, self.settings.max_reply_bytes)
        key = yield AskKey(deadline)
        retries, renewed = Retries(self.settings), False
        while True:
            started, request = self.clock(), None
            try:
                if self.settings.rate_limit is not None:
                    yield from admission(call, self.settings.rate_limit, deadline)
                request = self._request(call, retries.host, key, deadline)
                outcome = yield Send(request, deadline)
                with telling_too_long(call.too_long):
                    return (yield from through(call, outcome, deadline))
            except MiniMaxError as error:
                mask(error, request)
                if isinstance(error, APIError):
                    _explain(error, call, retries.host)
                self._log_failure(call, error, started)
                if isinstance(error, AuthenticationError) and not renewed:
                    renewed = True
                    other = yield AskKey(deadline, refused=key)
                    if other is not None:
                        key = other
                        continue
                if not error.retryable:
                    raise
                wait = retries.wait_after(error)
                if wait is None and retries.fail_over(error):
                    continue
                if wait is None or not deadline.allows(wait):
                    raise
                retries.count(call.path, wait, error)
            yield Sleep(wait)

    def _request(
        self, call: Call[Any], host: str, key: SecretStr, deadline: Deadline
    ) -> httpx.Request:
        settings = self.settings
        extensions = deadline.extensions(settings.timeout)
        headers = list(self._headers)
        if call.body is not None:
            headers.append((b"Content-Type", call.content_type.encode("ascii")))
        query = dict(call.query)
        if call.native and settings.group_id:
            query["GroupId"] = settings.group_id
        url = _url(host + call.path)
        return httpx.Request(
            call.method,
            _asking(url, query) if query else url,
            # In no variable of this frame, which a crash report would print.
            headers=[*headers, (b"Authorization", bearer(key))],
            content=call.body,
            extensions=extensions,
        )

    def _without_body(self, request: httpx.Request) -> httpx.Request:
        """Return `request` as an open stream keeps it: one for all that are asked for alike."""
        headers = [pair for pair in request.headers.raw if pair[0] != b"Content-Length"]
        asked = request.method, request.url, headers
        kept = self._kept  # Another thread may put another in its place at any moment.
        if kept is None or kept[0] != asked:
            kept = asked, httpx.Request(request.method, request.url, headers=headers)
            self._kept = kept
        return kept[1]

    def _log_failure(self, call: Call[Any], error: MiniMaxError, started: float) -> None:
        _logger.debug(
            "minimax_adapters.attempt_failed",
            extra={
                "path": call.path,
                "error": type(error).__name__,
                "code": getattr(error, "code", None),
                "status": getattr(error, "http_status", None),
                "trace_id": getattr(error, "trace_id", None),
                "milliseconds": round((self.clock() - started) * 1000),
            },
        )


def _explain(error: APIError, call: Call[Any], host: str) -> None:
    """Say in the advice of `error` what only its call and the host know."""
    if about := call.about(error):
        error.advice = f"{about} {error.advice}"
    if isinstance(error, AuthenticationError):
        error.advice = f"{shown(_url(host))} refused the key. {error.advice}"


def _common_headers(settings: Settings) -> list[tuple[bytes, bytes]]:
    """Return the headers of every request; made once, as httpx takes long over them."""
    # A header of the user replaces ours, however either is written; the key stays ours.
    headers = httpx.Headers({"Accept-Encoding": "gzip, deflate", "User-Agent": "minimax-adapters"})
    headers.update(settings.headers)
    return [pair for pair in headers.raw if pair[0].lower() not in _OF_THE_CALL]


@lru_cache(maxsize=64)
def _url(text: str) -> httpx.URL:
    return httpx.URL(text)


def _asking(url: httpx.URL, query: dict[str, str]) -> httpx.URL:
    try:
        return url.copy_merge_params(query)
    except UnicodeEncodeError as error:
        raise InvalidInputError(f"A parameter holds what is no text: {error}.") from error
