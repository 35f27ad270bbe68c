"""The protocol of the speech sockets without I/O: frames in, events and frames out.

State of a session, and what MiniMax may send in it:

CONNECTING  connected_success -> STARTING, and we send task_start
STARTING    task_started -> OPEN
OPEN        audio, sentence_start, sentence_end, task_flushed, task_canceled; we send texts
FINISHING   the same, until task_finished -> FINISHED
any         task_failed or a code -> FAILED, and the error is raised with the audio so far

Codes 2203, 2204 and 2205 are soft: the text is skipped and the session lives on. A frame without
`event` is taken for what its members say it is, `data` may be null, and the last frame of a
session may bring audio as well.
"""

from __future__ import annotations

import enum
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api._judge import HTTPReply, decode_object, int_or_none, raise_error_in
from minimax_adapters.api._partial import with_arrived
from minimax_adapters.api._socket_audio import SocketAudio
from minimax_adapters.api._socket_events import (
    SentenceEnded,
    SentenceStarted,
    SocketEvent,
    SpeechCanceled,
    TextSkipped,
    TextSpoken,
)
from minimax_adapters.api.audio import AudioChunk, AudioEnd
from minimax_adapters.api.errors import (
    APIError,
    InterruptedReplyError,
    InvalidInputError,
    InvalidReplyError,
    MiniMaxError,
)
from minimax_adapters.api.speech_text import check_pauses
from minimax_adapters.api.wire.speech_socket import signal_frame, start_frame, text_frame

if TYPE_CHECKING:
    from minimax_adapters.api.wire.speech import SpeechOptions
    from minimax_adapters.api.wire.speech_socket import Dialect

_LONGEST: Final = 9_999
_SOFT: Final = frozenset({2203, 2204, 2205})
IDLE: Final = 2201
_OK: Final = HTTPReply(200, {})


class Phase(enum.Enum):
    """Where a session is; see the module."""

    CONNECTING = enum.auto()
    STARTING = enum.auto()
    OPEN = enum.auto()
    FINISHING = enum.auto()
    FINISHED = enum.auto()
    FAILED = enum.auto()


_SPEAKING: Final = frozenset({Phase.OPEN, Phase.FINISHING})


