"""Chunks: what each of them has, and what leaving early does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pickle
import threading
from typing import TYPE_CHECKING, Final

import httpx
import pytest
from llama_index.core.base.llms.types import ChatResponse, ThinkingBlock, ToolCallBlock
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool

from minimax_adapters.api import ChatEnd, ChatReply, ReasoningDelta, TextDelta, ToolCallDelta
from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall
from minimax_adapters.llama_index import MiniMax
from minimax_adapters.llama_index._responses import ChunkBuilder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

ASK = [ChatMessage(role="user", content="Hello!")]
WORD: Final = b'data: {"choices": [{"index": 0, "delta": {"content": "word "}}]}\n\n'
TWO_CALLS = Reply(
    thinking="Both.",
    text="Let me see.",
    tool_calls=[
        ToolCall(name="add", arguments={"a": 1, "b": 2}),
        ToolCall(name="add", arguments={"a": 3, "b": 4}),
    ],
)


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


TOOLS = [FunctionTool.from_defaults(add)]


def test_message_is_cumulative_and_delta_is_new(llm: MiniMax, emulator: Emulator) -> None:
    """The deltas add up to the message of their chunk."""
    emulator.script(Reply(thinking="I think.", text="One two three."))

    text = ""
    for chunk in llm.stream_chat(ASK):
        text += chunk.delta or ""
        assert (chunk.message.content or "") == text

    assert text == "One two three."


def test_thinking_deltas_add_up_to_the_block(llm: MiniMax, emulator: Emulator) -> None:
    """They are on the response, where agents look, and never in `delta`."""
    emulator.quirks = Quirks(chunk_chars=4)
    emulator.script(Reply(thinking="First this, then that.", text="Done."))

    thinking = ""
    for chunk in llm.stream_chat(ASK):
        delta = chunk.additional_kwargs.get("thinking_delta", "")
        assert not (delta and chunk.delta)
        thinking += delta
        assert "thinking_delta" not in chunk.message.additional_kwargs
        assert thinking_of(chunk) == thinking

    assert thinking == "First this, then that."


def test_chunks_that_were_given_out_do_not_change(llm: MiniMax, emulator: Emulator) -> None:
    """Whoever keeps one keeps that state."""
    emulator.quirks = Quirks(chunk_chars=2, tool_argument_chars=3)
    emulator.script(TWO_CALLS)

    kept, seen = [], []
    for chunk in llm.stream_chat_with_tools(TOOLS, "Add", allow_parallel_tool_calls=True):
        kept.append(chunk)
        seen.append(chunk.model_dump_json())

    assert [chunk.model_dump_json() for chunk in kept] == seen


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(tool_argument_chars=2),
        Quirks(tool_calls_in_one_frame=True),
        Quirks(tool_index_missing=True),
        Quirks(tool_id_on_every_frame=True, tool_argument_chars=5),
    ],
    ids=["plain", "in pieces", "in one frame", "without index", "id repeated"],
)
def test_several_calls_are_all_kept(llm: MiniMax, emulator: Emulator, quirks: Quirks) -> None:
    """As blocks and as plain JSON, in each way that hosts send them."""
    emulator.quirks = quirks
    emulator.script(TWO_CALLS)

    last = list(llm.stream_chat_with_tools(TOOLS, "Add", allow_parallel_tool_calls=True))[-1]

    calls = [block for block in last.message.blocks if isinstance(block, ToolCallBlock)]
    assert [call.tool_kwargs for call in calls] == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    listed = last.message.additional_kwargs["tool_calls"]
    assert [call["id"] for call in listed] == [call.tool_call_id for call in calls]
    assert json.loads(json.dumps(listed)) == listed


def test_the_last_chunk_has_everything(llm: MiniMax, emulator: Emulator) -> None:
    """Agents keep the message of the last chunk only."""
    emulator.script(TWO_CALLS)

    chunks = list(llm.stream_chat_with_tools(TOOLS, "Add", allow_parallel_tool_calls=True))

    last = chunks[-1]
    kinds = [block.block_type for block in last.message.blocks]
    assert kinds == ["thinking", "text", "tool_call", "tool_call"]
    assert last.raw is not None
    assert last.raw["usage"]["total_tokens"] > 0
    assert last.delta == ""


def test_arguments_are_readable_while_they_come(llm: MiniMax, emulator: Emulator) -> None:
    """Agents ask for the calls of every chunk."""
    emulator.quirks = Quirks(tool_argument_chars=4)
    emulator.script(Reply(tool_calls=[ToolCall(name="add", arguments={"a": 12, "b": 3})]))

    seen = [
        call.tool_kwargs
        for chunk in llm.stream_chat_with_tools(TOOLS, "Add")
        for call in llm.get_tool_calls_from_response(chunk, error_on_no_tool_call=False)
    ]

    assert {} in seen or {"a": 1} in seen or {"a": 12} in seen
    assert seen[-1] == {"a": 12, "b": 3}


def test_one_call_is_kept_when_several_are_not_allowed(llm: MiniMax, emulator: Emulator) -> None:
    """MiniMax does not obey `parallel_tool_calls`."""
    emulator.script(TWO_CALLS)

    for chunk in llm.stream_chat_with_tools(TOOLS, "Add", allow_parallel_tool_calls=False):
        calls = llm.get_tool_calls_from_response(chunk, error_on_no_tool_call=False)
        assert len(calls) <= 1
        assert len(chunk.message.additional_kwargs.get("tool_calls", [])) <= 1

    assert calls[0].tool_kwargs == {"a": 1, "b": 2}


class EndlessBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A stream of text that goes on until it is closed."""

    def __init__(self) -> None:
        self.closed = False
        self.was_closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        while not self.closed:
            yield WORD

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self.closed:
            yield WORD

    def close(self) -> None:
        """Note that the connection was closed."""
        self.closed = True
        self.was_closed.set()

    async def aclose(self) -> None:
        """Note that the connection was closed."""
        self.closed = True


