"""The ASGI application: routes, the record of requests, and broken transports.

Everything a request passes on its way in and out that is the same for all endpoints stands here,
so that endpoints hold only what is theirs.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response

from . import chat, embeddings, files, models, speech, speech_socket, speech_tasks, voices
from ._breakage import break_answer
from ._errors import (
    MiniMaxFault,
    answer_headers,
    base_resp_for,
    compatible_error,
    is_compatible,
    native_error,
)
from ._faults import Fault, fault_from_header
from ._json import JSONAnswer

if TYPE_CHECKING:
    from types import MethodType

    from starlette.exceptions import HTTPException
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ._breakage import Exchange
    from ._quirks import Quirks
    from ._state import State

Headers: TypeAlias = list[tuple[bytes, bytes]]

BODY_LIMIT: Final = 64 * 1024 * 1024


def build_app(state: State) -> ASGIApp:
    """Return the application that serves `state`."""
    endpoints = (chat, embeddings, files, models, speech, speech_socket, speech_tasks, voices)
    routes = [route for endpoint in endpoints for route in endpoint.routes(state)]

    async def refuse(request: Request, fault: Exception) -> Response:
        assert isinstance(fault, MiniMaxFault)  # noqa: S101  # Starlette's signature is wider.
        return refusal(state, request, fault)

    async def not_found(_request: Request, _error: HTTPException) -> Response:
        return PlainTextResponse("404 page not found", status_code=404)

    handlers: dict[Any, Any] = {MiniMaxFault: refuse, 404: not_found, 405: not_found}
    return Gate(state, Starlette(routes=routes, exception_handlers=handlers))


def refusal(state: State, request: Request, fault: MiniMaxFault) -> Response:
    """Return the answer that says `fault` in the dialect of the endpoint."""
    path, trace_id = request.url.path, state.trace_id(request)
    envelope = fault.envelope
    if envelope == "auto":
        envelope = "compatible" if is_compatible(path) else "base_resp"
    if envelope == "compatible":
        numeric = lenient_quirks(state, request).numeric_http_code
        return compatible_error(fault, trace_id, numeric=numeric)
    if not is_compatible(path) and path != embeddings.PATH:
        return native_error(fault.code, fault.text, trace_id, retry_after=fault.retry_after)
    body: dict[str, Any] = {"vectors": None}
    if is_compatible(path):
        body = chat.empty_completion(state, request, [] if fault.choices == "empty" else None)
    body["base_resp"] = base_resp_for(fault.code, fault.text)
    return JSONAnswer(body, headers=answer_headers(trace_id, fault.retry_after))


def lenient_quirks(state: State, request: Request) -> Quirks:
    """Return the quirks of `request`, without those of a header that cannot be read."""
    try:
        return state.quirks_for(request)
    except MiniMaxFault:
        return state.quirks


class Gate:
    """Outermost layer: reads and records the request, then lets the answer through or breaks it."""

    def __init__(self, state: State, app: ASGIApp) -> None:
        self._state = state
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        try:
            if scope["type"] == "http":
                await self._serve(scope, receive, send)
            elif scope["type"] == "websocket":
                await self._serve_socket(scope, receive, send)
        except asyncio.CancelledError:
            # The emulator stops while a slow answer is under way: nobody is left to be told.
            return

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, size = await read_body(receive)
        request = Request(scope)
        record = self._state.record(request, scope["method"], body)
        app: ASGIApp = self._app
        if size > BODY_LIMIT:
            too_large = MiniMaxFault(2013, "invalid params, body exceeds 64 MB", http_status=413)
            app = refusal(self._state, request, too_large)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                message["headers"] = self._with_trace(message["headers"], request)
            await send(message)

        fault = self._breaking_fault(request)
        if fault is None:
            await app(scope, replay(body, receive), noting)
        else:
            # uvicorn's `send` is a method of the exchange, which alone knows the transport.
            exchange = cast("Exchange", cast("MethodType", send).__self__)
            asked = (scope, replay(body, receive), noting)
            await break_answer(fault, app, asked, exchange)

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = self._state.record(HTTPConnection(scope), "WEBSOCKET", b"")

        async def noting() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                text = message.get("text")
                record.messages.append(text if text is not None else message["bytes"])
            return message

        await self._app(scope, noting, send)

    def _with_trace(self, headers: Headers, request: Request) -> Headers:
        named = {name for name, _ in headers}
        if lenient_quirks(self._state, request).no_trace_id:
            return [(name, value) for name, value in headers if not name.endswith(b"-id")]
        if b"trace-id" in named:
            return headers
        return [*headers, (b"trace-id", self._state.trace_id(request).encode())]

    def _breaking_fault(self, request: Request) -> Fault | None:
        try:
            fault = fault_from_header(request.headers)
        except ValueError:
            return None  # The endpoint says so in the proper envelope.
        if fault is not None:
            return fault if fault.breakage else None
        return self._state.faults.take(request.url.path, breaking=True)


async def read_body(receive: Receive) -> tuple[bytes, int]:
    """Return the body, up to the limit, and the size of all that came."""
    body, size, more = bytearray(), 0, True
    while more:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= BODY_LIMIT:
            body += chunk
        more = message.get("more_body", False)
    return bytes(body), size


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives `body` once, then what really follows."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
