"""Speech through real sockets: plain and streamed, as bytes and as an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

import httpx
import pytest
from colours import Caller, Colour

from minimax_adapters.api import (
    Audio,
    AudioChunk,
    AudioEnd,
    AudioSetting,
    InvalidVoiceError,
    RateLimitError,
    ServerError,
    SpeechRequest,
    VoiceSetting,
)

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

HELLO: Final = SpeechRequest(
    text="Good morning. The train leaves at nine.",
    audio_setting=AudioSetting(format="mp3", sample_rate=16000, bitrate=32000),
)


@pytest.fixture(params=get_args(Colour))
def colour(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - a literal type
    """Return `sync`, then `async`."""
    return request.param


@pytest.fixture
def caller(colour: Colour, emulator: Emulator) -> Any:  # noqa: ANN401 - a generator of Caller
    """Return a caller of the emulator."""
    with Caller(colour, api_key=emulator.api_key, base_url=emulator.url, max_retries=2) as caller:
        yield caller


def _end(events: list[AudioChunk | AudioEnd]) -> Audio:
    assert isinstance(events[-1], AudioEnd)
    return events[-1].audio


def test_a_stream_has_the_audio_of_a_plain_call(caller: Caller, emulator: Emulator) -> None:
    """Its chunks are the file, once."""
    plain = caller.speak(HELLO)
    events = caller.stream_speech(HELLO)

    streamed = _end(events)
    chunks = [event.data for event in events if isinstance(event, AudioChunk)]
    assert len(chunks) > 1
    assert b"".join(chunks) == streamed.data
    assert (plain.format, plain.sample_rate, plain.channels) == ("mp3", 16000, 1)
    assert plain.duration == pytest.approx(streamed.duration, rel=0.2)
    assert plain.usage_characters == len(HELLO.text)
    assert plain.trace_id == emulator.requests[0].trace_id


def test_audio_may_stay_with_minimax(caller: Caller) -> None:
    """For 24 hours, at an address."""
    audio = caller.speak(HELLO.model_copy(update={"output_format": "url"}))

    assert audio.data == b""
    assert audio.url is not None
    assert httpx.get(audio.url).content


def test_subtitles_have_an_address(caller: Caller) -> None:
    """A JSON file of sentences."""
    audio = caller.speak(HELLO.model_copy(update={"subtitle_enable": True}))

    assert audio.subtitle_url is not None
    assert httpx.get(audio.subtitle_url).json()


def test_an_unknown_voice_is_told_from_other_mistakes(caller: Caller) -> None:
    """The user has to choose another."""
    request = SpeechRequest(text="Hi", voice_setting=VoiceSetting(voice_id="nobody-at-all"))

    for call in (caller.speak, caller.stream_speech):
        with pytest.raises(InvalidVoiceError) as caught:
            call(request)
        assert caught.value.code == 20132
        assert "the voice 'nobody-at-all'" in str(caught.value)


@pytest.mark.parametrize("at", ["response", "first_frame"])
def test_a_failure_before_the_first_audio_is_retried(
    caller: Caller,
    emulator: Emulator,
    at: Any,  # noqa: ANN401 - a literal
) -> None:
    """As JSON with HTTP 200, and as a frame."""
    emulator.fail_next(1002, at=at)
    assert _end(caller.stream_speech(HELLO)).data
    assert len(emulator.requests) == 2

    emulator.clear()
    emulator.fail_next(1002, at=at, times=3)
    with pytest.raises(RateLimitError):
        caller.stream_speech(HELLO)
    assert len(emulator.requests) == 3


def test_a_failure_in_the_middle_keeps_the_audio_so_far(caller: Caller, emulator: Emulator) -> None:
    """And is not repeated: what was said is billed."""
    emulator.fail_next(1000, at="mid_stream", after=2)
    seen: list[AudioChunk | AudioEnd] = []

    with pytest.raises(ServerError) as caught:
        caller.stream_speech(HELLO, seen)

    assert isinstance(caught.value.partial, Audio)
    assert caught.value.partial.data == b"".join(chunk.data for chunk in seen)  # type: ignore[union-attr]  # no end
    assert caught.value.partial.data
    assert len(emulator.requests) == 1
