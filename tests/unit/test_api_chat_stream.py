"""Streams of chat as hosts really send them, cut at every possible byte."""

from __future__ import annotations

import itertools
import json
from typing import Any, Final

import httpx
import pytest
from frames import (
    EVENT_STREAM,
    HEAD,
    USAGE,
    check_merged,
    delta,
    plain,
    read,
    render,
    reply_of,
    usage_frame,
)
from hypothesis import given
from hypothesis import strategies as st

from minimax_adapters.api import ChatEnd, TextDelta, ToolCall
from minimax_adapters.api._chat import parse_chat
from minimax_adapters.api._judge import HTTPReply

THOUGHT: Final = "So a cat \N{CAT FACE}"
ANSWER: Final = "A café \N{CAT FACE} 猫."
DETAIL: Final[dict[str, Any]] = {
    "type": "reasoning.text",
    "id": "reasoning-text-1",
    "format": "MiniMax-response-v1",
    "index": 0,
}
CALLS: Final[list[dict[str, Any]]] = [
    {
        "id": f"call_function_a1_{number}",
        "type": "function",
        "index": number - 1,
        "function": {"name": name, "arguments": arguments},
    }
    for number, (name, arguments) in enumerate(
        [("get_weather", '{"in": "Ürz"}'), ("get_time", "{}")], start=1
    )
]


def _thought(text: str, so_far: str | None = None) -> dict[str, Any]:
    return delta(
        reasoning_content=text,
        reasoning_details=[{**DETAIL, "text": text if so_far is None else so_far}],
    )


def _words(text: str) -> list[str]:
    *starts, last = text.split(" ")
    return [*(f"{word} " for word in starts), last]


def _growing(text: str) -> list[str]:
    pieces = _words(text)
    return ["".join(pieces[: count + 1]) for count in range(len(pieces))]


def _end(reason: str = "stop", **members: object) -> list[dict[str, Any]]:
    return [delta(reason, content="", **members), usage_frame()]


SPLIT = plain(
    {
        "role": "assistant",
        "content": ANSWER,
        "reasoning_content": THOUGHT,
        "reasoning_details": [{**DETAIL, "text": THOUGHT}],
    }
)
INLINE = plain({"role": "assistant", "content": f"<think>\n{THOUGHT}\n</think>\n\n{ANSWER}"})
ONLY_ANSWER = plain({"role": "assistant", "content": ANSWER})
ONLY_CONTENT_MEMBER = plain({"role": "assistant", "content": ANSWER, "reasoning_content": THOUGHT})
TOOLS = plain({"role": "assistant", "content": "", "tool_calls": CALLS}, "tool_calls")
contents = [delta(content=word) for word in _words(ANSWER)]
thoughts = [_thought(word) for word in _words(THOUGHT)]
inline_text = INLINE["choices"][0]["message"]["content"]
# Tags and blanks come letter by letter, what stands between them as one text.
inline_letters = [*"<think>\n", THOUGHT, *"\n</think>\n\n", ANSWER]
mm_letters = [*"<mm:think>", THOUGHT, *"\n</mm:think>", "\n\n" + ANSWER]


def _fragment(call: dict[str, Any], size: int, *, repeat_id: bool = False) -> list[dict[str, Any]]:
    place = {"index": call["index"]}
    identity = {"id": call["id"], "type": "function"}
    function = call["function"]
    first = place | identity | {"function": {"name": function["name"], "arguments": ""}}
    arguments = function["arguments"]
    pieces = [arguments[at : at + size] for at in range(0, len(arguments), size)]
    again = identity if repeat_id else {}
    return [first, *(place | again | {"function": {"arguments": piece}} for piece in pieces)]


def _without(member: str, fragments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in one.items() if k != member} for one in fragments]


