"""Independent decoders must agree with what the emulator says about its audio."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen import mp3 as mutagen_mp3
from mutagen import oggopus as mutagen_opus

from minimax_adapters.emulator._containers import mp3_frames, with_serial
from minimax_adapters.emulator.audio import (
    CONTAINERS,
    MEDIA_TYPES,
    AudioSetting,
    as_int16,
    cut,
    encode,
)

if TYPE_CHECKING:
    from minimax_adapters.emulator.audio import Encoded, Format, Samples

RATES = (8000, 16000, 22050, 24000, 32000, 44100)


def tone(seconds: float, rate: int, hertz: float = 440.0) -> Samples:
    """A steady tone at half of full scale."""
    clock = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * clock)).astype(np.float32)


def decoded(encoded: Encoded) -> tuple[Samples, int]:
    """The samples and rate that libsndfile reads."""
    stream = io.BytesIO(encoded.content)
    if encoded.format in {"pcm", "pcmu_raw"}:
        coding = "PCM_16" if encoded.format == "pcm" else "ULAW"
        samples, rate = soundfile.read(
            stream,
            samplerate=encoded.sample_rate,
            channels=encoded.channel,
            format="RAW",
            subtype=coding,
            endian="LITTLE" if coding == "PCM_16" else None,
            always_2d=True,
        )
    else:
        samples, rate = soundfile.read(stream, always_2d=True)
    return samples.astype(np.float32), rate


def mutagen_info(reader: Any, encoded: Encoded) -> Any:  # noqa: ANN401  # It has no types.
    """What a second reader says about the file."""
    return reader(io.BytesIO(encoded.content)).info


def strongest(samples: Samples, rate: int) -> float:
    """The loudest frequency in hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


@pytest.mark.sampled(share=0.3)
@pytest.mark.parametrize("channel", [1, 2])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", list(MEDIA_TYPES))
def test_decoder_reports_what_is_claimed(name: Format, rate: int, channel: int) -> None:
    """Rate, channels, length and sound survive every format."""
    setting = AudioSetting(format=name, sample_rate=rate, channel=channel)

    encoded = encode(tone(0.5, setting.coded_rate), setting)
    samples, heard_rate = decoded(encoded)

    assert heard_rate == encoded.sample_rate
    assert samples.shape == (encoded.frames, channel)
    assert len(samples) / heard_rate * 1000 == pytest.approx(encoded.milliseconds, abs=1)
    assert strongest(samples[:, -1], heard_rate) == pytest.approx(440, rel=0.01)


@pytest.mark.parametrize("name", ["wav", "flac", "pcm"])
def test_lossless_formats_keep_every_sample(name: Format) -> None:
    """16 bits go in and the same come out."""
    setting = AudioSetting(format=name, sample_rate=24000)
    samples = tone(0.3, 24000)

    heard, _ = decoded(encode(samples, setting))

    assert np.array_equal(as_int16(heard[:, 0] * np.float32(32768 / 32767)), as_int16(samples))


@pytest.mark.parametrize("bitrate", [32000, 64000, 128000, 256000])
def test_mp3_has_the_bitrate_asked_for_in_every_frame(bitrate: int) -> None:
    """Constant bitrate, no header frame, and mutagen reads the same."""
    encoded = encode(tone(1, 32000), AudioSetting(bitrate=bitrate))

    assert {frame.bitrate for frame in mp3_frames(encoded.content)} == {bitrate}
    assert encoded.bitrate == bitrate
    read = mutagen_info(mutagen_mp3.MP3, encoded)
    assert (read.bitrate, read.sample_rate, read.channels) == (bitrate, 32000, 1)
    assert read.length * 1000 == pytest.approx(encoded.milliseconds, rel=0.02)


@pytest.mark.parametrize(("rate", "highest"), [(8000, 64000), (16000, 160000), (24000, 160000)])
def test_mp3_bitrate_is_reported_as_it_is_where_the_format_has_less(
    rate: int, highest: int
) -> None:
    """Below 32 kHz MP3 has no 256 kbit/s, and the answer does not pretend."""
    encoded = encode(tone(0.5, rate), AudioSetting(sample_rate=rate, bitrate=256000))

    assert encoded.bitrate == highest
    assert mutagen_info(mutagen_mp3.MP3, encoded).bitrate == highest


@pytest.mark.parametrize(("asked", "given"), [(8000, 8000), (22050, 24000), (44100, 48000)])
def test_opus_takes_the_next_rate_it_knows(asked: int, given: int) -> None:
    """Opus has rates of its own; no sound is lost to a lower one."""
    setting = AudioSetting(format="opus", sample_rate=asked)

    encoded = encode(tone(1.2, setting.coded_rate), setting)

    assert encoded.sample_rate == given
    read = mutagen_info(mutagen_opus.OggOpus, encoded)
    assert read.length * 1000 == pytest.approx(encoded.milliseconds, rel=0.02)


@pytest.mark.parametrize("name", list(MEDIA_TYPES))
def test_equal_sound_gives_equal_bytes(name: Format) -> None:
    """Recorded answers can be compared byte by byte, also Ogg with its random serial."""
    setting = AudioSetting(format=name, sample_rate=16000)
    samples = tone(0.4, setting.coded_rate)

    assert encode(samples, setting) == encode(samples, setting)


def test_page_checksum_is_the_one_that_the_ogg_library_writes() -> None:
    """Writing a page again with its own serial changes nothing."""
    stream = io.BytesIO()
    container, coding = CONTAINERS["opus"]
    soundfile.write(stream, tone(0.5, 24000), 24000, format=container, subtype=coding)
    content = stream.getvalue()

    assert with_serial(content, int.from_bytes(content[14:18], "little")) == content


@given(
    name=st.sampled_from(list(MEDIA_TYPES)),
    seconds=st.floats(0.0, 1.2),
    milliseconds=st.integers(20, 400),
    channel=st.sampled_from([1, 2]),
)
@settings(max_examples=40, deadline=None)
def test_pieces_joined_are_the_file(
    name: Format, seconds: float, milliseconds: int, channel: int
) -> None:
    """Whatever the length and the cut, nothing is lost, doubled or empty."""
    setting = AudioSetting(format=name, sample_rate=16000, channel=channel)
    encoded = encode(tone(seconds, setting.coded_rate), setting)

    pieces = cut(encoded, milliseconds)

    assert b"".join(pieces) == encoded.content
    assert all(pieces)


def test_mp3_pieces_begin_with_a_frame() -> None:
    """A player may start with any of them."""
    encoded = encode(tone(1.5, 44100), AudioSetting(sample_rate=44100))

    pieces = cut(encoded, 150)

    assert {piece[:2] for piece in pieces} == {b"\xff\xfb"}
    assert 8 <= len(pieces) <= 11


@pytest.mark.parametrize(("name", "unit"), [("pcm", 4), ("pcmu_raw", 2)])
def test_raw_pieces_hold_whole_samples(name: Format, unit: int) -> None:
    """Both channels of a sample stay together."""
    setting = AudioSetting(format=name, sample_rate=8000, channel=2)

    pieces = cut(encode(tone(1.01, 8000), setting), 150)

    assert {len(piece) % unit for piece in pieces} == {0}


def test_too_loud_samples_are_cut_not_wrapped() -> None:
    """An overflow would be a loud crack."""
    loud = np.array([1.5, -1.5], dtype=np.float32)

    assert as_int16(loud).tolist() == [32767, -32767]
