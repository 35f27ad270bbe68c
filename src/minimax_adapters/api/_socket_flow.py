"""A speech socket as flows without I/O: connect, send, receive, connect again.

They yield the steps of `_steps` and three of their own, and are driven by `_socket_drivers`.
`Send` opens the connection here, with the retries, failover and renewal of keys that every call
has. A connection that was closed while nothing was spoken is opened again without a word; texts of
which no audio had come are sent again, once.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from minimax_adapters.api._call import Call
from minimax_adapters.api._retries import waits_between_attempts
from minimax_adapters.api._socket_audio import SocketAudio
from minimax_adapters.api._socket_bounds import ReplyBounds, missed
from minimax_adapters.api._socket_events import (
    SocketEvent,
    SpeechCanceled,
    TextSkipped,
    TextSpoken,
)
from minimax_adapters.api._socket_greeting import greet
from minimax_adapters.api._socket_session import Phase, SocketSession, is_idle_close
from minimax_adapters.api._socket_steps import Closed, Disconnect, Receive, Transmit
from minimax_adapters.api._speech import naming_voices
from minimax_adapters.api._steps import Sleep
from minimax_adapters.api.audio import AudioChunk, AudioEnd
from minimax_adapters.api.errors import (
    CallTimeoutError,
    InvalidInputError,
    MiniMaxError,
    ReplyTooLargeError,
)
from minimax_adapters.api.wire.speech_socket import PATHS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from minimax_adapters.api._flow import Policy
    from minimax_adapters.api._socket_steps import Steps
    from minimax_adapters.api.wire.speech import SpeechOptions
    from minimax_adapters.api.wire.speech_socket import Dialect

_TOO_MUCH_WAITS: Final = 2205


class SocketFlow:
    """The flows of one socket.

    State: `session` of the present connection, None before the first; `_events` that were
    received and not yet taken; `_waits` between repetitions of a text that MiniMax did not
    take; `_shut` that we closed it for good; `_abandoned` cancellations of ours that MiniMax has
    not confirmed; `_listening` the process in which somebody speaks or waits for an event, or None.
    """

    def __init__(
        self,
        policy: Policy,
        options: SpeechOptions,
        dialect: Dialect,
        *,
        continuous_sound: bool = False,
        session_id: str | None = None,
    ) -> None:
        self._policy = policy
        if dialect not in PATHS:
            raise InvalidInputError(f"dialect is one of {', '.join(PATHS)}, not {dialect!r}.")
        self._greet = partial(greet, policy.settings.timeout)
        audio = SocketAudio(options, policy.settings.max_reply_bytes)

        def session(_: object = None) -> SocketSession:
            return SocketSession(
                options,
                dialect,
                continuous_sound=continuous_sound,
                session_id=session_id,
                audio=audio,
            )

        session()  # Settings that a socket does not take are refused here, not at its first use.
        self._call: Call[SocketSession] = Call(
            "GET", PATHS[dialect], None, session, native=True, about=naming_voices(options)
        )
        self._session: SocketSession | None = None
        self._process = os.getpid()
        self.dialect: Dialect = dialect
        self._events: deque[SocketEvent] = deque()
        self._waits: Iterator[float] = iter(())
        self._shut = False
        self._abandoned = 0
        self._listening: int | None = None
        self._bounds = ReplyBounds(policy.settings, policy.clock)

    @property
    def session(self) -> SocketSession | None:
        """That of the present connection; a forked child has none, as it is its parent's."""
        return self._session if self._process == os.getpid() else None

    @session.setter
    def session(self, session: SocketSession | None) -> None:
        if self._process != os.getpid():
            self._events.clear()
        self._session, self._process = session, os.getpid()

    def open(self) -> Steps[None]:
        """Connect and start the session; nothing happens if it is open."""
        if self._shut:
            raise InvalidInputError("This socket was closed: connect another one.")
        if self.session is not None and self.session.phase is Phase.OPEN:
            return
        try:
            session = yield from self._policy.greeted(self._call, self._greet)
        except MiniMaxError:
            yield Disconnect()
            raise
        if self._shut:
            # Another thread closed it while this one was connecting.
            yield Disconnect()
            raise InvalidInputError("This socket was closed while it was connecting.")
        self.session = session
        self._abandoned = 0

    def act(self, *actions: Callable[[SocketSession], None]) -> Steps[None]:
        """Do something in the session, such as `say`; connect if need be."""
        yield from self.open()
        session = self._open_session()
        idle, due = session.idle, session.due
        for action in actions:
            action(session)
        if idle:
            self._bounds.begin_reply()
        # A cancellation may have been waiting for long, for somebody to listen.
        if session.due and (not due or session.canceling or session.phase is Phase.FINISHING):
            self._bounds.begin()
        yield from self._transmit()

    def speak(self, text: str) -> Steps[None]:
        """Send `text` and have it spoken now; then take its audio with `next_chunk`."""
        with self._alone():
            self._waits = waits_between_attempts(self._policy.settings)
            try:
                yield from self.act(*self._saying(text))
            except GeneratorExit:
                # Whoever leaves it now takes none of its audio, which the next text would find.
                self.session = None
                raise

    def next_event(self) -> Steps[SocketEvent | None]:
        """Return the next event, None when the session or an idle connection has ended."""
        with self._alone():
            return (yield from self._next_event())

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Listen: two would take parts of each other's audio."""
        # Whoever listened in a parent process does not do so in this one.
        if self._listening == os.getpid():
            raise InvalidInputError(
                "Another thread or task is listening to this socket: connect one for each."
            )
        self._listening = os.getpid()
        try:
            yield
        finally:
            self._listening = None

    def _next_event(self) -> Steps[SocketEvent | None]:
        try:
            while not self._events:
                if self._open_session().phase is Phase.FINISHED or (yield from self._receive()):
                    yield Disconnect()
                    return None
        except MiniMaxError:
            # MiniMax wants whoever was refused to hang up.
            yield Disconnect()
            raise
        return self._events.popleft()

    def _receive(self) -> Steps[bool]:
        """Receive a frame; return whether there was none since an idle connection has ended."""
        session = self._open_session()
        if not session.due:
            self._bounds.end()
        frame = yield Receive(self._bounds.wait())
        if isinstance(frame, Closed):
            if session.idle or self._shut:
                self.session = None
                return True
            yield from self._again(session.closed(frame.reason))
        elif isinstance(frame, Exception):
            raise session.failed(missed(frame, self._bounds.time)) from frame
        else:
            return (yield from self._take(frame))
        return False

    def next_chunk(self) -> Steps[AudioChunk | AudioEnd | None]:
        """Return the next audio of a text given to `speak`, None at its end.

        Raises:
            APIError: MiniMax does not take the text.
        """
        while True:
            event = yield from self.next_event()
            if isinstance(event, SpeechCanceled) and self._abandoned:
                self._abandoned -= 1
                continue
            if event is None or isinstance(event, SpeechCanceled):
                return None
            if isinstance(event, TextSpoken) and event.texts:
                return None
            if isinstance(event, AudioChunk | AudioEnd):
                return event
            if isinstance(event, TextSkipped):
                yield from self._skipped(event)

    def abandon(self) -> Steps[None]:
        """Have no more of a text given to `speak`, so that the next one is not mixed with it."""
        session = self.session
        self._events.clear()
        if session is None or session.phase is not Phase.OPEN or session.idle or self._shut:
            return
        if self.dialect == "bidi":
            session.cancel()
            self._abandoned += 1
            if (yield from self._deliver()) is None:
                return
        # Whoever wants nothing more loses nothing with the connection either.
        self.session = None
        yield Disconnect()

    @staticmethod
    def heard(event: SocketEvent) -> AudioChunk | AudioEnd | None:
        """Return the audio that an event is, None for others.

        Raises:
            APIError: MiniMax did not take a text.
        """
        if isinstance(event, TextSkipped):
            raise event.error
        return event if isinstance(event, AudioChunk | AudioEnd) else None

    def close(self) -> Steps[None]:
        """Close the connection for good, whatever is under way."""
        self._shut = True
        self.session = None
        yield Disconnect()

    def _open_session(self) -> SocketSession:
        if self.session is None:
            raise MiniMaxError("The socket is not connected: send a text first.")
        return self.session

    def _saying(self, text: str) -> list[Callable[[SocketSession], None]]:
        actions = [lambda session: session.say(text)]
        return [*actions, SocketSession.flush] if self.dialect == "bidi" else [*actions]

    def _transmit(self) -> Steps[None]:
        session = self._open_session()
        lost = yield from self._deliver()
        # Another thread may have closed it, or sent the texts again over a connection of its own.
        if lost is None or self._shut or self.session is not session:
            return
        if isinstance(lost, Closed):
            yield from self._again(session.closed(lost.reason))
            return
        error = session.failed(lost)
        yield Disconnect()
        raise error

    def _deliver(self) -> Steps[Closed | MiniMaxError | None]:
        """Send what is to be sent; return why it cannot be, else None."""
        outbox, telling = self._open_session().outbox, self._bounds.telling()
        outcome: Closed | Exception | None = None
        while outbox and outcome is None:
            outcome = yield Transmit(outbox.popleft(), self._bounds.room(telling))
        outbox.clear()
        return missed(outcome, telling) if isinstance(outcome, Exception) else outcome

    def _take(self, frame: str | bytes) -> Steps[bool]:
        """Take a frame; return whether it ended an idle connection."""
        session = self._open_session()
        try:
            self._bounds.take(frame)
            events = session.receive(frame)
            self._events.extend(events)
        except (CallTimeoutError, ReplyTooLargeError) as error:
            raise session.failed(error) from None
        except MiniMaxError as error:
            if not is_idle_close(error):
                raise
            if session.idle:
                self.session = None
                return True
            yield from self._again(error)
            events = []
        if session.due and any(isinstance(e, TextSpoken | SpeechCanceled) for e in events):
            self._bounds.begin()
        yield from self._transmit()
        return False

    def _again(self, error: MiniMaxError) -> Steps[None]:
        """Connect again and repeat the texts of which nothing was heard, or raise `error`.

        A session of which nothing is due any more ends as if MiniMax had said so.
        """
        session = self._open_session()
        if session.settled:
            self._events.extend(session.finished())
            return
        texts = list(session.waiting)
        if not session.repeatable:
            raise session.failed(error)
        self.session = None
        yield from self.open()
        fresh = self._open_session()
        fresh.repeated = len(texts)
        for text in texts:
            fresh.say(text)
        if texts and self.dialect == "bidi":
            fresh.flush()
        yield from self._transmit()

    def _skipped(self, event: TextSkipped) -> Steps[None]:
        session = self._open_session()
        wait = next(self._waits, None)
        takes_none = event.error.code != _TOO_MUCH_WAITS or event.text is None
        if takes_none or wait is None or not self._bounds.time.allows(wait):
            raise session.failed(event.error)
        time = self._bounds.time
        yield Sleep(wait)
        yield from self.act(*self._saying(cast("str", event.text)))
        self._bounds.time = time
