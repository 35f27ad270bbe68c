"""Streams: frames, their quirks, their bytes, and errors in the middle."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall
from minimax_adapters.emulator._sse import EventStream

if TYPE_CHECKING:
    from collections.abc import Callable

    Stream = Callable[..., list[dict[str, Any]]]

CHAT = "/v1/chat/completions"
BODY: dict[str, Any] = {
    "model": "MiniMax-M3",
    "stream": True,
    "messages": [{"role": "user", "content": "Hello"}],
}
THOUGHT = Reply(text="One two \U0001f642.", thinking="First this. Then that.")
CALLING = Reply(
    thinking="R",
    tool_calls=[
        ToolCall(name="add", arguments={"a": 1, "b": 22}),
        ToolCall(name="find", arguments={"query": "caf\u00e9"}),
    ],
)


def deltas(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the deltas of frames that have one."""
    return [
        frame["choices"][0]["delta"]
        for frame in frames
        if frame["choices"] and frame["choices"][0].get("delta")
    ]


def text(frames: list[dict[str, Any]], member: str = "content") -> str:
    """Return the increments of `member`, joined."""
    return "".join(delta.get(member) or "" for delta in deltas(frames))


def raw(client: httpx.Client, quirks: str = "", **members: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Return the bytes of a stream."""
    headers = {"X-Emulator-Quirks": quirks}
    return client.post(CHAT, json=BODY | members, headers=headers).content


def test_frames_follow_the_schema(
    emulator: Emulator, stream: Stream, validate: Callable[[str, Any], None]
) -> None:
    """Role and name on each frame, usage null until the last, one frame to finish."""
    emulator.script(THOUGHT)

    frames = stream("Hi", reasoning_split=True, stream_options={"include_usage": True})

    for frame in frames:
        validate("chat_completions.chunk", frame)
    assert text(frames) == THOUGHT.text
    assert text(frames, "reasoning_content") == THOUGHT.thinking
    assert not any("content" in delta and "reasoning_content" in delta for delta in deltas(frames))
    assert {delta["role"] for delta in deltas(frames)} == {"assistant"}
    assert len({frame["id"] for frame in frames}) == 1
    *_, finish, usage = frames
    assert finish["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == []
    assert usage["usage"]["total_tokens"] > 0
    assert [frame["usage"] for frame in frames[:-1]] == [None] * (len(frames) - 1)


def test_a_stream_ends_with_done(client: httpx.Client) -> None:
    """And without usage unless that is asked for."""
    content = raw(client)

    assert content.endswith(b"data: [DONE]\n\n")
    assert b'"choices":[]' not in content
    assert b"[DONE]" not in raw(client, "missing-done")


def test_streamed_and_plain_answers_are_the_same(stream: Stream, ask: Callable[..., Any]) -> None:
    """Streaming changes the form, not the answer."""
    plain = ask("Write me 2 haikus.")["choices"][0]["message"]["content"]

    assert text(stream("Write me 2 haikus.")) == plain


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_frames_can_hold_any_number_of_characters(
    emulator: Emulator, stream: Stream, size: int
) -> None:
    """Tags are split over frames then."""
    emulator.script(THOUGHT)

    frames = stream("Hi", quirks=f"chunk-chars={size}")

    whole = f"<think>\n{THOUGHT.thinking}\n</think>\n\n{THOUGHT.text}"
    assert text(frames) == whole
    assert max(len(delta["content"]) for delta in deltas(frames)) == min(size, len(whole))


def test_thinking_can_end_inside_a_chunk(emulator: Emulator, stream: Stream) -> None:
    """The closing tag has text on both sides."""
    emulator.script(THOUGHT)

    chunks = [delta["content"] for delta in deltas(stream("Hi", quirks="think-close-mid-chunk"))]

    (closing,) = [chunk for chunk in chunks if "</think>" in chunk]
    assert not closing.startswith("</think>")
    assert closing.rstrip() != "</think>"
    assert "".join(chunks).endswith(THOUGHT.text)
    apart = stream("Hi", quirks="think-close-mid-chunk", reasoning_split=True)
    assert "Hello" in text(apart)
    assert stream("Hi", quirks="null-delta")[-1]["choices"][0]["delta"] is None


def test_increments_can_be_cumulative(emulator: Emulator, stream: Stream) -> None:
    """Official samples read them so, each member by itself."""
    emulator.script(THOUGHT, THOUGHT)

    details = deltas(stream("Hi", quirks="cumulative-reasoning-details", reasoning_split=True))
    both = deltas(
        stream("Hi", quirks="cumulative-reasoning-content,cumulative-content", reasoning_split=True)
    )

    last = [delta for delta in details if "reasoning_details" in delta][-1]
    assert last["reasoning_details"][0]["text"] == THOUGHT.thinking
    assert last["reasoning_content"] != THOUGHT.thinking
    last = [delta for delta in both if "reasoning_details" in delta][-1]
    assert last["reasoning_content"] == THOUGHT.thinking
    assert THOUGHT.text in [delta.get("content") for delta in both]


def test_the_last_frame_has_its_habits(emulator: Emulator, stream: Stream) -> None:
    """Content on it, no delta on it, usage on it, or the whole message after it."""
    emulator.script(*[Reply(text="One two")] * 4)

    shared = stream("Hi", quirks="content-on-finish")
    null = stream("Hi", quirks="null-delta, content-on-finish")
    usage = stream("Hi", quirks="usage-on-finish", stream_options={"include_usage": True})
    whole = stream("Hi", quirks="full-message-frame")

    assert shared[-1]["choices"][0]["delta"]["content"] == " two"
    assert null[-1]["choices"][0] == {"index": 0, "delta": None, "finish_reason": "stop"}
    assert text(null) == "One two"
    assert usage[-1]["choices"][0]["finish_reason"] == "stop"
    assert usage[-1]["usage"]["completion_tokens"] == 2
    assert whole[-1]["object"] == "chat.completion"
    assert whole[-1]["choices"][0]["message"]["content"] == "One two"


def test_members_have_their_habits(stream: Stream) -> None:
    """Empty roles, zeros for usage, members nobody knows, no usage at all."""
    options = {"include_usage": True}

    assert {d["role"] for d in deltas(stream("Hi", quirks="empty-role"))} == {""}
    zeros = stream("Hi", quirks="usage-zeros", stream_options=options)
    assert zeros[0]["usage"] == {"total_tokens": 0, "total_characters": 0}
    assert zeros[-1]["usage"]["total_tokens"] > 0
    assert "nested_extra" in stream("Hi", quirks="extra-members")[0]
    assert not any(
        frame["usage"] for frame in stream("Hi", quirks="no-usage", stream_options=options)
    )


def test_tool_calls_come_whole(emulator: Emulator, stream: Stream) -> None:
    """One frame per call by default."""
    emulator.script(CALLING)

    frames = stream("Hi", reasoning_split=True)

    calls = [delta["tool_calls"] for delta in deltas(frames) if "tool_calls" in delta]
    assert [len(entries) for entries in calls] == [1, 1]
    assert [entries[0]["index"] for entries in calls] == [0, 1]
    assert calls[1][0]["function"] == {"name": "find", "arguments": '{"query":"caf\u00e9"}'}
    assert frames[-1]["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("together", ["", ",tool-calls-in-one-frame"])
def test_tool_calls_come_in_fragments(
    emulator: Emulator, stream: Stream, size: int, together: str
) -> None:
    """Only the first fragment names the call; the index joins them."""
    emulator.script(CALLING)

    frames = stream("Hi", quirks=f"tool-argument-chars={size}{together}")

    joined = ["", ""]
    named = []
    for delta in deltas(frames):
        entries = delta.get("tool_calls", [])
        for entry in entries:
            joined[entry["index"]] += entry["function"]["arguments"]
            named += [entry["function"]["name"]] if "id" in entry else []
    assert named == ["add", "find"]
    assert [json.loads(arguments) for arguments in joined] == [
        {"a": 1, "b": 22},
        {"query": "caf\u00e9"},
    ]
    assert any(len(delta.get("tool_calls", [])) == 2 for delta in deltas(frames)) is bool(together)


def test_tool_calls_have_their_habits(emulator: Emulator, stream: Stream) -> None:
    """No index, an id on every fragment, arguments that are no JSON."""
    emulator.script(*[CALLING] * 3)

    def entries(quirks: str) -> list[dict[str, Any]]:
        found = deltas(stream("Hi", quirks=quirks))
        return [entry for delta in found for entry in delta.get("tool_calls", [])]

    assert not any("index" in entry for entry in entries("tool-index-missing"))
    assert all("id" in one for one in entries("tool-argument-chars=2,tool-id-on-every-frame"))
    assert entries("broken-arguments")[0]["function"]["arguments"] == '{"a":1,"b":22,'


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_bytes_can_be_cut_anywhere(emulator: Emulator, client: httpx.Client, size: int) -> None:
    """Inside frames, inside characters."""
    emulator.script(THOUGHT)
    emulator.quirks = Quirks(cut_bytes=size)

    with client.stream("POST", CHAT, json=BODY) as reply:
        chunks = list(reply.iter_raw())

    assert {len(chunk) for chunk in chunks[:-1]} == {size}
    assert "\U0001f642" in b"".join(chunks).decode()


def test_lines_have_their_habits(client: httpx.Client) -> None:
    """No space after the colon, CRLF, comments."""
    assert raw(client, "data-without-space").startswith(b'data:{"id"')
    assert raw(client, "crlf").endswith(b"data: [DONE]\r\n\r\n")
    assert b"\n" not in raw(client, "crlf").replace(b"\r\n", b"")
    assert raw(client, "keep-alive-comments").count(b": keep-alive\n\n") > 1


def test_a_stream_can_stop_early(client: httpx.Client) -> None:
    """The connection ends properly, the answer does not."""
    content = raw(client, "cut-stream-after=2")

    assert content.count(b"data: ") == 2
    assert b"finish_reason" not in content


@pytest.mark.parametrize("at", ["first_frame", "mid_stream"])
@pytest.mark.parametrize("envelope", ["auto", "base_resp"])
def test_errors_come_as_frames(
    emulator: Emulator,
    stream: Stream,
    validate: Callable[[str, Any], None],
    at: Any,  # noqa: ANN401  # A literal type.
    envelope: Any,  # noqa: ANN401  # A literal type.
) -> None:
    """HTTP said 200 long ago."""
    emulator.fail_next(2064, at=at, envelope=envelope)

    *before, error = stream("Hi")

    assert len(before) == (2 if at == "mid_stream" else 0)
    validate("chat_completions.chunk", error)
    code = error.get("base_resp", {}).get("status_code")
    assert code == 2064 or error["error"]["message"].endswith("(2064)")


def test_a_refused_stream_is_one_json_body(emulator: Emulator, client: httpx.Client) -> None:
    """No event stream begins when the request itself fails."""
    emulator.fail_next(1008)

    reply = client.post(CHAT, json=BODY)

    assert reply.status_code == 402
    assert reply.headers["content-type"].startswith("application/json")


def test_long_streams_are_quick(emulator: Emulator, client: httpx.Client) -> None:
    """Two thousand chunks take no noticeable time."""
    emulator.script(Reply(text="word " * 2000))
    began = time.process_time()

    content = raw(client)

    assert content.count(b"data: ") > 2000
    assert time.process_time() - began < 2


@pytest.mark.parametrize("quirks", [Quirks(frame_delay=0.02), Quirks(tokens_per_second=50)])
def test_streams_can_be_slow(emulator: Emulator, client: httpx.Client, quirks: Quirks) -> None:
    """Time-outs and time to the first chunk need a server that takes its time."""
    emulator.script(Reply(text="a b c d"))
    emulator.quirks = quirks
    began = time.perf_counter()

    with client.stream("POST", CHAT, json=BODY) as reply:
        chunks = reply.iter_raw()
        next(chunks)
        first = time.perf_counter() - began
        list(chunks)
        whole = time.perf_counter() - began

    assert whole - first >= 0.07
    assert emulator.requests


def test_an_answer_can_be_late(emulator: Emulator, client: httpx.Client) -> None:
    """A client that waits less than the server needs must give up."""
    emulator.quirks = Quirks(response_delay=5)

    with pytest.raises(httpx.ReadTimeout):
        client.post(CHAT, json=BODY, timeout=0.05)


async def test_nothing_is_written_to_a_client_that_has_gone() -> None:
    """Also without pauses between the frames: asyncio would warn of every write."""
    gone, written = asyncio.Event(), 0

    async def receive() -> dict[str, str]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(_message: object) -> None:
        nonlocal written
        written += 1
        gone.set()

    await EventStream([{"n": n} for n in range(100)], Quirks(), {})({}, receive, send)
    assert written < 6
