"""Speech sockets against the emulator: both dialects, both colours, faults at every event."""

from __future__ import annotations

import io
import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
import soundfile
from published import validator
from talkers import COLOURS, Colour, Talker, audio_of, end_of

from minimax_adapters.api import (
    APIError,
    Audio,
    AudioSetting,
    AuthenticationError,
    ConfigurationError,
    InterruptedReplyError,
    InvalidInputError,
    InvalidRequestError,
    InvalidVoiceError,
    MiniMaxError,
    SpeechOptions,
    VoiceSetting,
)
from minimax_adapters.emulator import Quirks

if TYPE_CHECKING:
    from minimax_adapters.api.wire.speech_socket import Dialect
    from minimax_adapters.emulator import Emulator

DIALECTS: Final[tuple[Dialect, ...]] = ("bidi", "plain")
SCHEMA_OF: Final = {"bidi": "t2a_ws_bidi.client_event", "plain": "t2a_ws.client_event"}
both = pytest.mark.parametrize("colour", COLOURS)
dialects = pytest.mark.parametrize("dialect", DIALECTS)


@both
@dialects
def test_a_socket_speaks_texts_one_after_the_other(
    speaking: Emulator, colour: Colour, dialect: Dialect
) -> None:
    """The end holds all the audio, whose length is true."""
    setting = AudioSetting(format="mp3", sample_rate=24000)
    with Talker(colour, speaking) as talker:
        voice = talker.connect(SpeechOptions(audio_setting=setting), dialect=dialect)
        first = talker.all(voice.speak("The first text. It has two sentences."))
        second = talker.all(voice.speak("Another one."))
        last = talker.all(voice.drain())

    audio = end_of(last).audio
    assert audio.data == audio_of(first) + audio_of(second) + audio_of(last)
    heard, rate = soundfile.read(io.BytesIO(audio.data))
    assert rate == audio.sample_rate == 24000
    assert audio.duration == pytest.approx(len(heard) / rate, rel=0.02)
    assert audio.usage_characters == len("The first text.It has two sentences.Another one.") + (
        dialect == "plain"
    )
    for message in speaking.requests[-1].messages:
        validator(SCHEMA_OF[dialect]).validate(json.loads(message))


