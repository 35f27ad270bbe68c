"""A chat answer in numbers and members: what plain answers and streams have in common."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from ._reply import Reply, ToolCall
from ._tokens import count, tokenize

if TYPE_CHECKING:
    from ._quirks import Quirks

SENDER: Final = "MiniMax AI"
REASONING_FORMAT: Final = "MiniMax-response-v1"

HARMLESS: Final[dict[str, Any]] = {
    "input_sensitive": False,
    "output_sensitive": False,
    "input_sensitive_type": 0,
    "output_sensitive_type": 0,
    "output_sensitive_int": 0,
}
EXTRA: Final[dict[str, Any]] = {
    "system_fingerprint": "",
    "audio_characters": 0,
    "nested_extra": {"list": [1, {"deep": None}], "text": "unknown members may be anything"},
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Completion:
    """An answer that is ready to be dressed.

    Attributes:
        id: Also the trace id of the request.
        created: Unix seconds.
        model: The model's name as the client wrote it.
        reply: The answer, cut to the limit.
        split: Thinking goes into members of its own, not into the content.
        usage: The counts.
        quirks: What goes wrong on the way.
    """

    id: str
    created: int
    model: str
    reply: Reply
    split: bool
    usage: dict[str, Any]
    quirks: Quirks

    @property
    def head(self) -> dict[str, Any]:
        """Members that open every body and frame."""
        return {"id": self.id, "created": self.created, "model": self.model}

    @property
    def tail(self) -> dict[str, Any]:
        """Members that close every body and frame."""
        return HARMLESS | EXTRA if self.quirks.extra_members else HARMLESS

    @property
    def content(self) -> str:
        """The content as one text, with the thinking in it unless it stands apart."""
        reply, quirks = self.reply, self.quirks
        if not reply.thinking or self.split:
            return reply.text
        opening = "" if quirks.orphan_think_close else f"<{quirks.think_tag}>\n"
        closing = "\n\n" if quirks.unclosed_think else f"\n</{quirks.think_tag}>\n\n"
        # A budget that ends inside the thinking leaves the tag open, as the real server does.
        cut_in_thinking = reply.reason == "length" and not reply.text and not reply.tool_calls
        return f"{opening}{reply.thinking}{'' if cut_in_thinking else closing}{reply.text}"

    def call_ids(self) -> list[str]:
        """Return the ids of the tool calls; MiniMax numbers them from 1."""
        return [
            call.id or f"call_function_{self.id[:12]}_{number}"
            for number, call in enumerate(self.reply.tool_calls, 1)
        ]

    def message(self) -> dict[str, Any]:
        """Return the assistant message of a plain answer."""
        reply, quirks = self.reply, self.quirks
        content: str | None = self.content
        if quirks.null_content and reply.tool_calls:
            content = None
        message: dict[str, Any] = {"content": content, "role": "assistant", "name": SENDER}
        if reply.thinking and self.split:
            message |= self.reasoning(reply.thinking, reply.thinking)
        if reply.tool_calls:
            message["tool_calls"] = [
                {
                    "id": call_id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments_text},
                    "index": index,
                }
                for index, (call_id, call) in enumerate(
                    zip(self.call_ids(), reply.tool_calls, strict=True)
                )
            ]
        return message | {"audio_content": ""}

    def reasoning(self, text: str, detail: str) -> dict[str, Any]:
        """Return the members that carry thinking apart from the content."""
        members: dict[str, Any] = {
            "reasoning_content": text,
            "reasoning_details": [
                {
                    "type": "reasoning.text",
                    "id": "reasoning-text-1",
                    "format": REASONING_FORMAT,
                    "index": 0,
                    "text": detail,
                }
            ],
        }
        if self.quirks.reasoning_content_only:
            del members["reasoning_details"]
        if self.quirks.reasoning_details_only:
            del members["reasoning_content"]
        return members

    def body(self) -> dict[str, Any]:
        """Return the body of a plain answer."""
        choice = {"finish_reason": self.reply.reason, "index": 0, "message": self.message()}
        members = {"choices": [choice], "object": "chat.completion", "usage": self.usage}
        if self.quirks.no_usage:
            del members["usage"]
        ending = {"base_resp": {"status_code": 0, "status_msg": ""}}
        return self.head | members | self.tail | ending


def usage_for(reply: Reply, prompt: int, cached: int) -> dict[str, Any]:
    """Return the counts of an answer."""
    reasoning = count(reply.thinking)
    completion = reasoning + count(reply.text) + sum(map(call_tokens, reply.tool_calls))
    return {
        "total_tokens": prompt + completion,
        "total_characters": 0,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


def call_tokens(call: ToolCall) -> int:
    """Return what a call costs."""
    return count(call.name) + count(call.arguments_text)


def cut_to(reply: Reply, limit: int) -> Reply:
    """Return `reply` cut to `limit` tokens, thinking first, as the server spends them."""
    thinking = tokenize(reply.thinking)
    text = tokenize(reply.text)
    calls = list(reply.tool_calls)
    if len(thinking) + len(text) + sum(map(call_tokens, calls)) <= limit:
        return reply
    left = limit - len(thinking)
    shown = "".join(text[: max(left, 0)])
    left -= len(text)
    kept: list[ToolCall] = []
    for call in calls:
        left -= count(call.name)
        if left < 1:
            break
        tokens = tokenize(call.arguments_text)
        kept.append(dataclasses.replace(call, arguments="".join(tokens[:left])))
        left -= len(tokens)
    return Reply(
        text=shown,
        thinking="".join(thinking[:limit]),
        tool_calls=kept,
        finish_reason="length",
    )
