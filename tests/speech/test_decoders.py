"""What decoders that nobody here wrote hear: in every format and rate, by every way to speak.

What was said is known: each sentence is also spoken by itself, as plain samples. A decoder has to
hear those sentences, each once and in order.
"""

from __future__ import annotations

import io
import itertools
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
import soundfile
from mutagen import flac, mp3, oggopus, wave
from talkers import Talker, audio_of, deltas, end_of

from minimax_adapters.api import (
    Audio,
    AudioChunk,
    AudioSetting,
    SpeechOptions,
    SpeechRequest,
    VoiceSetting,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.emulator import Emulator

pytestmark = pytest.mark.sampled(share=0.05)

RATES: Final = (8000, 16000, 22050, 24000, 32000, 44100)
SENTENCES: Final = (
    "The first sentence is a short one.",
    "The second is quite a bit longer, since it has a clause that follows a comma!",
    "Is this the last?",
)
TEXT: Final = " ".join(SENTENCES)
# Seconds between two measures of loudness, and how many of them a lossy encoder may put before and
# behind each file: its delay, and what fills its last frame.
STEP: Final = 0.01
SILENCE: Final = 30
TAGGED: Final[dict[str, Any]] = {
    "mp3": mp3.MP3,
    "wav": wave.WAVE,
    "flac": flac.FLAC,
    "opus": oggopus.OggOpus,
}
STREAMED: Final = ("mp3", "pcm", "pcmu_raw")


def kinds(*names: str) -> list[Any]:
    """Return formats with each of their rates, and some with two channels."""
    found = []
    for name in names:
        rates = (8000,) if name.startswith("pcmu") else RATES
        for rate, channel in itertools.product(rates, (1, 2)):
            # Two channels differ from one by the encoder alone: once for a format is enough.
            if channel == 1 or rate == rates[-1]:
                found.append(pytest.param(name, rate, channel, id=f"{name}-{rate}-{channel}"))
    return found


EVERY: Final = kinds("mp3", "wav", "flac", "opus", "pcm", "pcmu_raw", "pcmu_wav")


@pytest.fixture
def talker(speaking: Emulator) -> Iterator[Talker]:
    """A client that speaks."""
    with Talker("sync", speaking) as found:
        yield found


def options(name: Any, rate: Any, channel: Any) -> SpeechOptions:  # noqa: ANN401 - literals
    """Return how it is spoken."""
    setting = AudioSetting(format=name, sample_rate=rate, channel=channel)
    return SpeechOptions(
        audio_setting=setting, voice_setting=VoiceSetting(voice_id="English_Graceful_Lady")
    )


def loudness(samples: Any, rate: int) -> Any:  # noqa: ANN401 - arrays
    """Return how loud it is at each step, over 50 milliseconds."""
    first = np.asarray(samples, dtype=np.float64).reshape(len(samples), -1)[:, 0]
    steps = np.arange(0, len(first), rate * STEP).astype(int)
    power = np.add.reduceat(first**2, steps) / (rate * STEP)
    return np.sqrt(np.convolve(power, np.full(5, 1 / 5), "same"))


def said(talker: Talker, texts: tuple[str, ...], rate: int) -> list[Any]:
    """Return the loudness of each of `texts`, spoken by itself as samples."""
    found = []
    for text in texts:
        audio = talker.client.speak(options("pcm", rate, 1).saying(text))
        found.append(loudness(np.frombuffer(audio.data, dtype="<i2") / 32768, rate))
    return found


def check(audio: Audio, expected: list[Any], kind: tuple[str, int, int]) -> None:
    """Check that decoders hear what is `expected` in `audio`, and that its facts are true."""
    name, rate, channel = kind
    content = audio.playable().data
    samples, found_rate = soundfile.read(io.BytesIO(content), always_2d=True)
    seconds = len(samples) / found_rate
    if name != "opus":  # Opus knows rates of its own.
        assert found_rate == rate
    assert samples.shape[1] == channel
    assert (audio.format, audio.channels) == (name, channel)
    assert audio.duration == pytest.approx(seconds, rel=0.02)
    if name != "mp3":  # An mp3 has its encoder's delay in front of each sentence.
        assert seconds == pytest.approx(sum(map(len, expected)) * STEP, rel=0.02)
    if name in TAGGED:
        assert TAGGED[name](io.BytesIO(content)).info.length == pytest.approx(seconds, rel=0.02)
    check_order(loudness(samples, found_rate), expected)
    if shutil.which("ffmpeg"):
        check_order(loudness(decoded_by_ffmpeg(content, found_rate), found_rate), expected)


def check_order(heard: Any, expected: list[Any]) -> None:  # noqa: ANN401 - an array
    """Check that what is expected is heard one behind the other, with nothing in between."""
    end = 0
    for wanted in expected:
        fits = {
            begin: np.corrcoef(heard[begin : begin + len(wanted)], wanted)[0, 1]
            for begin in range(max(0, end - 5), end + SILENCE)
            if len(heard[begin : begin + len(wanted)]) == len(wanted)
        }
        assert fits, "it ends too early"
        begin = max(fits, key=lambda each: fits[each])
        assert fits[begin] > 0.9
        end = begin + len(wanted)
    assert len(heard) - end <= SILENCE


def decoded_by_ffmpeg(content: bytes, rate: int) -> Any:  # noqa: ANN401 - an array
    """Return what ffmpeg hears, which must not complain."""
    run = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", "-", "-f", "s16le", "-ac", "1", "-ar", str(rate), "-"],  # noqa: S607 - whichever ffmpeg there is
        input=content,
        capture_output=True,
        check=True,
    )
    lines = run.stderr.decode().splitlines()
    assert [line for line in lines if "Guessed" not in line and "duration" not in line] == []
    return np.frombuffer(run.stdout, dtype="<i2") / 32768


