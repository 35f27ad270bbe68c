"""The frames of an event stream: what those of chat and of speech have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from minimax_adapters.api._judge import decode_object, raise_error_in
from minimax_adapters.api._partial import with_arrived
from minimax_adapters.api._sse import SSEDecoder
from minimax_adapters.api.errors import InterruptedReplyError, InvalidReplyError, MiniMaxError

if TYPE_CHECKING:
    from minimax_adapters.api._judge import HTTPReply

E = TypeVar("E")

_DONE: Final = b"[DONE]"


class FrameSession(ABC, Generic[E]):
    """Turns the bytes of a stream into events; does no I/O.

    State: `done` says that nothing more is wanted, `cut` that this is before the server's own
    end; `_error` is a failure that waits until the events before it are taken; `_ended` that the
    last event, which is sent once, was sent.
    """

    __slots__ = ("_ended", "_error", "_reply", "_sse", "cut", "done")

    ends_at_done: ClassVar[bool]
    """Whether `[DONE]` is the end; otherwise it says nothing."""
    what: ClassVar[str]
    """What is streamed, in an error text."""
    ending: ClassVar[str]
    """What the server ends it with, in an error text."""
    content: ClassVar[str]
    """What a plain reply holds, in an error text."""

    def __init__(self, reply: HTTPReply) -> None:
        self.done = False
        self.cut = False
        self._reply = reply
        self._sse = SSEDecoder()
        self._error: MiniMaxError | None = None
        self._ended = False

    @abstractmethod
    def so_far(self) -> object:
        """Return what has arrived, for the `partial` of an error."""

    @abstractmethod
    def _take_frame(self, frame: dict[str, Any], events: list[E]) -> None:
        """Add the events of one frame."""

    @abstractmethod
    def _take_whole(self, payload: dict[str, Any], events: list[E]) -> bool:
        """Add the events of a plain reply; return whether it holds what was asked for."""

    @abstractmethod
    def _has_begun(self) -> bool:
        """Return whether anything of the stream has arrived."""

    @abstractmethod
    def _is_complete(self) -> bool:
        """Return whether the server has said that this was all."""

    @abstractmethod
    def _end(self, events: list[E]) -> None:
        """Add the last events."""

    def feed_whole(self, payload: dict[str, Any]) -> list[E]:
        """Return the events of a plain reply that answers a request for a stream.

        Raises:
            APIError: It is an error.
            InvalidReplyError: It does not hold what was asked for.
        """
        events: list[E] = []
        if not self._take_whole(payload, events):
            raise self._broken(f"The reply holds neither {self.content} nor an error.")
        self.done = True
        return [*events, *self.finish()]

    def finish(self) -> list[E]:
        """Return the last events when the connection has closed or nothing more is wanted.

        Raises:
            APIError: It was one, sent as plain JSON.
            InterruptedReplyError: The stream was cut off.
            InvalidReplyError: It was no event stream.
        """
        events: list[E] = []
        if self._error is not None:
            raise self._error
        if self._ended:
            return events
        if not self.done:
            self._take_rest(events)
        if not (self.done or self._is_complete()):
            whole = None if self._has_begun() else decode_object(self._sse.stray)
            if whole is None:
                raise self._cut_off()
            return self.feed_whole(whole)
        self._ended = True
        self._end(events)
        self.done = True
        return events

    def leave(self) -> list[E]:
        """Return no events, and have none any more: nobody wants the rest."""
        self._ended = self.done = True
        return []

    def interrupted(self, error: MiniMaxError) -> MiniMaxError | None:
        """Return the error of a broken connection, None if all had arrived before."""
        if self.done or self._is_complete():
            return None
        return with_arrived(error, self.so_far())

    def feed(self, chunk: bytes) -> list[E]:
        """Return the events that `chunk` completes.

        Raises:
            APIError: A frame is an error; `partial` holds what has arrived.
            InvalidReplyError: A frame is not JSON, or its audio is not hex.
        """
        events: list[E] = []
        for payload in self._sse.feed(chunk):
            try:
                self._take(payload, events)
            except MiniMaxError as error:
                if not events:
                    raise
                self._error, self.done = error, True
            if self.done:
                break
        return events

    def _take_rest(self, events: list[E]) -> None:
        """Add the events of what the end of the connection completes."""
        for payload in self._sse.flush():
            # What is no JSON here is the start of a frame that the end cut off.
            if payload.strip() == _DONE or decode_object(payload) is not None:
                self._take(payload, events)

    def _take(self, payload: bytes, events: list[E]) -> None:
        content = payload.strip()
        if content == _DONE:
            self.done = self.ends_at_done
            return
        frame = decode_object(content)
        if frame is None:
            if not content:  # An empty frame keeps the connection alive.
                return
            raise self._broken("A frame of the stream is not a JSON object.")
        self._take_frame(frame, events)

    def _raise_error_in(self, frame: dict[str, Any]) -> None:
        try:
            raise_error_in(frame, self._reply)
        except MiniMaxError as error:
            with_arrived(error, self.so_far())
            raise

    def _cut_off(self) -> MiniMaxError:
        if not self._has_begun() and self._sse.stray:
            return self._broken("The reply is no event stream.")
        error = InterruptedReplyError(
            f"The stream ended before the {self.what} did: the connection closed without"
            f" {self.ending}. What had arrived is in the error's `partial`; ask again for the rest."
        )
        return with_arrived(error, self.so_far())

    def _broken(self, text: str) -> InvalidReplyError:
        error = InvalidReplyError(
            f"{text} Check the base URL, and whether a proxy changes the reply.",
            self._reply.status,
            self._reply.trace_id,
        )
        return with_arrived(error, self.so_far())
