"""Reading MP3 frames and Ogg pages, as far as honest lengths and equal bytes need it."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# By the two version bits of a frame header: MPEG 2.5, (reserved), MPEG 2, MPEG 1.
SAMPLE_RATES: Final = {0: (11025, 12000, 8000), 2: (22050, 24000, 16000), 3: (44100, 48000, 32000)}
LOW_RATES: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
FULL_RATES: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
MPEG_1: Final = 3

OGG_HEADER: Final = 27
REVERSED_BITS: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Frame(NamedTuple):
    """One MP3 frame.

    Attributes:
        size: Bytes, header included.
        samples: Per channel.
        sample_rate: In hertz.
        bitrate: In bits per second.
    """

    size: int
    samples: int
    sample_rate: int
    bitrate: int


def mp3_frame(header: bytes) -> Frame:
    """Read the four bytes that open a frame."""
    version = header[1] >> 3 & 3
    table = FULL_RATES if version == MPEG_1 else LOW_RATES
    bitrate = table[header[2] >> 4] * 1000
    sample_rate = SAMPLE_RATES[version][header[2] >> 2 & 3]
    samples = 1152 if version == MPEG_1 else 576
    padding = header[2] >> 1 & 1
    return Frame(samples // 8 * bitrate // sample_rate + padding, samples, sample_rate, bitrate)


def mp3_frames(content: bytes) -> Iterator[Frame]:
    """Read all frames of a stream that holds nothing else."""
    position = 0
    while position < len(content):
        frame = mp3_frame(content[position : position + 4])
        yield frame
        position += frame.size


def with_serial(content: bytes, serial: int) -> bytes:
    """Return an Ogg stream with `serial` on every page.

    The encoder takes a random one, and equal requests are to give equal bytes.
    """
    pages = []
    position = 0
    while position < len(content):
        segments = content[position + 26]
        table = position + OGG_HEADER
        end = table + segments + sum(content[table : table + segments])
        page = bytearray(content[position:end])
        page[14:18] = serial.to_bytes(4, "little")
        page[22:26] = bytes(4)
        page[22:26] = ogg_checksum(bytes(page)).to_bytes(4, "little")
        pages.append(bytes(page))
        position = end
    return b"".join(pages)


def ogg_checksum(page: bytes) -> int:
    """Return the CRC of an Ogg page whose checksum member is zero.

    Ogg's CRC is zlib's with the bits of every byte and of the result in the other order, and
    without the two inversions.
    """
    mirrored = zlib.crc32(page.translate(REVERSED_BITS), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
