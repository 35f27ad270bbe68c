"""Every fault at every moment of both socket protocols, from a server that follows a script.

The expected outcome of each is worked out from the script by the rules that users are promised:
an error is typed, what came before it is kept, nothing is heard twice, a text of which nothing was
heard is sent again once, and the connection is closed.
"""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest
from talkers import COLOURS, Colour, Talker, audio_of, end_of
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from minimax_adapters.api import (
    APIError,
    Audio,
    AudioChunk,
    AuthenticationError,
    ConnectionFailedError,
    InterruptedReplyError,
    InvalidReplyError,
    InvalidRequestError,
    InvalidVoiceError,
    MiniMaxError,
    RateLimitError,
    ServerError,
    SpeechCanceled,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.server import ServerConnection

    from minimax_adapters.api.wire.speech_socket import Dialect

pytestmark = pytest.mark.sampled(share=0.07)


def frame(event: str, audio: str | None = None, code: int = 0, **members: object) -> str:
    """Return a frame of the server."""
    content: dict[str, Any] = {"event": event, "trace_id": "t1", "base_resp": {"status_code": code}}
    if audio is not None:
        content["data"] = {"audio": audio}
    return json.dumps(content | members)


# What the server does, line by line: `@` a moment, `<` it reads a frame, `>` it sends one.
SCRIPTS: Final[dict[Dialect, str]] = {
    "plain": """
        @connected  >connected_success  @greeted  <task_start  @starting  >task_started
        <task_continue  @asked  >aa  @hearing  >bb  @nearly  >cc!  @idle
        <task_finish  @finishing  >task_finished""",
    "bidi": """
        @connected  >connected_success  @greeted  <task_start  @starting  >task_started
        <task_continue  @collecting  <task_flush  @asked  >sentence_start  @begun  >aa  @hearing
        >bb  @nearly  >cc!  @spoken  >sentence_end  @ended  >task_flushed  @idle
        <task_finish  @finishing  >task_finished""",
}
CANCELING: Final = """
        >connected_success  <task_start  >task_started  <task_continue  <task_flush
        >sentence_start  >aa  <task_cancel  @canceling  >task_canceled
        <task_finish  @finishing  >task_finished"""
GREETING: Final = {"connected", "greeted", "starting"}
SETTLED: Final = {"idle", "finishing"}


@dataclass(frozen=True)
class Fault:
    """What goes wrong: a frame is sent, the connection is closed, or both."""

    name: str
    frame: str | bytes | None = None
    close: int | None = None
    error: type[MiniMaxError] | None = None
    code: int = 0
    extra: bytes = b""


CODES: Final[dict[int, type[APIError]]] = {
    1000: ServerError,
    1001: ServerError,
    1002: RateLimitError,
    1004: AuthenticationError,
    1039: RateLimitError,
    1042: InvalidRequestError,
    2013: InvalidRequestError,
    2049: AuthenticationError,
    2201: ServerError,
    2202: InvalidRequestError,
    2203: InvalidRequestError,
    2204: InvalidRequestError,
    2205: RateLimitError,
    2206: InvalidRequestError,
    20132: InvalidVoiceError,
    9999: APIError,
}
BROKEN_OFF: Final = -1
UNREADABLE: Final = Fault(
    "audio that is not hexadecimal", frame("task_continued", "zz"), None, InvalidReplyError
)
FAULTS: Final = [
    *(Fault(f"code {code}", frame("task_failed", code=code), None, kind, code)
      for code, kind in CODES.items()),
    *(Fault(f"close {code}", None, code, InterruptedReplyError)
      for code in (1000, 1001, 1008, 1011, 4000, BROKEN_OFF)),
    *(Fault(f"garbage {garbage!r}", garbage, None, InvalidReplyError)
      for garbage in ("no json", "[]", "{", "", "null", "5", b"\x00\xff", "[" * 5000)),
    UNREADABLE,
    Fault("failure without a code", frame("task_failed"), None, InvalidReplyError),
    Fault("null data", frame("task_continued", data=None)),
    Fault("no data", frame("task_continued")),
    Fault("an event of tomorrow", frame("tomorrow", data={"audio": None})),
    Fault("a binary frame of JSON", frame("tomorrow").encode()),
    Fault("a second greeting", frame("connected_success")),
    Fault("late audio", frame("task_continued", "dd"), extra=b"\xdd"),
]  # fmt: skip


class Actor:
    """A server that plays a script on each connection, with a fault at a moment.

    State: `begun` connections, `ended` how each ended: the code, or None if it was left open.
    """

    def __init__(self) -> None:
        self.url = ""
        self.play("", "", FAULTS[0])

    def play(self, script: str, moment: str, fault: Fault, times: int = 99) -> None:
        """Set what is played to the next connections; the fault comes to so many of them."""
        self.script, self.moment, self.fault, self.times = script.split(), moment, fault, times
        # Audio outside of a session, and after a cancellation, is dropped without a look.
        unseen = fault is UNREADABLE and moment in {*GREETING, "canceling"}
        self.fatal = fault.error is not None and not unseen
        self.begun = 0
        self.ended: queue.Queue[int | None] = queue.Queue()

    def talk(self, connection: ServerConnection) -> None:
        """Play to a connection, and wait until its client hangs up."""
        self.begun += 1
        try:
            for line in self.script:
                if line == f"@{self.moment}" and self.begun <= self.times:
                    self._spoil(connection)
                    if self.fatal:
                        break
                elif line[0] == "<":
                    connection.recv(timeout=5)
                elif line[0] == ">":
                    connection.send(self._frame(line[1:]))
            while True:
                connection.recv(timeout=5)
        except TimeoutError:
            self.ended.put(None)
        except (ConnectionClosed, OSError):
            self.ended.put(1000)

    @staticmethod
    def _frame(name: str) -> str:
        if len(name.rstrip("!")) > 2:
            return frame(name)
        return frame("task_continued", name.rstrip("!"), is_final=name.endswith("!"))

    def _spoil(self, connection: ServerConnection) -> None:
        if self.fault.frame is not None:
            connection.send(self.fault.frame)
        if self.fault.close == BROKEN_OFF:
            connection.socket.shutdown(socket.SHUT_RDWR)
        elif self.fault.close:
            connection.close(self.fault.close, "as the script says")

    def audio_before(self) -> bytes:
        """Return what is heard before the fault."""
        return audio_in(self.script[: self.script.index(f"@{self.moment}")])

    def check_closed(self) -> None:
        """Check that every connection was closed by the client."""
        for _ in range(self.begun):
            assert self.ended.get(timeout=10) == 1000


def audio_in(lines: list[str]) -> bytes:
    """Return the audio that is sent in these lines."""
    return b"".join(bytes.fromhex(x[1:3]) for x in lines if len(x.rstrip("!")) == 3 and x[0] == ">")


@pytest.fixture(scope="module")
def actor() -> Iterator[Actor]:
    """A server that plays what a test gives it."""
    actor = Actor()
    with serve(actor.talk, "127.0.0.1", 0, close_timeout=1) as server:
        actor.url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield actor
        server.shutdown()
        thread.join()


def talker_of(colour: Colour, actor: Actor) -> Talker:
    """Return a client that tries a call once."""
    return Talker(colour, None, base_url=actor.url, api_key="k", max_retries=0)


def cases() -> Iterator[Any]:
    """Yield every fault at every moment of both protocols."""
    for dialect, script in SCRIPTS.items():
        for line in script.split():
            if line[0] == "@":
                for fault in FAULTS:
                    name = f"{dialect}-{line[1:]}-{fault.name[:30]}"
                    yield pytest.param(dialect, line[1:], fault, id=name)


def expected_error(moment: str, fault: Fault) -> type[MiniMaxError] | None:
    """Return the error that a user is promised, None if all is spoken to its end."""
    if moment in GREETING:
        if fault.close:
            # There was no session yet that could be interrupted.
            return ConnectionFailedError if fault.close == BROKEN_OFF else InvalidReplyError
        return None if fault is UNREADABLE else fault.error
    if moment in SETTLED and (fault.close or fault.code == 2201):
        return None  # All was spoken: there is nothing left to be lost.
    return fault.error


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(("dialect", "moment", "fault"), list(cases()))
def test_any_fault_at_any_moment(
    actor: Actor,
    colour: Colour,
    dialect: Dialect,
    moment: str,
    fault: Fault,
) -> None:
    """The rules of the module, by a text that is spoken and a session that is finished."""
    actor.play(SCRIPTS[dialect], moment, fault)
    kind = expected_error(moment, fault)
    seen: list[Any] = []
    with talker_of(colour, actor) as talker:
        voice = talker.connect(dialect=dialect)
        error = spoken(talker, voice, seen)
        actor.check_closed()

    if kind is None:
        assert error is None
        extra = b"" if moment in GREETING else fault.extra
        before = actor.audio_before()
        assert audio_of(seen) == before + extra + audio_in(actor.script)[len(before) :]
        assert end_of(seen).audio.data == audio_of(seen)
    else:
        assert type(error) is kind
        assert getattr(error, "code", 0) == fault.code
        heard = error.partial.data if isinstance(error.partial, Audio) else b""
        assert heard == audio_of(seen) == actor.audio_before()
    # Texts of which nothing was heard are sent again, once; nothing else is.
    again = moment in {"collecting", "asked", "begun"} and (fault.close or fault.code == 2201)
    assert actor.begun <= 2 if again or moment in SETTLED else actor.begun == 1


def spoken(talker: Talker, voice: Any, seen: list[Any]) -> MiniMaxError | None:  # noqa: ANN401 - either colour
    """Have a text spoken and finish; return the error, if there is one."""
    try:
        talker.all(voice.speak("A text to be spoken."), seen)
        talker.all(voice.drain(), seen)
    except MiniMaxError as error:
        return error
    return None


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("dialect", SCRIPTS)
@pytest.mark.parametrize("fault", [f for f in FAULTS if f.close or f.code == 2201], ids=str)
def test_a_connection_lost_before_the_first_sound_is_not_noticed(
    actor: Actor, colour: Colour, dialect: Dialect, fault: Fault
) -> None:
    """The text is sent again, and is heard once."""
    actor.play(SCRIPTS[dialect], "asked", fault, times=1)
    seen: list[Any] = []
    with talker_of(colour, actor) as talker:
        error = spoken(talker, talker.connect(dialect=dialect), seen)
        actor.check_closed()

    assert error is None
    assert audio_of(seen) == end_of(seen).audio.data == b"\xaa\xbb\xcc"
    assert actor.begun == 2


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name[:30])
def test_any_fault_at_a_cancellation(actor: Actor, colour: Colour, fault: Fault) -> None:
    """What was heard before it is kept, what comes after it is dropped."""
    actor.play(CANCELING, "canceling", fault)
    seen: list[Any] = []
    error: MiniMaxError | None = None
    with talker_of(colour, actor) as talker:
        voice = talker.connect()
        try:
            talker.call(voice.send, "A text to be spoken.")
            talker.call(voice.flush)
            while not any(isinstance(event, AudioChunk) for event in seen):
                seen.append(next(iter(voice)) if colour == "sync" else talker.call(_next, voice))
            talker.call(voice.cancel)
            while not isinstance(seen[-1], SpeechCanceled):
                seen.append(next(iter(voice)) if colour == "sync" else talker.call(_next, voice))
            talker.all(voice.drain(), seen)
        except MiniMaxError as caught:
            error = caught
        actor.check_closed()

    assert type(error) is (fault.error if actor.fatal else type(None))
    if error is None:
        assert end_of(seen).audio.data == audio_of(seen) == b"\xaa"
    else:
        assert isinstance(error.partial, Audio)
        assert error.partial.data == audio_of(seen) == b"\xaa"


async def _next(voice: Any) -> Any:  # noqa: ANN401 - any event
    async with contextlib.aclosing(aiter(voice)) as events:
        return await anext(events)
