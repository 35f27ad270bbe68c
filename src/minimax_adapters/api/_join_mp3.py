"""MP3: what stands around the frames, and files joined frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from minimax_adapters.api._gathering import gathered

if TYPE_CHECKING:
    from collections.abc import Iterable

_ID3_HEADER: Final = 10
_ID3_END: Final = 128
_FRAME_HEADER: Final = 4
_SYNC: Final = 0xFFE0
_LAYER_III: Final = 1
_MPEG_1: Final = 3
_SIDE_INFO: Final = {(True, True): 17, (True, False): 32, (False, True): 9, (False, False): 17}
_KBITS: Final = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES: Final = {0: (11025, 12000, 8000), 2: (22050, 24000, 16000), 3: (44100, 48000, 32000)}


def join_mp3(files: Iterable[bytes]) -> bytes:
    """Return one MP3 file with the frames of all `files`.

    Tags are dropped, and the first frame where it is none but states the length of its own file
    (Xing, Info, VBRI): of a joined file it would be wrong.
    """
    return gathered(map(bare_mp3, files))


def bare_mp3(content: bytes) -> bytes:
    """Return the frames of a file without tags and without a frame that states its length."""
    content = content[id3_size(content) :]
    if content[-_ID3_END:].startswith(b"TAG") and len(content) >= _ID3_END:
        content = content[:-_ID3_END]
    return content[length_frame_size(content) :]


def id3_size(content: bytes) -> int:
    """Return the bytes of the ID3v2 tag at the start, 0 without one."""
    if not content.startswith(b"ID3") or len(content) < _ID3_HEADER:
        return 0
    bytes_and_shifts = zip(content[6:_ID3_HEADER], (21, 14, 7, 0), strict=True)
    size = sum((byte & 0x7F) << shift for byte, shift in bytes_and_shifts)
    footer = _ID3_HEADER if content[5] & 0x10 else 0
    return _ID3_HEADER + size + footer


def length_frame_size(content: bytes) -> int:
    """Return the bytes of the first frame if it is no sound but states a length, else 0."""
    size = frame_size(content[:4])
    if not size:
        return 0
    version, mono = content[1] >> 3 & 3, content[3] >> 6 == _MPEG_1
    at = 4 + _SIDE_INFO[version == _MPEG_1, mono]
    is_xing = content[at : at + 4] in {b"Xing", b"Info"}
    return size if is_xing or content[36:40] == b"VBRI" else 0


def frame_size(header: bytes) -> int:
    """Return the bytes of the layer III frame that `header` opens, 0 if it opens none."""
    if len(header) < _FRAME_HEADER or int.from_bytes(header[:2], "big") & _SYNC != _SYNC:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    bitrate, rate = header[2] >> 4, header[2] >> 2 & 3
    known = version in _RATES and 0 < bitrate < len(_KBITS[True]) and rate < len(_RATES[version])
    if layer != _LAYER_III or not known:
        return 0
    bits = _KBITS[version == _MPEG_1][bitrate] * 1000
    samples = 1152 if version == _MPEG_1 else 576
    return samples // 8 * bits // _RATES[version][rate] + (header[2] >> 1 & 1)


def mp3_facts(content: bytes) -> tuple[int, int, float]:
    """Return the sample rate, channels and seconds of the frames of a file."""
    return _counted(bare_mp3(content))[:3]


def mp3_seconds(content: bytes) -> float:
    """Return the seconds of a file, 0 if there is something else between or behind its frames."""
    frames = bare_mp3(content)
    *_, seconds, end = _counted(frames)
    return seconds if end >= len(frames) else 0.0


def _counted(frames: bytes) -> tuple[int, int, float, int]:
    """Return the sample rate, channels and seconds of all frames, and where the last one ends."""
    position = samples = rate = channels = 0
    while size := frame_size(frames[position : position + 4]):
        header = frames[position : position + 4]
        version = header[1] >> 3 & 3
        rate = _RATES[version][header[2] >> 2 & 3]
        channels = 1 if header[3] >> 6 == _MPEG_1 else 2
        samples += 1152 if version == _MPEG_1 else 576
        position += size
    return rate, channels, samples / rate if rate else 0.0, position
