"""What must not grow, counted in calls, objects and sockets: the same on every machine.

Times are compared by `make bench`, never here.
"""

from __future__ import annotations

import json
import pickle
import socket
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from counting import calls_of, peak_of
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk

from minimax_adapters.api import (
    Audio,
    ChatRequest,
    Client,
    ReasoningDelta,
    TextDelta,
    ToolCallDelta,
)
from minimax_adapters.api._chat_stream import ChatSession
from minimax_adapters.api._clients import made_context
from minimax_adapters.api._embeddings import parse_embeddings
from minimax_adapters.api._judge import HTTPReply
from minimax_adapters.emulator import Reply
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.langchain._chunks import generation_of, message_of
from minimax_adapters.langchain._events import EventBuilder
from minimax_adapters.langchain._replies import ChunkBuilder
from minimax_adapters.langchain.messages import to_wire
from minimax_adapters.llama_index._responses import ChunkBuilder as LlamaChunkBuilder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.api import ChatEvent
    from minimax_adapters.emulator import Emulator

MESSAGES: Final = [{"role": "user", "content": "When does the library open?"}]
WORDS: Final = 500
PROVIDER: Final = {"model_provider": "minimax"}
REPLY: Final = {
    "id": "0699f1",
    "model": "MiniMax-M3",
    "choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": "At nine."}}],
    "usage": {"prompt_tokens": 8, "completion_tokens": 3, "total_tokens": 11},
    "base_resp": {"status_code": 0, "status_msg": ""},
}


def stream_of(chunks: int) -> bytes:
    """Return the bytes of a stream."""
    delta = {"role": "assistant", "content": " word"}
    frame = {"id": "0699f1", "choices": [{"index": 0, "delta": delta}], "usage": None}
    events = [b"data: " + json.dumps(frame).encode() + b"\n\n"] * chunks
    return b"".join([*events, b"data: [DONE]\n\n"])


def history_of(turns: int) -> list[Any]:
    """Return an agent's history of `turns` turns, with thinking and tool calls."""
    entry = {"type": "reasoning.text", "id": "reasoning-text-1", "index": 0, "text": "Look it up."}
    messages: list[Any] = []
    for turn in range(turns):
        call = {"name": "find_shelf", "args": {"number": turn}, "id": f"call_{turn}"}
        messages += [
            HumanMessage("Which shelf?"),
            AIMessage(
                "",
                tool_calls=[call],
                additional_kwargs={"reasoning_details": [entry]},
                response_metadata=PROVIDER,
            ),
            ToolMessage("Shelf of maps.", tool_call_id=f"call_{turn}"),
            AIMessage("The shelf of maps."),
        ]
    return messages


@pytest.mark.parametrize("at_once", [1, 1_000])
def test_a_chunk_of_a_stream_takes_few_calls(at_once: int) -> None:
    """Neither the length of the answer nor the size of a read may be paid for by each chunk."""
    events = stream_of(1_000).split(b"\n\n")[:-1]
    reads = [
        b"".join(event + b"\n\n" for event in events[start : start + at_once])
        for start in range(0, len(events), at_once)
    ]

    def read() -> None:
        session = ChatSession(HTTPReply(200, {}))
        for chunk in reads:
            session.feed(chunk)

    assert calls_of(read) / 1_000 < 41


def test_the_calls_for_a_stream_grow_with_its_length_only() -> None:
    """A long answer costs as much per chunk as a short one."""

    def read(body: bytes) -> None:
        ChatSession(HTTPReply(200, {})).feed(body)

    short, long = (stream_of(chunks) for chunks in (100, 1_000))

    assert calls_of(lambda: read(long)) < 10.5 * calls_of(lambda: read(short))


@pytest.mark.parametrize("as_blocks", [False, True])
def test_a_langchain_chunk_takes_a_third_of_its_constructors_calls(*, as_blocks: bool) -> None:
    """Nothing in a text needs to be checked."""
    builder = ChunkBuilder(as_blocks=as_blocks)
    event = TextDelta(" word")
    content: Any = [{"type": "text", "text": " word", "index": 0}] if as_blocks else " word"

    def construct() -> AIMessageChunk:
        return AIMessageChunk(content=content, response_metadata=dict(PROVIDER))

    def construct_both() -> ChatGenerationChunk:
        return ChatGenerationChunk(message=construct())

    assert calls_of(lambda: builder.message(event)) <= 0.4 * calls_of(construct)
    both = calls_of(lambda: generation_of(builder.message(event)))
    assert both <= 0.35 * calls_of(construct_both)


