"""Transcripts of WebSocket sessions are played strictly, and recorded as they were."""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from every import SCENARIOS
from scenario import changed, play_tape, record
from websockets.sync.client import connect

from minimax_adapters.testing import CassetteError, Session, Tape
from minimax_adapters.testing._sockets import event_of, frame_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXTS = SCENARIOS["sockets/texts_over_bidi"]
HASTE = 0.2


def edited(edit: Callable[[list[Any]], None]) -> Tape:
    """Return the transcript of `TEXTS` with other frames."""

    def change(sessions: list[dict[str, Any]]) -> None:
        edit(sessions[0]["frames"])

    return changed(Tape.load(TEXTS.path), change)


def text(frames: list[Any]) -> None:
    """Have the app say something else."""
    frames[3]["client"]["text"] = "Good evening!"


def missing(frames: list[Any]) -> None:
    """Leave out a frame of the app."""
    del frames[4]


def extra(frames: list[Any]) -> None:
    """Expect a frame that the app does not send."""
    frames.insert(4, copy.deepcopy(frames[4]))


@pytest.mark.parametrize(
    ("edit", "difference"),
    [
        (text, r"frame 4 is not as recorded:\n  text: recorded 'Good evening!', now 'Good morning"),
        (missing, r"frame \d+ is not as recorded:\n  event: recorded 'task_continue', now 'task_f"),
        (extra, "frame 6: the app sends nothing"),
    ],
)
def test_another_frame_fails_with_what_differs(
    edit: Callable[[list[Any]], None], difference: str
) -> None:
    """The frame by its number, and the place in it."""
    with pytest.raises(CassetteError, match=difference):
        play_tape(TEXTS, "sync", edited(edit), patience=HASTE)


def test_another_path_fails() -> None:
    """Plain and bidirectional sockets are different places."""

    def change(sessions: list[dict[str, Any]]) -> None:
        sessions[0]["path"] = "/ws/v1/t2a_v2"

    with pytest.raises(CassetteError, match="path: recorded '/ws/v1/t2a_v2', now '/ws/v1/t2a_v2_b"):
        play_tape(TEXTS, "sync", changed(Tape.load(TEXTS.path), change), patience=HASTE)


def test_a_session_that_nothing_connects_to_fails() -> None:
    """An app that speaks less than it did has changed."""
    with (
        pytest.raises(CassetteError, match=r"1\. WebSocket /ws/v1/t2a_v2_bidi"),
        Session(Tape.load(TEXTS.path), patience=HASTE),
    ):
        pass


def test_a_session_more_than_recorded_fails() -> None:
    """Also where the app hides the error."""

    def twice() -> None:
        with Session(Tape.load(TEXTS.path), patience=HASTE) as session:
            target = session.url.replace("http", "ws") + "/ws/v1/t2a_v2_bidi"
            for _ in range(2):
                with connect(target) as connection:
                    connection.recv()

    with pytest.raises(CassetteError, match="connected once more than was recorded"):
        twice()


@pytest.mark.parametrize("frame", ['{"event":"task_flush"}', "no JSON", b"\x00\xff", '[1,"2"]'])
def test_any_frame_is_kept(frame: str | bytes) -> None:
    """Also one that MiniMax would never send."""
    assert frame_of(event_of(frame)) == frame


@pytest.mark.parametrize("name", ["sockets/texts_over_bidi", "sockets/code_2201_while_idle_plain"])
def test_what_was_recorded_again_is_the_same(name: str, tmp_path: Path) -> None:
    """Recording needs no luck: only the names of sessions differ."""
    for again in ("a.yaml", "b.yaml"):
        record(SCENARIOS[name], tmp_path / again)
    before, after = Tape.load(tmp_path / "a.yaml"), Tape.load(tmp_path / "b.yaml")

    def events(tape: Tape) -> list[Any]:
        kept: list[Any] = []
        for session in tape.sockets:
            for frame in session["frames"]:
                value = frame.get("client") or frame.get("server")
                kept.append([*frame, value and (value.get("event"), value.get("data"))])
        return kept

    assert events(after) == events(before)


def test_the_asynchronous_app_is_recorded_alike(tmp_path: Path) -> None:
    """The library has two kinds of connections."""
    twin = dataclasses.replace(TEXTS, colours=("async",))
    record(twin, tmp_path / "a.yaml")

    play_tape(TEXTS, "sync", Tape.load(tmp_path / "a.yaml"))