@both
@dialects
def test_no_log_holds_the_key_or_a_text(
    speaking: Emulator, colour: Colour, dialect: Dialect, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither at the lowest level: logs are sent to bug trackers."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "websockets.client")
    with Talker(colour, speaking) as talker:
        voice = talker.connect(dialect=dialect)
        talker.all(voice.speak("A very private sentence."))
        end = end_of(talker.all(voice.drain()))

    logged = " ".join(
        record.getMessage()
        for record in caplog.records
        if not record.name.startswith(("websockets.server", "uvicorn", "minimax_adapters.emulator"))
    )
    assert end.audio.data
    assert speaking.api_key not in logged
    assert "private" not in logged


@both
def test_text_may_come_in_pieces_of_any_size(speaking: Emulator, colour: Colour) -> None:
    """MiniMax collects them to sentences."""
    with Talker(colour, speaking) as talker:
        voice = talker.connect()
        for piece in ("One sen", "tence. And ano", "ther"):
            talker.call(voice.send, piece)
        talker.call(voice.finish)
        events = talker.all(voice)

    names = [type(event).__name__ for event in events if type(event).__name__ != "AudioChunk"]
    assert names == ["SentenceStarted", "SentenceEnded"] * 2 + ["AudioEnd"]


@both
def test_a_canceled_socket_is_silent_at_once_and_speaks_again(
    speaking: Emulator, colour: Colour
) -> None:
    """Barge-in: whoever is interrupted stops within a frame, and can go on."""
    speaking.quirks = Quirks(frame_delay=0.005)
    with Talker(colour, speaking) as talker:
        voice = talker.connect()
        talker.call(voice.send, "A long sentence that nobody wants to hear to its end. ")
        talker.call(voice.flush)
        before = [next(iter(voice))] if colour == "sync" else [talker.call(_first, voice)]
        talker.call(voice.cancel)
        talker.call(voice.send, "Something else.")
        talker.call(voice.finish)
        events = talker.all(voice)

    names = [type(event).__name__ for event in events]
    assert type(before[0]).__name__ == "SentenceStarted"
    assert names[0] == "SpeechCanceled"
    assert names.count("SpeechCanceled") == 1
    assert names[-1] == "AudioEnd"
    whole = speaking.requests[-1].messages
    assert [json.loads(m)["event"] for m in whole][2:4] == ["task_flush", "task_cancel"]


async def _first(voice: Any) -> Any:  # noqa: ANN401 - any event
    return await anext(aiter(voice))


@both
@dialects
def test_a_text_that_is_left_early_is_not_mixed_with_the_next(
    speaking: Emulator, colour: Colour, dialect: Dialect
) -> None:
    """Whoever leaves the loop wants no more of it."""
    speaking.quirks = Quirks(frame_delay=0.002)
    with Talker(colour, speaking) as talker:
        voice = talker.connect(dialect=dialect)
        stream = voice.speak("A long sentence that nobody wants to hear to its very end.")
        if colour == "sync":
            assert next(stream).data
            stream.close()
        else:
            talker.call(_leave_early, stream)
        events = talker.all(voice.speak("Two."))
        alone = talker.all(talker.connect(dialect=dialect).speak("Two."))

    assert audio_of(events) == audio_of(alone)


async def _leave_early(stream: Any) -> None:  # noqa: ANN401 - a stream
    await anext(stream)
    await stream.aclose()


@both
@dialects
def test_an_idle_socket_is_connected_again(
    speaking: Emulator, colour: Colour, dialect: Dialect
) -> None:
    """MiniMax hangs up with 2201 after 120 seconds."""
    with Talker(colour, speaking) as talker:
        voice = talker.connect(dialect=dialect)
        first = talker.all(voice.speak("One sentence."))
        speaking.turn_clock(119)
        same = talker.all(voice.speak("One sentence."))
        connections = len(speaking.requests)
        speaking.turn_clock(121)
        again = talker.all(voice.speak("One sentence."))
        last = talker.all(voice.drain())

    assert audio_of(first) == audio_of(same) == audio_of(again) != b""
    assert (connections, len(speaking.requests)) == (1, 2)
    assert end_of(last).audio.data == audio_of(first) * 3


@pytest.mark.sampled(share=0.3)
@both
@dialects
@pytest.mark.parametrize("after", range(7))
@pytest.mark.parametrize("code", [1002, 1042, 20132])
def test_a_fault_at_every_event_is_a_typed_error_with_the_audio_so_far(
    speaking: Emulator, colour: Colour, dialect: Dialect, after: int, code: int
) -> None:
    """What passes is retried until the session is open, and never after."""
    speaking.fail_next(
        code, at="mid_stream", after=after, path="t2a_v2" + "_bidi" * (dialect == "bidi")
    )
    seen: list[Any] = []
    retried = code == 1002 and after < 2
    with Talker(colour, speaking) as talker:
        voice = talker.connect(dialect=dialect)
        if retried:
            assert talker.all(voice.speak("A sentence of some length."), seen)
        else:
            with pytest.raises(APIError) as caught:
                talker.all(voice.speak("A sentence of some length."), seen)
            assert caught.value.code == code
            assert caught.value.trace_id
            partial = caught.value.partial
            assert (partial.data if isinstance(partial, Audio) else b"") == audio_of(seen)

    assert len(speaking.requests) == 1 + retried


@both
@dialects
@pytest.mark.parametrize("after", range(7))
def test_a_connection_lost_at_every_event_is_repeated_or_reported(
    speaking: Emulator, colour: Colour, dialect: Dialect, after: int
) -> None:
    """Texts of which nothing was heard are sent again; a text spoken in part is not."""
    speaking.break_next("close_mid_body", after=after)
    seen: list[Any] = []
    with Talker(colour, speaking) as talker:
        voice = talker.connect(dialect=dialect)
        error: MiniMaxError | None = None
        try:
            talker.all(voice.speak("A sentence of some length."), seen)
        except MiniMaxError as caught:
            error = caught

    if error is None:
        assert len(speaking.requests) == 2
        assert audio_of(seen)
    elif after >= 2:
        assert isinstance(error, InterruptedReplyError)
        assert isinstance(error.partial, Audio)
        assert error.partial.data == audio_of(seen) != b""


@both
@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(socket_late_audio=True),
        Quirks(null_data_frame=True),
        Quirks(socket_no_event=True),
        Quirks(socket_trace_in_base_resp=True),
    ],
)
@dialects
def test_habits_of_hosts_change_nothing(
    speaking: Emulator, colour: Colour, dialect: Dialect, quirks: Quirks
) -> None:
    """Late audio, null data, missing events, and a trace id in another place."""
    audios = []
    for habit in (Quirks(), quirks):
        speaking.quirks = habit
        with Talker(colour, speaking) as talker:
            voice = talker.connect(dialect=dialect)
            events = talker.all(voice.speak("One. Two."))
            events += talker.all(voice.drain())
        audios.append(end_of(events).audio.data)
        assert audio_of(events) == audios[-1]

    assert audios[0] == audios[1]


