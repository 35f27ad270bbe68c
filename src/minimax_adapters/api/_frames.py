"""The frames of an event stream: what those of chat and of speech have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar

from minimax_adapters.api._judge import decode_object, raise_error_in
from minimax_adapters.api._sse import SSEDecoder
from minimax_adapters.api.errors import InterruptedReplyError, InvalidReplyError, MiniMaxError

if TYPE_CHECKING:
    from minimax_adapters.api._judge import HTTPReply

E = TypeVar("E")

_DONE: Final = b"[DONE]"


class FrameSession(ABC, Generic[E]):
    """Turns the bytes of a stream into events; does no I/O.

    State: `done` says that nothing more is wanted, `cut` that this is before the server's own
    end; `_error` is a failure that waits until the events before it are taken.
    """

    ends_at_done: ClassVar[bool]
    """Whether `[DONE]` is the end; otherwise it says nothing."""

    def __init__(self, reply: HTTPReply) -> None:
        self.done = False
        self.cut = False
        self._reply = reply
        self._sse = SSEDecoder()
        self._error: MiniMaxError | None = None

    @abstractmethod
    def so_far(self) -> object:
        """Return what has arrived, for the `partial` of an error."""

    @abstractmethod
    def _take_frame(self, frame: dict[str, Any], events: list[E]) -> None:
        """Add the events of one frame."""

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
            error.partial = self.so_far()
            raise

    def _cut_off(self, what: str, end: str, *, begun: bool) -> MiniMaxError:
        if not begun and self._sse.stray:
            return self._broken("The reply is no event stream.")
        error = InterruptedReplyError(
            f"The stream ended before the {what} did: the connection closed without {end}."
            " What had arrived is in the error's `partial`; ask again for the rest."
        )
        error.partial = self.so_far()
        return error

    def _broken(self, text: str) -> InvalidReplyError:
        error = InvalidReplyError(
            f"{text} Check the base URL, and whether a proxy changes the reply.",
            self._reply.status,
            self._reply.trace_id,
        )
        error.partial = self.so_far()
        return error
