"""Bytes of an event stream to `data` payloads."""

from __future__ import annotations


class SSEDecoder:
    """Cuts byte chunks of an event stream into `data` payloads.

    A chunk may end anywhere, also inside a UTF-8 sequence, so lines are cut as bytes and handed
    on whole. A line may be very long (hex audio), so its pieces are joined once, when it ends.

    State: `_line` holds the pieces of the unfinished line, `_event` the data lines since the
    last empty line, `stray` the start of what is not an event stream, for an error text.
    """

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._event: list[bytes] = []
        self.stray = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the payloads that `chunk` completes, oldest first."""
        if b"\n" not in chunk:
            self._line.append(chunk)
            return []
        if self._line:
            self._line.append(chunk)
            chunk = b"".join(self._line)
            self._line.clear()
        *lines, tail = chunk.split(b"\n")
        if tail:
            self._line.append(tail)
        return self._payloads(lines)

    def flush(self) -> list[bytes]:
        """Return the payload of an event that the end of the stream cut off, if there is one."""
        line = b"".join(self._line)
        self._line.clear()
        # The end may cut the name of the field, which is then nothing strange.
        return self._payloads([b""] if b"data:".startswith(line) else [line, b""])

    def _payloads(self, lines: list[bytes]) -> list[bytes]:
        event = self._event
        payloads = []
        for raw in lines:
            line = raw.removesuffix(b"\r")
            if not line:
                if event:
                    payloads.append(b"\n".join(event))
                    event.clear()
            elif line[:6] == b"data: ":
                event.append(line[6:])
            elif line[:5] == b"data:":  # Some hosts leave out the space after the colon.
                event.append(line[5:])
            elif line.startswith(b"\xef\xbb\xbfdata:"):  # The standard allows a byte order mark.
                event.append(line[8:].removeprefix(b" "))
            elif not line.startswith((b":", b"event:", b"id:", b"retry:")):
                self.stray = self.stray or line
        return payloads
