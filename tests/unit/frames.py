"""Chat streams made from their members, cut in every way, and what a client reads in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import httpx

from minimax_adapters.api._chat_stream import ChatSession
from minimax_adapters.api._judge import HTTPReply
from minimax_adapters.api.wire.chat_reply import (
    ChatEnd,
    ChatEvent,
    ChatReply,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Short, as streams made of it are read once for each of their bytes.
HEAD: Final[dict[str, Any]] = {"id": "0699f1", "created": 1_794_000_000, "model": "M"}
USAGE: Final = {
    "total_tokens": 30,
    "prompt_tokens": 20,
    "completion_tokens": 10,
    "prompt_tokens_details": {"cached_tokens": 8},
    "completion_tokens_details": {"reasoning_tokens": 4},
}
EVENT_STREAM: Final = HTTPReply(
    200, httpx.Headers({"content-type": "text/event-stream", "trace-id": "trace-of-the-head"})
)


def delta(finish_reason: str | None = None, **members: object) -> dict[str, Any]:
    """Return a frame whose delta has `members`."""
    choice: dict[str, Any] = {"delta": members}
    if finish_reason:
        choice["finish_reason"] = finish_reason
    return {"id": HEAD["id"], "choices": [choice]}


def usage_frame() -> dict[str, Any]:
    """Return the frame with the counts, which has no choices."""
    return {**HEAD, "choices": [], "usage": USAGE}


def plain(message: dict[str, Any], finish_reason: str = "stop") -> dict[str, Any]:
    """Return the body of a plain reply with `message`."""
    choice = {"index": 0, "finish_reason": finish_reason, "message": message}
    return {**HEAD, "object": "chat.completion", "choices": [choice], "usage": USAGE}


def render(
    frames: Iterable[object],
    *,
    done: bool = True,
    prefix: str = "data: ",
    newline: str = "\n",
    comment: str = "",
) -> bytes:
    """Return `frames` as the bytes of an event stream."""
    texts = [json.dumps(frame, ensure_ascii=False) for frame in frames]
    texts += ["[DONE]"] if done else []
    return "".join(f"{comment}{prefix}{text}{newline * 2}" for text in texts).encode()


def read(chunks: Iterable[bytes], stops: Sequence[str] = ()) -> list[ChatEvent]:
    """Return the events of a whole stream that comes in `chunks`."""
    events: list[ChatEvent] = []
    read_into(events, chunks, stops)
    return events


def read_into(events: list[ChatEvent], chunks: Iterable[bytes], stops: Sequence[str] = ()) -> None:
    """Append the events of a whole stream to `events`, which keeps those before an error."""
    session = ChatSession(EVENT_STREAM, stops)
    for chunk in chunks:
        events += session.feed(chunk)
        if session.done:
            break
    events += session.finish()


def reply_of(events: Sequence[ChatEvent]) -> ChatReply:
    """Return the answer at the end of `events`, which is there once and last."""
    *before, end = events
    assert isinstance(end, ChatEnd)
    assert not any(isinstance(event, ChatEnd) for event in before)
    return end.reply


def merged(events: Iterable[ChatEvent]) -> tuple[str, dict[int, str], dict[int, list[str]]]:
    """Return text, thinking by entry, and id, name and arguments by call, as deltas give them."""
    text = ""
    thinking: dict[int, str] = {}
    calls: dict[int, list[str]] = {}
    for event in events:
        match event:
            case TextDelta():
                text += event.text
            case ReasoningDelta():
                thinking[event.index] = thinking.get(event.index, "") + event.text
            case ToolCallDelta():
                call = calls.setdefault(event.index, ["", "", ""])
                call[0] += event.id or ""
                call[1] += event.name or ""
                call[2] += event.arguments
    return text, thinking, calls


def check_merged(events: Sequence[ChatEvent]) -> ChatReply:
    """Return the answer at the end after a check that the deltas before it add up to it."""
    reply = reply_of(events)
    text, thinking, calls = merged(events)
    assert text == reply.content
    assert "\n\n".join(filter(None, thinking.values())) == reply.reasoning
    named = [call for call in calls.values() if call[1]]
    assert [(call[0], call[1], call[2] or "{}") for call in named] == [
        (call.id, call.name, call.arguments) for call in reply.tool_calls
    ]
    return reply
