"""Each fault of a host, as a function that answers one request."""

# ruff: noqa: D103 - each function does what its name says
from __future__ import annotations

import asyncio
import gzip
import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fault_server import Exchange

FAULTS: Final[dict[str, Callable[[Exchange], Awaitable[None]]]] = {}
PAGE: Final = b"<html><head><title>Proxy says no</title></head><body>nginx</body></html>"
_BOMB: Final = gzip.compress(b" " * (16 << 20))
_STATUSES: Final = {1004: 401, 2049: 401, 1008: 402, 1026: 422, 1027: 422, 2064: 529}
_THROTTLED: Final = {1002, 1028, 1030, 1039, 1041, 2045, 2056, 2062}
_BROKEN: Final = {1000, 1001, 1013, 1024, 1033, 2061}


def fault(
    function: Callable[[Exchange], Awaitable[None]],
) -> Callable[[Exchange], Awaitable[None]]:
    """Register a function under its name."""
    FAULTS[function.__name__] = function
    return function


@fault
async def healthy(exchange: Exchange) -> None:
    await exchange.answer()


@fault
async def early_hints(exchange: Exchange) -> None:
    await exchange.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    await exchange.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n")
    await exchange.answer()


@fault
async def slow_drip(exchange: Exchange) -> None:
    await exchange.head(f"Content-Length: {len(exchange.body)}")
    body = exchange.body
    for start in range(0, len(body), max(1, len(body) // 40)):
        await exchange.write(body[start : start + max(1, len(body) // 40)])
        await asyncio.sleep(0)


@fault
async def drip_past_deadline(exchange: Exchange) -> None:
    await exchange.begin()
    for _ in range(2000):
        await exchange.chunk(b": ping\n\n" if exchange.streamed else b" ")
        await asyncio.sleep(0.005)


@fault
async def reset_before_headers(exchange: Exchange) -> None:
    await exchange.reset()


@fault
async def closed_before_headers(exchange: Exchange) -> None:
    await exchange.write(b"")


@fault
async def reset_in_headers(exchange: Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    await exchange.reset()


@fault
async def reset_after_headers(exchange: Exchange) -> None:
    await exchange.head("Transfer-Encoding: chunked")
    await exchange.reset()


@fault
async def reset_in_body(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.reset()


@fault
async def cut_chunked(exchange: Exchange) -> None:
    await exchange.begin()


@fault
async def cut_length(exchange: Exchange) -> None:
    await exchange.head(f"Content-Length: {len(exchange.body)}")
    half = exchange.pieces[: len(exchange.pieces) // 2] or [exchange.body[:20]]
    await exchange.write(*half)


@fault
async def half_closed_at_end(exchange: Exchange) -> None:
    """The whole answer, but not the end of the chunked encoding."""
    await exchange.head("Transfer-Encoding: chunked")
    await exchange.chunk(exchange.body)


@fault
async def body_until_close(exchange: Exchange) -> None:
    """As HTTP/1.0 did: the end of the connection is the end of the body."""
    await exchange.head()
    await exchange.write(exchange.body)


@fault
async def silent(exchange: Exchange) -> None:
    await exchange.silence()


@fault
async def silent_after_headers(exchange: Exchange) -> None:
    await exchange.head("Transfer-Encoding: chunked")
    await exchange.silence()


@fault
async def silent_in_body(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.silence()


@fault
async def not_http(exchange: Exchange) -> None:
    await exchange.write(b"SSH-2.0-OpenSSH_9.6\r\n")


@fault
async def endless_headers(exchange: Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        await exchange.write(b"X-Header-%d: %b\r\n" % (number, b"x" * 5000))


@fault
async def html_200(exchange: Exchange) -> None:
    await exchange.answer(PAGE, kind="text/html")


@fault
async def html_404(exchange: Exchange) -> None:
    await exchange.answer(PAGE, kind="text/html", status="404 Not Found")


@fault
async def html_502(exchange: Exchange) -> None:
    await exchange.answer(PAGE, kind="text/html", status="502 Bad Gateway")


@fault
async def empty_body(exchange: Exchange) -> None:
    await exchange.answer(b"")


@fault
async def no_content(exchange: Exchange) -> None:
    await exchange.answer(b"", status="204 No Content", kind="application/json")


@fault
async def invalid_json(exchange: Exchange) -> None:
    body = b'{"choices": [{"mess'
    await exchange.answer(b"data: " + body + b"\n\n" if exchange.streamed else body)


@fault
async def json_array(exchange: Exchange) -> None:
    await exchange.answer(b"data: [1, 2]\n\n" if exchange.streamed else b"[1, 2]")


@fault
async def json_empty_object(exchange: Exchange) -> None:
    await exchange.answer(b"{}", kind="application/json")


@fault
async def json_too_deep(exchange: Exchange) -> None:
    body = b'{"a":' * 20_000 + b"1" + b"}" * 20_000
    await exchange.answer(b"data: " + body + b"\n\n" if exchange.streamed else body)


@fault
async def wrong_types(exchange: Exchange) -> None:
    """Every member that should be an object or a list is a number."""
    names = "choices vectors data usage id system_voice files file voice_id status base_resp"
    frame = dict.fromkeys(names.split(), 7)
    await exchange.answer(json.dumps(frame).encode(), kind="application/json")


@fault
async def invalid_utf8(exchange: Exchange) -> None:
    await exchange.answer(exchange.body.replace(b"{", b'{"note": "\xff\xfe\xc3(", ', 1))


@fault
async def wrong_content_type(exchange: Exchange) -> None:
    await exchange.answer(kind="text/plain; charset=latin-1")


@fault
async def no_content_type(exchange: Exchange) -> None:
    await exchange.answer(kind="")


@fault
async def gzip_garbage(exchange: Exchange) -> None:
    await exchange.answer(None, "Content-Encoding: gzip")


@fault
async def gzip_fine(exchange: Exchange) -> None:
    await exchange.answer(gzip.compress(exchange.body), "Content-Encoding: gzip")


@fault
async def gzip_bomb(exchange: Exchange) -> None:
    """Less than 20 kB that are 16 MB of blanks."""
    await exchange.answer(_BOMB, "Content-Encoding: gzip")


@fault
async def gzip_reset(exchange: Exchange) -> None:
    """What has come unpacks to nothing yet; MiniMax has answered all the same."""
    await exchange.head("Content-Encoding: gzip")
    await exchange.write(gzip.compress(exchange.body)[:12])
    await exchange.reset()


@fault
async def gzip_cut(exchange: Exchange) -> None:
    """All but the check sum."""
    await exchange.head("Content-Encoding: gzip")
    await exchange.write(gzip.compress(exchange.body)[:-8])


@fault
async def gzip_twice(exchange: Exchange) -> None:
    """A kilobyte that would be 16 MB, or any number of them."""
    await exchange.answer(gzip.compress(_BOMB), "Content-Encoding: gzip, gzip")


@fault
async def gzip_of_nothing(exchange: Exchange) -> None:
    await exchange.head("Content-Encoding: gzip")
    await exchange.write(gzip.compress(b"")[:10])
    for _ in range(2000):
        await exchange.write(b"\0\0\0\xff\xff" * 20_000)
        await asyncio.sleep(0)


@fault
async def brotli(exchange: Exchange) -> None:
    await exchange.answer(None, "Content-Encoding: br")


@fault
async def endless_body(exchange: Exchange) -> None:
    await exchange.head("Transfer-Encoding: chunked")
    blank = b": ping\n\n" * 4096 if exchange.streamed else b" " * 32768
    for _ in range(4000):
        await exchange.chunk(blank)


@fault
async def endless_after_start(exchange: Exchange) -> None:
    await exchange.begin()
    blank = b": ping\n\n" * 4096 if exchange.streamed else b" " * 32768
    for _ in range(4000):
        await exchange.chunk(blank)


@fault
async def gigantic_line(exchange: Exchange) -> None:
    await exchange.head("Transfer-Encoding: chunked")
    await exchange.chunk(b'data: {"x": "')
    for _ in range(4000):
        await exchange.chunk(b"x" * 32768)


@fault
async def reset_once(exchange: Exchange) -> None:
    await (exchange.reset() if exchange.attempt == 1 else exchange.answer())


@fault
async def throttled_once(exchange: Exchange) -> None:
    if exchange.attempt > 1:
        await exchange.answer()
        return
    await exchange.answer(_base_resp(1002), kind="application/json")


def _register_redirects() -> None:
    for status in (301, 302, 303, 307, 308):

        async def redirect(exchange: Exchange, status: int = status) -> None:
            target = f"Location: {exchange.elsewhere}{exchange.path}"
            await exchange.answer(b"", target, status=f"{status} Moved")

        FAULTS[f"redirect_{status}"] = redirect


def _base_resp(code: int) -> bytes:
    return json.dumps({"base_resp": {"status_code": code, "status_msg": "no"}}).encode()


def status_of(code: int) -> int:
    """Return the status with which compatible endpoints send `code`."""
    if code in _THROTTLED:
        return 429
    return 500 if code in _BROKEN else _STATUSES.get(code, 400)


def _envelope(code: int) -> bytes:
    error: dict[str, Any] = {"message": f"no ({code})", "http_code": str(status_of(code))}
    return json.dumps({"type": "error", "error": error, "request_id": "r"}).encode()


def register_code(code: int) -> None:
    """Register the faults that answer with `code`: both envelopes, whole and in a stream."""

    async def base_resp(exchange: Exchange) -> None:
        await exchange.answer(_base_resp(code), kind="application/json")

    async def compatible(exchange: Exchange) -> None:
        status = f"{status_of(code)} No"
        await exchange.answer(_envelope(code), kind="application/json", status=status)

    async def first_frame(exchange: Exchange) -> None:
        await exchange.answer(b"data: " + _envelope(code) + b"\n\n")

    async def mid_stream(exchange: Exchange) -> None:
        good = b"".join(exchange.pieces[:1])
        await exchange.answer(good + b"data: " + _base_resp(code) + b"\n\n")

    for function in (base_resp, compatible, first_frame, mid_stream):
        FAULTS[f"{function.__name__}_{code}"] = function


_register_redirects()
