"""The prompt as the server counts and caches it: tools, then system, then messages."""

from __future__ import annotations

from typing import Any, Final

from ._json import dumps
from ._tokens import tokenize

IMAGE_TOKENS: Final = {"low": 256, "default": 1024, "high": 4096}
VIDEO_TOKENS: Final = 4096
SYSTEMS: Final = frozenset({"system", "root"})


def prompt_tokens(request: dict[str, Any]) -> list[str]:
    """Return the tokens of the whole prompt."""
    messages = request["messages"]
    ordered = [
        *(message for message in messages if message["role"] in SYSTEMS),
        *(message for message in messages if message["role"] not in SYSTEMS),
    ]
    tokens = tokenize(dumps(request["tools"])) if request.get("tools") else []
    for message in ordered:
        tokens += message_tokens(message)
    return tokens


def message_tokens(message: dict[str, Any]) -> list[str]:
    """Return the tokens of one message: its role, its text, its calls, its media."""
    tokens = ["<", message["role"], ">"]
    content: Any = message.get("content") or ""
    parts: list[dict[str, Any]] = content
    if isinstance(content, str):
        parts = [{"type": "text", "text": content}]
    for part in parts:
        match part["type"]:
            case "text":
                tokens += tokenize(part["text"])
            case "image_url":
                image = part["image_url"]
                cost = IMAGE_TOKENS[image.get("detail", "default")]
                tokens += [image["url"][-64:], *["<img>"] * (cost - 1)]
            case _:
                tokens += [part["video_url"]["url"][-64:], *["<video>"] * (VIDEO_TOKENS - 1)]
    for detail in message.get("reasoning_details") or []:
        tokens += tokenize(str(detail.get("text", "")))
    if message.get("tool_calls"):
        tokens += tokenize(dumps(message["tool_calls"]))
    return tokens


def lost_thinking(messages: list[dict[str, Any]]) -> bool:
    """Tell whether a tool call came back without the thinking that led to it."""
    return any(
        message["role"] == "assistant"
        and message.get("tool_calls")
        and not message.get("reasoning_details")
        and "<think>" not in str(message.get("content") or "")
        and "<mm:think>" not in str(message.get("content") or "")
        for message in messages
    )
