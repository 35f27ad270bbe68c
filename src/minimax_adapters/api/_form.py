"""A file and its fields as `multipart/form-data`, written by httpx."""

from __future__ import annotations

import httpx


def build_form(fields: dict[str, str], filename: str, content: bytes) -> tuple[bytes, str]:
    """Return the body and the content type of an upload."""
    request = httpx.Request(
        "POST",
        "http://form",
        data=fields,
        files={"file": (filename, content, "application/octet-stream")},
    )
    return request.read(), request.headers["content-type"]
