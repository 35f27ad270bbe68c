"""`POST /v1/chat/completions`, plain and streamed."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any, Final

from starlette.routing import BaseRoute, Route

from . import brain
from ._checks import check_request, parse_body
from ._completion import Completion, cut_to, usage_for
from ._delay import delay
from ._errors import answer_headers, base_resp_for, envelope_for, invalid
from ._json import JSONAnswer
from ._prompt import lost_thinking, prompt_tokens
from ._sse import EventStream, ended
from ._stream import payloads

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ._catalog import ChatModel
    from ._faults import Fault
    from ._quirks import Quirks
    from ._reply import Reply
    from ._state import RecordedRequest, State

PATH: Final = "/v1/chat/completions"


def routes(state: State) -> list[BaseRoute]:
    """Return the routes of the chat endpoint."""

    async def complete(request: Request) -> Response:
        state.authenticate(request)
        quirks = state.quirks_for(request)
        fault = state.next_fault(request)
        if fault is not None and fault.at == "response":
            raise fault.as_error()
        wanted = parse_body(await request.body())
        model = check_request(wanted, old_temperature=quirks.old_temperature_range)
        record = state.recorded(request)
        record.lost_thinking = lost_thinking(wanted["messages"])
        await delay(request, quirks.response_delay)
        completion = build_completion(state, wanted, model, quirks, record)
        headers = answer_headers(record.trace_id)
        if not wanted.get("stream"):
            return JSONAnswer(completion.body(), headers=headers)
        include_usage = bool((wanted.get("stream_options") or {}).get("include_usage"))
        stream = ended(payloads(completion, include_usage=include_usage), quirks)
        if fault is not None:
            error = error_payload(fault, completion)
            before = 0 if fault.at == "first_frame" else fault.after
            stream = itertools.chain(itertools.islice(stream, before), [error])
        return EventStream(stream, quirks, headers)

    return [Route(PATH, complete, methods=["POST"])]


def build_completion(
    state: State, wanted: dict[str, Any], model: ChatModel, quirks: Quirks, record: RecordedRequest
) -> Completion:
    """Let the model answer, within its limits."""
    tokens = prompt_tokens(wanted)
    if len(tokens) > model.context:
        raise invalid("context window exceeds limit")
    cached = state.prefixes.hits(wanted["model"], tokens)
    reply = state.next_reply(record) or brain.answer(wanted, model)
    reply = spoil(reply, quirks)
    limit = wanted.get("max_completion_tokens") or wanted.get("max_tokens") or model.max_output
    reply = cut_to(reply, limit)
    split = wanted.get("reasoning_split")
    return Completion(
        id=record.trace_id,
        created=state.now(),
        model=wanted["model"],
        reply=reply,
        split=(model.split_by_default if split is None else split) and not quirks.inline_think,
        usage=usage_for(reply, len(tokens), cached),
        quirks=quirks,
    )


def spoil(reply: Reply, quirks: Quirks) -> Reply:
    """Return `reply` as a model with these quirks would have said it."""
    calls = list(reply.tool_calls)
    text = reply.text
    if quirks.code_fence and text.startswith(("{", "[")):
        text = f"```json\n{text}\n```"
    if quirks.broken_arguments:
        calls = [
            dataclasses.replace(call, arguments=call.arguments_text[:-1] + ",") for call in calls
        ]
    if quirks.leaked_tool_call and calls:
        text += "".join(map(brain.as_leaked_text, calls))
        calls = []
    return dataclasses.replace(reply, text=text, tool_calls=calls)


def error_payload(fault: Fault, completion: Completion) -> dict[str, Any]:
    """Return `fault` as a payload of a stream."""
    if fault.envelope == "base_resp":
        choices: list[Any] | None = [] if fault.choices == "empty" else None
        return {"choices": choices, "base_resp": base_resp_for(fault.code, fault.text)}
    numeric = completion.quirks.numeric_http_code
    return envelope_for(fault.code, fault.text, completion.id, numeric_http_code=numeric)


def empty_completion(state: State, request: Request, choices: list[Any] | None) -> dict[str, Any]:
    """Return the members around a `base_resp` that stands in for an answer."""
    wanted = state.recorded(request).json
    model = wanted.get("model") if isinstance(wanted, dict) else None
    return {
        "id": state.trace_id(request),
        "choices": choices,
        "created": state.now(),
        "model": str(model or ""),
        "object": "chat.completion",
        "usage": None,
    }
