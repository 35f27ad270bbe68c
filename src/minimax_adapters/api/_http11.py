"""HTTP/1.1 as `_urllib3` speaks it: the head of a request, and a response as it comes.

`http.client`, which urllib3 speaks with, takes a head or the length of a chunk for whole where they
break off, and reads a head as it does e-mail, which takes a quarter of a call. What is refused here
is what h11 refuses, so that an answer is the same with each library.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from io import BufferedReader

# What is read at once, as httpcore does.
AT_ONCE: Final = 64 * 1024
# As httpcore has it.
_LONGEST_HEAD: Final = 100 * 1024
_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST: Final = re.compile(
    rb"[A-Z]+ [!-~]+ HTTP/1\.1\r\n(?:" + _TOKEN + rb": [^\0\r\n]*\r\n)*\r\n"
)
# A status line; headers, which may be folded; an empty line.
_RESPONSE: Final = re.compile(
    rb"HTTP/1\.(?P<version>[01]) (?P<status>[1-9]\d\d)(?: [^\0\r\n]*)?\r?\n(?:"
    + _TOKEN
    + rb":[^\0\r\n]*\r?\n(?:[ \t][^\0\r\n]*\r?\n)*)*\r?\n"
)
_FOLD: Final = re.compile(rb"[ \t]*\r?\n[ \t]+")
# In hexadecimal digits, as many as any chunk needs; what else it says is of no use.
_LENGTH: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;.*)?\r\n")
_NEW_LINE: Final = b"\r\n"
_BODILESS: Final = (101, 204, 304)
_SWITCHING: Final = b"101"


def head_of(method: str, target: str, headers: list[tuple[bytes, bytes]]) -> bytes:
    """Return the head of a request.

    Raises:
        ValueError: It would not be read as what it is, as one of the parts has a line break, say.
    """
    lines = [f"{method} {target} HTTP/1.1".encode("ascii"), *(b"%b: %b" % pair for pair in headers)]
    head = b"\r\n".join([*lines, b"", b""])
    if not _REQUEST.fullmatch(head) or head.count(b"\n") != len(lines) + 1:
        raise ValueError("A header or the URL cannot be sent.")
    return head


class Response:
    """A response, whose head is read at once.

    Attributes:
        status: Its number.
        headers: Names and values as they came, in order.
        stays: Whether the connection is good for another request after the body.

    State: `_left` are the bytes to come, of the body or of a chunk; None if nobody knows, since
    the body ends with the connection or the first chunk has not begun.

    Raises:
        httpx.RemoteProtocolError: The head breaks off, or may be understood in several ways.
        OSError: Nothing came in time, or the connection broke.
    """

    def __init__(self, received: BufferedReader, *, bodiless: bool = False) -> None:
        self._received = received
        head, status, version = _final_head(received)
        self.status = status
        lines = _FOLD.sub(b" ", head).split(b"\n")[1:-2]
        pairs = (line.partition(b":") for line in lines)
        self.headers = [(name, text.strip(b" \t\r")) for name, _, text in pairs]
        codings, lengths = self._all(b"transfer-encoding"), set(self._all(b"content-length"))
        if codings and codings != [b"chunked"]:
            raise httpx.RemoteProtocolError("The reply has an unknown Transfer-Encoding.")
        if len(lengths) > 1 or not all(length.isdigit() for length in lengths):
            raise httpx.RemoteProtocolError("The reply has no clear Content-Length.")
        self._chunked = False
        self._left = None
        if bodiless or status in _BODILESS:
            self._left = 0
        elif codings:
            self._chunked = True
        elif lengths:
            self._left = int(lengths.pop())
        ends = self._chunked or self._left is not None
        self.stays = ends and version == b"1" and b"close" not in self._all(b"connection")

    def take(self) -> bytes:
        """Return what is there of the body, nothing at its end.

        Raises:
            httpx.RemoteProtocolError: It breaks off, or its chunks are none.
            OSError: Nothing came in time, or the connection broke.
        """
        left = self._left
        if self._chunked and not left:
            left = self._next_chunk()
        if left is None:
            return self._received.read1(AT_ONCE)
        taken = self._received.read1(min(left, AT_ONCE)) if left else b""
        self._left = left - len(taken)
        if self._left and not taken:
            raise httpx.RemoteProtocolError("The body of the reply breaks off.")
        return taken

    def close(self) -> None:
        """Let go of what was received; the connection stays open."""
        self._received.close()

    def _next_chunk(self) -> int:
        """Return the length of the next chunk, 0 at the end of the body."""
        line = self._received.readline
        if self._left is not None and line(_LONGEST_HEAD) != _NEW_LINE:
            raise httpx.RemoteProtocolError("A chunk has another length than it says.")
        found = _LENGTH.fullmatch(line(_LONGEST_HEAD))
        if found is None:
            raise httpx.RemoteProtocolError("A chunk does not say its length.")
        length = int(found[1], 16)
        if not length:
            while (trailer := line(_LONGEST_HEAD)) != _NEW_LINE:
                if not trailer.endswith(_NEW_LINE):
                    raise httpx.RemoteProtocolError("The end of the reply breaks off.")
        return length

    def _all(self, name: bytes) -> list[bytes]:
        """Return the members of the lists that headers of this name are."""
        return [
            text.strip()
            for known, texts in self.headers
            if known.lower() == name
            for text in texts.lower().split(b",")
        ]


def _final_head(received: BufferedReader) -> tuple[bytes, int, bytes]:
    """Return the head, status and minor version of a response, after all that only announce it."""
    while True:
        head = b""
        while not head.endswith((b"\n\r\n", b"\n\n")):
            line = received.readline(_LONGEST_HEAD)
            head += line
            if not line.endswith(b"\n") or len(head) > _LONGEST_HEAD:
                raise httpx.RemoteProtocolError(
                    "The head of the reply breaks off." if head else "The host left without one."
                )
        found = _RESPONSE.fullmatch(head)
        if found is None:
            raise httpx.RemoteProtocolError("The head of the reply is not that of HTTP/1.1.")
        if not found["status"].startswith(b"1") or found["status"] == _SWITCHING:
            return head, int(found["status"]), found["version"]