def _in_frames(fragments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [delta(tool_calls=[one]) for one in fragments]


# Each name is a habit that hosts were seen with; each value is a stream and its plain twin.
SCENARIOS: Final[dict[str, tuple[bytes, dict[str, Any]]]] = {
    "thinking apart": (render([*thoughts, *contents, *_end()]), SPLIT),
    "data without a space": (render([*thoughts, *contents, *_end()], prefix="data:"), SPLIT),
    "CRLF": (render([*thoughts, *contents, *_end()], newline="\r\n"), SPLIT),
    "comments": (render([*thoughts, *contents, *_end()], comment=": alive\n\n"), SPLIT),
    "event lines": (
        render([*thoughts, *contents, *_end()], prefix="event: x\nid: 1\ndata: "),
        SPLIT,
    ),
    "byte order mark": (
        b"\xef\xbb\xbf" + render([*thoughts, *contents, *_end()]),
        SPLIT,
    ),
    "no [DONE]": (render([*thoughts, *contents, *_end()], done=False), SPLIT),
    "no empty line at the end": (
        render([*thoughts, *contents, *_end()], done=False).rstrip(b"\n"),
        SPLIT,
    ),
    "empty role": (render([{**frame} for frame in [*thoughts, *contents, *_end(role="")]]), SPLIT),
    "empty data line": (b"data: \n\n" + render([*thoughts, *contents, *_end()]), SPLIT),
    "details as snapshots": (
        render(
            [
                *(_thought(w, g) for w, g in zip(_words(THOUGHT), _growing(THOUGHT), strict=True)),
                *contents,
                *_end(),
            ]
        ),
        SPLIT,
    ),
    "content as snapshots": (
        render([*thoughts, *(delta(content=text) for text in _growing(ANSWER)), *_end()]),
        SPLIT,
    ),
    "only reasoning_content": (
        render([*(delta(reasoning_content=w) for w in _words(THOUGHT)), *contents, *_end()]),
        ONLY_CONTENT_MEMBER,
    ),
    "reasoning_content as snapshots": (
        render([*(delta(reasoning_content=g) for g in _growing(THOUGHT)), *contents, *_end()]),
        ONLY_CONTENT_MEMBER,
    ),
    "content on the finish frame": (
        render([*contents[:-1], delta("stop", content=_words(ANSWER)[-1]), usage_frame()]),
        ONLY_ANSWER,
    ),
    "null delta": (
        render(
            [
                *contents,
                {**HEAD, "choices": [{"index": 0, "delta": None, "finish_reason": "stop"}]},
                usage_frame(),
            ]
        ),
        ONLY_ANSWER,
    ),
    "usage zeros before": (
        render(
            [
                *(
                    frame | {"usage": {"total_tokens": 0, "total_characters": 0}}
                    for frame in contents
                ),
                *_end(),
            ]
        ),
        ONLY_ANSWER,
    ),
    "usage on the finish frame": (
        render([*contents, {**HEAD, **delta("stop", content=""), "usage": USAGE}]),
        ONLY_ANSWER,
    ),
    "whole message at the end": (
        render([*contents, *_end()[:1], {**ONLY_ANSWER, "base_resp": {"status_code": 0}}]),
        ONLY_ANSWER,
    ),
    "whole message alone": (render([ONLY_ANSWER], done=False), ONLY_ANSWER),
    "think tag in one frame": (
        render(
            [*(delta(content=piece) for piece in inline_text.splitlines(keepends=True)), *_end()]
        ),
        INLINE,
    ),
    "think tag letter by letter": (
        render([*(delta(content=letter) for letter in inline_letters), *_end()]),
        INLINE,
    ),
    "mm:think tag": (
        render(
            [
                *(delta(content=c) for c in mm_letters),
                *_end(),
            ]
        ),
        INLINE,
    ),
    "calls whole": (
        render([*_in_frames(CALLS), *_end("tool_calls")]),
        TOOLS,
    ),
    "calls in fragments": (
        render([*_in_frames(_fragment(CALLS[0], 3) + _fragment(CALLS[1], 1)), *_end("tool_calls")]),
        TOOLS,
    ),
    "calls in one frame": (
        render([delta(tool_calls=CALLS), *_end("tool_calls")]),
        TOOLS,
    ),
    "calls side by side": (
        render(
            [
                delta(tool_calls=[_fragment(CALLS[0], 30)[0], _fragment(CALLS[1], 30)[0]]),
                delta(tool_calls=[_fragment(CALLS[1], 30)[1], _fragment(CALLS[0], 30)[1]]),
                *_end("tool_calls"),
            ]
        ),
        TOOLS,
    ),
    "fragments repeat the id": (
        render(
            [
                *_in_frames(_fragment(CALLS[0], 3, repeat_id=True) + _fragment(CALLS[1], 1)),
                *_end("tool_calls"),
            ]
        ),
        TOOLS,
    ),
    "fragments without index": (
        render(
            [
                *_in_frames(
                    _without("index", _fragment(CALLS[0], 3))
                    + _without("index", _fragment(CALLS[1], 1))
                ),
                *_end("tool_calls"),
            ]
        ),
        TOOLS,
    ),
}


def _plain_reply(body: dict[str, Any]) -> HTTPReply:
    return EVENT_STREAM._replace(body=json.dumps(body).encode())


@pytest.mark.sampled(share=0.2)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_stream_cut_at_any_byte_gives_the_reply_of_a_plain_call(name: str) -> None:
    """A network cuts where it likes; a host's habits do not change what the user receives."""
    stream, body = SCENARIOS[name]
    expected = parse_chat(_plain_reply(body))

    for at in range(len(stream) + 1):
        reply = check_merged(read([stream[:at], stream[at:]]))
        assert reply == expected, at


@given(st.data())
def test_many_cuts_change_nothing(data: st.DataObject) -> None:
    """As above with several cuts, which may be at the same place or next to each other."""
    stream, body = SCENARIOS[data.draw(st.sampled_from(sorted(SCENARIOS)))]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    borders = [0, *cuts, len(stream)]

    chunks = [stream[a:b] for a, b in itertools.pairwise(borders)]

    assert check_merged(read(chunks)) == parse_chat(_plain_reply(body))


def test_arguments_may_come_before_the_id_and_the_id_may_never_come() -> None:
    """Results must name the call, so a call without an id gets one."""
    stream = render(
        [
            delta(tool_calls=[{"index": 0, "function": {"name": "f", "arguments": '{"a":'}}]),
            delta(tool_calls=[{"index": 0, "function": {"arguments": "1}"}}]),
            delta(tool_calls=[{"index": 1, "id": "call_2", "function": {"arguments": "{}"}}]),
            delta(tool_calls=[{"index": 1, "function": {"name": "g"}}]),
            *_end("tool_calls"),
        ]
    )

    reply = check_merged(read([stream]))

    assert reply.tool_calls == [
        ToolCall(f"call_{HEAD['id']}_1", "f", '{"a":1}'),
        ToolCall("call_2", "g", "{}"),
    ]


def test_the_same_index_with_a_new_id_is_a_new_call() -> None:
    """Some hosts send each call whole and number all of them 0."""
    calls = [{**call, "index": 0} for call in CALLS]

    reply = check_merged(read([render([*_in_frames(calls), *_end("tool_calls")])]))

    assert [call.name for call in reply.tool_calls] == ["get_weather", "get_time"]


def test_an_orphan_closing_tag_is_not_shown() -> None:
    """The chat template had opened the tag; what was streamed before it cannot be taken back."""
    stream = render([delta(content="I think. </think>"), delta(content="Yes."), *_end()])

    assert check_merged(read([stream])).content == "I think. Yes."


def test_an_unclosed_tag_leaves_all_as_thinking() -> None:
    """With a small budget the answer ends inside the thinking."""
    stream = render([delta(content="<think>Let me"), delta("length", content=" see")])

    reply = check_merged(read([stream]))

    assert (reply.content, reply.reasoning, reply.finish_reason) == ("", "Let me see", "length")


def test_text_held_back_is_not_doubled_by_a_whole_message_at_the_end() -> None:
    """The text may be a start of a stop text until the stream ends; it has come all the same."""
    stream = render(
        [delta(content="Hello"), delta("stop", content=""), plain({"content": "Hello"})]
    )

    assert check_merged(read([stream], stops=["Hello world"])).content == "Hello"


def test_usage_counts_cached_and_thinking_tokens() -> None:
    """Users pay less for the former and want to know about the latter."""
    usage = reply_of(read([SCENARIOS["thinking apart"][0]])).usage

    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (20, 10, 30)
    assert (usage.cached_tokens, usage.reasoning_tokens) == (8, 4)


def test_a_character_cut_by_the_host_is_replaced_and_not_fatal() -> None:
    """Old hosts cut an emoji between two frames, as bytes or as surrogates."""
    half = json.dumps(delta(content="@")).encode().replace(b"@", b"\xf0\x9f\x90")
    surrogate = json.dumps(delta(content="@")).encode().replace(b"@", b"\\ud83d")
    stream = b"data: " + half + b"\n\ndata: " + surrogate + b"\n\n" + render(_end())

    assert check_merged(read([stream])).content.strip("\ufffd") == ""


def test_unknown_members_are_ignored_and_kept_raw() -> None:
    """Members come and go; whoever needs one finds it in `raw`."""
    stream = render([{**delta("stop", content="Hi"), "shiny": {"new": [1]}}])

    reply = reply_of(read([stream]))

    assert reply.content == "Hi"
    assert reply.raw["shiny"] == {"new": [1]}


def test_nothing_is_read_after_done() -> None:
    """`[DONE]` is the end, whatever follows in the same chunk."""
    stream = render([delta("stop", content="Hi")]) + render([delta(content="more")])

    assert read([stream]) == [TextDelta("Hi"), ChatEnd(reply_of(read([stream])))]


def test_headers_give_the_trace_id() -> None:
    """Chat frames carry none, and MiniMax's support asks for it."""
    assert reply_of(read([SCENARIOS["CRLF"][0]])).trace_id == "trace-of-the-head"
    assert HTTPReply(200, httpx.Headers({"X-Trace-Id": "b"})).trace_id == "b"
    assert HTTPReply(200, httpx.Headers()).trace_id is None
