"""Chat as calls: the body that is sent, and the answer read from a plain reply."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from minimax_adapters.api._call import Call
from minimax_adapters.api._chat_stream import ChatSession, text_of
from minimax_adapters.api._conversation import mend_messages, mend_tools
from minimax_adapters.api._judge import HTTPReply, int_or_none, parse_json, text_or_none
from minimax_adapters.api._leaked_calls import LeakedCalls
from minimax_adapters.api._reasoning import ReasoningAssembler
from minimax_adapters.api._stop import StopCutter
from minimax_adapters.api._thinking import split_thinking
from minimax_adapters.api._tokens import tokens_of
from minimax_adapters.api._tool_calls import ToolCallAssembler
from minimax_adapters.api._usage import usage_from_wire
from minimax_adapters.api.errors import InvalidInputError, InvalidReplyError
from minimax_adapters.api.profiles import near_name, profile_of
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.chat import ChatRequest, Tool
from minimax_adapters.api.wire.chat_reply import ChatReply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from minimax_adapters.api.errors import APIError
    from minimax_adapters.api.profiles import ModelProfile

T = TypeVar("T")

_PATH: Final = "/v1/chat/completions"


def chat_call(request: ChatRequest) -> Call[ChatReply]:
    """Return the call that asks for a whole answer."""
    stops, tools = ChatRequest.checked(request).stop or (), _on_offer(request)
    body = encode(chat_body(request))
    return _call(request.model, body, partial(parse_chat, stops=stops, tools=tools))


def chat_stream_call(request: ChatRequest) -> Call[ChatSession]:
    """Return the call that asks for a stream."""
    stops, tools = ChatRequest.checked(request).stop or (), _on_offer(request)
    streaming = {"stream": True, "stream_options": {"include_usage": True}}
    body = encode(chat_body(request) | streaming)
    return _call(request.model, body, partial(ChatSession, stops=stops, tools=tools))


def _call(model: str, body: bytes, parse: Callable[[HTTPReply], T]) -> Call[T]:
    # A conversation may be long, and a thousand of them wait at once: only its body is kept.
    too_long, about = partial(_too_long, model, body), partial(_about, model)
    return Call("POST", _PATH, body, parse, metered=True, too_long=too_long, about=about)


def _too_long(model: str, body: bytes) -> str | None:
    profile = profile_of(model)
    if (tokens := tokens_of(body)) <= profile.context_window:
        return None
    return (
        f"The request has about {tokens:,} tokens, and {profile.model} reads at most"
        f" {profile.context_window:,}: shorten it, as the same is refused again."
    )


def _about(model: str, error: APIError) -> str:
    near = near_name(model) if "model" in error.message else None
    return f"Did you mean {near!r}?" if near else ""


def chat_body(request: ChatRequest) -> dict[str, Any]:
    """Return what is sent for `request`: mended, and without anything that is not set.

    Raises:
        InvalidInputError: Tool calls and results do not belong together, or the model cannot
            switch its thinking off.
    """
    profile = profile_of(request.model)
    body = request.members()
    extra: dict[str, Any] = body.pop("extra_body", {})
    body["messages"] = mend_messages(
        request.messages, several_system_messages=profile.several_system_messages
    )
    if tools := body.pop("tools", None):
        body["tools"] = mend_tools(tools)
    if not tools or request.tool_choice == "auto":
        body.pop("tool_choice", None)
    if request.temperature is not None:
        body["temperature"] = max(request.temperature, profile.min_temperature)
    _set_thinking(body, profile)
    return body | extra


def _set_thinking(body: dict[str, Any], profile: ModelProfile) -> None:
    if profile.thinking == "switchable":
        # The default differs from one dialect of MiniMax to the next, so it is always sent.
        body.setdefault("thinking", {"type": "adaptive"})
    elif profile.reasoning_effort and body.get("thinking") == {"type": "disabled"}:
        raise InvalidInputError(
            f"{profile.model} always thinks. Leave thinking out, and use reasoning_effort='low'"
            " for short thinking."
        )


def _on_offer(request: ChatRequest) -> Sequence[Tool]:
    """Return the tools that the model may call."""
    return () if request.tool_choice == "none" else request.tools or ()


def parse_chat(
    reply: HTTPReply, stops: Sequence[str] = (), tools: Sequence[Tool] = ()
) -> ChatReply:
    """Read a plain reply.

    Raises:
        APIError: It is an error, which may come with HTTP 200.
        InvalidReplyError: It holds no answer.
    """
    payload = parse_json(reply)
    choices = payload.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise InvalidReplyError(
            "MiniMax answered without a message and without an error. Ask again; if it stays so,"
            f" report the trace {reply.trace_id} to MiniMax.",
            reply.status,
            reply.trace_id,
        )
    content, reasoning, details = _split_content(message)
    finish_reason = text_or_none(choice.get("finish_reason"))
    leaks = LeakedCalls(tools)
    content = leaks.feed(content) + leaks.flush()
    calls = _tool_calls(message, leaks.take(), payload)
    finish_reason = leaks.finish_reason(finish_reason)
    cutter = StopCutter(stops)
    kept = cutter.feed(content)
    if cutter.hit:
        # As in a stream: what would have come after the stop text does not exist.
        content, finish_reason, calls = kept, "stop", []
    return ChatReply(
        content=content,
        reasoning=reasoning,
        reasoning_details=details,
        tool_calls=calls,
        finish_reason=finish_reason,
        usage=usage_from_wire(payload.get("usage")),
        model=text_or_none(payload.get("model")) or "",
        id=text_or_none(payload.get("id")) or "",
        created=int_or_none(payload.get("created")),
        trace_id=reply.trace_id,
        service_tier=text_or_none(payload.get("service_tier")),
        raw=payload,
    )


def _split_content(message: dict[str, Any]) -> tuple[str, str, list[dict[str, Any]]]:
    """Return answer, thinking text, and thinking as it goes back."""
    gathered = ReasoningAssembler()
    gathered.feed(message.get("reasoning_details"), message.get("reasoning_content"))
    literal = bool(gathered.details())
    answer = []
    for piece in split_thinking(text_of(message.get("content")), literal=literal):
        if piece.thinking:
            gathered.feed_inline(piece.text, piece.block)
        else:
            answer.append(piece.text)
    details = message.get("reasoning_details")
    # What MiniMax sent goes back unchanged, also where the assembler would have merged it.
    sent = (
        [detail for detail in details if isinstance(detail, dict)]
        if literal and (isinstance(details, list))
        else []
    )
    return "".join(answer), gathered.text(), sent or gathered.details()


def _tool_calls(
    message: dict[str, Any], leaked: list[dict[str, Any]], payload: dict[str, Any]
) -> list[ToolCall]:
    calls = message.get("tool_calls")
    if not isinstance(calls, list):
        calls = []
    if not calls and not leaked:
        return []
    assembler = ToolCallAssembler()
    assembler.feed([*leaked, *calls])
    assembler.flush(text_or_none(payload.get("id")) or "")
    return assembler.calls()
