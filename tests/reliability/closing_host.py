"""A host that stops in the middle of a reply, and what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from raw_host import CHUNKED, Host

from minimax_adapters.api import ChatRequest

if TYPE_CHECKING:
    import socket

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
MESSAGE: Final = {"role": "assistant", "content": "Hi"}
ANSWER: Final = json.dumps({"choices": [{"finish_reason": "stop", "message": MESSAGE}]}).encode()
JSON: Final = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ANSWER)
EVENTS: Final = CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Type: text/event-stream\r\n\r\n")


def event(delta: dict[str, str], reason: str | None = None) -> bytes:
    """Return an event of a stream of answers, in a chunk of its own."""
    said = {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
    line = b"data: " + json.dumps(said).encode() + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(line), line)


FIRST: Final = event(MESSAGE)
LAST: Final = event({}, "stop") + b"0\r\n\r\n"


class CountingHost(Host):
    """Counts the connections that its clients have closed."""

    left: int = 0

    @property
    def base_url(self) -> str:
        """Return the address for a client."""
        return self.url.partition("/v1")[0]

    def _serve(self, number: int, connection: socket.socket) -> None:
        super()._serve(number, connection)
        self.left += 1