@pytest.mark.parametrize(("name", "rate", "channel"), EVERY)
def test_a_file_says_its_text(talker: Talker, name: str, rate: int, channel: int) -> None:
    """`speak()`, one request."""
    expected = said(talker, (TEXT,), rate)

    audio = talker.client.speak(options(name, rate, channel).saying(TEXT))

    check(audio, expected, (name, rate, channel))


@pytest.mark.parametrize(("name", "rate", "channel"), EVERY)
def test_a_long_text_is_one_file(talker: Talker, name: str, rate: int, channel: int) -> None:
    """`speak_long()`: a request for each sentence, joined."""
    expected = said(talker, SENTENCES, rate)

    audio = talker.client.speak_long(TEXT, options(name, rate, channel), piece_length=80)

    check(audio, expected, (name, rate, channel))


@pytest.mark.parametrize(("name", "rate", "channel"), kinds(*STREAMED))
def test_a_stream_is_the_file(talker: Talker, name: str, rate: int, channel: int) -> None:
    """`stream_speech()`: its chunks, one behind the other."""
    expected = said(talker, (TEXT,), rate)
    request: SpeechRequest = options(name, rate, channel).saying(TEXT)

    events = talker.all(talker.client.stream_speech(request))

    assert audio_of(events) == end_of(events).audio.data
    check(end_of(events).audio, expected, (name, rate, channel))


@pytest.mark.parametrize("transport", ["bidi", "plain", "http"])
@pytest.mark.parametrize(("name", "rate", "channel"), kinds(*STREAMED))
def test_a_text_that_is_written_is_spoken_once(
    talker: Talker, name: str, rate: int, channel: int, transport: str
) -> None:
    """`stream_speech_from()`: its chunks, one behind the other, by each transport."""
    events = talker.speak_from(
        deltas(TEXT), options=options(name, rate, channel), transport=transport
    )

    # Sentences that wait are spoken together over HTTP.
    texts = tuple(dict.fromkeys(event.text for event in events if isinstance(event, AudioChunk)))
    expected = said(talker, texts, rate)
    assert " ".join(texts) == TEXT
    assert audio_of(events) == end_of(events).audio.data
    check(end_of(events).audio, expected, (name, rate, channel))
