"""JSON as MiniMax writes it: UTF-8 named in the content type, no escapes, no spaces."""

from __future__ import annotations

import json

from starlette.responses import Response


def dumps(value: object) -> str:
    """Return `value` as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class JSONAnswer(Response):
    """A JSON body with the content type of MiniMax's recorded answers."""

    media_type = "application/json; charset=utf-8"

    def render(self, content: object) -> bytes:
        """Return the bytes of `content`."""
        return dumps(content).encode("utf-8", "replace")
