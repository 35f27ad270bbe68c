"""From samples to the bytes of each format of `audio_setting.format`, and back to pieces.

A reply states the length, size and rates of its audio. They are read from the encoded bytes, so
they stay true where a format cannot do what was asked: MP3 has no 256 kbit/s below 32 kHz, mu-law
knows only 8 kHz, Opus has rates of its own.
"""

from __future__ import annotations

import dataclasses
import io
from typing import Final, Literal

import lameenc
import numpy as np
import numpy.typing as npt
import soundfile

from ._containers import mp3_frames, with_serial

Samples = npt.NDArray[np.float32]
Format = Literal["mp3", "pcm", "flac", "wav", "pcmu_raw", "pcmu_wav", "opus"]

TELEPHONE_RATE: Final = 8000
OPUS_RATES: Final = (8000, 16000, 24000, 48000)
MEDIA_TYPES: Final[dict[Format, str]] = {
    "mp3": "audio/mpeg",
    "pcm": "audio/pcm",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcmu_raw": "audio/basic",
    "pcmu_wav": "audio/wav",
    "opus": "audio/ogg",
}
SUFFIXES: Final[dict[Format, str]] = {
    "mp3": "mp3",
    "pcm": "pcm",
    "flac": "flac",
    "wav": "wav",
    "pcmu_raw": "ulaw",
    "pcmu_wav": "wav",
    "opus": "opus",
}
# libsndfile's names of container and coding.
CONTAINERS: Final[dict[Format, tuple[str, str]]] = {
    "flac": ("FLAC", "PCM_16"),
    "wav": ("WAV", "PCM_16"),
    "pcmu_raw": ("RAW", "ULAW"),
    "pcmu_wav": ("WAV", "ULAW"),
    "opus": ("OGG", "OPUS"),
}
OPUS_SERIAL: Final = 1


@dataclasses.dataclass(frozen=True)
class AudioSetting:
    """What the request asks for, with the documented defaults."""

    format: Format = "mp3"
    sample_rate: int = 32000
    bitrate: int = 128000
    channel: int = 1

    @property
    def coded_rate(self) -> int:
        """The sample rate that the format can carry, at or above the one asked for."""
        if self.format in {"pcmu_raw", "pcmu_wav"}:
            return TELEPHONE_RATE
        if self.format == "opus":
            return min(rate for rate in OPUS_RATES if rate >= self.sample_rate)
        return self.sample_rate


@dataclasses.dataclass(frozen=True)
class Encoded:
    """Audio in its final form, with what is true about it.

    Attributes:
        content: The file.
        format: As asked for.
        sample_rate: Hertz, as a decoder reports it.
        channel: 1 or 2.
        frames: Samples per channel that a decoder gives.
        bitrate: Bits per second; the average where the format has no fixed one.
    """

    content: bytes
    format: Format
    sample_rate: int
    channel: int
    frames: int
    bitrate: int

    @property
    def milliseconds(self) -> int:
        """Duration."""
        return round(self.frames * 1000 / self.sample_rate)


def encode(samples: Samples, setting: AudioSetting) -> Encoded:
    """Encode mono `samples` of `setting.coded_rate` hertz, in [-1, 1]."""
    wide = np.repeat(samples[:, np.newaxis], setting.channel, axis=1)
    match setting.format:
        case "mp3":
            return encode_mp3(wide, setting)
        case "pcm":
            content = as_int16(wide).astype("<i2").tobytes()
        case _:
            content = encode_with_libsndfile(wide, setting)
    frames = len(wide)
    seconds = frames / setting.coded_rate
    return Encoded(
        content=content,
        format=setting.format,
        sample_rate=setting.coded_rate,
        channel=setting.channel,
        frames=frames,
        bitrate=round(len(content) * 8 / seconds) if frames else 0,
    )


def as_int16(samples: Samples) -> npt.NDArray[np.int16]:
    """Return 16-bit samples; what is louder than full scale is cut."""
    return np.rint(np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16)


def encode_mp3(wide: Samples, setting: AudioSetting) -> Encoded:
    """Encode with a constant bitrate and nothing but audio frames."""
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_bit_rate(setting.bitrate // 1000)
    encoder.set_in_sample_rate(setting.sample_rate)
    encoder.set_out_sample_rate(setting.sample_rate)
    encoder.set_channels(setting.channel)
    # Quality 7 takes half the time of the default; speech does not show the difference.
    encoder.set_quality(7)
    content = bytes(encoder.encode(as_int16(wide).tobytes())) + bytes(encoder.flush())
    frames = list(mp3_frames(content))
    return Encoded(
        content=content,
        format="mp3",
        sample_rate=setting.sample_rate,
        channel=setting.channel,
        frames=sum(frame.samples for frame in frames),
        bitrate=frames[0].bitrate,
    )


def encode_with_libsndfile(wide: Samples, setting: AudioSetting) -> bytes:
    """Encode the formats that libsndfile writes."""
    container, coding = CONTAINERS[setting.format]
    stream = io.BytesIO()
    exact = wide if coding == "OPUS" else as_int16(wide)
    soundfile.write(stream, exact, setting.coded_rate, format=container, subtype=coding)
    content = stream.getvalue()
    return with_serial(content, OPUS_SERIAL) if setting.format == "opus" else content


def cut(encoded: Encoded, milliseconds: int) -> list[bytes]:
    """Cut the file into pieces of about `milliseconds` that give it again when joined.

    MP3 is cut between frames and raw audio between samples, so that every piece can be played as
    it comes; the other formats need their head and are cut anywhere.
    """
    if encoded.format == "mp3":
        return cut_mp3(encoded, milliseconds)
    widths = {"pcm": 2, "pcmu_raw": 1}
    unit = widths.get(encoded.format, 1) * encoded.channel
    count = max(1, round(encoded.milliseconds / milliseconds))
    size = max(unit, -(-len(encoded.content) // (count * unit)) * unit)
    return [encoded.content[at : at + size] for at in range(0, len(encoded.content), size)]


def cut_mp3(encoded: Encoded, milliseconds: int) -> list[bytes]:
    """Cut between frames."""
    pieces = []
    begin = end = samples = 0
    enough = encoded.sample_rate * milliseconds / 1000
    for frame in mp3_frames(encoded.content):
        end += frame.size
        samples += frame.samples
        if samples >= enough:
            pieces.append(encoded.content[begin:end])
            begin, samples = end, 0
    return [*pieces, encoded.content[begin:]] if begin < end else pieces
