"""The part of a flow after `Send`: a reply is read whole, or a stream up to its first events."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from minimax_adapters.api._failures import failure
from minimax_adapters.api._judge import HTTPReply, parse_json
from minimax_adapters.api._steps import Flow, Incoming, Read
from minimax_adapters.api.errors import (
    CallTimeoutError,
    InvalidReplyError,
    MiniMaxError,
    ReplyTooLargeError,
)

if TYPE_CHECKING:
    from minimax_adapters.api._call import Call
    from minimax_adapters.api._deadline import Deadline
    from minimax_adapters.api._frames import FrameSession
    from minimax_adapters.api._unpacking import Unpacker

T = TypeVar("T")
E = TypeVar("E")

_OK: Final = 200


class Opened(NamedTuple, Generic[E]):
    """A stream whose first events are here; `incoming` is None when it is complete."""

    session: FrameSession[E]
    events: list[E]
    incoming: Incoming | None
    deadline: Deadline


def receive(call: Call[T], outcome: Incoming | Exception, deadline: Deadline) -> Flow[T]:
    """Read the reply whole, and return what `call` makes of it.

    Raises:
        MiniMaxError: There was no reply, it broke off, or it is an error.
    """
    incoming = _incoming(outcome)
    body = yield from read_body(incoming, deadline)
    return call.parse(HTTPReply(incoming.response.status_code, incoming.response.headers, body))


def open_stream(
    call: Call[FrameSession[E]], outcome: Incoming | Exception, deadline: Deadline
) -> Flow[Opened[E]]:
    """Read a stream up to its first events: up to there, a failure may be retried.

    Raises:
        MiniMaxError: There was no reply, it is an error, or it broke off without an event.
    """
    incoming = _incoming(outcome)
    response = incoming.response
    head = HTTPReply(response.status_code, response.headers)
    kind = response.headers.get("content-type", "")
    if head.status != _OK or "json" in kind or "html" in kind:
        body = yield from read_body(incoming, deadline)
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
        events = feed_within(session, chunk, incoming.unpacker, deadline)
        if events or session.done:
            return Opened(session, events, incoming, deadline)


def feed_within(
    session: FrameSession[E], chunk: bytes, unpacker: Unpacker | None, deadline: Deadline
) -> list[E]:
    """Return the events that `chunk` completes, unless time or memory is used up."""
    try:
        if unpacker is None:
            deadline.take(chunk)
        else:
            chunk = unpacked(chunk, unpacker, deadline)
    except (CallTimeoutError, InvalidReplyError, ReplyTooLargeError) as error:
        return complete_or_raise(session, error)
    return session.feed(chunk)


def unpacked(chunk: bytes, unpacker: Unpacker, deadline: Deadline) -> bytes:
    """Return what `chunk` unpacks to, if it is in time and within the limit of bytes."""
    content = unpacker.feed(chunk, deadline.room)
    # What unpacks to nothing is counted all the same.
    deadline.take(max(content, chunk, key=len))
    return content


def complete_or_raise(
    session: FrameSession[E], error: MiniMaxError, cause: Exception | None = None
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


def read_body(incoming: Incoming, deadline: Deadline) -> Flow[bytes]:
    """Return a body that is read whole.

    Raises:
        MiniMaxError: It broke off, cannot be unpacked, is too large or too late.
    """
    try:
        return (yield from _body_of(incoming, deadline))
    except MiniMaxError as error:
        error.trace_id = HTTPReply(0, incoming.response.headers).trace_id
        raise


def _body_of(incoming: Incoming, deadline: Deadline) -> Flow[bytes]:
    content = io.BytesIO()  # Grows in place; chunks and what they are joined to would be two.
    unpacker, received = incoming.unpacker, False
    while True:
        chunk = yield Read(incoming)
        if isinstance(chunk, Exception):
            raise failure(chunk, received=received) from chunk
        if chunk is None:
            break
        received = True
        if unpacker is None:
            deadline.take(chunk)
        else:
            chunk = unpacked(chunk, unpacker, deadline)
        content.write(chunk)
    if unpacker is not None and unpacker.is_inside:
        raise failure(EOFError("what is compressed ends too soon"), received=True)
    return content.getvalue()
