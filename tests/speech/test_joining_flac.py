"""FLAC files made one by their heads alone, also those that are hard to take apart."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np
import pytest
import soundfile

from minimax_adapters.api import Audio, _join_flac, join_audio
from minimax_adapters.api._join_flac import _decoded, _frames, _metadata, join_flac
from minimax_adapters.api._measure import measured

BLOCK: Final = 4096
RATE: Final = 16000


def noise(blocks: float) -> Any:  # noqa: ANN401 - an array
    """Return sound that no encoder makes shorter, so that its samples are in the file as such."""
    return np.random.default_rng(5).integers(-(2**15), 2**15, int(blocks * BLOCK)).astype(np.int16)


def flac(sound: Any) -> bytes:  # noqa: ANN401 - an array
    """Return a file of `sound`."""
    stream = io.BytesIO()
    soundfile.write(stream, sound, RATE, format="FLAC")
    return stream.getvalue()


def heard(content: bytes) -> Any:  # noqa: ANN401 - an array
    """Return what a decoder hears, who checks each frame."""
    return soundfile.read(io.BytesIO(content), dtype="int16")[0]


def taken_apart(content: bytes) -> tuple[bytes, list[bytes]]:
    """Return what stands before the frames of a file, and the frames."""
    begin = _metadata(content)[1]
    return content[:begin], [bytes(frame) for _, frame in _frames(content, begin)]


def test_the_sound_itself_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Python that takes a quarter of a second for each megabyte, twice."""
    parts = [flac(noise(20.5)), flac(noise(3))]
    read = 0

    def crc16(content: bytes, crc: int = 0) -> int:
        nonlocal read
        read += len(content)
        return known(content, crc)

    known = _join_flac._crc16
    monkeypatch.setattr(_join_flac, "_crc16", crc16)
    joined = join_flac([*parts, join_flac(parts)])

    assert read < 0.01 * len(joined)
    assert np.array_equal(heard(joined), np.concatenate([noise(20.5), noise(3)] * 2))


def test_a_head_in_the_midst_of_a_sound_is_none() -> None:
    """It has another number than that of the next frame, and no checksum before it."""
    sound = noise(5)
    # The head of frame 3, as two samples and a half in frame 1.
    other = taken_apart(flac(sound))[1][3][:6]
    sound[BLOCK + 1000 : BLOCK + 1003] = np.frombuffer(other, ">i2")
    content = flac(sound)
    assert content.count(other) == 2

    assert [len(part) > 1000 for part in taken_apart(content)[1]] == [True] * 5
    assert np.array_equal(heard(join_flac([content, content])), np.concatenate([sound, sound]))


def test_a_file_without_one_of_its_frames_is_joined_with_the_others() -> None:
    """Its numbers have a gap, and the joined file has none."""
    sound = noise(5)
    head, frames = taken_apart(flac(sound))
    gapped = head + b"".join(frames[:2] + frames[3:])

    joined = join_flac([gapped, flac(sound)])

    left = np.concatenate([sound[: 2 * BLOCK], sound[3 * BLOCK :]])
    assert np.array_equal(heard(joined), np.concatenate([left, sound]))


def test_a_frame_that_is_broken_stays_alone() -> None:
    """Its checksum goes on to say that it is broken, and those behind it are whole."""
    sound = noise(5)
    head, frames = taken_apart(flac(sound))
    broken = bytearray(frames[1])
    broken[2000] ^= 1

    joined = join_flac([head + frames[0] + bytes(broken) + b"".join(frames[2:])])

    checks = [_join_flac._crc16(frame) for frame in taken_apart(joined)[1]]
    assert [crc == 0 for crc in checks] == [True, False, True, True, True]


def test_a_file_that_was_streamed_is_as_long_as_its_frames() -> None:
    """Who streams writes the header first, without a length; players then show none."""
    content = bytearray(flac(noise(2.5)))
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    bare = Audio(bytes(content), "flac")
    seconds = 2.5 * BLOCK / RATE

    assert measured(bare).duration == pytest.approx(seconds)
    assert measured(Audio(bytes(content[:42]), "flac")).duration is None
    assert join_audio([bare, bare]).duration == pytest.approx(2 * seconds)
    assert measured(Audio(join_audio([bare, bare]).data, "flac")).duration == 2 * seconds


@pytest.mark.parametrize("number", [0, 5, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, (1 << 36) - 1])
def test_numbers_are_read_as_they_are_written(number: int) -> None:
    """From one byte to seven."""
    assert _decoded(_join_flac._coded(number)) == number
