"""A chat answer as the payloads of a stream."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ._completion import SENDER
from ._tokens import tokenize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._completion import Completion

THINK_TAG: Final = re.compile(r"(</?(?:mm:)?think>)")
ZEROS: Final = {"total_tokens": 0, "total_characters": 0}


def payloads(completion: Completion, *, include_usage: bool) -> Iterator[dict[str, Any]]:
    """Yield the payloads of `completion`, without `[DONE]`."""
    quirks = completion.quirks
    deltas = [*reasoning_deltas(completion), *content_deltas(completion), *call_deltas(completion)]
    shares = quirks.content_on_finish and deltas
    last = deltas.pop() if shares else {"content": ""}
    for delta in deltas:
        yield payload(completion, delta)
    finish = payload(completion, last)
    finish["choices"][0]["finish_reason"] = completion.reply.reason
    if quirks.null_delta:
        if shares:
            yield payload(completion, last)
        finish["choices"][0]["delta"] = None
    if quirks.usage_on_finish:
        finish["usage"] = completion.usage
    yield finish
    if quirks.full_message_frame:
        yield completion.body()
    if include_usage and not quirks.no_usage and not quirks.usage_on_finish:
        yield payload(completion, None) | {"usage": completion.usage}


def payload(completion: Completion, delta: dict[str, Any] | None) -> dict[str, Any]:
    """Return one payload; without a delta it has no choices."""
    quirks = completion.quirks
    choices = []
    if delta is not None:
        role = "" if quirks.empty_role else "assistant"
        members = {"role": role, "name": SENDER} | delta | {"audio_content": ""}
        choices = [{"index": 0, "delta": members}]
    return (
        completion.head
        | {
            "object": "chat.completion.chunk",
            "choices": choices,
            "usage": ZEROS if quirks.usage_zeros else None,
        }
        | completion.tail
    )


def pieces(text: str, size: int) -> list[str]:
    """Cut `text` into the increments of a stream: tokens, or `size` characters each."""
    if size:
        return [text[start : start + size] for start in range(0, len(text), size)]
    parts = THINK_TAG.split(text)
    return [
        token for part in parts for token in ([part] if THINK_TAG.match(part) else tokenize(part))
    ]


def reasoning_deltas(completion: Completion) -> Iterator[dict[str, Any]]:
    """Yield the thinking that stands apart from the content."""
    quirks = completion.quirks
    if not completion.split:
        return
    so_far = ""
    for piece in pieces(completion.reply.thinking, quirks.chunk_chars):
        so_far += piece
        yield completion.reasoning(
            so_far if quirks.cumulative_reasoning_content else piece,
            so_far if quirks.cumulative_reasoning_details else piece,
        )


def content_deltas(completion: Completion) -> Iterator[dict[str, Any]]:
    """Yield the content, with the thinking in it unless that stands apart."""
    quirks = completion.quirks
    increments = pieces(completion.content, quirks.chunk_chars)
    if quirks.think_close_mid_chunk:
        increments = list(joined_around_close(increments, quirks.think_tag))
    so_far = ""
    for increment in increments:
        so_far += increment
        yield {"content": so_far if quirks.cumulative_content else increment}


def joined_around_close(increments: list[str], tag: str) -> Iterator[str]:
    """Yield `increments` with the closing tag, its neighbours and a word after it in one piece."""
    close = f"</{tag}>"
    text = "".join(increments)
    before, found, after = text.partition(close)
    if not found:
        yield from increments
        return
    words, rest = pieces(before, 0), pieces(after, 0)
    yield from words[:-1]
    yield "".join([*words[-1:], close, *rest[:2]])
    yield from rest[2:]


def call_deltas(completion: Completion) -> Iterator[dict[str, Any]]:
    """Yield the tool calls, whole or in fragments, one by one or side by side."""
    quirks = completion.quirks
    fragments = [
        call_fragments(completion, index) for index in range(len(completion.reply.tool_calls))
    ]
    if not quirks.tool_calls_in_one_frame:
        for call in fragments:
            yield from ({"tool_calls": [fragment]} for fragment in call)
        return
    for step in range(max(map(len, fragments), default=0)):
        yield {"tool_calls": [call[step] for call in fragments if step < len(call)]}


def call_fragments(completion: Completion, index: int) -> list[dict[str, Any]]:
    """Return the entries of `delta.tool_calls` that make up one call."""
    quirks = completion.quirks
    call = completion.reply.tool_calls[index]
    place: dict[str, Any] = {} if quirks.tool_index_missing else {"index": index}
    identity = {"id": completion.call_ids()[index], "type": "function"}
    if not quirks.tool_argument_chars:
        function = {"name": call.name, "arguments": call.arguments_text}
        return [place | identity | {"function": function}]
    first = place | identity | {"function": {"name": call.name, "arguments": ""}}
    repeated = identity if quirks.tool_id_on_every_frame else {}
    return [
        first,
        *(
            place | repeated | {"function": {"arguments": piece}}
            for piece in pieces(call.arguments_text, quirks.tool_argument_chars)
        ),
    ]
