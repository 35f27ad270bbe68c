"""Joining of hours of sound: how much memory it takes, and whether others can work meanwhile."""

from __future__ import annotations

import gc
import io
import tracemalloc
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
import soundfile

from minimax_adapters.api import Audio, join_audio
from minimax_adapters.api._gathering import gathered

if TYPE_CHECKING:
    from collections.abc import Iterator

RATE: Final = 24000
FORMATS: Final = {"mp3": "MP3", "wav": "WAV", "flac": "FLAC", "opus": "OGG", "pcm": "RAW"}


def spoken(name: str) -> Audio:
    """Return seconds of noise, which no encoder makes small."""
    sound = np.random.default_rng(5).integers(-(2**14), 2**14, 10 * RATE).astype(np.int16)
    stream = io.BytesIO()
    known: dict[str, Any] = {"opus": {"subtype": "OPUS"}, "pcm": {"subtype": "PCM_16"}}
    soundfile.write(stream, sound, RATE, format=FORMATS[name], **known.get(name, {}))
    return Audio(stream.getvalue(), name, sample_rate=RATE, channels=1)


@pytest.mark.parametrize("name", FORMATS)
def test_a_joined_file_takes_little_more_memory_than_its_own(name: str) -> None:
    """An hour of sound is hundreds of megabytes, and its pieces are held as well."""
    # So long that what other threads of the tests take meanwhile does not count.
    parts = [spoken(name)] * 72
    join_audio(parts[:2])
    gc.collect()

    tracemalloc.start()
    try:
        joined = join_audio(parts)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1.4 * len(joined.data)


def test_parts_are_taken_one_by_one() -> None:
    """Between two of them other threads have their turn, and none is kept."""
    taken: list[int] = []

    def parts() -> Iterator[bytes]:
        for number in range(3):
            taken.append(number)
            yield bytes([number]) * 2

    assert gathered(parts()) == b"\x00\x00\x01\x01\x02\x02"
    assert taken == [0, 1, 2]
    assert gathered([memoryview(b"ab"), b"c"]) == b"abc"
    assert gathered([]) == b""
