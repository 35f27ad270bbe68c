"""Speech as it is read: a plain reply, or a stream that may be cut anywhere, put together once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from frames import EVENT_STREAM, render

from minimax_adapters.api import (
    APIError,
    Audio,
    AudioChunk,
    AudioEnd,
    ConnectionFailedError,
    InterruptedReplyError,
    InvalidInputError,
    InvalidReplyError,
    SpeechRequest,
)
from minimax_adapters.api._speech import (
    SpeechSession,
    parse_speech,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


REQUEST: Final = SpeechRequest(text="Hello")


FACTS: Final = {
    "audio_length": 2400,
    "audio_sample_rate": 32000,
    "audio_size": 6,
    "bitrate": 128000,
    "audio_format": "mp3",
    "audio_channel": 1,
    "usage_characters": 5,
}


def _piece(audio: str) -> dict[str, Any]:
    return {"data": {"audio": audio, "status": 1}, "base_resp": {"status_code": 0}}


def _last(audio: str = "", **members: object) -> dict[str, Any]:
    return {"data": {"audio": audio, "status": 2, **members}, "extra_info": FACTS, "trace_id": "t"}


def _read(chunks: Iterable[bytes]) -> list[AudioChunk | AudioEnd]:
    session = SpeechSession(EVENT_STREAM, REQUEST)
    events = [event for chunk in chunks for event in session.feed(chunk)]
    return events + session.finish()


def _parse(**members: object) -> Audio:
    body = {"data": {"audio": "4944", "status": 2}, "extra_info": FACTS, "trace_id": "t"} | members
    return parse_speech(EVENT_STREAM._replace(body=json.dumps(body).encode()), REQUEST)


def test_a_plain_reply_is_audio_with_its_facts(tmp_path: Path) -> None:
    """Hex on the wire, bytes for the user."""
    audio = _parse(data={"audio": "4944", "subtitle_file": "https://x.example/s.json"})

    assert audio == Audio(
        b"ID",
        "mp3",
        None,
        32000,
        1,
        128000,
        2.4,
        5,
        "https://x.example/s.json",
        "t",
    )
    assert audio.save(tmp_path / "a.mp3").read_bytes() == b"ID"
    assert audio.mime_type == "audio/mpeg"
    assert repr(audio) == "Audio(mp3, 2.4 s, 2 bytes)"


def test_audio_at_a_url_has_no_bytes_to_save(tmp_path: Path) -> None:
    """And says how to get them."""
    audio = _parse(data={"audio": "https://x.example/a.mp3"})

    assert (audio.data, audio.url) == (b"", "https://x.example/a.mp3")
    with pytest.raises(InvalidInputError, match="output_format='hex'"):
        audio.save(tmp_path / "a.mp3")


def test_facts_that_are_missing_or_wrong_are_unknown() -> None:
    """The audio is there all the same."""
    audio = _parse(extra_info={"audio_length": "2400", "audio_format": 5, "bitrate": [1]})

    assert (audio.duration, audio.format, audio.bitrate) == (None, "mp3", None)
    assert repr(audio) == "Audio(mp3, ? s, 2 bytes)"
    assert _parse(extra_info={"audio_length": 10**400}).duration is None
    assert Audio(b"", "aac").mime_type == "application/octet-stream"


@pytest.mark.parametrize("data", [None, {}, {"audio": ""}, {"audio": None}, {"audio": 5}, [], "00"])
def test_a_reply_without_audio_is_an_invalid_reply(data: object) -> None:
    """`data` may be null; the trace is named for MiniMax's support."""
    with pytest.raises(InvalidReplyError, match="trace t "):
        _parse(data=data)


def test_audio_that_is_not_hex_is_an_invalid_reply() -> None:
    """Base64 from another service, for example."""
    with pytest.raises(InvalidReplyError, match="hexadecimal"):
        _parse(data={"audio": "SUQz"})


STREAM: Final = render([_piece("4944"), _piece("33"), _last("494433")], done=False)


