"""Answers spoiled below the level of the API: proxies, half bodies, lost connections."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING, Final, Protocol

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ._faults import Fault

PROXY_PAGE: Final = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n"
)


class Exchange(Protocol):
    """What uvicorn knows of one request and its answer."""

    transport: asyncio.Transport
    disconnected: bool


async def break_answer(
    fault: Fault, app: ASGIApp, call: tuple[Scope, Receive, Send], exchange: Exchange
) -> None:
    """Run `app` and spoil its answer as `fault` says."""
    match fault.breakage:
        case "html_502":
            await Response(PROXY_PAGE, status_code=502, media_type="text/html")(*call)
        case "empty_body":
            await Response(b"", media_type="application/json")(*call)
        case "reset_before_headers":
            await disconnect(exchange, reset=True)
        case "truncated_json":
            await truncate(app, call)
        case _:
            await cut_body(fault, app, call, exchange)


async def truncate(app: ASGIApp, call: tuple[Scope, Receive, Send]) -> None:
    """Send the first two thirds of the body as if it were all of it."""
    scope, receive, send = call
    start: Message = {}
    body = bytearray()

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            body.extend(message.get("body", b""))

    await app(scope, receive, collect)
    start["headers"] = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    await send(start)
    await send({"type": "http.response.body", "body": bytes(body[: len(body) * 2 // 3])})


async def cut_body(
    fault: Fault, app: ASGIApp, call: tuple[Scope, Receive, Send], exchange: Exchange
) -> None:
    """Let `fault.after` body messages pass, then send half of the next one and hang up."""
    scope, receive, send = call
    passed, broken = 0, False

    async def passing(message: Message) -> None:
        nonlocal passed, broken
        if broken:
            return
        if message["type"] == "http.response.start":
            await send(message)
            return
        body = message.get("body", b"")
        if passed < fault.after and message.get("more_body"):
            passed += 1
            await send(message)
            return
        broken = True
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await disconnect(exchange, reset=fault.breakage == "reset_mid_body")

    await app(scope, receive, passing)


async def disconnect(exchange: Exchange, *, reset: bool) -> None:
    """Hang up below HTTP: with a TCP reset, or by closing the connection."""
    if reset:
        connection = exchange.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        exchange.transport.abort()
    else:
        exchange.transport.close()
    # The transport tells uvicorn on the next turn of the loop; until then uvicorn would write on.
    while not exchange.disconnected:  # noqa: ASYNC110  # It has no event to wait for.
        await asyncio.sleep(0)
