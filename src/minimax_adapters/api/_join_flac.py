"""FLAC: files joined into one stream without decoding them.

Frames state their number, so each is given the number of its first sample instead, as streams
with blocks of different sizes have it, and its checksums are changed by what that changes: the
sound is not read, which takes long in Python. The checksum of the whole sound is left out, which
the format allows.
Source: RFC 9639, sections 8 and 9.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from minimax_adapters.api._gathering import gathered
from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_STREAMINFO_SIZE: Final = 34
_SYNC: Final = re.compile(rb"\xff[\xf8\xf9]")
_BLOCKS: Final = {1: 192, 2: 576, 3: 1152, 4: 2304, 5: 4608} | {
    code: 256 << (code - 8) for code in range(8, 16)
}
_RATE_BYTES: Final = {12: 1, 13: 2, 14: 2}
_BAD_RATE: Final = 15
_SHORTEST_HEAD: Final = 6
# A number is coded as in UTF-8, but with up to seven bytes: its first one begins with as many ones.
_NUMBER_SIZES: Final = {0: 1} | {size: size for size in range(2, 8)}
_BITS_OF_ONE_BYTE: Final = 7


def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    top, mask = 1 << (bits - 1), (1 << bits) - 1
    entries = []
    for byte in range(256):
        crc = byte << (bits - 8)
        for _ in range(8):
            crc = (crc << 1 ^ (polynomial if crc & top else 0)) & mask
        entries.append(crc)
    return tuple(entries)


def _times(one: int, other: int) -> int:
    """Return the product of two remainders by the polynomial of CRC-16."""
    product = 0
    for bit in range(15, -1, -1):
        product = product << 1 ^ (_POLYNOMIAL if product & 0x8000 else 0)
        if other >> bit & 1:
            product ^= one
    return product & 0xFFFF


def _powers() -> tuple[int, ...]:
    """Return what 1, 2, 4, 8 and so on bytes behind a text multiply its CRC-16 by."""
    powers = [1 << 8]
    while len(powers) < _LONGEST_BITS:
        powers.append(_times(powers[-1], powers[-1]))
    return tuple(powers)


_POLYNOMIAL: Final = 0x18005
_LONGEST_BITS: Final = 40
_POWERS: Final = _powers()
_CRC8: Final = _table(0x07, 8)
_CRC16: Final = _table(_POLYNOMIAL & 0xFFFF, 16)


class _Header(NamedTuple):
    """What the head of a frame says.

    Attributes:
        size: Its bytes with checksum.
        number_size: The bytes of its number.
        samples: Those of its block, for each channel.
        number: The number of the frame, or of its first sample if it is `variable`.
        variable: Whether the blocks of the stream may differ in size.
    """

    size: int
    number_size: int
    samples: int
    number: int
    variable: int

    @property
    def next_number(self) -> int:
        """The number of the frame behind it."""
        return self.number + (self.samples if self.variable else 1)


def join_flac(files: Sequence[bytes]) -> bytes:
    """Return one FLAC file with the frames of all `files`.

    Raises:
        InvalidInputError: One is no FLAC file, or they differ in rate, channels or depth.
    """
    infos: list[bytes] = []
    frames: list[tuple[_Header, memoryview]] = []
    for content in files:
        info, begin = _metadata(content)
        infos.append(info)
        frames += _frames(content, begin)
    # Rate, channels and depth are the 28 bits behind the sizes.
    if len({info[10:13] + bytes([info[13] & 0xF0]) for info in infos}) != 1:
        raise InvalidInputError("FLAC files of different rate, channels or depth cannot be joined.")
    sizes = [head.samples for head, _ in frames]
    smallest, largest = min(sizes[:-1] or sizes or [4096]), max(sizes or [4096])
    info = _streaminfo(infos[0], smallest, largest, sum(sizes))
    opening = b"fLaC\x80" + _STREAMINFO_SIZE.to_bytes(3, "big") + info
    return gathered(chain([opening], _renumbered(frames)))


def flac_facts(content: bytes) -> tuple[int, int, float]:
    """Return the sample rate, channels and seconds of a file.

    One that was streamed does not state how many samples it has: they are counted by the frames.
    """
    info, begin = _metadata(content)
    packed = int.from_bytes(info[10:18], "big")
    rate, channels = packed >> 44, (packed >> 41 & 7) + 1
    samples = packed & (1 << 36) - 1 or sum(head.samples for head, _ in _frames(content, begin))
    return rate, channels, samples / rate if rate else 0.0


def _metadata(content: bytes) -> tuple[bytes, int]:
    """Return the STREAMINFO block and where the frames begin."""
    if content[:4] != b"fLaC":
        raise InvalidInputError("This audio is no FLAC file.")
    position, info, last = 4, b"", False
    while not last and position + 4 <= len(content):
        last, kind = bool(content[position] & 0x80), content[position] & 0x7F
        size = int.from_bytes(content[position + 1 : position + 4], "big")
        if kind == 0:
            info = content[position + 4 : position + 4 + size]
        position += 4 + size
    if len(info) != _STREAMINFO_SIZE:
        raise InvalidInputError("This FLAC file has no description of its sound.")
    return info, position


def _streaminfo(info: bytes, smallest: int, largest: int, samples: int) -> bytes:
    """Return `info` for the joined stream: sizes of frames and checksum unknown."""
    if samples >= 1 << 36:
        samples = 0
    depth = info[13] & 0xF0 | samples >> 32
    blocks = smallest.to_bytes(2, "big") + largest.to_bytes(2, "big")
    counted = bytes([depth]) + (samples & 0xFFFFFFFF).to_bytes(4, "big")
    return blocks + bytes(6) + info[10:13] + counted + bytes(16)


def _frames(content: bytes, begin: int) -> Iterator[tuple[_Header, memoryview]]:
    """Yield the frames with their heads; no copy is made of them."""
    head, whole = _header(content, begin), memoryview(content)
    while head is not None:
        end, following = _end(content, begin, head)
        yield head, whole[begin:end]
        begin, head = end, following


def _end(content: bytes, begin: int, head: _Header) -> tuple[int, _Header | None]:
    """Return where the frame at `begin` ends, and the head of the next one.

    The next head has the next number. Any other may stand in a sound by accident, or a part of the
    stream is missing: then the checksum of the frame tells.
    """
    crc, done = 0, begin
    for sync in _SYNC.finditer(content, begin + head.size + 2):
        following = _header(content, sync.start())
        if following is None:
            continue
        if following.variable == head.variable and following.number == head.next_number:
            return sync.start(), following
        crc, done = _crc16(content[done : sync.start() - 2], crc), sync.start() - 2
        if crc.to_bytes(2, "big") == content[done : done + 2]:
            return sync.start(), following
    return len(content), None


def _header(content: bytes, begin: int) -> _Header | None:
    """Return what the frame at `begin` says of itself, None if there is none."""
    head = content[begin : begin + 16]
    if len(head) < _SHORTEST_HEAD or not _SYNC.match(head) or head[3] & 1:
        return None
    block, rate = head[2] >> 4, head[2] & 15
    width = _number_size(head[4])
    if not block or rate == _BAD_RATE or not width:
        return None
    at = 4 + width
    extra = {6: 1, 7: 2}.get(block, 0)
    samples = _BLOCKS.get(block) or int.from_bytes(head[at : at + extra], "big") + 1
    at += extra + _RATE_BYTES.get(rate, 0)
    if at >= len(head) or _crc8(head[:at]) != head[at]:
        return None
    return _Header(at + 1, width, samples, _decoded(head[4 : 4 + width]), head[1] & 1)


def _number_size(first: int) -> int:
    """Return the bytes of a coded number by its first one, 0 if it is none."""
    ones = 8 - (~first & 0xFF).bit_length()
    return _NUMBER_SIZES.get(ones, 0)


def _renumbered(frames: Iterable[tuple[_Header, memoryview]]) -> Iterator[bytes | memoryview]:
    position = 0
    for head, frame in frames:
        yield from _numbered(frame, head, position)
        position += head.samples


def _numbered(frame: memoryview, head: _Header, position: int) -> tuple[bytes, memoryview, bytes]:
    """Return the parts of `frame` with the number of its first sample, and both checksums."""
    opening = bytes([frame[0], frame[1] | 1]) + frame[2:4] + _coded(position)
    opening += frame[4 + head.number_size : head.size - 1]
    opening += bytes([_crc8(opening)])
    # The checksum of a sum is the sum of the checksums: only what the head adds to it differs.
    body = frame[head.size : -2]
    change = _behind(_crc16(frame[: head.size]) ^ _crc16(opening), len(body))
    crc = int.from_bytes(frame[-2:], "big") ^ change
    return opening, body, crc.to_bytes(2, "big")


def _coded(number: int) -> bytes:
    """Return `number` in the manner of UTF-8, up to 36 bits."""
    if number.bit_length() <= _BITS_OF_ONE_BYTE:
        return bytes([number])
    rest = []
    width = 1
    while width == 1 or number >= 1 << (7 - width):
        rest.append(0x80 | number & 0x3F)
        number >>= 6
        width += 1
    return bytes([(0xFF00 >> width) & 0xFF | number, *reversed(rest)])


def _decoded(coded: bytes) -> int:
    """Return the number that is coded in the manner of UTF-8."""
    number = coded[0] if len(coded) == 1 else coded[0] & 0x7F >> len(coded)
    for byte in coded[1:]:
        number = number << 6 | byte & 0x3F
    return number


def _crc8(content: bytes) -> int:
    crc = 0
    for byte in content:
        crc = _CRC8[crc ^ byte]
    return crc


def _crc16(content: bytes | memoryview, crc: int = 0) -> int:
    table = _CRC16
    for byte in content:
        crc = (crc << 8 & 0xFF00) ^ table[crc >> 8 ^ byte]
    return crc


def _behind(crc: int, size: int) -> int:
    """Return what a part with `crc` adds to the CRC-16 of a text that goes on for `size` bytes."""
    for power in _POWERS:
        if size & 1:
            crc = _times(crc, power)
        size >>= 1
    return crc