def test_a_stream_cut_at_any_byte_gives_the_audio_once() -> None:
    """The last frame repeats the whole audio, although it was asked not to."""
    for at in range(len(STREAM) + 1):
        events = _read([STREAM[:at], STREAM[at:]])

        assert b"".join(e.data for e in events if isinstance(e, AudioChunk)) == b"ID3"
        assert isinstance(events[-1], AudioEnd)
        assert events[-1].audio.data == b"ID3"
        assert (events[-1].audio.duration, events[-1].audio.trace_id) == (2.4, "t")


@pytest.mark.parametrize(
    "frames",
    [
        [_last("494433")],
        [_piece(""), _last("494433")],
        [_piece("494433"), {"data": None}, {"data": None, "extra_info": FACTS}],
        [_piece("494433"), "[DONE]", _last()],
    ],
)
def test_audio_only_in_the_last_frame_is_kept_and_null_is_harmless(frames: list[Any]) -> None:
    """A short text comes in one frame; `data` may be null."""
    text = render(frames, done=False).replace(b'"[DONE]"', b"[DONE]")

    events = _read([text])

    assert events == [AudioChunk(b"ID3"), events[-1]]


def test_a_stream_may_end_without_its_last_empty_line() -> None:
    """The frame is whole all the same."""
    events = _read([STREAM.rstrip(b"\n")])

    assert isinstance(events[-1], AudioEnd)
    assert events[-1].audio.duration == 2.4


def test_a_plain_reply_to_a_stream_request_is_audio() -> None:
    """Whether it is told by its content type or not."""
    body = {"data": {"audio": "4944", "status": 2}, "extra_info": FACTS}
    whole = SpeechSession(EVENT_STREAM, REQUEST)

    assert whole.feed_whole(body)[0] == AudioChunk(b"ID")
    assert _read([json.dumps(body).encode()])[0] == AudioChunk(b"ID")
    assert whole.finish() == []


FAULT: Final = {"data": None, "base_resp": {"status_code": 2013, "status_msg": "no"}}


@pytest.mark.parametrize(
    ("tail", "kind"),
    [
        (render([FAULT], done=False), APIError),
        (render([_piece("zz")], done=False), InvalidReplyError),
        (b"data: no json\n\n", InvalidReplyError),
        (b"", InterruptedReplyError),
        (b'data: {"da', InterruptedReplyError),
    ],
)
def test_what_had_been_said_before_a_failure_is_kept(tail: bytes, kind: type[Exception]) -> None:
    """Wherever the bytes are cut; chunks before the failure are given out."""
    stream = render([_piece("4944")], done=False) + tail
    for at in range(len(stream) + 1):
        session = SpeechSession(EVENT_STREAM, REQUEST)
        seen: list[AudioChunk | AudioEnd] = []
        with pytest.raises(kind) as caught:
            _feed(session, seen, stream[:at], stream[at:])

        assert seen == [AudioChunk(b"ID")]
        assert caught.value.partial.data == b"ID"  # type: ignore[attr-defined]  # of each of our errors


def _feed(session: SpeechSession, seen: list[AudioChunk | AudioEnd], *chunks: bytes) -> None:
    for chunk in chunks:
        seen += session.feed(chunk)
    seen += session.finish()


def test_a_lost_connection_is_no_error_after_the_last_frame() -> None:
    """Before it, the error has the audio so far; a waiting error is not hidden by it."""
    before, after = SpeechSession(EVENT_STREAM, REQUEST), SpeechSession(EVENT_STREAM, REQUEST)
    waiting = SpeechSession(EVENT_STREAM, REQUEST)
    before.feed(render([_piece("4944")], done=False))
    after.feed(STREAM)
    waiting.feed(render([_piece("4944"), FAULT], done=False))

    error = before.interrupted(ConnectionFailedError("x"))

    assert error is not None
    assert isinstance(error.partial, Audio)
    assert error.partial.data == b"ID"
    assert after.interrupted(ConnectionFailedError("x")) is None
    assert waiting.interrupted(ConnectionFailedError("x")) is None
    with pytest.raises(APIError):
        waiting.finish()


def test_a_page_instead_of_a_stream_is_an_invalid_reply() -> None:
    """As in chat."""
    with pytest.raises(InvalidReplyError, match="no event stream"):
        _read([b"<html></html>"])
