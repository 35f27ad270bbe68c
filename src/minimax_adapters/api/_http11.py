"""HTTP/1.1 without I/O: the head of a request, and a reply that is fed as it comes.

Replies are parsed by httptools. `http.client`, which urllib3 speaks with, takes a head or the
length of a chunk for whole where they break off, and reads a head as it does e-mail, which takes a
quarter of a call. aiohttp loses what has come together with something wrong, waits for ever where
that comes later, and takes what nobody has asked for as the reply to the next request.
"""

from __future__ import annotations

import re
from typing import Final

import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from httpx import codes

# Without anything of a body between them; a head has as many with httpcore.
_MOST_BYTES: Final = 100 * 1024
_REQUEST: Final = re.compile(
    rb"[A-Z]+ [!-~]+ HTTP/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\0\r\n]*\r\n)*\r\n"
)


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


class Reply:
    """A reply, fed with bytes as they come. Its `on_` methods are for the parser.

    Args:
        bodiless: Whether its head is all of it, whatever that says.

    Attributes:
        status: Its number, 0 until the head is there.
        headers: Names and values as they came, in order.
        version: Of HTTP, such as `1.1`.
        reason: What is said behind the number.
        is_whole: Whether its end is there.
        stays: Whether it is whole, and the connection good for another request.

    State: `_body` is what was received and not taken, `_fault` what is wrong with what follows.
    `_framed` says that the reply tells its end, so that the end of the connection is none; `_bare`
    are the bytes since the last of a body.
    """

    __slots__ = (
        "_bare",
        "_bodiless",
        "_body",
        "_fault",
        "_framed",
        "_parser",
        "headers",
        "is_whole",
        "reason",
        "status",
        "stays",
        "version",
    )

    def __init__(self, *, bodiless: bool = False) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.version = ""
        self.reason = b""
        self.is_whole = False
        self.stays = False
        self._bodiless = bodiless
        self._body: list[bytes] = []
        self._bare = 0
        self._framed = True
        self._fault: httpx.RemoteProtocolError | None = None
        self._parser = parser = HttpResponseParser(self)
        # As h11 has it. The first is for folded headers; the third moves borders inside a body,
        # so it ends with the head.
        parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_chunked_length=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )

    @property
    def extensions(self) -> dict[str, bytes]:
        """What httpx logs of it besides its number."""
        return {
            "http_version": b"HTTP/" + self.version.encode("ascii"),
            "reason_phrase": self.reason,
        }

    @property
    def is_begun(self) -> bool:
        """Whether the head is there.

        Raises:
            httpx.RemoteProtocolError: It breaks off, or may be understood in several ways.
        """
        if self._fault and not self.status:
            raise self._fault
        return self.status > 0

    def take(self) -> bytes | None:
        """Return what is there of the body, nothing at its end, None where more is to come.

        Raises:
            httpx.RemoteProtocolError: It breaks off, or its chunks are none.
        """
        if self._body:
            taken = self._body[0] if len(self._body) == 1 else b"".join(self._body)
            self._body.clear()
            return taken
        if self._fault:
            raise self._fault
        return b"" if self.is_whole else None

    def feed(self, received: bytes) -> None:
        """Take in what was received, nothing at the end of the connection."""
        if not received:
            self._end()
            return
        try:
            self._parser.feed_data(received)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.stays = False  # If it is whole, there is more than was asked for.
            raised = error.__context__
            if raised is not None and not isinstance(raised, HttpParserError):
                raise raised from None  # Such as Ctrl-C, in one of the methods below.
            if not self.is_whole:
                self._fault = httpx.RemoteProtocolError(f"The reply is not HTTP/1.1: {error}")
            return
        self._bare = 0 if self._body else self._bare + len(received)
        if self._bare > _MOST_BYTES and not self.is_whole:
            self._fault = httpx.RemoteProtocolError("The head or the end of the reply is too long.")

    def _end(self) -> None:
        if self.is_whole or self._fault:
            return
        self.is_whole = not self._framed
        if not self.is_whole:
            begun = self.status or self._bare
            self._fault = httpx.RemoteProtocolError(
                "The reply breaks off." if begun else "The host hung up without a reply."
            )

    def on_message_begin(self) -> None:
        if self.is_whole:
            raise HttpParserError

    def on_status(self, reason: bytes) -> None:
        self.reason += reason

    def on_header(self, name: bytes, text: bytes) -> None:
        if not self.status:  # Else it is a trailer.
            self.headers.append((name, text.strip(b" \t")))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if codes.is_informational(status) and status != codes.SWITCHING_PROTOCOLS:
            self.headers.clear()  # It announces the one that counts.
            self.reason = b""
            return
        named = [(name.lower(), text.lower()) for name, text in self.headers]
        codings = [text for name, text in named if name == b"transfer-encoding"]
        clear = not any(b"\0" in text for _, text in named)
        if status < codes.CONTINUE or codings not in ([], [b"chunked"]) or not clear:
            raise HttpParserError
        self.status = status
        self.version = self._parser.get_http_version()
        self._framed = bool(codings) or any(name == b"content-length" for name, _ in named)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=False)
        if self._bodiless:
            self.is_whole = True
            raise HttpParserError

    def on_body(self, piece: bytes) -> None:
        self._body.append(piece)

    def on_message_complete(self) -> None:
        if self.status:
            self.is_whole = True
            self.stays = self._parser.should_keep_alive()
        else:
            self._body.clear()
