"""Several audios made one file, read by decoders that nobody here wrote."""

from __future__ import annotations

import dataclasses
import io
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, Final

import mutagen
import numpy as np
import pytest
import soundfile

from minimax_adapters.api import Audio, AudioSetting, Client, InvalidInputError, SpeechRequest
from minimax_adapters.api._join_flac import _coded
from minimax_adapters.api._measure import measured
from minimax_adapters.api.joining import join_audio
from minimax_adapters.api.subtitles import Subtitle

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

RATE: Final = 24000
FORMATS: Final = ("mp3", "wav", "flac", "opus", "pcm", "pcmu_raw", "pcmu_wav")
TEXTS: Final = ("The first sentence is here.", "A second one follows it.", "Then a third ends it.")


def spoken(emulator: Emulator, name: Any, rate: Any = 24000, channel: Any = 1) -> list[Audio]:  # noqa: ANN401 - literals
    """Return three sentences in a format."""
    setting = AudioSetting(format=name, sample_rate=rate, channel=channel)
    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        return [client.speak(SpeechRequest(text=text, audio_setting=setting)) for text in TEXTS]


def samples(audio: Audio) -> tuple[Any, int]:
    """Return what a decoder hears, and its rate."""
    playable = audio.playable()
    return soundfile.read(io.BytesIO(playable.data), always_2d=True)  # type: ignore[no-any-return]  # soundfile has no types


def seconds(audio: Audio) -> float:
    """Return how long a decoder hears something."""
    heard, rate = samples(audio)
    return len(heard) / rate


@pytest.mark.sampled(share=0.2)
@pytest.mark.parametrize("channel", [1, 2])
@pytest.mark.parametrize("name", FORMATS)
def test_a_joined_file_sounds_like_its_parts_in_order(
    speaking: Emulator, name: str, channel: int
) -> None:
    """Nothing is lost or repeated, and a decoder reads one file."""
    parts = spoken(speaking, name, channel=channel)

    joined = join_audio(parts)

    heard, rate = samples(joined)
    whole = np.concatenate([samples(part)[0] for part in parts])
    assert rate == joined.sample_rate
    assert heard.shape[1] == channel
    assert abs(len(heard) - len(whole)) <= 0.02 * len(whole)
    assert joined.duration == pytest.approx(len(heard) / rate, rel=0.02)
    # The loudness in windows of 50 ms, so that a delay of an encoder does not matter.
    length = min(len(heard), len(whole)) // (rate // 20) * (rate // 20)
    loud = [np.abs(x[:length, 0]).reshape(-1, rate // 20).mean(axis=1) for x in (heard, whole)]
    assert np.corrcoef(*loud)[0, 1] > (0.85 if name in {"mp3", "opus"} else 0.999)
    if name in {"wav", "flac", "pcm"}:
        assert np.array_equal(heard, whole)


@pytest.mark.parametrize("name", ["mp3", "wav", "flac", "opus"])
def test_the_length_that_a_joined_file_states_is_true(speaking: Emulator, name: str) -> None:
    """Players show it, and stop there."""
    joined = join_audio(spoken(speaking, name))

    stated = mutagen.File(io.BytesIO(joined.data))

    heard, rate = samples(joined)
    assert stated.info.length == pytest.approx(len(heard) / rate, rel=0.02)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs ffmpeg")
@pytest.mark.parametrize("name", ["mp3", "wav", "flac", "opus", "pcmu_wav"])
def test_ffmpeg_decodes_a_joined_file_without_a_complaint(speaking: Emulator, name: str) -> None:
    """It reports broken frames, wrong checksums and gaps."""
    joined = join_audio(spoken(speaking, name))

    run = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", "-", "-f", "s16le", "-"],  # noqa: S607 - whichever ffmpeg there is
        input=joined.data,
        capture_output=True,
        check=True,
    )

    # A WAV header of a single channel does not say where its loudspeaker stands.
    complaints = [line for line in run.stderr.decode().splitlines() if "Guessed" not in line]
    assert complaints == []


def test_tags_and_stated_lengths_of_the_parts_are_dropped(speaking: Emulator) -> None:
    """In the middle of a file, a decoder would stumble over them or believe them."""
    part = spoken(speaking, "mp3")[0]
    frame = part.data[:4]
    length = bytearray(part.data[: 576 * 2])
    size = 576 // 8 * 128000 // 24000
    length[4:] = bytes(len(length) - 4)
    at = 4 + 9
    length[at : at + 4] = b"Info"
    id3 = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)
    tagged = Audio(id3 + bytes(length[:size]) + part.data + b"TAG" + bytes(125), "mp3")

    joined = join_audio([tagged, tagged])

    assert frame
    assert joined.data == part.data * 2


def test_a_wav_file_of_a_stream_ends_where_it_ends(speaking: Emulator) -> None:
    """A server that streams does not know the length when it writes the header."""
    part = spoken(speaking, "wav")[0]
    at = part.data.index(b"data") + 4
    open_ended = part.data[:at] + b"\xff\xff\xff\xff" + part.data[at + 4 :]

    joined = join_audio([Audio(open_ended, "wav"), part])

    heard, _ = samples(joined)
    assert len(heard) == 2 * len(samples(part)[0])


