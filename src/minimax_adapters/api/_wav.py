"""WAV: headers for raw sound, and files joined under one header."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from minimax_adapters.api._gathering import gathered
from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PCM: Final = 1
_MULAW: Final = 7
_LARGEST: Final = 0xFFFFFFFF - 64
_HEADER: Final = 12
_SHORTEST_FORMAT: Final = 16


class Wav(NamedTuple):
    """The `fmt ` chunk of a file and its samples, of which no copy is made."""

    format: bytes
    samples: memoryview


def wav_of_pcm(samples: bytes, sample_rate: int, channels: int) -> bytes:
    """Return a WAV file of 16-bit little endian samples."""
    width = 2 * channels
    return _written(
        struct.pack("<HHIIHH", _PCM, channels, sample_rate, sample_rate * width, width, 16),
        [samples],
    )


def wav_of_mulaw(samples: bytes, sample_rate: int, channels: int) -> bytes:
    """Return a WAV file of G.711 mu-law samples."""
    rate = sample_rate * channels
    return _written(
        struct.pack("<HHIIHHH", _MULAW, channels, sample_rate, rate, channels, 8, 0), [samples]
    )


def join_wav(files: Sequence[bytes]) -> bytes:
    """Return one WAV file with the samples of all `files`.

    Raises:
        InvalidInputError: One is no WAV file, or they differ in rate, channels or coding.
    """
    read = [read_wav(content) for content in files]
    if len({wav.format[:16] for wav in read}) != 1:
        raise InvalidInputError("WAV files of different rate, channels or coding cannot be joined.")
    (width,) = struct.unpack_from("<H", read[0].format, 12)
    ends = [len(wav.samples) - len(wav.samples) % max(1, width) for wav in read]
    # Behind a sample that breaks off, all would be noise.
    samples = [wav.samples[:end] for wav, end in zip(read, ends, strict=True)]
    return _written(read[0].format, samples)


def read_wav(content: bytes) -> Wav:
    """Return the format and the samples of a file.

    A file that was streamed states no length, or one that is too large: it ends where it ends.

    Raises:
        InvalidInputError: It is no WAV file.
    """
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise InvalidInputError("This audio is no WAV file.")
    found: dict[bytes, memoryview] = {}
    for name, chunk in _chunks(memoryview(content)):
        found.setdefault(name, chunk)
    if len(found.get(b"fmt ", b"")) < _SHORTEST_FORMAT or b"data" not in found:
        raise InvalidInputError("This WAV file has no format or no samples.")
    return Wav(bytes(found[b"fmt "]), found[b"data"])


def _chunks(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    position = _HEADER
    while position + 8 <= len(content):
        name = bytes(content[position : position + 4])
        (size,) = struct.unpack_from("<I", content, position + 4)
        begin = position + 8
        if name == b"data" and (size == 0 or begin + size > len(content)):
            size = len(content) - begin
        yield name, content[begin : begin + size]
        position = begin + size + size % 2


def _written(fmt: bytes, samples: Sequence[bytes | memoryview]) -> bytes:
    size = sum(map(len, samples))
    if size > _LARGEST:
        raise InvalidInputError("A WAV file holds at most 4 GB: use another format, or save parts.")
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt
    if struct.unpack_from("<H", fmt)[0] != _PCM:
        # Readers of compressed sound expect the number of samples in a chunk of its own.
        width = max(1, struct.unpack_from("<H", fmt, 12)[0])
        chunks += b"fact" + struct.pack("<II", 4, size // width)
    chunks += b"data" + struct.pack("<I", size)
    padding = bytes(size % 2)
    header = b"RIFF" + struct.pack("<I", 4 + len(chunks) + size + len(padding)) + b"WAVE" + chunks
    return gathered([header, *samples, padding])
