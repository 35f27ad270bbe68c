"""Payloads as the bytes of an event stream, and the answer that writes them."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response
from typing_extensions import override

from ._json import dumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from starlette.types import Receive, Scope, Send

    from ._quirks import Quirks

DONE: Final = "[DONE]"
COMMENT_EVERY: Final = 3


def frames(payloads: Iterable[dict[str, Any] | str], quirks: Quirks) -> Iterator[bytes]:
    """Yield the bytes of each payload, keep-alive comments in between."""
    newline = b"\r\n" if quirks.crlf else b"\n"
    prefix = b"data:" if quirks.data_without_space else b"data: "
    for number, payload in enumerate(payloads):
        if quirks.keep_alive_comments and number % COMMENT_EVERY == 0:
            yield b": keep-alive" + newline * 2
        text = payload if isinstance(payload, str) else dumps(payload)
        yield prefix + text.encode("utf-8", "replace") + newline * 2


def writes(stream: Iterable[bytes], quirks: Quirks) -> Iterable[bytes]:
    """Return what goes into the socket at once: frames, or every `cut_bytes` bytes."""
    if not quirks.cut_bytes:
        return stream
    whole = b"".join(stream)
    return (
        whole[start : start + quirks.cut_bytes] for start in range(0, len(whole), quirks.cut_bytes)
    )


class EventStream(Response):
    """A streamed answer. Stops early when the client hangs up."""

    media_type = "text/event-stream"

    def __init__(
        self, payloads: Iterable[dict[str, Any] | str], quirks: Quirks, headers: dict[str, str]
    ) -> None:
        super().__init__(headers=headers | {"Cache-Control": "no-cache"})
        del self.headers["content-length"]
        self._writes = writes(list(frames(payloads, quirks)), quirks)
        per_token = 1 / quirks.tokens_per_second if quirks.tokens_per_second else 0
        self._delay = max(quirks.frame_delay, per_token)

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        hung_up = asyncio.ensure_future(receive())
        try:
            for written, chunk in enumerate(self._writes):
                if written and self._delay:
                    await asyncio.wait({hung_up}, timeout=self._delay)
                elif written:
                    # Otherwise nobody would see that the client has gone while there are frames
                    # left, and asyncio would warn of each write to nobody.
                    await asyncio.sleep(0)
                if hung_up.done():
                    return
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            hung_up.cancel()


def ended(payloads: Iterable[dict[str, Any]], quirks: Quirks) -> Iterator[dict[str, Any] | str]:
    """Yield `payloads` and `[DONE]`, or as much of them as the quirks leave."""
    whole: Iterable[dict[str, Any] | str] = payloads
    if quirks.cut_stream_after:
        yield from itertools.islice(whole, quirks.cut_stream_after)
        return
    yield from whole
    if not quirks.missing_done:
        yield DONE
