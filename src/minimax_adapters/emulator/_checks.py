"""What `POST /v1/chat/completions` refuses, top-level members first.

Every refusal is a `MiniMaxFault` 2013 with the text that MiniMax was seen to send, where one was
seen. Members that MiniMax ignores are not looked at: penalties, `logit_bias`, `stop`, `seed`,
`parallel_tool_calls`, `response_format` and all unknown ones.
"""

from __future__ import annotations

import json
from typing import Any, Final

from ._catalog import CHAT_MODELS, HER, ChatModel
from ._errors import invalid
from ._json import dumps
from ._kinds import expect, expect_integer
from ._message_checks import check_messages
from ._tool_checks import check_tool_choice, check_tools

# `null` for these is a known 2013 on models before M3.
OPTIONAL: Final = (
    "stream",
    "stream_options",
    "max_completion_tokens",
    "max_tokens",
    "temperature",
    "top_p",
    "thinking",
    "reasoning_split",
    "tools",
    "tool_choice",
    "response_format",
)
RANGES: Final[dict[str, tuple[float, float]]] = {"temperature": (0, 2), "top_p": (0, 1)}
EFFORTS: Final = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})


def parse_body(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`.

    Raises:
        MiniMaxFault: 2013 with the decoder's complaint.
    """
    text = body.decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        at_end = not text[error.pos :].strip() or error.msg.startswith("Unterminated")
        index = len(body) if at_end else len(text[: error.pos].encode())
        reason = "eof" if at_end else "invalid char"
        complaint = f"Syntax error at index {index}: {reason}\n\n\t{text[:400]}\n\t^\n"
        raise invalid(dumps(complaint)) from error
    expect(value, "object", "open_platform_oai.ChatCompletionRequest")
    parsed: dict[str, Any] = value
    return parsed


def check_request(request: dict[str, Any], *, old_temperature: bool = False) -> ChatModel:
    """Refuse what MiniMax refuses and return the model that was asked for."""
    for member in ("model", "messages"):
        if member not in request:
            raise invalid(f"binding: expr_path={member}, cause=missing required parameter")
    name, messages = request["model"], request["messages"]
    expect(name, "string", "string")
    expect(messages, "array", "[]*open_platform_oai.ChatCompletionMessage")
    if name not in CHAT_MODELS:
        raise invalid(f"unknown model '{name}'")
    model = CHAT_MODELS[name]
    if not messages:
        raise invalid("messages is empty")
    check_nulls(request, model)
    check_numbers(request, name, model)
    if old_temperature and not model.sees and request.get("temperature") == 0:
        raise invalid("temperature must be in range (0, 1]")
    check_switches(request, model)
    if request.get("tools") is not None:
        check_tools(request["tools"], strict_null=not model.several_systems)
    check_tool_choice(request.get("tool_choice"))
    check_messages(messages, name, model, roleplay=name == HER)
    return model


def check_nulls(request: dict[str, Any], model: ChatModel) -> None:
    """Refuse explicit nulls on the generation that cannot take them."""
    if model.several_systems:
        return
    for member in OPTIONAL:
        if member in request and request[member] is None:
            raise invalid(f"{member} is null")


def check_numbers(request: dict[str, Any], name: str, model: ChatModel) -> None:
    """Check ranges and limits."""
    for member, (low, high) in RANGES.items():
        value = request.get(member)
        if value is not None:
            expect(value, "number", "float64")
            if not low <= value <= high:
                raise invalid(f"{member} must be in range [{low}, {high}]")
    for member in ("max_completion_tokens", "max_tokens"):
        value = request.get(member)
        if value is not None:
            expect_integer(value)
            if value < 1:
                raise invalid(f"{member} must be greater than 0")
            if value > model.max_output:
                raise invalid(f"model[{name}] does not support max tokens > {model.max_output}")
    choices = request.get("n")
    if choices is not None:
        expect_integer(choices)
        if choices != 1:
            raise invalid(f"model[{name}] does not support n > 1")


def check_switches(request: dict[str, Any], model: ChatModel) -> None:
    """Check the members that switch something."""
    for member in ("stream", "reasoning_split"):
        if request.get(member) is not None:
            expect(request[member], "bool", "bool")
    if request.get("stream_options") is not None:
        expect(request["stream_options"], "object", "open_platform_oai.StreamOptions")
    thinking = request.get("thinking")
    if thinking is not None:
        expect(thinking, "object", "open_platform_oai.ThinkingConfig")
        kind = thinking.get("type", "adaptive")
        if kind not in {"adaptive", "disabled"}:
            raise invalid(f'invalid thinking.type: "{kind}" (allowed: adaptive, disabled)')
    effort = request.get("reasoning_effort")
    if effort is not None and model.uses_effort and effort not in EFFORTS:
        raise invalid(f'invalid reasoning_effort: "{effort}"')
    tier = request.get("service_tier")
    if tier not in {None, "standard", "priority"}:
        raise invalid(f'invalid service_tier: "{tier}"')
