"""Bytes of many parts as one, where that is hundreds of megabytes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def gathered(parts: Iterable[bytes | memoryview]) -> bytes:
    """Return all `parts` in order, of which each is forgotten when it is copied.

    `b"".join` keeps all of them to the end, and lets no other thread do anything meanwhile, such as
    one with an event loop.
    """
    whole = io.BytesIO()
    for part in parts:
        whole.write(part)
    return whole.getvalue()
