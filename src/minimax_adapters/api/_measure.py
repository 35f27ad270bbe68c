"""What a file says about its own sound, where MiniMax does not: read without decoding it."""

from __future__ import annotations

import dataclasses
import struct
from typing import TYPE_CHECKING, Final

from minimax_adapters.api._join_flac import flac_facts
from minimax_adapters.api._join_mp3 import mp3_facts, mp3_seconds
from minimax_adapters.api._join_opus import opus_facts, opus_seconds
from minimax_adapters.api._wav import read_wav
from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api.audio import Audio


def _wav_facts(content: bytes) -> tuple[int, int, float]:
    wav = read_wav(content)
    _, channels, rate, bytes_per_second = struct.unpack_from("<HHII", wav.format)
    return rate, channels, len(wav.samples) / max(1, bytes_per_second)


_FACTS: Final[dict[str, Callable[[bytes], tuple[int, int, float]]]] = {
    "mp3": mp3_facts,
    "wav": _wav_facts,
    "pcmu_wav": _wav_facts,
    "flac": flac_facts,
    "opus": opus_facts,
}
_SECONDS: Final[dict[str, Callable[[bytes], float]]] = {
    "mp3": mp3_seconds,
    "wav": lambda content: _wav_facts(content)[2],
    "pcmu_wav": lambda content: _wav_facts(content)[2],
    "flac": lambda content: flac_facts(content)[2],
    "opus": opus_seconds,
}
# Bytes of a sample, and the rate if nobody states one.
_RAW: Final = {"pcm": (2, 0), "pcmu_raw": (1, 8_000)}
# What the reader of a file raises if it is of a kind that nobody here knows.
_UNKNOWN: Final = (InvalidInputError, struct.error, IndexError)


def measured(audio: Audio) -> Audio:
    """Return `audio` with sample rate, channels and duration, as far as its file tells them."""
    read = _FACTS.get(audio.format)
    if read is None or not audio.data:
        return audio
    try:
        rate, channels, seconds = read(audio.data)
    except _UNKNOWN:
        # Facts are an extra.
        return audio
    return dataclasses.replace(
        audio,
        sample_rate=audio.sample_rate or rate or None,
        channels=audio.channels or channels or None,
        duration=(seconds or None) if audio.duration is None else audio.duration,
    )


def seconds_when_joined(audio: Audio) -> float | None:
    """Return how long the sound of `audio` lasts in a joined file, None if nobody knows.

    MiniMax states how long somebody speaks. The frames that this is coded in last a little longer,
    which adds up with each file.
    """
    width, rate = _RAW.get(audio.format, (0, 0))
    rate = audio.sample_rate or rate
    try:
        if width and rate:
            return len(audio.data) / (width * (audio.channels or 1) * rate)
        read = _SECONDS.get(audio.format)
        return (read and read(audio.data)) or audio.duration
    except _UNKNOWN:
        return audio.duration
