"""Every argument that users of other classes know: it works, or the error says what to do."""

# ruff: noqa: ANN401 - arguments may be of any kind

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

from minimax_adapters import api
from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech

if TYPE_CHECKING:
    from makers import Make
    from pydantic import BaseModel

    from minimax_adapters.emulator import Emulator

WORKS: Final = None

# Of ChatOpenAI, by field name and alias, and of the community's MiniMaxChat.
CHAT: Final[dict[str, tuple[Any, str | None]]] = {
    "name": ("me", WORKS),
    "cache": (False, WORKS),
    "verbose": (False, WORKS),
    "callbacks": ([], WORKS),
    "tags": (["a"], WORKS),
    "metadata": ({"a": 1}, WORKS),
    "custom_get_token_ids": (None, WORKS),
    "rate_limiter": (None, WORKS),
    "disable_streaming": (False, WORKS),
    "output_version": ("v1", WORKS),
    "profile": (None, WORKS),
    "client": (object(), "timeout or default_headers"),
    "async_client": (object(), "timeout or default_headers"),
    "root_client": (object(), "timeout or default_headers"),
    "root_async_client": (object(), "timeout or default_headers"),
    "http_client": (object(), "timeout or default_headers.*SSL_CERT_FILE.*HTTPS_PROXY"),
    "http_async_client": (object(), "timeout or default_headers"),
    "http_socket_options": ([1], "timeout or default_headers"),
    "model": ("MiniMax-M3", WORKS),
    "model_name": ("MiniMax-M3", WORKS),
    "temperature": (0.5, WORKS),
    "model_kwargs": ({"seed": 1}, WORKS),
    "api_key": ("key", WORKS),
    "openai_api_key": ("key", "api_key, or set MINIMAX_API_KEY"),
    "base_url": ("https://api.minimax.io/v1", WORKS),
    "openai_api_base": ("https://api.minimax.io/v1", WORKS),
    "organization": ("me", "group_id"),
    "openai_organization": ("me", "group_id"),
    "openai_proxy": ("http://proxy", "HTTPS_PROXY"),
    "timeout": (3, WORKS),
    "request_timeout": (3, WORKS),
    "stream_chunk_timeout": (3, "timeout also limits"),
    "stream_usage": (True, WORKS),
    "max_retries": (2, WORKS),
    "presence_penalty": (0.1, WORKS),
    "frequency_penalty": (0.1, WORKS),
    "seed": (1, WORKS),
    "logprobs": (True, "no log probabilities"),
    "top_logprobs": (2, "no log probabilities"),
    "logit_bias": ({1: 2}, WORKS),
    "streaming": (True, WORKS),
    "n": (1, WORKS),
    "top_p": (0.5, WORKS),
    "max_tokens": (9, WORKS),
    "max_completion_tokens": (9, WORKS),
    "reasoning_effort": ("low", WORKS),
    "reasoning": ({"effort": "low"}, "reasoning_effort='low'"),
    "verbosity": ("low", "prompt"),
    "tiktoken_model_name": ("gpt-4", WORKS),
    "default_headers": ({"X-App": "a"}, WORKS),
    "default_query": ({"a": "b"}, "group_id"),
    "stop": (["a"], WORKS),
    "stop_sequences": (["a"], WORKS),
    "extra_body": ({"a": 1}, WORKS),
    "include_response_headers": (True, "trace_id"),
    "disabled_params": ({"parallel_tool_calls": None}, WORKS),
    "context_management": ([1], "Responses API"),
    "include": (["a"], "Responses API"),
    "prompt_cache_options": ({"a": 1}, "by itself"),
    "service_tier": ("auto", WORKS),
    "store": (True, "stores no answers"),
    "truncation": ("auto", "Responses API"),
    "use_previous_response_id": (True, "Responses API"),
    "use_responses_api": (True, "Responses API"),
    "minimax_api_key": ("key", WORKS),
    "minimax_api_host": ("https://api.minimax.io/v1/text/chatcompletion_v2", WORKS),
    "minimax_group_id": ("1", WORKS),
    "group_id": ("1", WORKS),
    # Ours, by the names that the client has for them.
    "headers": ({"X-App": "a"}, WORKS),
    "backoff": (lambda: iter([0.0]), WORKS),
    "deadline": (9, WORKS),
    "region": ("cn", WORKS),
    # Nobody's.
    "temprature": (1, "'temperature'"),
    "request_timout": (1, "'request_timeout'"),
    "zzz": (1, "extra_body"),
}
# Of OpenAIEmbeddings and of the community's MiniMaxEmbeddings.
EMBEDDINGS: Final[dict[str, tuple[Any, str | None]]] = {
    **{name: CHAT[name] for name in ("client", "async_client", "http_client", "default_query")},
    **{name: CHAT[name] for name in ("api_key", "openai_api_key", "base_url", "timeout")},
    **{name: CHAT[name] for name in ("openai_api_base", "openai_organization", "organization")},
    **{name: CHAT[name] for name in ("request_timeout", "max_retries", "default_headers")},
    **{name: CHAT[name] for name in ("http_async_client", "openai_proxy", "headers", "backoff")},
    "model": ("embo-01", WORKS),
    "dimensions": (3, "always have 1,536"),
    "deployment": ("a", "Azure"),
    "api_version": ("a", "Azure"),
    "openai_api_version": ("a", "Azure"),
    "openai_api_type": ("azure", "Azure"),
    "embedding_ctx_length": (8191, "Split longer"),
    "allowed_special": ("all", WORKS),
    "disallowed_special": ("all", WORKS),
    "chunk_size": (10, WORKS),
    "tiktoken_enabled": (True, WORKS),
    "tiktoken_model_name": ("a", WORKS),
    "show_progress_bar": (False, WORKS),
    "model_kwargs": ({"a": 1}, "no other members"),
    "skip_empty": (False, WORKS),
    "retry_min_seconds": (1, WORKS),
    "retry_max_seconds": (1, WORKS),
    "check_embedding_ctx_length": (False, WORKS),
    "endpoint_url": ("https://api.minimax.io/v1/embeddings", WORKS),
    "embed_type_db": ("db", WORKS),
    "embed_type_query": ("query", WORKS),
    "minimax_api_key": ("key", WORKS),
    "minimax_group_id": ("1", WORKS),
    "group_id": ("1", WORKS),
    "zzz": (1, "There are: allow_http, "),
}
# Of one call of the chat model: ChatOpenAI's, and those of the constructor.
CALL: Final[dict[str, tuple[Any, str | None]]] = {
    "model": ("MiniMax-M3", WORKS),
    "model_name": ("MiniMax-M3", WORKS),
    "temperature": (0.5, WORKS),
    "max_tokens": (99, WORKS),
    "max_completion_tokens": (99, WORKS),
    "stop": (["a"], WORKS),
    "streaming": (True, WORKS),
    "stream": (True, WORKS),
    "stream_usage": (True, WORKS),
    "stream_options": ({"include_usage": True}, WORKS),
    "response_format": ({"type": "text"}, WORKS),
    "parallel_tool_calls": (False, WORKS),
    "user": ("me", WORKS),
    "n": (1, WORKS),
    "logprobs": (False, WORKS),
    "store": (None, WORKS),
    "extra_body": ({"seed": 1}, WORKS),
    "extra_headers": ({"a": "b"}, "default_headers to the constructor"),
    "extra_query": ({"a": "b"}, "group_id"),
    "timeout": (3, "It belongs to the constructor: pass timeout there"),
    "request_timeout": (3, r"model_copy\(update={'timeout': ...}\)"),
    "max_retries": (1, "It belongs to the constructor"),
    "api_key": ("k", "It belongs to the constructor"),
    "default_headers": ({}, "It belongs to the constructor"),
    "backoff": (None, "It belongs to the constructor"),
    "output_version": ("v1", "It belongs to the constructor"),
    "cache": (True, "It belongs to the constructor"),
    "callbacks": ([], "It belongs to the config of a call: pass config={'callbacks': ...}"),
    "tags": (["a"], "config={'tags': ...}"),
    "metadata": ({"a": 1}, "config={'metadata': ...}"),
    "run_name": ("a", "config={'run_name': ...}"),
    "run_id": (None, "config={'run_id': ...}"),
    "dimensions": (3, "extra_body"),
    "functions": ([1], "bind_tools"),
    "function_call": ("auto", "bind_tools"),
    "prediction": ({"a": 1}, "predicted"),
    "modalities": (["audio"], "MiniMaxSpeech"),
    "prompt_cache_key": ("a", "by itself"),
    "previous_response_id": ("a", "Responses API"),
    "temprature": (1, "'temperature'"),
}
# Of one call of the speech.
SPEECH_CALL: Final[dict[str, tuple[Any, str | None]]] = {
    "voice_id": ("English_Graceful_Lady", WORKS),
    "speed": (1.5, WORKS),
    "response_format": ("wav", WORKS),
    "timeout": (3, "It belongs to the constructor"),
    "api_key": ("k", "It belongs to the constructor"),
    "sped": (1, "'speed'"),
    "instructions": ("slowly", "extra_body"),
}


