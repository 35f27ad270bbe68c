"""Bytes of an event stream to `data` payloads."""

from __future__ import annotations


class SSEDecoder:
    """Cuts byte chunks of an event stream into `data` payloads.

    A chunk may end anywhere, also inside a UTF-8 sequence, so lines are cut as bytes and handed
    on whole. A line may be very long (hex audio) or come byte by byte, so it grows in place.

    State: `_line` holds the unfinished line, `_event` the data since the last empty line, None
    without any; `stray` the start of what is not an event stream, for an error text.
    """

    __slots__ = ("_event", "_line", "stray")

    def __init__(self) -> None:
        self._line = bytearray()
        self._event: bytes | bytearray | None = None
        self.stray = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the payloads that `chunk` completes, oldest first."""
        end = len(chunk) - 2
        if (
            chunk.find(b"\n") == end
            and chunk.endswith(b"\n\n")
            and chunk.startswith(b"data: ")
            and not self._line
            and self._event is None
        ):  # One event after whole ones, as servers write them; its line may end as any other.
            return [chunk[6:end].removesuffix(b"\r")]
        if b"\n" not in chunk:
            self._line += chunk
            return []
        if self._line:
            self._line += chunk
            chunk = bytes(self._line)
            self._line.clear()
        *lines, tail = chunk.split(b"\n")
        if tail:
            self._line += tail
        return self._payloads(lines)

    def flush(self) -> list[bytes]:
        """Return the payload of an event that the end of the stream cut off, if there is one."""
        line = bytes(self._line)
        self._line.clear()
        # The end may cut the name of the field, which is then nothing strange.
        return self._payloads([b""] if b"data:".startswith(line) else [line, b""])

    def _payloads(self, lines: list[bytes]) -> list[bytes]:
        event = self._event
        payloads = []
        for raw in lines:
            line = raw.removesuffix(b"\r")
            if not line:
                if event is not None:
                    payloads.append(bytes(event))
                    event = None
                continue
            if line[:6] == b"data: ":
                data = line[6:]
            elif line[:5] == b"data:":  # Some hosts leave out the space after the colon.
                data = line[5:]
            elif line.startswith(b"\xef\xbb\xbfdata:"):  # The standard allows a byte order mark.
                data = line[8:].removeprefix(b" ")
            else:
                if not line.startswith((b":", b"event:", b"id:", b"retry:")):
                    self.stray = self.stray or line
                continue
            event = data if event is None else _with_line(event, data)
        self._event = event
        return payloads


def _with_line(event: bytes | bytearray, data: bytes) -> bytearray:
    grown = event if isinstance(event, bytearray) else bytearray(event)
    grown += b"\n"
    grown += data
    return grown
