"""Histories, texts and settings that nobody would think of: only valid requests leave."""

# ruff: noqa: ANN401 - messages of either framework

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest
from fuzz import FEW, TEXTS
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from llama_index.core.llms import ChatMessage

from minimax_adapters.api import MiniMaxError
from minimax_adapters.api._chat import chat_body
from minimax_adapters.api._embeddings import embeddings_call
from minimax_adapters.api._speech import speech_call, speech_stream_call
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.speech import SpeechRequest
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

    from minimax_adapters.api._call import Call

Check: TypeAlias = Callable[..., None]

MODELS: Final = st.sampled_from(["MiniMax-M3", "MiniMax-M2.5", "MiniMax-M3.1-Flash", "MiniMax-M2"])
IDS: Final = st.sampled_from(["call_1", "call_2", "call_3"])
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


@pytest.fixture(scope="session")
def check(validators: dict[str, Draft202012Validator]) -> Check:
    """Return what compares a body with the schema of the requests of its path."""

    def compare(body: dict[str, Any], path: str = "/v1/chat/completions") -> None:
        sent = json.loads(encode(body))
        assert not [f"{e.json_path}: {e.message}" for e in validators[path].iter_errors(sent)]

    return compare


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/embeddings", "/v1/t2a_v2"])
def test_the_comparison_with_the_schema_would_see_a_mistake(check: Check, path: str) -> None:
    """Or the tests below would show nothing, for want of a schema, say."""
    with pytest.raises(AssertionError, match="model"):
        check({"model": 1, "modle": "MiniMax-M3"}, path)


@FEW
@given(texts=st.lists(TEXTS, min_size=1, max_size=4), purpose=st.sampled_from(["db", "query"]))
def test_any_texts_are_sent_as_they_should_be_or_refused(
    check: Check, texts: list[str], purpose: Any
) -> None:
    """To be embedded."""
    with contextlib.suppress(MiniMaxError):
        call = embeddings_call(texts, purpose, "embo-01", texts)
        check(json.loads(call.body or b""), call.path)


@FEW
@given(text=TEXTS, speed=st.floats(), pitch=st.integers(), streamed=st.booleans())
def test_any_speech_is_asked_for_as_it_should_be_or_refused(
    check: Check, text: str, speed: float, pitch: int, *, streamed: bool
) -> None:
    """In whatever voice."""
    with contextlib.suppress(MiniMaxError):
        request = SpeechRequest(text=text, voice_setting={"speed": speed, "pitch": pitch})
        call: Call[Any] = (speech_stream_call if streamed else speech_call)(request)
        check(json.loads(call.body or b""), call.path)


@FEW
@given(turns=TURNS, model=MODELS)
def test_any_history_of_langchain_is_sent_as_it_should_be_or_refused(
    check: Check, turns: list[Any], model: str
) -> None:
    """Legal or not, in any order; before anything leaves."""
    chat = ChatMiniMax(model=model, api_key="k")
    with contextlib.suppress(MiniMaxError):
        check(chat_body(chat._request(_langchain(turns), None, {})))


@FEW
@given(turns=TURNS, model=MODELS)
def test_any_history_of_llama_index_is_sent_as_it_should_be_or_refused(
    check: Check, turns: list[Any], model: str
) -> None:
    """Legal or not, in any order; before anything leaves."""
    llm = MiniMax(model=model, api_key="k")
    with contextlib.suppress(MiniMaxError):
        check(chat_body(llm._question(_llama_index(turns), {}).request))
