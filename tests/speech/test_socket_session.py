"""The protocol of the speech sockets, without a network."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimax_adapters.api import (
    APIError,
    Audio,
    AudioChunk,
    AudioEnd,
    InvalidInputError,
    InvalidReplyError,
    InvalidVoiceError,
    SpeechOptions,
    VoiceModify,
    VoiceSetting,
)
from minimax_adapters.api._socket_events import (
    SentenceEnded,
    SentenceStarted,
    SpeechCanceled,
    TextSkipped,
    TextSpoken,
)
from minimax_adapters.api._socket_session import Phase, SocketSession
from minimax_adapters.api.wire.speech_settings import AudioSetting
from minimax_adapters.api.wire.speech_socket import Dialect, start_frame


def frame(event: str | None, code: int = 0, **members: Any) -> str:  # noqa: ANN401 - any JSON
    """Return a frame of MiniMax."""
    body = {"base_resp": {"status_code": code, "status_msg": "text"}, "trace_id": "t1", **members}
    return json.dumps(body | ({"event": event} if event else {}))


def audio(data: bytes, **members: Any) -> str:  # noqa: ANN401 - any JSON
    """Return a frame with audio."""
    return frame("task_continued", data={"audio": data.hex()}, **members)


def started(dialect: Dialect = "bidi") -> SocketSession:
    """Return a session that may speak."""
    session = SocketSession(SpeechOptions(), dialect)
    assert session.receive(frame("connected_success")) == []
    assert json.loads(session.outbox.popleft())["event"] == "task_start"
    assert session.receive(frame("task_started")) == []
    assert session.phase is Phase.OPEN
    return session


def sent(session: SocketSession) -> list[str]:
    """Return the events of the frames that wait to be sent."""
    frames = [json.loads(text)["event"] for text in session.outbox]
    session.outbox.clear()
    return frames


def test_texts_are_sent_only_after_the_task_has_started() -> None:
    """MiniMax answers 2202 to a text before."""
    session = SocketSession(SpeechOptions(), "plain")

    with pytest.raises(InvalidInputError):
        session.say("Too early.")


def test_a_plain_session_speaks_a_text_and_finishes() -> None:
    """`is_final` ends a text, `task_finished` the session, which may bring late audio."""
    session = started("plain")
    session.say("One.")

    events = session.receive(audio(b"ab")) + session.receive(
        audio(b"c", is_final=True, extra_info={"audio_length": 1500, "usage_characters": 4})
    )
    session.finish()
    last = session.receive(frame("task_finished", data={"audio": b"late".hex()}))

    assert events == [AudioChunk(b"ab"), AudioChunk(b"c"), TextSpoken()]
    assert sent(session) == ["task_continue", "task_finish"]
    assert last[0] == AudioChunk(b"late")
    assert isinstance(last[1], AudioEnd)
    assert last[1].audio == Audio(
        b"abclate", "mp3", duration=1.5, usage_characters=4, trace_id="t1"
    )


def test_a_bidirectional_session_tells_sentences_and_flushes() -> None:
    """A flush answers the texts before it, not those after it."""
    session = started()
    session.say("One.")
    session.flush()
    session.say("Two.")

    events = [
        *session.receive(frame("sentence_start")),
        *session.receive(audio(b"a", is_final=True)),
        *session.receive(frame("sentence_end")),
        *session.receive(frame("task_flushed")),
    ]

    assert events == [SentenceStarted(), AudioChunk(b"a"), SentenceEnded(), TextSpoken()]
    assert list(session.waiting) == ["Two."]


def test_a_socket_that_closes_tells_the_trace_of_what_was_heard() -> None:
    """MiniMax's support asks for it."""
    session = started()
    session.say("One.")
    session.receive(audio(b"a"))

    for error in (session.closed("code 1006"), session.failed(InvalidReplyError("No."))):
        assert isinstance(error.partial, Audio)
        assert error.trace_id == error.partial.trace_id == "t1"
        assert str(error).endswith("(trace t1)")


def test_after_a_cancellation_no_audio_of_before_is_heard() -> None:
    """Frames that were on their way are dropped until MiniMax confirms."""
    session = started()
    session.say("One.")

    session.cancel()
    events = session.receive(audio(b"on its way")) + session.receive(frame("sentence_end"))
    events += session.receive(frame("task_canceled"))
    session.say("Two.")
    events += session.receive(audio(b"new"))

    assert events == [SpeechCanceled(), AudioChunk(b"new")]
    assert sent(session) == ["task_continue", "task_cancel", "task_continue"]


@pytest.mark.parametrize(
    "text",
    [
        frame(None, data={"audio": b"x".hex()}),
        frame("task_continued", data={"audio": b"x".hex(), "unknown": 1}, connect_id="c"),
    ],
)
def test_a_frame_without_its_event_is_known_by_its_members(text: str) -> None:
    """Some frames lack `event`, and new members come."""
    assert started().receive(text) == [AudioChunk(b"x")]


