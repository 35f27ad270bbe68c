"""Histories and replies that nobody would think of: only typed errors, only valid requests."""

# ruff: noqa: ANN401 - JSON of any kind

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from llama_index.core.llms import ChatMessage

from minimax_adapters.api import MiniMaxError
from minimax_adapters.api._chat import chat_body, parse_chat
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
from minimax_adapters.api._speech import SpeechSession, parse_speech
from minimax_adapters.api._speech_tasks import check_call
from minimax_adapters.api._voices import clone_call, delete_voice_call, design_call, voices_call
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.speech import SpeechRequest
from minimax_adapters.api.wire.voices import CloneRequest, DesignRequest
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.langchain._replies import ChunkBuilder, message_from
from minimax_adapters.llama_index import MiniMax
from minimax_adapters.llama_index._responses import ChunkBuilder as LlamaChunkBuilder
from minimax_adapters.llama_index._responses import chat_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from jsonschema import Draft202012Validator

    from minimax_adapters.api._call import Call

MODELS: Final = st.sampled_from(["MiniMax-M3", "MiniMax-M2.5", "MiniMax-M3.1-Flash", "MiniMax-M2"])
IDS: Final = st.sampled_from(["call_1", "call_2", "call_3"])
TEXTS: Final = st.one_of(
    st.sampled_from(["", "Hello", "<think>so</think>Yes", "\x00", "\ud800", "\u202eabc", " "]),
    st.text(max_size=8),
)
ARGUMENTS: Final = st.dictionaries(st.text(max_size=3), st.integers() | TEXTS, max_size=2)
CALLS: Final = st.lists(st.tuples(IDS, ARGUMENTS), max_size=3)
TURNS: Final = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["system", "user"]), TEXTS),
        st.tuples(st.just("assistant"), TEXTS, CALLS),
        st.tuples(st.just("tool"), TEXTS, IDS),
    ),
    max_size=7,
)
FEW: Final = settings(
    max_examples=60 if os.environ.get("EVERYTHING") else 20,
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
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


def _langchain(turns: list[Any]) -> list[Any]:
    messages: list[Any] = []
    for role, text, *more in turns:
        if role == "assistant":
            calls = [
                {"name": "look", "args": arguments, "id": id_, "type": "tool_call"}
                for id_, arguments in more[0]
            ]
            messages.append(AIMessage(content=text, tool_calls=calls))
        elif role == "tool":
            messages.append(ToolMessage(content=text, tool_call_id=more[0]))
        else:
            messages.append((SystemMessage if role == "system" else HumanMessage)(content=text))
    return messages


def _llama_index(turns: list[Any]) -> list[ChatMessage]:
    messages = []
    for role, text, *more in turns:
        arguments: dict[str, Any] = {}
        if role == "assistant" and more[0]:
            arguments["tool_calls"] = [
                {
                    "id": id_,
                    "type": "function",
                    "function": {"name": "look", "arguments": json.dumps(given)},
                }
                for id_, given in more[0]
            ]
        elif role == "tool":
            arguments["tool_call_id"] = more[0]
        messages.append(ChatMessage(role=role, content=text, additional_kwargs=arguments))
    return messages


def _llama_builder() -> LlamaChunkBuilder:
    return LlamaChunkBuilder(several_calls=True, on_end=lambda _: None)


@pytest.fixture(scope="session")
def check(validators: dict[str, Draft202012Validator]) -> Callable[[dict[str, Any]], None]:
    """Return what compares a body with the schema of requests, where it is at hand."""
    validator = validators.get("/v1/chat/completions")

    def compare(body: dict[str, Any]) -> None:
        sent = json.loads(encode(body))
        if validator is not None:
            assert not [f"{e.json_path}: {e.message}" for e in validator.iter_errors(sent)]

    return compare


@FEW
@given(turns=TURNS, model=MODELS)
def test_any_history_of_langchain_is_sent_as_it_should_be_or_refused(
    check: Callable[[dict[str, Any]], None], turns: list[Any], model: str
) -> None:
    """Legal or not, in any order; before anything leaves."""
    chat = ChatMiniMax(model=model, api_key="k")
    with contextlib.suppress(MiniMaxError):
        check(chat_body(chat._request(_langchain(turns), None, {})))


@FEW
@given(turns=TURNS, model=MODELS)
def test_any_history_of_llama_index_is_sent_as_it_should_be_or_refused(
    check: Callable[[dict[str, Any]], None], turns: list[Any], model: str
) -> None:
    """Legal or not, in any order; before anything leaves."""
    llm = MiniMax(model=model, api_key="k")
    with contextlib.suppress(MiniMaxError):
        check(chat_body(llm._question(_llama_index(turns), {}).request))


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
        assert error.partial is None or hasattr(error.partial, "content")  # noqa: PT017
        return
    for event in events:
        langchain.chunk(event)
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