def check(make: Any, value: Any, advice: str | None) -> None:
    """Make something: it works, or the error gives the advice."""
    if advice is None:
        make(value)
        return
    with pytest.raises(api.ConfigurationError, match=advice):
        make(value)


@pytest.mark.parametrize("name", CHAT)
def test_argument_of_the_chat_model(name: str) -> None:
    """In its constructor."""
    key = {} if name in {"api_key", "minimax_api_key"} else {"api_key": "key"}

    check(lambda value: ChatMiniMax(**{**key, name: value}), *CHAT[name])


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_argument_of_the_embeddings(name: str) -> None:
    """In their constructor."""
    key = {} if name in {"api_key", "minimax_api_key"} else {"api_key": "key"}

    check(lambda value: MiniMaxEmbeddings(**{**key, name: value}), *EMBEDDINGS[name])


@pytest.mark.parametrize("callbacks", [[], [BaseCallbackHandler()]], ids=["unseen", "observed"])
@pytest.mark.parametrize("name", CALL)
def test_argument_of_a_call(
    chat: Make, emulator: Emulator, name: str, callbacks: list[BaseCallbackHandler]
) -> None:
    """Nothing is sent if it is refused, whoever observes."""
    config = {"callbacks": callbacks}
    check(lambda value: chat().invoke("Hello", config, **{name: value}), *CALL[name])

    assert len(emulator.requests) == (CALL[name][1] is WORKS)