def test_an_unchecked_chunk_is_what_the_constructors_make() -> None:
    """Whoever merges, copies, pickles or compares chunks must not see a difference."""
    block: dict[str, Any] = {"type": "text", "text": " word", "index": 0}
    thinking: dict[str, Any] = {"reasoning_details": [{"index": 0, "text": "Hm."}]}
    pairs = [
        (
            message_of(" word", PROVIDER, "1"),
            AIMessageChunk(content=" word", response_metadata=PROVIDER, id="1"),
        ),
        (
            message_of([block], PROVIDER, None),
            AIMessageChunk(content=[block], response_metadata=PROVIDER),
        ),
        (
            message_of("", PROVIDER, None, thinking),
            AIMessageChunk(content="", additional_kwargs=thinking, response_metadata=PROVIDER),
        ),
    ]

    for unchecked, message in pairs:
        ours, theirs = generation_of(unchecked), ChatGenerationChunk(message=message)

        assert ours == theirs
        assert ours.model_dump() == theirs.model_dump()
        assert ours.message.model_fields_set == message.model_fields_set
        assert pickle.loads(pickle.dumps(ours)) == theirs  # noqa: S301 - our own bytes
        assert ours + ours == theirs + theirs
    shared = [message_of(" word", PROVIDER, None).additional_kwargs for _ in range(2)]
    assert shared[0] is not shared[1]


def test_a_llama_index_chunk_costs_the_same_late_in_a_stream() -> None:
    """Each message holds all text so far; that must not be walked through again."""
    event = TextDelta(" word")
    early, late = (LlamaChunkBuilder(several_calls=True, on_end=str) for _ in range(2))
    for _ in range(5_000):
        late.take(event)

    assert calls_of(lambda: late.take(event)) <= calls_of(lambda: early.take(event))


@pytest.mark.parametrize(
    "event",
    [
        TextDelta("word " * 20),
        ReasoningDelta("word " * 20),
        ToolCallDelta(0, "1", "f", "word " * 20),
    ],
)
def test_a_protocol_event_holds_no_copy_of_all_before_it(event: ChatEvent) -> None:
    """A text that is put together anew with each chunk takes the square of its length."""
    builder = EventBuilder("1", "MiniMax-M3")
    for _ in range(1_000):
        list(builder.events(event))

    assert peak_of(lambda: list(builder.events(event))) < 10_000


def test_a_call_takes_fewer_calls_than_httpx_alone() -> None:
    """What retries, errors and thinking need is saved on headers, URLs and cookies."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=REPLY))
    client = Client(api_key="key", transport=transport)
    bare = httpx.Client(transport=transport, headers={"Authorization": "Bearer key"})
    url = "https://api.minimax.io/v1/chat/completions"
    body = {"model": "MiniMax-M3", "messages": MESSAGES}

    ours = calls_of(lambda: client.chat(ChatRequest(messages=MESSAGES)))

    assert ours <= 0.85 * calls_of(lambda: bare.post(url, json=body).json())


def test_urllib3_takes_few_calls(emulator: Emulator) -> None:
    """It is taken for that; a request and a response have objects of httpx all the same."""
    known: Any = {"api_key": emulator.api_key, "base_url": emulator.url}
    question = ChatRequest(messages=MESSAGES)
    with Client(**known, sync_http="httpx") as bare, Client(**known) as client:
        plain = calls_of(lambda: client.chat(question)) / calls_of(lambda: bare.chat(question))
        streamed = _calls_of_a_long_answer(client, emulator) / _calls_of_a_long_answer(
            bare, emulator
        )

    assert plain < 0.6
    assert streamed < 0.45


def _calls_of_a_long_answer(client: Client, emulator: Emulator) -> int:
    emulator.script(*[Reply(text="word " * WORDS)] * 2)
    return calls_of(lambda: list(client.stream_chat(ChatRequest(messages=MESSAGES))))


def test_the_request_of_a_history_grows_with_its_length_only() -> None:
    """An agent sends its whole history with every step."""
    short, long = history_of(50), history_of(500)

    def build(messages: list[Any]) -> None:
        to_wire(messages)

    assert calls_of(lambda: build(long)) < 10.5 * calls_of(lambda: build(short))


def test_vectors_need_less_memory_than_with_json() -> None:
    """Vectors are large, and a copy of them is twice as large."""
    vector = [index / 7 for index in range(1_536)]
    body = json.dumps({"vectors": [vector] * 64, "total_tokens": 64}).encode()

    ours = peak_of(lambda: parse_embeddings(HTTPReply(200, {}, body), 64))

    assert ours <= 0.8 * peak_of(lambda: json.loads(body))


class Megabytes(httpx.SyncByteStream):
    """Four megabytes, in reads as those of httpx."""

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(64):
            yield bytes(64 * 1024)


def test_a_large_file_is_held_once() -> None:
    """Uncompressed audio has hundreds of megabytes; its parts and the whole would be two."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Megabytes()))
    client = Client(api_key="key", transport=transport)
    named = Audio(b"", "wav", url="https://files.example.org/long.wav")

    assert peak_of(lambda: client.speech.fetch(named)) <= 1.2 * 64 * 64 * 1024


@pytest.mark.parametrize("library", ["httpx", "urllib3"])
def test_calls_in_a_row_share_a_connection(
    emulator: Emulator, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A TLS handshake costs more than a call."""
    opened = []
    connect = socket.socket.connect

    def count(opening: socket.socket, address: Any) -> None:  # noqa: ANN401 - of any family
        opened.append(address)
        connect(opening, address)

    monkeypatch.setattr(socket.socket, "connect", count)
    model = ChatMiniMax(api_key=emulator.api_key, base_url=emulator.url, sync_http=library)

    for _ in range(20):
        model.invoke("hi")
        list(model.stream("hi"))

    assert len(opened) == 1
    assert made_context.cache_info().misses == 1