class SocketSession:
    """One synthesis session; see the module.

    State: `phase`; `outbox` of frames to be sent; `waiting` texts that are not answered yet;
    `_flushes` how many of them each unanswered flush covers; `heard` that audio came since
    the text before was answered; `repeated` how many of the waiting texts, the oldest, had been
    sent before; `_canceling` cancellations that are not confirmed: until then audio is dropped.

    Raises:
        InvalidInputError: Settings that a socket does not take.
    """

    def __init__(
        self,
        options: SpeechOptions,
        dialect: Dialect,
        *,
        continuous_sound: bool = False,
        session_id: str | None = None,
        audio: SocketAudio | None = None,
    ) -> None:
        self.dialect = dialect
        self.phase = Phase.CONNECTING
        self.outbox: deque[str] = deque()
        self.waiting: deque[str] = deque()
        self.heard = False
        self.repeated = 0
        self.audio = audio or SocketAudio(options)
        self._start = start_frame(options, continuous_sound=continuous_sound, session_id=session_id)
        self._flushes: deque[int] = deque()
        self._canceling = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is being spoken, so that a lost connection loses nothing."""
        return self.phase is Phase.OPEN and not self.waiting and not self._canceling

    @property
    def canceling(self) -> bool:
        """Whether a cancellation is not confirmed yet."""
        return self._canceling > 0

    @property
    def due(self) -> bool:
        """Whether MiniMax owes an answer; texts that it still collects are not spoken yet."""
        asked = bool(self._flushes) if self.dialect == "bidi" else bool(self.waiting)
        return asked or self._canceling > 0 or self.phase is Phase.FINISHING

    @property
    def settled(self) -> bool:
        """Whether everything was spoken and we have said goodbye: only MiniMax's is missing."""
        return self.phase is Phase.FINISHING and not self.waiting and not self._canceling

    @property
    def repeatable(self) -> bool:
        """Whether the texts that wait may be sent again: none of them was spoken in part."""
        unheard = not self.heard and not self._canceling and not self.repeated
        return self.phase is Phase.OPEN and unheard

    def say(self, text: str) -> None:
        """Have `text` spoken; bidirectional sockets wait for the end of a sentence.

        Raises:
            InvalidInputError: It is empty, too long, or has pauses where none may be; or the
                session is over.
        """
        self._check_open()
        if not isinstance(text, str):
            raise InvalidInputError(f"Pass a text, not {type(text).__name__}.")
        if not text.strip() or len(text) > _LONGEST:
            raise InvalidInputError(
                f"A text for a socket has 1 to 9,999 characters, not {len(text):,}. Cut it with"
                " split_text()."
            )
        if self.dialect == "plain":
            try:
                check_pauses(text)
            except ValueError as error:
                raise InvalidInputError(f"The text cannot be spoken: {error}.") from None
        if not self.waiting:
            self.heard = False
        self.waiting.append(text)
        self.outbox.append(text_frame(text))

    def flush(self) -> None:
        """Have what MiniMax still collects spoken now.

        Raises:
            InvalidInputError: The socket is a plain one, or the session is over.
        """
        self._check_open("flush")
        self._flushes.append(len(self.waiting) - sum(self._flushes))
        self.outbox.append(signal_frame("task_flush"))

    def cancel(self) -> None:
        """Stop speaking and forget what waits; audio is dropped from here on.

        Raises:
            InvalidInputError: The socket is a plain one, or the session is over.
        """
        self._check_open("cancel")
        self._canceling += 1
        self.waiting.clear()
        self.repeated = 0
        self._flushes.clear()
        self.outbox.append(signal_frame("task_cancel"))

    def finish(self) -> None:
        """Have everything spoken, then end the session.

        Raises:
            InvalidInputError: The session is over.
        """
        self._check_open()
        self.phase = Phase.FINISHING
        self.outbox.append(signal_frame("task_finish"))

    def receive(self, frame: str | bytes) -> list[SocketEvent]:
        """Return the events of a frame.

        Raises:
            APIError: It is an error; `partial` holds the audio so far.
            InvalidReplyError: It is no frame of MiniMax.
        """
        content = frame.encode("utf-8", "replace") if isinstance(frame, str) else frame
        payload = decode_object(content)
        if payload is None:
            raise self.failed(InvalidReplyError("A frame of the socket is not a JSON object."))
        try:
            raise_error_in(payload, _OK)
        except APIError as error:
            if is_idle_close(error) and (self.idle or self.settled or self.repeatable):
                with_arrived(error, self.audio.so_far())
                raise
            if error.code not in _SOFT or payload.get("event") == "task_failed":
                raise self.failed(error) from None
            return [TextSkipped(error, self._skip())]
        if payload.get("event") == "task_failed":
            raise self.failed(InvalidReplyError("MiniMax ended the task without a code."))
        return self._take(payload)

    def closed(self, reason: str) -> MiniMaxError:
        """Return the error of a connection that closed too early."""
        error = InterruptedReplyError(
            f"The socket closed before everything was spoken ({reason}). What had arrived is in"
            " the error's `partial`; send the rest again."
        )
        return with_arrived(error, self.audio.so_far())

    def failed(self, error: MiniMaxError) -> MiniMaxError:
        """Return `error` with the audio so far; the session is over."""
        self.phase = Phase.FAILED
        return with_arrived(error, self.audio.so_far())

    def _check_open(self, bidirectional: str = "") -> None:
        if self.phase is not Phase.OPEN:
            raise InvalidInputError("This session of the socket is over: connect again.")
        if bidirectional and self.dialect != "bidi":
            raise InvalidInputError(
                f"Only a bidirectional socket can {bidirectional}: connect with dialect='bidi'."
            )

    def _skip(self) -> str | None:
        # The answer to a text that is not taken comes at once, so it is the newest one.
        if not self.waiting:
            return None
        if self._flushes and len(self.waiting) == sum(self._flushes):
            self._flushes[-1] -= 1
        self.repeated = min(self.repeated, len(self.waiting) - 1)
        return self.waiting.pop()

    def _take(self, payload: dict[str, Any]) -> list[SocketEvent]:
        event = payload.get("event") or ("task_continued" if "data" in payload else None)
        if event == "connected_success" and self.phase is Phase.CONNECTING:
            self.phase = Phase.STARTING
            self.outbox.append(self._start)
        elif event == "task_started" and self.phase is Phase.STARTING:
            self.phase = Phase.OPEN
        elif self.phase in _SPEAKING:
            return self._while_speaking(event, payload)
        return []

    def _while_speaking(self, event: str | None, payload: dict[str, Any]) -> list[SocketEvent]:
        if event == "task_canceled":
            self._canceling = max(0, self._canceling - 1)
            self.heard = bool(self.waiting)
            self.audio.end_text()
            return [SpeechCanceled()]
        if self._canceling:
            # This was on its way when the cancellation was sent.
            return [] if event != "task_finished" else self.finished()
        events: list[SocketEvent] = []
        chunk = self._chunk(payload)
        if chunk is not None:
            events.append(chunk)
        if event == "task_continued" and payload.get("is_final") and self.dialect == "plain":
            events.append(self._spoken(1))
        elif event == "task_flushed":
            count = self._flushes.popleft() if self._flushes else len(self.waiting)
            events.append(self._spoken(count))
        elif event == "sentence_start":
            events.append(SentenceStarted())
        elif event == "sentence_end":
            events.append(SentenceEnded())
        elif event == "task_finished":
            events += self.finished()
        return events

    def _chunk(self, payload: dict[str, Any]) -> AudioChunk | None:
        try:
            data = self.audio.take(payload)
        except InvalidReplyError as error:
            raise self.failed(error) from None
        if not data:
            return None
        self.heard = True
        return AudioChunk(data)

    def _spoken(self, count: int) -> TextSpoken:
        count = min(count, len(self.waiting))
        for _ in range(count):
            self.waiting.popleft()
        self.repeated = max(0, self.repeated - count)
        if count:
            self.heard = False  # Of the texts behind them.
            self.audio.end_text()
        return TextSpoken(count)

    def finished(self) -> list[SocketEvent]:
        """End the session and return its last event."""
        self.phase = Phase.FINISHED
        self.waiting.clear()
        return [AudioEnd(self.audio.so_far())]


def is_idle_close(error: MiniMaxError) -> bool:
    """Return whether MiniMax closed the socket because nothing was said for 120 seconds."""
    return isinstance(error, APIError) and int_or_none(error.code) == IDLE
