"""Arguments: other clients' names are taken, mistakes are not."""

# ruff: noqa: ANN401 - callables and blocks have no common type
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.llms import ChatMessage

from minimax_adapters.api import (
    ConfigurationError,
    InvalidInputError,
    InvalidReplyError,
    RateLimit,
)
from minimax_adapters.api.profiles import PROFILES
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding, MiniMaxSpeech

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

ASK = [ChatMessage(role="user", content="Hello!")]
KEY = "sk-very-secret"


def test_the_arguments_of_the_published_class_are_taken() -> None:
    """Changing the import line is all that a user of it has to do."""
    llm = MiniMax(
        model="MiniMax-M2.5",
        api_key=KEY,
        api_base="https://api.minimax.io/v1",
        temperature=0.7,
        max_tokens=512,
        context_window=100_000,
        additional_kwargs={"top_p": 0.5},
        default_headers={"X-Team": "blue"},
        timeout=30.0,
        max_retries=1,
        reuse_client=False,
        is_chat_model=True,
        is_function_calling_model=True,
        system_prompt="Be brief.",
    )

    assert llm.metadata.model_name == "MiniMax-M2.5"
    assert llm.metadata.context_window == 100_000
    assert llm.metadata.num_output == 512
    assert llm.metadata.is_function_calling_model
    assert llm.max_retries == 1


def test_the_arguments_of_openai_like_are_taken() -> None:
    """Those without a meaning here are dropped."""
    llm = MiniMax(
        "MiniMax-M3",
        tokenizer="some/tokenizer",
        strict=False,
        api_version="2024",
        logprobs=None,
        top_logprobs=0,
        modalities=None,
        audio_config=None,
        should_use_structured_outputs=False,
        http_client=None,
        async_http_client=None,
    )

    assert llm.model == "MiniMax-M3"


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("temprature", "temperature"),
        ("endpoint", "api_base"),
        ("max_new_token", "max_tokens"),
        ("extra_headers", "default_headers"),
    ],
)
def test_an_unknown_argument_is_an_error_that_names_the_near_one(wrong: str, meant: str) -> None:
    """A misspelled argument would otherwise be ignored."""
    arguments: dict[str, Any] = {wrong: 1}

    with pytest.raises(
        TypeError, match=rf"no argument '{wrong}'\. Did you mean '{meant}'"
    ) as error:
        MiniMax(**arguments)
    assert isinstance(error.value, ConfigurationError)


@pytest.mark.parametrize(
    ("cls", "name", "advice"),
    [
        (MiniMaxSpeech, "voice_setting", "voice_id, speed"),
        (MiniMaxSpeech, "audio_setting", "format, sample_rate"),
        (MiniMaxSpeech, "subtitle_enable", "member of additional_kwargs"),
        (MiniMaxEmbedding, "dimensions", "always have 1,536 numbers"),
        (MiniMax, "voice_setting", "It knows additional_kwargs"),
    ],
)
def test_what_goes_elsewhere_is_told(cls: Any, name: str, advice: str) -> None:
    """Names of the client and of other classes have their place."""
    with pytest.raises(ConfigurationError, match=advice):
        cls(**{name: {}})


@pytest.mark.parametrize("cls", [MiniMax, MiniMaxEmbedding, MiniMaxSpeech])
def test_the_host_is_taken_under_the_name_of_the_client_as_well(cls: Any) -> None:
    """Whoever comes from the LangChain classes or the client writes `base_url`."""
    assert cls(base_url="https://host.example").api_base == "https://host.example"


@pytest.mark.parametrize("cls", [MiniMaxEmbedding, MiniMaxSpeech])
def test_all_classes_refuse_unknown_arguments(cls: Any) -> None:
    """They share the check."""
    with pytest.raises(ConfigurationError, match=r"It knows .*api_base"):
        cls(zzz=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"api_base": "ftp://host"},
        {"api_base": "http://far.example"},
        {"max_retries": -1},
        {"temperature": 3},
        {"is_chat_model": False},
        {"thinking": "on"},
    ],
)
def test_a_wrong_value_is_an_error_at_once(wrong: dict[str, Any]) -> None:
    """Not at the first call."""
    with pytest.raises(ValueError, match="|".join(["http", *wrong])):
        MiniMax(**wrong)