@pytest.mark.parametrize("data", [None, {}, {"audio": None}, {"audio": ""}, "?"])
def test_a_frame_without_audio_is_no_event(data: object) -> None:
    """`data` may be null."""
    assert started().receive(frame("task_continued", data=data)) == []


def test_events_of_tomorrow_are_passed_over() -> None:
    """Members and events come and go."""
    assert started().receive(frame("something_new")) == []


@pytest.mark.parametrize("code", [2203, 2204, 2205])
def test_a_text_that_is_skipped_does_not_end_the_session(code: int) -> None:
    """MiniMax calls these codes soft."""
    session = started("plain")
    session.say("One.")

    (event,) = session.receive(frame("task_continued", code, data=None))

    assert isinstance(event, TextSkipped)
    assert (event.error.code, event.text) == (code, "One.")
    assert session.idle


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1004, 1039, 1042, 2013, 2202, 2206, 20132])
@pytest.mark.parametrize("event", ["task_failed", "task_continued"])
def test_an_error_keeps_the_audio_so_far(code: int, event: str) -> None:
    """It is paid for."""
    session = started()
    session.say("One.")
    session.receive(audio(b"heard"))

    with pytest.raises(APIError) as caught:
        session.receive(frame(event, code))

    assert caught.value.code == code
    assert isinstance(caught.value.partial, Audio)
    assert caught.value.partial.data == b"heard"
    assert isinstance(caught.value, InvalidVoiceError) is (code == 20132)
    assert session.phase is Phase.FAILED
    with pytest.raises(InvalidInputError):
        session.say("More.")


def test_the_trace_id_may_stand_inside_base_resp() -> None:
    """Chinese hosts put it there."""
    base_resp = {"status_code": 2013, "status_msg": "wrong", "trace_id": "inside"}

    with pytest.raises(APIError) as caught:
        started().receive(json.dumps({"event": "task_failed", "base_resp": base_resp}))

    assert caught.value.trace_id == "inside"


@pytest.mark.parametrize(
    "text", ["no json", "[1]", b"\xff", frame("task_continued", data={"audio": "xyz"})]
)
def test_what_is_no_frame_of_minimax_is_said_to_be_none(text: str | bytes) -> None:
    """A proxy may answer in its place."""
    with pytest.raises(InvalidReplyError):
        started().receive(text)


@pytest.mark.parametrize("text", ["", "  ", "x" * 10_000, "<#1#>first"])
def test_texts_that_minimax_skips_are_not_sent(text: str) -> None:
    """It would say 2203, 2204 or 2013."""
    session = started("plain")

    with pytest.raises(InvalidInputError):
        session.say(text)
    assert not session.outbox


def test_only_bidirectional_sockets_flush_and_cancel() -> None:
    """The plain one answers 2202."""
    session = started("plain")

    with pytest.raises(InvalidInputError, match="bidi"):
        session.flush()
    with pytest.raises(InvalidInputError, match="bidi"):
        session.cancel()


def test_settings_have_the_names_that_sockets_know() -> None:
    """Number reading has its older name there; nothing that is not set is sent."""
    options = SpeechOptions(
        voice_setting=VoiceSetting(voice_id="v", text_normalization=True, speed=1.5)
    )

    body = json.loads(start_frame(options, continuous_sound=True, session_id="s"))

    assert body == {
        "event": "task_start",
        "model": "speech-2.8-hd",
        "voice_setting": {"voice_id": "v", "english_normalization": True, "speed": 1.5},
        "continuous_sound": True,
        "session_id": "s",
    }


def test_settings_that_a_socket_does_not_take_are_refused() -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidInputError, match=r"2\.8"):
        start_frame(SpeechOptions(model="speech-2.6-hd"), continuous_sound=True)
    with pytest.raises(InvalidInputError, match="mp3"):
        start_frame(
            SpeechOptions(
                audio_setting=AudioSetting(format="pcm"), voice_modify=VoiceModify(pitch=1)
            )
        )


@given(
    st.lists(
        st.sampled_from(
            [
                audio(b"a"),
                audio(b"b", is_final=True),
                frame("sentence_start"),
                frame("sentence_end"),
                frame("task_flushed"),
                frame("task_canceled"),
                frame("connected_success"),
                frame("task_started"),
                frame("task_continued", 2205),
                frame(None),
                frame("task_continued", data=None),
            ]
        )
    )
)
def test_no_order_of_frames_loses_or_repeats_audio(frames: list[str]) -> None:
    """Whatever comes, the audio is that of the frames in their order."""
    session = started()
    session.say("One.")

    events = [event for text in frames for event in session.receive(text)]

    heard = b"".join(event.data for event in events if isinstance(event, AudioChunk))
    expected = b"".join(
        bytes.fromhex((json.loads(text).get("data") or {}).get("audio", "")) for text in frames
    )
    assert heard == expected == session.audio.so_far().data
