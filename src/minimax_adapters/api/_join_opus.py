"""Ogg Opus: files joined into one logical stream.

Pages are written anew: one serial number, pages counted on, and positions that grow by what the
packets last. Each file after the first adds the few milliseconds that its encoder runs ahead.
Sources: RFC 3533 (Ogg), RFC 6716 section 3.1 (durations), RFC 7845 (Opus in Ogg).
"""

from __future__ import annotations

import itertools
import struct
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from minimax_adapters.api._gathering import gathered
from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_PAGE: Final = struct.Struct("<4sBBqIIIB")
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_NO_POSITION: Final = -1
_HEADERS: Final = 2
# A lacing value: the packet goes on with the next one.
_GOES_ON: Final = 255
# A kind of packet: the next byte counts its frames.
_COUNTED: Final = 3
_REVERSED: Final = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# Samples at 48 kHz of one frame, by the configuration number: SILK, hybrid, CELT.
_FRAMES: Final = (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4


class _Page(NamedTuple):
    flags: int
    position: int
    serial: int
    sizes: bytes
    content: memoryview


def join_opus(files: Sequence[bytes]) -> bytes:
    """Return one Ogg Opus file with the packets of all `files`.

    Raises:
        InvalidInputError: One is no Ogg Opus file, or they differ in channels.
    """
    read = [list(_pages(content)) for content in files]
    heads = [pages[0].content for pages in read]
    if any(bytes(head[:8]) != b"OpusHead" for head in heads):
        raise InvalidInputError("This audio is no Ogg Opus file.")
    if len({head[9] for head in heads}) != 1:
        raise InvalidInputError("Opus files with different numbers of channels cannot be joined.")
    return gathered(_joined(read))


def _joined(read: Sequence[Sequence[_Page]]) -> Iterator[bytes]:
    """Yield the pages of one stream with the packets of all files."""
    total = 0
    serial = read[0][0].serial
    count = itertools.count()
    for number, pages in enumerate(read):
        is_last_file = number == len(read) - 1
        headers, sound = _parted(pages)
        if number == 0:
            for page in headers:
                yield _written(page, 0, page.flags, serial, next(count))
        for page in sound:
            ends = is_last_file and page is sound[-1]
            before, total = total, total + sum(map(_samples, _packets(page)))
            position = total
            if ends and page.position >= 0:
                # The last position of a file says where its padding begins.
                position -= _duration(sound) - page.position
            if before == total and not _ends_packet(page):
                position = _NO_POSITION
            flags = (page.flags & _CONTINUED) | (_LAST if ends else 0)
            yield _written(page, position, flags, serial, next(count))


def opus_facts(content: bytes) -> tuple[int, int, float]:
    """Return the sample rate, channels and seconds of a file."""
    headers, sound = _parted(list(_pages(content)))
    head = headers[0].content
    skipped, rate = struct.unpack_from("<HI", head, 10)
    last = max((page.position for page in sound), default=0)
    return rate, head[9], max(0, last - skipped) / 48_000


def opus_seconds(content: bytes) -> float:
    """Return the seconds of a file in a joined one, with those that a decoder skips of its own."""
    _, sound = _parted(list(_pages(content)))
    return _duration(sound) / 48_000


def _pages(content: bytes) -> Iterator[_Page]:
    position, whole = 0, memoryview(content)
    while position + _PAGE.size <= len(content):
        mark, _, flags, granule, serial, _, _, count = _PAGE.unpack_from(content, position)
        table = position + _PAGE.size
        sizes = content[table : table + count]
        end = table + count + sum(sizes)
        if mark != b"OggS" or end > len(content):
            break
        yield _Page(flags, granule, serial, sizes, whole[table + count : end])
        position = end
    if position == 0:
        raise InvalidInputError("This audio is no Ogg file.")


def _parted(pages: Sequence[_Page]) -> tuple[list[_Page], list[_Page]]:
    """Return the pages of the two header packets, and those of the sound."""
    headers = 0
    for number, page in enumerate(pages):
        headers += sum(size < _GOES_ON for size in page.sizes)
        if headers >= _HEADERS:
            return list(pages[: number + 1]), list(pages[number + 1 :])
    raise InvalidInputError("This Ogg file ends before its sound begins.")


def _packets(page: _Page) -> Iterator[memoryview]:
    """Yield the packets that begin on `page`; only their first bytes matter."""
    begin = 0
    begins = not page.flags & _CONTINUED
    size = 0
    for part in page.sizes:
        size += part
        if part < _GOES_ON:
            if begins:
                yield page.content[begin : begin + size]
            begin, size, begins = begin + size, 0, True
    if size and begins:
        yield page.content[begin:]


def _ends_packet(page: _Page) -> bool:
    return any(size < _GOES_ON for size in page.sizes)


def _samples(packet: memoryview) -> int:
    """Return how long a packet lasts, in samples at 48 kHz."""
    if not packet:
        return 0
    kind = packet[0] & 3
    count = 1 if kind == 0 else 2
    if kind == _COUNTED:
        count = packet[1] & 0x3F if len(packet) > 1 else 0
    return _FRAMES[packet[0] >> 3] * count


def _duration(pages: Iterable[_Page]) -> int:
    return sum(_samples(packet) for page in pages for packet in _packets(page))


def _written(page: _Page, position: int, flags: int, serial: int, number: int) -> bytes:
    sizes = page.sizes
    head = _PAGE.pack(b"OggS", 0, flags, position, serial, number, 0, len(sizes))
    whole = head + sizes + page.content
    return whole[:22] + struct.pack("<I", _checksum(whole)) + whole[26:]


def _checksum(page: bytes) -> int:
    """Return Ogg's CRC: that of zlib with all bits in the other order, without inversions."""
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
