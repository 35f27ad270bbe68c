"""One call as a generator without I/O: attempt, judge, wait, fail over.

A flow yields steps (`AskKey`, `Reserve`, `Send`, `Read`, `Sleep`) and is sent their outcome; where
a step can fail, the outcome may be the exception. It is written once, and `_drivers` performs the
steps in both colours. What is promised:

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
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Generic,
    NamedTuple,
    Protocol,
    TypeAlias,
    TypeVar,
    cast,
)

import httpx
from pydantic import SecretStr

from minimax_adapters.api._deadline import Deadline
from minimax_adapters.api._failures import failure
from minimax_adapters.api._judge import HTTPReply, parse_json, telling_too_long
from minimax_adapters.api._tokens import tokens_of
from minimax_adapters.api.errors import (
    AuthenticationError,
    CallTimeoutError,
    MiniMaxError,
    ReplyTooLargeError,
)

if TYPE_CHECKING:
    from minimax_adapters.api.limits import Counted, RateLimit
    from minimax_adapters.api.settings import Settings

T = TypeVar("T")
E = TypeVar("E")

logger = logging.getLogger("minimax_adapters")

_OK: Final = 200
_LONGEST_WAIT: Final = 64.0
_OF_THE_CALL: Final = (b"authorization", b"content-type")
_UNREACHED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class Session(Protocol[E]):
    """What turns the bytes of a stream into events; see `ChatSession`.

    `done` says that nothing more is wanted, `cut` that this is before the server's own end.
    """

    done: bool
    cut: bool

    def feed(self, chunk: bytes) -> list[E]: ...
    def feed_whole(self, payload: dict[str, Any]) -> list[E]: ...
    def finish(self) -> list[E]: ...
    def interrupted(self, error: MiniMaxError) -> MiniMaxError | None: ...


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """What to send and how to read the reply.

    Attributes:
        method: HTTP method.
        path: Path on the host.
        body: JSON, None for a call without body.
        parse: Reads a reply; for a stream, makes the session that reads it.
        native: Whether the endpoint is a native one, which takes a `GroupId`.
        query: Parameters of the address.
        content_type: What `body` is.
        metered: Whether its tokens count for the limit of tokens.
        too_long: Says what to do if the call alone may be over a limit of tokens, else None.
    """

    method: str
    path: str
    body: bytes | None
    parse: Callable[[HTTPReply], T] = field(repr=False)
    native: bool = False
    query: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    metered: bool = False
    too_long: Callable[[], str | None] = field(default=lambda: None, repr=False)


class Incoming(NamedTuple):
    """A response whose body has not been read, and the iterator that reads it."""

    response: httpx.Response
    chunks: Any


class AskKey(NamedTuple):
    """Step: get the key; `renew` asks its provider again. Outcome: the key."""

    renew: bool = False


class Send(NamedTuple):
    """Step: send. Outcome: `Incoming`, or the exception."""

    request: httpx.Request


class Read(NamedTuple):
    """Step: read on. Outcome: bytes, None at the end, or the exception."""

    incoming: Incoming


class Sleep(NamedTuple):
    """Step: wait for `seconds`."""

    seconds: float


class Reserve(NamedTuple):
    """Step: take `amount` from a limit. Outcome: seconds until there is enough, 0 if taken."""

    limit: RateLimit
    what: Counted
    amount: int


class Opened(NamedTuple, Generic[E]):
    """A stream whose first events are here; `incoming` is None when it is complete."""

    session: Session[E]
    events: list[E]
    incoming: Incoming | None
    deadline: Deadline


Step: TypeAlias = AskKey | Send | Read | Sleep | Reserve
Flow: TypeAlias = Generator[Step, Any, T]


class Policy:
    """The rules of one call: hosts, attempts, waits and the deadline.

    Attributes:
        settings: Where to send, and how patiently.
        clock: Seconds that only grow.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.clock = clock
        self._headers = _common_headers(settings)

    def call(self, call: Call[T]) -> Flow[T]:
        """Return the flow of a call whose reply is read whole."""
        return self._attempts(call, _receive)

    def stream(self, call: Call[Any]) -> Flow[Opened[Any]]:
        """Return the flow that opens a stream and has its first events."""
        return self._attempts(call, _open)

    def greeted(self, call: Call[Any], greet: Callable[..., Flow[T]]) -> Flow[T]:
        """Return the flow that connects, and is through when `greet(call, outcome, deadline)` is.

        `Send` is the first step of the connection; what its outcome is, `greet` knows.
        """
        return self._attempts(call, greet)

    def _attempts(self, call: Call[Any], receive: Callable[..., Flow[T]]) -> Flow[T]:
        deadline = Deadline(self.settings.deadline, self.clock, self.settings.max_reply_bytes)
        key = yield from _ask_key()
        hosts = list(self.settings.base_urls)
        delays, retries, renewed = self.settings.backoff(), 0, False
        while True:
            try:
                started = self.clock()
                if self.settings.rate_limit is not None:
                    yield from _admission(call, self.settings.rate_limit, deadline)
                request = self._request(call, hosts[0], key, deadline)
                outcome = yield Send(request)
                with telling_too_long(call.too_long):
                    return (yield from receive(call, outcome, deadline))
            except MiniMaxError as error:
                self._log_failure(call, error, started)
                if isinstance(error, AuthenticationError) and not renewed:
                    renewed = True
                    other = yield from _ask_key(renew=True)
                    if other is not None:
                        key = other
                        continue
                if not error.retryable:
                    raise
                wait = None
                elsewhere = len(hosts) > 1 and isinstance(error.__cause__, _UNREACHED)
                if retries < self.settings.max_retries and not elsewhere:
                    wait = _wait_for(error, next(delays, None))
                if wait is None and len(hosts) > 1:
                    logger.warning(
                        "minimax_adapters.failover: on to %s after %s",
                        hosts[1],
                        _brief(error),
                        extra={"host": hosts[1]},
                    )
                    del hosts[0]
                    delays, retries = self.settings.backoff(), 0
                    continue
                if wait is None or not deadline.allows(wait):
                    raise
                retries += 1
                logger.warning(
                    "minimax_adapters.retry_scheduled: attempt %d of %d in %.1f s after %s",
                    retries + 1,
                    self.settings.max_retries + 1,
                    wait,
                    _brief(error),
                    extra={"path": call.path, "attempt": retries + 1, "seconds": round(wait, 2)},
                )
            yield Sleep(wait)

    def _request(
        self, call: Call[Any], host: str, key: SecretStr, deadline: Deadline
    ) -> httpx.Request:
        settings = self.settings
        # First, as it may raise: a crash report must not find the header in this frame.
        extensions = deadline.extensions(settings.timeout)
        bearer = f"Bearer {key.get_secret_value()}".encode("ascii")
        headers = [*self._headers, (b"Authorization", bearer)]
        if call.body is not None:
            headers.append((b"Content-Type", call.content_type.encode("ascii")))
        query = dict(call.query)
        if call.native and settings.group_id:
            query["GroupId"] = settings.group_id
        return httpx.Request(
            call.method,
            _url(host + call.path),
            params=query or None,
            headers=headers,
            content=call.body,
            extensions=extensions,
        )

    def _log_failure(self, call: Call[Any], error: MiniMaxError, started: float) -> None:
        logger.debug(
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


def _common_headers(settings: Settings) -> list[tuple[bytes, bytes]]:
    """Return the headers of every request; made once, as httpx takes long over them."""
    # A header of the user replaces ours, however either is written; the key stays ours.
    headers = httpx.Headers({"Accept-Encoding": "gzip, deflate", "User-Agent": "minimax-adapters"})
    headers.update(settings.headers)
    return [pair for pair in headers.raw if pair[0].lower() not in _OF_THE_CALL]


@lru_cache(maxsize=64)
def _url(text: str) -> httpx.URL:
    return httpx.URL(text)


def _ask_key(*, renew: bool = False) -> Flow[Any]:
    """Return the key, wrapped: crash reports print what a frame holds."""
    answer = yield AskKey(renew)
    return None if answer is None else SecretStr(answer)


def _admission(call: Call[Any], limit: RateLimit, deadline: Deadline) -> Flow[None]:
    """Wait until one more request, and its tokens, are within `limit`.

    Raises:
        CallTimeoutError: That is after the deadline.
    """
    tokens = tokens_of(call.body or b"") if call.metered and limit.tokens else 0
    for what, amount in (("requests", 1), ("tokens", tokens)):
        while wait := (yield Reserve(limit, cast("Counted", what), amount)):
            if not deadline.allows(wait):
                error = CallTimeoutError(
                    f"The rate limit of this program lets no {what} through before the deadline."
                    " Raise deadline or the limit, or send less."
                )
                error.retryable = False
                raise error
            yield Sleep(wait)


def _brief(error: MiniMaxError) -> str:
    """Return the kind of `error` and its code, without a word of the server's or the user's."""
    code = getattr(error, "code", None)
    return type(error).__name__ + (f" (code {code})" if code is not None else "")


def _wait_for(error: MiniMaxError, delay: float | None) -> float | None:
    """Return the seconds to wait, None if the server wants longer than anyone should hang.

    A `delay` of None says that the waits have come to their end.
    """
    asked = getattr(error, "retry_after", None)
    if asked is None or delay is None:
        return delay
    return float(asked) if asked <= _LONGEST_WAIT else None


def _receive(call: Call[T], outcome: Incoming | Exception, deadline: Deadline) -> Flow[T]:
    incoming = _incoming(outcome)
    body = yield from _read_all(incoming, deadline)
    return call.parse(HTTPReply(incoming.response.status_code, incoming.response.headers, body))


def _open(
    call: Call[Session[E]], outcome: Incoming | Exception, deadline: Deadline
) -> Flow[Opened[E]]:
    incoming = _incoming(outcome)
    response = incoming.response
    head = HTTPReply(response.status_code, response.headers)
    kind = response.headers.get("content-type", "")
    if head.status != _OK or "json" in kind or "html" in kind:
        body = yield from _read_all(incoming, deadline)
        payload = parse_json(head._replace(body=body))
        session = call.parse(head)
        return Opened(session, session.feed_whole(payload), None, deadline)
    session = call.parse(head)
    received = False
    while True:
        chunk = yield Read(incoming)
        if isinstance(chunk, Exception):
            events = complete_or_raise(session, failure(chunk, received=received), chunk)
            return Opened(session, events, None, deadline)
        if chunk is None:
            return Opened(session, session.finish(), None, deadline)
        received = True
        events = feed_within(session, chunk, deadline)
        if events or session.done:
            return Opened(session, events, incoming, deadline)


def feed_within(session: Session[E], chunk: bytes, deadline: Deadline) -> list[E]:
    """Return the events that `chunk` completes, unless time or memory is used up."""
    try:
        deadline.take(chunk)
    except (CallTimeoutError, ReplyTooLargeError) as error:
        return complete_or_raise(session, error)
    return session.feed(chunk)


def complete_or_raise(
    session: Session[E], error: MiniMaxError, cause: Exception | None = None
) -> list[E]:
    """Return the last events if the answer was complete before `error` ended its stream."""
    found = session.interrupted(error)
    if found is not None:
        raise found from cause
    return session.finish()


def _incoming(outcome: Incoming | Exception) -> Incoming:
    if isinstance(outcome, Exception):
        raise failure(outcome, received=False) from outcome
    return outcome


def _read_all(incoming: Incoming, deadline: Deadline) -> Flow[bytes]:
    chunks: list[bytes] = []
    while True:
        chunk = yield Read(incoming)
        if isinstance(chunk, Exception):
            raise failure(chunk, received=bool(chunks)) from chunk
        if chunk is None:
            return b"".join(chunks)
        deadline.take(chunk)
        chunks.append(chunk)