@pytest.mark.parametrize("name", SPEECH_CALL)
def test_argument_of_a_call_of_the_speech(speech: Make, emulator: Emulator, name: str) -> None:
    """Those of the constructor would be believed to work."""
    check(lambda value: speech().invoke("Hello", **{name: value}), *SPEECH_CALL[name])

    assert len(emulator.requests) == (SPEECH_CALL[name][1] is WORKS)


@pytest.mark.parametrize(("table", "owner"), [(CHAT, ChatOpenAI), (EMBEDDINGS, OpenAIEmbeddings)])
def test_no_argument_of_openai_is_missing_here(
    table: dict[str, Any], owner: type[BaseModel]
) -> None:
    """Whoever swaps the class hears of each argument what becomes of it."""
    fields = owner.model_fields

    names = {name for field, info in fields.items() for name in (field, info.alias) if name}

    assert names <= set(table)


@pytest.mark.parametrize("name", [name for name, (_, advice) in CHAT.items() if advice])
def test_what_asks_for_nothing_is_no_error(name: str) -> None:
    """Settings of an app hand on None and False for what they do not use."""
    if name in {"zzz", "temprature", "request_timout"}:
        return
    assert ChatMiniMax(api_key="key", **{name: None})


class Tokens(BaseCallbackHandler):
    """Counts the chunks that a user interface would show."""

    def __init__(self) -> None:
        self.number = 0

    def on_llm_new_token(self, *_: Any, **__: Any) -> None:
        """Count one."""
        self.number += 1


@pytest.mark.parametrize("name", ["streaming", "stream"])
async def test_a_call_can_be_streamed_under_the_hood(chat: Make, name: str) -> None:
    """ChatOpenAI's name for the field, and LangChain's for the call; both colours; and back."""
    for fields, value in (({}, True), ({"streaming": True}, False)):
        tokens = Tokens()
        model = chat(**fields, callbacks=[tokens])

        model.invoke("Hello, how are you?", **{name: value})
        assert (tokens.number > 0) == value
        before = tokens.number
        await model.ainvoke("Hello, how are you?", **{name: value})
        assert (tokens.number > before) == value


@pytest.mark.parametrize("kind", [ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech])
@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("china", "https://api.minimax.cn"),
        ("China", "https://api.minimax.cn"),
        ("cn", "https://api.minimax.cn"),
        ("CN", "https://api.minimax.cn"),
        ("global", "https://api.minimax.io"),
        ("Global", "https://api.minimax.io"),
        ("intl", "https://api.minimax.io"),
        ("international", "https://api.minimax.io"),
    ],
)
def test_region_goes_by_many_names(kind: Any, region: str, host: str) -> None:
    """As with the client, and as in MINIMAX_REGION."""
    assert kind(api_key="k", region=region)._client.settings.base_urls == (host,)


def test_unknown_region_is_refused() -> None:
    """With the names that there are."""
    with pytest.raises(api.ConfigurationError, match="'global' or 'china'"):
        ChatMiniMax(api_key="k", region="mars")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"temperature": 3}, "temperature\n  Input should be less than or equal to 2"),
        ({"temperature": -1}, "temperature\n  Input should be greater than or equal to 0"),
        ({"top_p": 2}, "top_p\n  Input should be less than or equal to 1"),
        ({"max_tokens": 0}, "max_tokens\n  Input should be greater than or equal to 1"),
        ({"seed": "x"}, "seed\n  Input should be a valid integer"),
        ({"timeout": -1}, "timeout is a number of seconds above 0"),
        ({"max_retries": -1}, "max_retries must be a whole number, 0 or more"),
        ({"deadline": 0}, "deadline is a number of seconds above 0"),
        ({"max_reply_bytes": 0}, "max_reply_bytes must be a whole number, 1 or more"),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_range(
    arguments: dict[str, Any], said: str
) -> None:
    """As pydantic does, or as the client does: a ValueError either way."""
    with pytest.raises(ValueError, match=said):
        ChatMiniMax(api_key="k", **arguments)


def test_backoff_of_the_user_is_used(chat: Make, emulator: Emulator) -> None:
    """And travels with copies, as all arguments do."""
    waits: list[float] = []

    def backoff() -> Any:
        while True:
            waits.append(0.0)
            yield 0.0

    emulator.fail_next(1002, times=2)
    model = chat()
    model.backoff = backoff
    assert model.invoke("Hello").content
    assert len(waits) == 2

    emulator.fail_next(1002)
    assert model.model_copy().invoke("Hello").content
    assert len(waits) == 3
