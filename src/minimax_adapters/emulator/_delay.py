"""Answers that are late."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request


async def delay(request: Request, seconds: float) -> None:
    """Wait, at most until the client has gone. The body of `request` must have been read."""
    if not seconds:
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
