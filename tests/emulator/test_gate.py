"""The outermost layer by itself: WebSockets are recorded, cancelled answers end quietly."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from minimax_adapters.emulator._app import Gate
from minimax_adapters.emulator._state import State

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

SOCKET: dict[str, Any] = {
    "type": "websocket",
    "path": "/ws/v1/t2a_v2",
    "query_string": b"GroupId=1",
    "headers": [(b"host", b"127.0.0.1"), (b"authorization", b"Bearer k")],
}


async def discard(_message: Message) -> None:
    """Take a message and forget it."""


async def test_messages_of_websockets_are_recorded() -> None:
    """Tests of a speech client look at the events that left it."""
    incoming: list[Message] = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": '{"event": "task_start"}'},
        {"type": "websocket.receive", "text": None, "bytes": b"raw"},
        {"type": "websocket.disconnect"},
    ]

    async def receive() -> Message:
        return incoming.pop(0)

    async def listen(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    state = State()

    await Gate(state, listen)(dict(SOCKET), receive, discard)

    (record,) = state.requests
    assert (record.method, record.path, record.query) == (
        "WEBSOCKET",
        "/ws/v1/t2a_v2",
        {"GroupId": "1"},
    )
    assert record.messages == ['{"event": "task_start"}', b"raw"]


async def test_a_cancelled_answer_ends_quietly() -> None:
    """Uvicorn would log it as an error of the application."""

    async def hang(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    answer = asyncio.create_task(Gate(State(), hang)(dict(SOCKET), receive, discard))
    await asyncio.sleep(0)

    answer.cancel()

    await answer
    assert not answer.cancelled()