@pytest.mark.parametrize("channel", [1, 2])
@pytest.mark.parametrize("name", ["mp3", "wav", "flac", "opus", "pcmu_wav"])
def test_a_file_tells_what_minimax_did_not(speaking: Emulator, name: str, channel: int) -> None:
    """Results of tasks and previews come without facts."""
    parts = spoken(speaking, name, channel=channel)
    for whole in (parts[0], join_audio(parts)):
        bare = measured(Audio(whole.data, name))

        heard, rate = samples(bare)
        assert (bare.sample_rate, bare.channels) == (rate, channel)
        assert bare.duration == pytest.approx(len(heard) / rate, rel=0.001)


def test_what_cannot_be_measured_stays_unknown() -> None:
    """Facts are an extra."""
    for name in ("mp3", "wav", "flac", "opus", "pcm"):
        assert measured(Audio(b"junk" * 20, name)).sample_rate is None


def test_numbers_of_flac_samples_are_coded_like_long_utf_8() -> None:
    """From one byte to seven."""
    assert _coded(5) == b"\x05"
    for number in (0x80, 0x7FF, 0x800, 0xFFFF, 0x10000):
        assert _coded(number) == chr(number).encode("utf-8", "surrogatepass")
    assert len(_coded((1 << 36) - 1)) == 7


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("name", ["pcm", "wav"])
def test_sound_that_breaks_off_inside_a_sample_is_no_noise_afterwards(
    name: str, channels: int
) -> None:
    """A stream may break off anywhere; all samples behind half a one would be read wrongly."""
    sound = np.arange(12, dtype="<i2").reshape(-1, channels) * 1000
    raw = Audio(sound.tobytes(), "pcm", sample_rate=RATE, channels=channels)
    whole = raw if name == "pcm" else raw.playable()
    broken = dataclasses.replace(whole, data=whole.data[:-1])

    heard, _ = soundfile.read(
        io.BytesIO(join_audio([broken, whole]).playable().data), dtype="int16", always_2d=True
    )

    assert np.array_equal(heard, np.concatenate([sound[:-1], sound]))


def test_audio_can_be_added_and_summed(speaking: Emulator) -> None:
    """The natural way to put answers together."""
    parts = spoken(speaking, "mp3")

    assert sum(parts) == parts[0] + parts[1] + parts[2] == join_audio(parts)
    assert join_audio(parts).usage == sum(part.usage_characters for part in parts)


def test_audio_that_does_not_fit_together_is_refused() -> None:
    """A file has one format and one rate."""
    first = Audio(b"a", "pcm", sample_rate=8000)

    with pytest.raises(InvalidInputError, match="format"):
        join_audio([first, Audio(b"a", "mp3")])
    with pytest.raises(InvalidInputError, match="sample_rate"):
        join_audio([first, Audio(b"a", "pcm", sample_rate=16000)])
    with pytest.raises(InvalidInputError, match="at least one"):
        join_audio([])
    with pytest.raises(InvalidInputError, match="url"):
        join_audio([first, Audio(b"", "pcm", url="https://x")])
    for name in ("wav", "flac", "opus"):
        with pytest.raises(InvalidInputError, match="is no"):
            join_audio([Audio(b"junk" * 9, name), Audio(b"junk" * 9, name)])


def test_subtitles_move_along_with_their_audio() -> None:
    """Those of the second part begin where the first part ends."""
    one = Audio(b"a", "pcm", duration=2.0, subtitles=(Subtitle("One.", 0.0, 1.5),))
    two = Audio(b"b", "pcm", duration=1.0, subtitles=(Subtitle("Two.", 0.1, 0.9),))

    joined = one + two

    assert joined.subtitles == (Subtitle("One.", 0.0, 1.5), Subtitle("Two.", 2.1, 2.9))
    assert joined.srt.startswith("1\n00:00:00,000 --> 00:00:01,500\nOne.\n\n2\n")
    assert joined.webvtt.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nOne.\n")


@pytest.mark.parametrize("stated", [0.1, None])
@pytest.mark.parametrize("name", FORMATS)
def test_subtitles_begin_where_their_sound_does(
    speaking: Emulator, name: str, stated: float | None
) -> None:
    """What MiniMax states is how long somebody speaks: the frames of an mp3 last longer."""
    parts = [
        dataclasses.replace(
            part,
            duration=part.duration and stated and part.duration - stated,
            subtitles=(Subtitle("A line.", 0.25, 0.75),),
        )
        for part in spoken(speaking, name)
    ]

    joined = join_audio(parts)

    before = [0.0, *(seconds(join_audio(parts[:count])) for count in (1, 2))]
    assert joined.duration == pytest.approx(seconds(joined), abs=0.03)
    for line, begin in zip(joined.subtitles, before, strict=True):
        assert line.begin == pytest.approx(begin + 0.25, abs=0.03)


def test_the_stated_length_is_believed_where_the_file_is_unclear() -> None:
    """Behind what is no frame there may be more sound."""
    frame = b"\xff\xfb\x90\xc4" + bytes(413)
    line = Subtitle("A line.", 0.0, 0.5)
    for content in (frame + b"junk" + frame * 9, b"junk", frame[:3]):
        part = Audio(content, "mp3", duration=1.0, subtitles=(line,))

        assert (part + part).duration == 2.0
        assert (part + part).subtitles == (line, line.later(1.0))


def test_a_notebook_shows_a_player(speaking: Emulator) -> None:
    """Also for raw sound, which no browser plays."""
    part = spoken(speaking, "pcm")[0]

    assert part._repr_html_().startswith('<audio controls preload="metadata" src="data:audio/wav;')
    assert "code" in Audio(b"", "mp3", url="https://x")._repr_html_()
