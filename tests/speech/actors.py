"""A server of sockets that follows a script, and what may go wrong at each moment of it."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from talkers import Colour, Talker
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from minimax_adapters.api import (
    APIError,
    AuthenticationError,
    InterruptedReplyError,
    InvalidReplyError,
    InvalidRequestError,
    InvalidVoiceError,
    MiniMaxError,
    RateLimitError,
    ServerError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.server import ServerConnection

    from minimax_adapters.api.wire.speech_socket import Dialect


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


@contextlib.contextmanager
def running_actor() -> Iterator[Actor]:
    """Serve an actor on a thread."""
    actor = Actor()
    with serve(actor.talk, "127.0.0.1", 0, close_timeout=10) as server:
        actor.url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield actor
        server.shutdown()
        thread.join()


def talker_of(colour: Colour, actor: Actor) -> Talker:
    """Return a client that tries a call once."""
    return Talker(colour, None, base_url=actor.url, api_key="k", max_retries=0)
