"""Files that a speech answer points to: audio as an address, and subtitles."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, NamedTuple

from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

PATH: Final = "/emulator/speech-files"
KEPT: Final = 256


class File(NamedTuple):
    """Bytes and their media type."""

    content: bytes
    media_type: str


class SpeechFiles:
    """The newest files. Written by worker threads, read by the server's."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, File] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, content: bytes, media_type: str, suffix: str) -> str:
        """Keep a file and return its path on the server, which follows from its content."""
        name = f"{hashlib.sha256(content).hexdigest()[:32]}.{suffix}"
        with self._lock:
            self._files[name] = File(content, media_type)
            self._files.move_to_end(name)
            while len(self._files) > KEPT:
                self._files.popitem(last=False)
        return f"{PATH}/{name}"

    async def serve(self, request: Request) -> Response:
        """Answer `GET` without a key, as MiniMax's storage does with its signed addresses."""
        with self._lock:
            file = self._files.get(request.path_params["name"])
        if file is None:
            return PlainTextResponse("404 page not found", status_code=404)
        return Response(file.content, media_type=file.media_type)
