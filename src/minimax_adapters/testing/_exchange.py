"""A request and its reply, between the bytes of HTTP and the readable form of a cassette.

A request has `method`, `path`, and where they apply `host` (2 for the second host that was
called), `query`, and a content; a reply has `status`, `headers` and a content. Content is one of

json     a JSON body as data
events   the payloads of an event stream, in their order
parts    a multipart form: a list of name, file name, type and content
text     any other text, also an event stream that is not cleanly framed
bytes    anything else, in hexadecimal
"""

from __future__ import annotations

import email.message
import email.parser
import email.policy
import json
from typing import Any, Final

CONTENTS: Final = ("json", "events", "parts", "text", "bytes")
_DONE: Final = "[DONE]"


def content_of(body: bytes, content_type: str) -> dict[str, Any]:
    """Return `body` as the member that a cassette has for it; nothing for an empty one."""
    if not body:
        return {}
    if content_type.startswith("multipart/"):
        return {"parts": _parts_of(body, content_type)}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return {"bytes": body.hex()}
    if content_type.startswith("text/event-stream") and (events := _events_of(text)) is not None:
        return {"events": events}
    try:
        return {"json": json.loads(text)}
    except ValueError:
        return {"text": text}


def body_of(content: dict[str, Any]) -> bytes:
    """Return the bytes that `content` stands for."""
    if "json" in content:
        return _encoded(content["json"])
    if "events" in content:
        return b"".join(
            b"data: " + (event.encode() if event == _DONE else _encoded(event)) + b"\n\n"
            for event in content["events"]
        )
    if "text" in content:
        return str(content["text"]).encode()
    return bytes.fromhex(content.get("bytes", ""))


def _encoded(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _events_of(text: str) -> list[Any] | None:
    """Return the payloads of a stream, None if anything but payloads is in it."""
    *frames, rest = text.split("\n\n")
    if rest or not all(frame.startswith("data: ") and "\n" not in frame for frame in frames):
        return None
    payloads = [frame.removeprefix("data: ") for frame in frames]
    try:
        return [one if one == _DONE else json.loads(one) for one in payloads]
    except ValueError:
        return None


def _parts_of(body: bytes, content_type: str) -> list[dict[str, Any]]:
    """Return the parts of a form; the boundary, which is random, is left out."""
    head = b"Content-Type: " + content_type.encode() + b"\r\n\r\n"
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    return [_part(part) for part in message.iter_parts()]


def _part(part: email.message.MIMEPart) -> dict[str, Any]:
    payload: Any = part.get_payload(decode=True) or b""
    filename = part.get_filename()
    content = content_of(payload, "text/plain" if filename is None else part.get_content_type())
    described = {
        "name": part.get_param("name", header="content-disposition"),
        "filename": filename,
        "type": part.get_content_type() if filename else None,
    }
    return {name: value for name, value in described.items() if value} | content
