"""The emulator's sockets as a stranger meets them: order of events, codes, schemas."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest
from published import validator
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from minimax_adapters.emulator import Quirks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from websockets.sync.client import ClientConnection

    from minimax_adapters.emulator import Emulator

PATHS: Final = {"bidi": "/ws/v1/t2a_v2_bidi", "plain": "/ws/v1/t2a_v2"}
SCHEMA_OF: Final = {"bidi": "t2a_ws_bidi.server_event", "plain": "t2a_ws.server_event"}
START: Final[dict[str, Any]] = {
    "event": "task_start",
    "model": "speech-2.8-turbo",
    "voice_setting": {"voice_id": "English_Graceful_Lady"},
    "audio_setting": {"format": "pcm", "sample_rate": 16000},
}
Dial: TypeAlias = "Callable[..., Line]"
dialects = pytest.mark.parametrize("dialect", ["bidi", "plain"])


class Line:
    """A connection and what came over it, each frame held against the schema."""

    def __init__(self, connection: ClientConnection, dialect: str) -> None:
        self._connection = connection
        self._dialect = dialect

    def send(self, event: str, **members: Any) -> None:  # noqa: ANN401 - any JSON
        """Send a frame."""
        self._connection.send(json.dumps({"event": event, **members}))

    def receive(self) -> dict[str, Any]:
        """Return the next frame."""
        frame: dict[str, Any] = json.loads(self._connection.recv(timeout=5))
        validator(SCHEMA_OF[self._dialect]).validate(frame)
        return frame

    def until(self, event: str) -> list[dict[str, Any]]:
        """Return all frames up to the first with `event`."""
        frames = [self.receive()]
        while frames[-1].get("event") != event:
            frames.append(self.receive())
        return frames

    def closed(self) -> int:
        """Return the code with which the server closes."""
        with pytest.raises(ConnectionClosed) as caught:
            self._connection.recv(timeout=5)
        assert caught.value.rcvd
        return int(caught.value.rcvd.code)


@pytest.fixture
def lines(speaking: Emulator) -> Iterator[Dial]:
    """Return what opens a line of a dialect."""
    opened = []

    def dial(dialect: str, key: str = speaking.api_key, **start: Any) -> Line:  # noqa: ANN401 - any JSON
        url = speaking.url.replace("http", "ws") + PATHS[dialect]
        manager = connect(url, additional_headers={"Authorization": f"Bearer {key}"})
        opened.append(manager)
        line = Line(manager.__enter__(), dialect)
        if start:
            assert line.receive()["event"] == "connected_success"
            line.send(**start)
        return line

    yield dial
    for manager in opened:
        manager.__exit__(None, None, None)


def events(frames: list[dict[str, Any]]) -> list[str]:
    """Return the events of frames without repetitions."""
    names = [frame["event"] for frame in frames]
    return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


def code(frame: dict[str, Any]) -> int:
    """Return the code of a frame."""
    return int(frame["base_resp"]["status_code"])


def test_a_plain_session_has_the_documented_order(lines: Dial) -> None:
    """Each text ends with `is_final` and its facts; the session with a close."""
    line = lines("plain", **START)
    assert line.receive()["event"] == "task_started"
    line.send("task_continue", text="One. Two.")
    line.send("task_continue", text="Three.")
    line.send("task_finish")

    frames = line.until("task_finished")

    assert events(frames) == ["task_continued", "task_finished"]
    finals = [frame for frame in frames if frame.get("is_final")]
    assert [frame["extra_info"]["usage_characters"] for frame in finals] == [9, 6]
    assert line.closed() == 1000


def test_a_bidirectional_session_speaks_sentences(lines: Dial) -> None:
    """Text is collected until a sentence is over, flushed or finished."""
    line = lines("bidi", **START, session_id="call-42")
    assert line.receive()["session_id"] == "call-42"
    line.send("task_continue", text="One is he")
    line.send("task_continue", text="re. It costs 3.")
    line.send("task_continue", text="14 euros")
    frames = line.until("sentence_end")
    line.send("task_flush")
    frames += line.until("task_flushed")
    line.send("task_continue", text="Last")
    line.send("task_finish")
    frames += line.until("task_finished")

    sentence = ["sentence_start", "task_continued", "sentence_end"]
    assert events(frames) == [*sentence, *sentence, "task_flushed", *sentence, "task_finished"]
    assert {frame["connect_id"] for frame in frames} == {frames[0]["connect_id"]}


def test_a_cancellation_is_heard_in_the_middle_of_a_sentence(
    speaking: Emulator,
    lines: Dial,
) -> None:
    """Buffer and queue are dropped; the session stays."""
    speaking.quirks = Quirks(frame_delay=0.02)
    line = lines("bidi", **START)
    line.receive()
    line.send("task_continue", text="A sentence that is too long to be heard. Another one. And")
    line.until("sentence_start")
    line.send("task_cancel")
    canceled = line.until("task_canceled")
    line.send("task_continue", text="New.")
    line.send("task_finish")
    rest = line.until("task_finished")

    assert "sentence_end" not in events(canceled)
    assert events(rest) == ["sentence_start", "task_continued", "sentence_end", "task_finished"]


@dialects
@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ({"event": "task_continue", "text": "Too early."}, 2202),
        ({"event": "unheard_of"}, 2202),
        ({"event": "task_start", "model": "speech-2.8-hd"}, 2013),
        (START | {"model": "speech-9"}, 2013),
        (START | {"voice_setting": {"voice_id": "nobody"}}, 20132),
        (START | {"model": "speech-2.6-hd", "continuous_sound": True}, 2013),
        (START | {"audio_setting": {"sample_rate": 1}}, 2013),
    ],
)
def test_a_wrong_beginning_fails_and_closes(
    lines: Dial,
    dialect: str,
    first: dict[str, Any],
    expected: int,
) -> None:
    """With the code that MiniMax documents."""
    line = lines(dialect, **first)

    failed = line.receive()

    assert (failed["event"], code(failed)) == ("task_failed", expected)
    assert line.closed() == 1000


@pytest.mark.parametrize(("dialect", "expected"), [("bidi", 2206), ("plain", 2202)])
def test_a_second_start_is_out_of_order(lines: Dial, dialect: str, expected: int) -> None:
    """And closes the connection."""
    line = lines(dialect, **START)
    line.receive()
    line.send(**START)

    assert code(line.receive()) == expected
    assert line.closed() == 1000


@pytest.mark.parametrize("event", ["task_flush", "task_cancel"])
def test_a_plain_session_knows_no_flush(lines: Dial, event: str) -> None:
    """Those are of the bidirectional one."""
    line = lines("plain", **START)
    line.receive()
    line.send(event)

    assert code(line.receive()) == 2202


@dialects
@pytest.mark.parametrize(("text", "expected"), [("", 2203), ("x" * 10_001, 2204)])
def test_soft_codes_skip_a_text(lines: Dial, dialect: str, text: str, expected: int) -> None:
    """The session goes on."""
    line = lines(dialect, **START)
    line.receive()
    line.send("task_continue", text=text)
    assert code(line.receive()) == expected
    line.send("task_continue", text="Spoken.")
    line.send("task_finish")

    assert events(line.until("task_finished"))[-1] == "task_finished"


def test_too_much_text_that_waits_is_refused(lines: Dial, speaking: Emulator) -> None:
    """2205: it must be sent again later."""
    speaking.quirks = Quirks(frame_delay=0.05)
    line = lines("plain", **START)
    line.receive()
    for _ in range(4):
        line.send("task_continue", text="word " * 1_500)

    frame = line.receive()
    while not code(frame):
        frame = line.receive()

    assert (frame["event"], code(frame)) == ("task_continued", 2205)


@dialects
@pytest.mark.parametrize(
    ("text", "expected"), [("a\u200b\u200b.", 1042), ("<#1#>a", 2013), ("a<#0#>b", 2013)]
)
def test_a_text_that_cannot_be_spoken_fails(
    lines: Dial,
    dialect: str,
    text: str,
    expected: int,
) -> None:
    """As over HTTP."""
    line = lines(dialect, **START)
    line.receive()
    line.send("task_continue", text=text)
    with contextlib.suppress(ConnectionClosed):  # It may have failed already.
        line.send("task_finish")

    failed = line.until("task_failed")[-1]

    assert code(failed) == expected
    assert line.closed() == 1000


@dialects
def test_after_two_idle_minutes_the_server_hangs_up(
    speaking: Emulator,
    lines: Dial,
    dialect: str,
) -> None:
    """On a clock that tests can turn."""
    line = lines(dialect, **START)
    line.receive()
    speaking.turn_clock(119)
    line.send("task_continue", text="Still here.\n")
    while not line.receive().get("is_final"):
        pass
    if dialect == "bidi":
        line.until("sentence_end")
    speaking.turn_clock(121)

    assert code(line.until("task_failed")[-1]) == 2201
    assert line.closed() == 1000


@pytest.mark.parametrize(("key", "expected"), [("wrong", 2049), ("", 1004)])
@dialects
def test_a_wrong_key_fails(lines: Dial, dialect: str, key: str, expected: int) -> None:
    """Inside the connection."""
    failed = lines(dialect, key=key).receive()

    assert (failed["event"], code(failed)) == ("task_failed", expected)