def test_a_function_is_no_tool_yet(llm: MiniMax) -> None:
    """Only agents make tools of functions."""
    with pytest.raises(InvalidInputError, match="pass FunctionTool"):
        llm.chat_with_tools([print], user_msg="Hello!")  # type: ignore[list-item]  # the mistake


def test_a_missing_key_is_reported_at_the_first_call() -> None:
    """A model without a key can be made, described and stored."""
    llm = MiniMax()

    with pytest.raises(ConfigurationError, match="MINIMAX_API_KEY"):
        llm.chat(ASK)


def test_the_environment_says_where_minimax_is(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MINIMAX_BASE_URL and MINIMAX_API_KEY are enough."""
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)

    assert MiniMax().complete("Hello!").text


def test_a_callable_key_is_asked(emulator: Emulator) -> None:
    """For keys that are renewed."""
    llm = MiniMax(api_key=lambda: emulator.api_key, api_base=emulator.url)

    assert llm.complete("Hello!").text


@pytest.mark.parametrize("model", sorted(PROFILES))
def test_every_model_of_the_catalogue_has_metadata(model: str) -> None:
    """Also those that the published class does not know."""
    metadata = MiniMax(model=model).metadata

    assert metadata.context_window == PROFILES[model].context_window
    assert metadata.is_chat_model
    assert metadata.is_function_calling_model == (model != "M2-her")
    assert 0 < metadata.num_output < metadata.context_window


def test_a_small_window_leaves_room_for_the_prompt() -> None:
    """LlamaIndex subtracts the output from the window."""
    assert MiniMax(context_window=4_096).metadata.num_output == 1_024


def test_fields_become_members_of_the_request(llm: MiniMax, emulator: Emulator) -> None:
    """Under MiniMax's names."""
    llm.temperature, llm.top_p, llm.max_tokens, llm.seed = 0.5, 0.9, 256, 7
    llm.service_tier = "priority"

    llm.chat(ASK)

    sent = emulator.requests[-1].json
    assert (sent["temperature"], sent["top_p"], sent["seed"]) == (0.5, 0.9, 7)
    assert (sent["max_completion_tokens"], sent["service_tier"]) == (256, "priority")
    assert sent["reasoning_split"] is True


def test_the_call_wins_over_additional_kwargs_over_fields(emulator: Emulator) -> None:
    """The nearer, the stronger."""
    llm = MiniMax(
        api_key=emulator.api_key,
        api_base=emulator.url,
        max_tokens=100,
        temperature=0.1,
        additional_kwargs={"max_tokens": 200, "temperature": 0.2, "mask_sensitive_info": True},
    )

    llm.chat(ASK)
    llm.chat(ASK, max_tokens=300, temperature=0.3)

    first, second = (request.json for request in emulator.requests)
    assert (first["max_completion_tokens"], first["temperature"]) == (200, 0.2)
    assert (second["max_completion_tokens"], second["temperature"]) == (300, 0.3)
    assert first["mask_sensitive_info"] is True


@pytest.mark.parametrize(
    ("given", "member"),
    [
        ("disabled", {"type": "disabled"}),
        (False, {"type": "disabled"}),
        (True, {"type": "adaptive"}),
        ({"type": "adaptive"}, {"type": "adaptive"}),
    ],
)
def test_thinking_is_switched(emulator: Emulator, given: Any, member: dict[str, str]) -> None:
    """As a word, a truth value or MiniMax's own member; as a field and in a call."""
    llm = MiniMax(api_key=emulator.api_key, api_base=emulator.url, thinking=given)

    llm.chat(ASK)
    MiniMax(api_key=emulator.api_key, api_base=emulator.url).chat(ASK, thinking=given)

    assert [request.json["thinking"] for request in emulator.requests] == [member, member]


def test_what_openai_users_pass_and_minimax_ignores_is_dropped(
    llm: MiniMax, emulator: Emulator
) -> None:
    """The call works; the server gets nothing that it does not know."""
    llm.chat(ASK, user="ada", presence_penalty=0.1, logit_bias={}, n=1, stream_options={})

    assert not emulator.requests[-1].json.keys() & {"user", "presence_penalty", "n", "logit_bias"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"n": 2}, "one answer"),
        ({"logprobs": True}, "no log probabilities"),
        ({"temprature": 1}, "Did you mean 'temperature'"),
        ({"temperature": 9}, "temperature"),
    ],
)
def test_a_call_that_cannot_be_obeyed_is_refused(
    llm: MiniMax, emulator: Emulator, arguments: dict[str, Any], text: str
) -> None:
    """Nothing is sent."""
    with pytest.raises((InvalidInputError, ConfigurationError), match=text):
        llm.chat(ASK, **arguments)
    assert not emulator.requests