def endless(body: EndlessBody) -> httpx.MockTransport:
    """Return a MiniMax that never ends its answer."""
    headers = {"content-type": "text/event-stream"}
    return httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, stream=body))


def test_leaving_early_closes_the_connection() -> None:
    """MiniMax stops writing then, and bills no more."""
    body = EndlessBody()
    llm = MiniMax(api_key="k", http_client=httpx.Client(transport=endless(body)))

    with contextlib.closing(llm.stream_chat(ASK)) as chunks:
        assert next(chunks).delta == "word "
    del chunks

    # Another thread closes it, as this one may be inside the pool of connections.
    assert body.was_closed.wait(5)


async def test_leaving_early_closes_the_connection_async() -> None:
    """Likewise, once the event loop has had its turn."""
    body = EndlessBody()
    client = httpx.AsyncClient(transport=endless(body))
    llm = MiniMax(api_key="k", async_http_client=client)

    async with contextlib.aclosing(await llm.astream_chat(ASK)) as chunks:
        assert (await anext(chunks)).delta == "word "
    del chunks
    for _ in range(5):
        await asyncio.sleep(0)

    assert body.closed
    await client.aclose()


def builder(on_end: Callable[[ChatReply], object] = str) -> ChunkBuilder:
    """Return a builder that keeps all calls."""
    return ChunkBuilder(several_calls=True, on_end=on_end)


def test_entries_of_thinking_are_paragraphs() -> None:
    """So the deltas add up to what the whole answer shows."""
    chunks = builder()
    events = [
        ReasoningDelta("", 0, {"id": "1"}),
        ReasoningDelta("One", 0),
        ReasoningDelta(".", 0),
        ReasoningDelta("Two.", 1, {"id": "2"}),
    ]

    shown = [chunks.take(event) for event in events]

    assert [chunk and chunk.additional_kwargs["thinking_delta"] for chunk in shown] == [
        None,
        "One",
        ".",
        "\n\nTwo.",
    ]


def test_a_call_shows_once_it_has_a_name() -> None:
    """A block without a name would be a call of nothing."""
    chunks = builder()

    nameless = chunks.take(ToolCallDelta(0, id="c1"))
    named = chunks.take(ToolCallDelta(0, name="add"))

    assert nameless is not None
    assert nameless.message.blocks == []
    assert named is not None
    assert [block.block_type for block in named.message.blocks] == ["tool_call"]


def test_chunks_are_what_the_constructors_make() -> None:
    """They are put together without pydantic's checks, which cost half of a chunk."""
    chunks = builder()
    chunk = chunks.take(TextDelta("Hi"))

    made = ChatResponse(message=ChatMessage(role="assistant", content="Hi"), delta="Hi")
    assert chunk == made
    assert repr(chunk) == repr(made)
    assert pickle.loads(pickle.dumps(chunk)) == made  # noqa: S301 - our own pickle
    assert ChatResponse.model_validate(made.model_dump()) == made.model_copy(deep=True)


def test_a_long_stream_shares_its_blocks() -> None:
    """What does not grow is not built again with each chunk."""
    chunks = builder()
    chunks.take(ReasoningDelta("Thinking. " * 1_000))

    first, second = chunks.take(TextDelta("a")), chunks.take(TextDelta("b"))

    assert first is not None
    assert second is not None
    assert first.message.blocks[0] is second.message.blocks[0]


def test_the_end_is_the_whole_answer() -> None:
    """It repeats what the chunks had."""
    reply = ChatReply("Done.", "Hm.", [{"text": "Hm."}], raw={"id": "1"})
    ended: list[ChatReply] = []
    end = builder(ended.append).take(ChatEnd(reply))

    assert ended == [reply]
    assert end is not None
    assert end.message.content == "Done."
    assert thinking_of(end) == "Hm."
    assert end.raw == {"id": "1"}


def thinking_of(chunk: ChatResponse) -> str:
    """Return the thinking in a chunk."""
    blocks = [block for block in chunk.message.blocks if isinstance(block, ThinkingBlock)]
    return "".join(block.content or "" for block in blocks)
