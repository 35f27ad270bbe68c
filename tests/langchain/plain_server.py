"""A server that knows nothing of the emulator: it plays the bytes that it is given."""

from __future__ import annotations

import json
import socketserver
from typing import Any


class PlainServer(socketserver.ThreadingTCPServer):
    """Answers each request with the same bytes, then closes, and keeps what it received."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.status, self.kind, self.body = "200 OK", "text/event-stream", b""
        self.received: list[dict[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, payload: object, status: str = "200 OK") -> None:
        """Answer with JSON from now on."""
        self.status, self.kind, self.body = status, "application/json", json.dumps(payload).encode()


class Conversation(socketserver.StreamRequestHandler):
    """One connection."""

    server: PlainServer

    def handle(self) -> None:
        """Read a request and send the bytes."""
        length = 0
        while (line := self.rfile.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        self.server.received.append(json.loads(self.rfile.read(length)))
        head = f"HTTP/1.1 {self.server.status}\r\nContent-Type: {self.server.kind}\r\n"
        self.wfile.write(f"{head}Connection: close\r\n\r\n".encode() + self.server.body)