@pytest.mark.parametrize(
    ("given", "meant"),
    [("timeout", "timeout"), ("request_timeout", "timeout"), ("http_client", "http_client")],
)
async def test_an_argument_of_the_constructor_is_refused_by_calls_with_that_advice(
    llm: MiniMax, given: str, meant: str
) -> None:
    """The text names no method, as only some of them are called by the user."""
    advice = (
        rf"^A call of MiniMax has no argument '{given}'\. It .* constructor: pass {meant} there\.$"
    )

    with pytest.raises(TypeError, match=advice):
        llm.complete("x", **{given: 5})
    with pytest.raises(TypeError, match=advice):
        await llm.astream_chat([ChatMessage("x")], **{given: 5})


def test_extra_body_is_added(llm: MiniMax, emulator: Emulator) -> None:
    """For members that MiniMax adds later."""
    llm.chat(ASK, extra_body={"new_member": 1})

    assert emulator.requests[-1].json["new_member"] == 1


def test_headers_are_sent(emulator: Emulator) -> None:
    """With every request."""
    headers = {"X-Team": "blue"}
    MiniMax(api_key=emulator.api_key, api_base=emulator.url, default_headers=headers).chat(ASK)

    assert emulator.requests[-1].headers["x-team"] == "blue"


@pytest.mark.parametrize("cls", [MiniMax, MiniMaxEmbedding, MiniMaxSpeech])
def test_the_key_is_nowhere_to_be_read(cls: Any) -> None:
    """Not in reprs, dicts, JSON and payloads of events; nor are headers, which may hold one."""
    component = cls(api_key=KEY, default_headers={"X-Api-Key": KEY})

    shown = [repr(component), str(component), json.dumps(component.to_dict()), component.to_json()]
    if hasattr(component, "to_payload"):
        shown.append(str(component.to_payload()))
    assert not [text for text in shown if KEY in text]


@pytest.mark.parametrize("cls", [MiniMax, MiniMaxEmbedding, MiniMaxSpeech])
def test_an_error_does_not_quote_the_key(cls: Any) -> None:
    """Errors end in logs."""
    with pytest.raises(ValueError, match="max_retries") as error:
        cls(api_key=[KEY], default_headers=KEY, max_retries="many")

    assert KEY not in str(error.value)


def test_a_limit_is_shared_and_a_reply_has_one(emulator: Emulator) -> None:
    """The client's own limits are reached from here."""
    limit = RateLimit(requests=1_000)
    options: Any = {"api_key": emulator.api_key, "api_base": emulator.url, "rate_limit": limit}

    assert MiniMax(**options).complete("Hello!").text
    assert len(MiniMaxEmbedding(**options).get_text_embedding("Hello!")) == 1_536
    with pytest.raises(InvalidReplyError):
        MiniMax(**options, max_reply_bytes=10, max_retries=0).complete("Hello!")


def test_a_model_comes_back_from_its_dict(emulator: Emulator) -> None:
    """LlamaIndex stores components as dicts; the key is given again."""
    llm = MiniMax(api_key=KEY, model="MiniMax-M2", max_tokens=9, stop="END")

    copy = MiniMax.from_dict(llm.to_dict(), api_key=emulator.api_key)

    assert copy.to_dict() == llm.to_dict()
    assert copy.to_dict()["class_name"] == "MiniMax"


@pytest.mark.parametrize("name", ["chunk_size", "chunksize"])
def test_the_name_of_langchain_is_explained(name: str) -> None:
    """Texts in a request are `chunk_size` there."""
    options: dict[str, Any] = {name: 3}

    with pytest.raises(TypeError, match="Did you mean 'embed_batch_size'"):
        MiniMaxEmbedding(api_key="k", **options)
