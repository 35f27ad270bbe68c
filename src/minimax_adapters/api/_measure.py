"""What a file says about its own sound, where MiniMax did not: read without decoding it."""

from __future__ import annotations

import dataclasses
import struct
from typing import TYPE_CHECKING, Final

from minimax_adapters.api._join_flac import flac_facts
from minimax_adapters.api._join_mp3 import mp3_facts
from minimax_adapters.api._join_opus import opus_facts
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


def measured(audio: Audio) -> Audio:
    """Return `audio` with sample rate, channels and duration, as far as its file tells them."""
    read = _FACTS.get(audio.format)
    if read is None or not audio.data:
        return audio
    try:
        rate, channels, seconds = read(audio.data)
    except (InvalidInputError, struct.error, IndexError):
        # Facts are an extra: the file may be of a kind that nobody here knows.
        return audio
    return dataclasses.replace(
        audio,
        sample_rate=audio.sample_rate or rate or None,
        channels=audio.channels or channels or None,
        duration=seconds if audio.duration is None else audio.duration,
    )
