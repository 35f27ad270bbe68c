"""Streams in the form in which MiniMax was recorded to send them; the words are ours.

Sources: recordings of M3 of August 2026 (role and service tier on each frame, a frame that only
finishes, usage and `base_resp` in a last one without choices, no `[DONE]`) and of its turns with
tools (thinking, a line of text, calls); recordings of M2.7 of April 2026 (`MiniMax AI` as name,
members of its content filter, `<think>` in the text without `reasoning_split`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True)
class Recording:
    """Deltas of an answer, what surrounds them, and what a user should get of them."""

    model: str
    deltas: list[dict[str, Any]]
    around: dict[str, Any]
    usage: dict[str, Any]
    finish: str = "stop"
    finish_with_last: bool = False
    done: bool = False
    text: str = ""
    thinking: list[str] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        """The bytes of the event stream."""
        choices: list[dict[str, Any]] = [{"index": 0, "delta": delta} for delta in self.deltas]
        if self.finish_with_last:
            choices[-1]["finish_reason"] = self.finish
        else:
            choices.append(
                {"finish_reason": self.finish, "index": 0, "delta": {"role": "assistant"}}
            )
        shared = {"id": "06e4c0ffee", "created": 1788167855, "object": "chat.completion.chunk"}
        common = {**shared, "model": self.model, "usage": None, **self.around}
        total: dict[str, Any] = {"choices": [], "usage": self.usage}
        if not self.done:
            total["base_resp"] = {"status_code": 0, "status_msg": ""}
        frames = [*({"choices": [choice]} for choice in choices), total]
        payloads = [json.dumps(common | frame) for frame in frames]
        return "".join(f"data: {one}\n\n" for one in payloads + ["[DONE]"] * self.done).encode()

    @property
    def answer(self) -> dict[str, Any]:
        """The same as a whole answer."""
        message: dict[str, Any] = {"role": "assistant", "content": self.text}
        if self.thinking:
            entries = [thought(text, number) for number, text in enumerate(self.thinking)]
            message["reasoning_details"] = [entry["reasoning_details"][0] for entry in entries]
        if self.calls:
            message["tool_calls"] = [
                {
                    "id": call["id"],
                    "type": "function",
                    "function": {"name": call["name"], "arguments": json.dumps(call["args"])},
                }
                for call in self.calls
            ]
        choice = {"index": 0, "finish_reason": self.finish, "message": message}
        return {"id": "06e4c0ffee", "model": self.model, "choices": [choice], "usage": self.usage}


def thought(text: str, number: int = 0) -> dict[str, Any]:
    """Return a delta of thinking: the text stands in it twice."""
    detail = {
        "type": "reasoning.text",
        "id": f"reasoning-text-{number + 1}",
        "format": "MiniMax-response-v1",
        "index": number,
        "text": text,
    }
    return {"role": "assistant", "reasoning_content": text, "reasoning_details": [detail]}


def call(index: int, name: str | None, arguments: str) -> dict[str, Any]:
    """Return a delta of a tool call; later fragments have no name."""
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    head = {"id": f"call_function_{index}", "type": "function"} if name else {}
    entry = {**head, "index": index, "function": function}
    return {"role": "assistant", "tool_calls": [entry]}


def text(content: str) -> dict[str, Any]:
    """Return a delta of text."""
    return {"role": "assistant", "content": content}


M3: Final = {"service_tier": "standard"}
M2: Final = {
    "input_sensitive": False,
    "output_sensitive": False,
    "input_sensitive_type": 0,
    "output_sensitive_type": 0,
    "output_sensitive_int": 0,
}
NAMED: Final = {"role": "assistant", "name": "MiniMax AI", "audio_content": ""}
M3_USAGE: Final = {
    "total_tokens": 247,
    "total_characters": 0,
    "prompt_tokens": 198,
    "completion_tokens": 49,
    "completion_tokens_details": {"reasoning_tokens": 31},
    "prompt_tokens_details": {"cached_tokens": 128},
}
M2_USAGE: Final = {
    "total_tokens": 116,
    "total_characters": 0,
    "prompt_tokens": 55,
    "completion_tokens": 61,
    "completion_tokens_details": {"reasoning_tokens": 60},
}
PARIS: Final = {"name": "get_weather", "args": {"city": "Paris"}, "id": "call_function_0"}
ROME: Final = {"name": "get_weather", "args": {"city": "Rome"}, "id": "call_function_1"}


def _of_m3(deltas: list[dict[str, Any]], **members: Any) -> Recording:  # noqa: ANN401 - any JSON
    return Recording("MiniMax-M3", deltas, M3, M3_USAGE, **members)


def _of_m2(
    deltas: list[dict[str, Any]],
    model: str = "MiniMax-M2.7",
    **members: Any,  # noqa: ANN401 - any JSON
) -> Recording:
    return Recording(model, deltas, M2, M2_USAGE, done=True, **members)


RECORDINGS: Final = {
    "M3 without thinking": _of_m3([text("OK")], text="OK"),
    "M3 thinking, then text": _of_m3(
        [thought("The user "), thought("greets."), text("Good "), text("morning!")],
        thinking=["The user greets."],
        text="Good morning!",
    ),
    "M3 thinking, a line, two calls": _of_m3(
        [
            thought("Both cities."),
            text("Let me look."),
            call(0, "get_weather", '{"city": '),
            call(0, None, '"Paris"}'),
            call(1, "get_weather", '{"city": "Rome"}'),
        ],
        finish="tool_calls",
        thinking=["Both cities."],
        text="Let me look.",
        calls=[PARIS, ROME],
    ),
    "M3 thinking twice around text": _of_m3(
        [
            thought("First."),
            text("Let me look."),
            thought("Second.", 1),
            call(0, "get_weather", '{"city": "Paris"}'),
            call(1, "get_weather", '{"city": "Rome"}'),
        ],
        finish="tool_calls",
        finish_with_last=True,
        thinking=["First.", "Second."],
        text="Let me look.",
        calls=[PARIS, ROME],
    ),
    "M2.7 tags in the text": _of_m2(
        [
            NAMED | {"content": "<thi"},
            NAMED | {"content": "nk>\nSeven times eight.\n</th"},
            NAMED | {"content": "ink>\n\nIt is "},
            NAMED | {"content": "56."},
        ],
        model="MiniMax-M2.7-highspeed",
        finish_with_last=True,
        thinking=["Seven times eight."],
        text="It is 56.",
    ),
    "M2.7 thinking apart, then a call": _of_m2(
        [
            NAMED | thought("I need "),
            NAMED | thought("the tool."),
            NAMED | {"content": "\n"},
            NAMED | call(0, "get_weather", '{"city": "Paris"}'),
        ],
        finish="tool_calls",
        thinking=["I need the tool."],
        text="\n",
        calls=[PARIS],
    ),
}