@both
@dialects
def test_a_text_that_cannot_be_taken_yet_is_sent_again(
    speaking: Emulator, colour: Colour, dialect: Dialect
) -> None:
    """2205 is soft: the piece must be sent again later."""
    speaking.fail_next(2205)
    with Talker(colour, speaking) as talker:
        voice = talker.connect(dialect=dialect)
        events = talker.all(voice.speak("Once more."))

    assert audio_of(events)
    sent = [json.loads(message).get("text") for message in speaking.requests[-1].messages]
    assert sent.count("Once more.") == 2


@both
def test_a_wrong_key_is_an_authentication_error(speaking: Emulator, colour: Colour) -> None:
    """As over HTTP, and a callable key is asked once more."""
    keys = iter(["wrong", speaking.api_key])
    with Talker(colour, speaking, api_key="wrong") as talker:
        voice = talker.connect()
        with pytest.raises(AuthenticationError):
            talker.all(voice.speak("Hello."))
    with Talker(colour, speaking, api_key=lambda: next(keys)) as talker:
        assert talker.all(talker.connect().speak("Hello."))


@both
def test_errors_of_the_task_are_typed(speaking: Emulator, colour: Colour) -> None:
    """An unknown voice, and text that cannot be seen."""
    with Talker(colour, speaking) as talker:
        unknown = SpeechOptions(voice_setting=VoiceSetting(voice_id="nobody"))
        with pytest.raises(InvalidVoiceError):
            talker.all(talker.connect(unknown).speak("Hello."))
        with pytest.raises(InvalidRequestError) as caught:
            talker.all(talker.connect().speak("a\u200b\u200b\u200b."))
        assert caught.value.code == 1042


@both
def test_a_host_without_websockets_says_so(speaking: Emulator, colour: Colour) -> None:
    """A proxy may answer the handshake with a page."""
    speaking.break_next("html_502", times=9)
    with (
        Talker(colour, speaking, max_retries=0) as talker,
        pytest.raises(MiniMaxError, match="502"),
    ):
        talker.all(talker.connect().speak("Hello."))
    speaking.clear()


def test_a_closed_socket_stays_closed(speaking: Emulator) -> None:
    """Closing while another thread speaks must not connect again."""
    with Talker("sync", speaking) as talker:
        voice = talker.connect()
        with voice:
            talker.all(voice.speak("Hello."))
        with pytest.raises(InvalidInputError, match="closed"):
            voice.send("More.")


def test_without_the_library_the_error_says_what_to_install(
    speaking: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an extra."""
    for name in ("websockets", "websockets.sync.client", "websockets.exceptions"):
        monkeypatch.setitem(sys.modules, name, None)
    with Talker("sync", speaking) as talker:
        with pytest.raises(ConfigurationError, match=r"minimax-adapters\[speech\]"):
            talker.all(talker.connect().speak("Hello."))
        # A text stream goes over HTTP instead.
        assert end_of(talker.speak_from(["Hello."])).audio.data


def test_a_cancellation_takes_a_few_milliseconds(speaking: Emulator) -> None:
    """Measured from the call to the confirmation."""
    speaking.quirks = Quirks(frame_delay=0.05)
    with Talker("sync", speaking) as talker, talker.connect() as voice:
        voice.send("A sentence that takes its time to be spoken. ")
        voice.flush()
        events = iter(voice)
        next(events)
        begun = time.perf_counter()
        voice.cancel()
        assert type(next(events)).__name__ == "SpeechCanceled"

    assert time.perf_counter() - begun < 0.5
