"""Bodies that are sent compressed, unpacked no further than may be held.

httpx unpacks a chunk as a whole before anyone can count it, and undoes any number of codings in a
row: a few hundred bytes may become gigabytes. Here one coding is undone, bytes by the limit.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api.errors import InvalidReplyError

if TYPE_CHECKING:
    import httpx

_GZIP: Final = 16 + zlib.MAX_WBITS
_BITS: Final = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}
_ZLIB_HEAD: Final = 2


class Unpacker:
    """Unpacks a body as it comes.

    Args:
        coding: The value of its `Content-Encoding`.
    """

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._unpacking: Any = None
        self._head = b""

    @classmethod
    def of(cls, headers: httpx.Headers) -> Unpacker | None:
        """Return one for a body with these headers, None if it is sent as it is."""
        coding = headers.get("content-encoding", "").strip().lower()
        return None if coding in {"", "identity"} else cls(coding)

    @property
    def is_inside(self) -> bool:
        """Whether the body has begun, and is not whole yet."""
        return self._head != b"" and (self._unpacking is None or not self._unpacking.eof)

    def feed(self, chunk: bytes, most: int) -> bytes:
        """Return what `chunk` unpacks to, no more than `most` bytes and one.

        Raises:
            InvalidReplyError: It is not packed as its head says, or in a way nobody asked for.
        """
        if self._coding not in _BITS:
            raise InvalidReplyError(
                f"The reply has a Content-Encoding that was not asked for, {self._coding[:40]!r}."
                " Check whether a proxy or a header of yours asks for it."
            )
        try:
            return self._unpack(chunk, most + 1)
        except zlib.error as error:
            raise InvalidReplyError(
                f"The reply cannot be decompressed ({error}). Check whether a proxy changes it."
            ) from error

    def _unpack(self, chunk: bytes, most: int) -> bytes:
        if self._unpacking is None:
            chunk = self._head = self._head + chunk
            if len(chunk) < _ZLIB_HEAD:
                return b""
            bits = _BITS[self._coding]
            if self._coding == "deflate" and not _is_zlib(chunk):
                bits = -zlib.MAX_WBITS
            self._unpacking = zlib.decompressobj(bits)
        return bytes(self._unpacking.decompress(chunk, most))


def _is_zlib(chunk: bytes) -> bool:
    """Return whether it has the head that the standard demands, and some hosts leave out."""
    return chunk[0] & 0x0F == zlib.DEFLATED and int.from_bytes(chunk[:2], "big") % 31 == 0
