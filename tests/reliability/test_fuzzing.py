"""Replies that nobody would think of: only typed errors."""

# ruff: noqa: ANN401 - JSON of any kind

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from fuzz import FEW, TEXTS
from hypothesis import given
from hypothesis import strategies as st

from minimax_adapters.api import MiniMaxError
from minimax_adapters.api._chat import parse_chat
from minimax_adapters.api._chat_stream import ChatSession
from minimax_adapters.api._embeddings import parse_embeddings
from minimax_adapters.api._files import (
    content_call,
    delete_call,
    list_call,
    retrieve_call,
    upload_call,
)
from minimax_adapters.api._judge import HTTPReply
from minimax_adapters.api._speech import (
    SpeechSession,
    parse_speech,
)
from minimax_adapters.api._speech_tasks import check_call
from minimax_adapters.api._voices import clone_call, delete_voice_call, design_call, voices_call
from minimax_adapters.api.wire.speech import SpeechRequest
from minimax_adapters.api.wire.voices import CloneRequest, DesignRequest
from minimax_adapters.langchain._replies import ChunkBuilder, message_from
from minimax_adapters.llama_index import BrokenToolCallError
from minimax_adapters.llama_index._responses import ChunkBuilder as LlamaChunkBuilder
from minimax_adapters.llama_index._responses import chat_response

if TYPE_CHECKING:
    from minimax_adapters.api._call import Call

HEADERS: Final = {"content-type": "application/json", "trace-id": "t"}

_MEMBERS: Final = (
    "choices delta message content reasoning_content reasoning_details text tool_calls function"
    " name arguments id index finish_reason usage total_tokens model data audio status extra_info"
    " base_resp status_code status_msg error code http_code vectors created role type"
)
_NAMES: Final = st.sampled_from(_MEMBERS.split())
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 5000) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)
_FUNCTION: Final = st.fixed_dictionaries({}, optional={"name": JSON, "arguments": TEXTS | JSON})
_CALL: Final = st.fixed_dictionaries(
    {}, optional={"id": JSON, "index": JSON, "function": _FUNCTION}
)
_MESSAGE: Final = st.fixed_dictionaries(
    {},
    optional={
        "content": TEXTS | JSON,
        "reasoning_content": TEXTS | JSON,
        "reasoning_details": JSON,
        "tool_calls": st.lists(_CALL, max_size=3) | JSON,
    },
)
_CHOICE: Final = st.fixed_dictionaries(
    {}, optional={"message": _MESSAGE, "delta": _MESSAGE, "finish_reason": TEXTS | JSON}
)
REPLIES: Final = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {"choices": st.lists(_CHOICE, min_size=1, max_size=2)},
        optional={"usage": JSON, "id": JSON, "model": JSON, "created": JSON, "base_resp": JSON},
    ),
)


CALLS_OF_ACCOUNTS: Final[list[Call[Any]]] = [
    upload_call("a.txt", b"text", "t2a_async_input"),
    list_call("t2a_async_input"),
    retrieve_call(7),
    content_call(7),
    delete_call(7, "voice_clone"),
    voices_call(),
    clone_call(CloneRequest(file_id=7, voice_id="my-voice-1")),
    design_call(DesignRequest(prompt="A man", preview_text="Hello")),
    delete_voice_call("my-voice-1", "voice_cloning"),
    check_call("95"),
]
_KEYS_OF_ACCOUNTS: Final = (
    "file files file_id bytes created_at filename download_url voice_id trial_audio system_voice"
    " voice_cloning voice_name description created_time task_id status demo_audio"
)
_KEYS: Final = st.sampled_from(_KEYS_OF_ACCOUNTS.split())
_ENTRY: Final = st.dictionaries(_KEYS, JSON | st.lists(st.dictionaries(_KEYS, JSON), max_size=2))
ACCOUNTS: Final = JSON | st.dictionaries(
    _KEYS, _ENTRY | st.lists(_ENTRY, max_size=2) | JSON, max_size=4
).map(lambda reply: reply | {"base_resp": {"status_code": 0}})


def _llama_builder() -> LlamaChunkBuilder:
    return LlamaChunkBuilder(several_calls=True, on_end=lambda _: None)


@FEW
@given(reply=REPLIES)
def test_any_reply_becomes_a_message_or_a_typed_error(reply: Any) -> None:
    """Through both adapters, in both shapes of LangChain's content."""
    body = json.dumps(reply).encode()
    try:
        answer = parse_chat(HTTPReply(200, HEADERS, body))
    except MiniMaxError:
        return

    assert isinstance(message_from(answer, as_blocks=False).content, str)
    message_from(answer, as_blocks=True).content_blocks  # noqa: B018 - made when it is asked for
    with contextlib.suppress(BrokenToolCallError):
        assert chat_response(answer, several_calls=True).message is not None


@FEW
@given(frames=st.lists(REPLIES, max_size=4), cut=st.integers(1, 40))
def test_any_stream_becomes_chunks_or_a_typed_error(frames: list[Any], cut: int) -> None:
    """Cut anywhere, and through both adapters."""
    body = b"".join(b"data: " + json.dumps(frame).encode() + b"\n\n" for frame in frames)
    session = ChatSession(HTTPReply(200, {"content-type": "text/event-stream"}))
    langchain, llama_index = ChunkBuilder(as_blocks=True), _llama_builder()
    try:
        events = []
        for start in range(0, len(body), cut):
            events += session.feed(body[start : start + cut])
            if session.done:
                break
        events += session.finish()
    except MiniMaxError as error:
        assert error.partial is None or hasattr(error.partial, "content")  # noqa: PT017 - any typed error will do
        return
    for event in events:
        langchain.message(event)
        with contextlib.suppress(BrokenToolCallError):
            llama_index.take(event)


@FEW
@given(reply=JSON)
def test_any_reply_becomes_vectors_audio_or_a_typed_error(reply: Any) -> None:
    """Embeddings and speech, plain and as a stream."""
    body = json.dumps(reply).encode()
    request = SpeechRequest(text="Hello")
    with pytest.raises(MiniMaxError):
        parse_embeddings(HTTPReply(200, HEADERS, body), 1)
    with contextlib.suppress(MiniMaxError):
        assert parse_speech(HTTPReply(200, HEADERS, body), request) is not None
    session = SpeechSession(HTTPReply(200, HEADERS), request)
    with contextlib.suppress(MiniMaxError):
        session.feed(b"data: " + body + b"\n\n")
        session.finish()


@pytest.mark.sampled(share=0.4)
@FEW
@given(reply=ACCOUNTS)
@pytest.mark.parametrize("call", CALLS_OF_ACCOUNTS, ids=lambda call: call.path.rpartition("/")[2])
def test_any_reply_becomes_files_voices_tasks_or_a_typed_error(call: Call[Any], reply: Any) -> None:
    """What is done with an account."""
    with contextlib.suppress(MiniMaxError):
        call.parse(HTTPReply(200, HEADERS, json.dumps(reply).encode()))


@FEW
@given(body=st.binary(max_size=64), kind=st.sampled_from(["", "data: ", "data:"]))
def test_any_bytes_are_read_or_refused(body: bytes, kind: str) -> None:
    """A host may be anything."""
    session = ChatSession(HTTPReply(200, {}))
    with contextlib.suppress(MiniMaxError):
        session.feed(kind.encode() + body + b"\n\n")
        session.finish()
    with pytest.raises(MiniMaxError):
        parse_chat(HTTPReply(200, HEADERS, body))
