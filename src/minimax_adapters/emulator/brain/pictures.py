"""What can be said of a picture without seeing it: its kind and its size, from its header."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD: Final = 65536

SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def describe(urls: Sequence[str]) -> str:
    """Return one sentence per picture or video."""
    return " ".join(describe_one(url) for url in urls)


def describe_one(url: str) -> str:
    """Return a sentence about the picture or video at `url`."""
    if not url.startswith("data:"):
        noun = "video" if url.startswith("mm_file:") or url.endswith((".mp4", ".mov")) else "image"
        return f"The {noun} is at {url}."
    head, _, payload = url.partition(",")
    family, _, kind = head.removeprefix("data:").partition(";")[0].lower().partition("/")
    content = base64.b64decode(payload[: HEAD * 4 // 3 // 4 * 4])
    size = dimensions(content)
    if family != "image" or size is None:
        return f"The {family} is a {kind.upper()} file of {len(payload) * 3 // 4} bytes."
    return f"The image is a {kind.upper()} picture, {size[0]} by {size[1]} pixels."


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG, GIF, WEBP or JPEG file."""
    try:
        if content.startswith(b"\x89PNG"):
            return struct.unpack(">II", content[16:24])
        if content.startswith(b"GIF8"):
            return struct.unpack("<HH", content[6:10])
        if content[8:16] == b"WEBPVP8X":
            width, height = content[24:27] + b"\0", content[27:30] + b"\0"
            return struct.unpack("<I", width)[0] + 1, struct.unpack("<I", height)[0] + 1
        if content.startswith(b"\xff\xd8"):
            return jpeg_dimensions(content)
    except struct.error:
        return None
    return None


def jpeg_dimensions(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a JPEG file: they stand in its frame header."""
    place = 2
    while place + 9 <= len(content):
        marker, length = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])[0]
        if marker in SOF:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + length
    return None
