"""Names of arguments: those of other clients mean what they mean there, or are refused."""

# ruff: noqa: ANN401 - classes and values have no common type
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from llama_index.core.llms import ChatMessage

from minimax_adapters.api import ConfigurationError
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding, MiniMaxSpeech, MiniMaxToolSpec

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

ASK: Final = [ChatMessage(role="user", content="Hello!")]
Row = tuple[Any, str, str, Any, Any]
_ROWS: Final[list[Row]] = [
    (
        [MiniMax, MiniMaxEmbedding, MiniMaxSpeech],
        "base_url",
        "api_base",
        "https://a",
        "https://b",
    ),
    ([MiniMax, MiniMaxEmbedding, MiniMaxSpeech], "headers", "default_headers", {"A": "b"}, {}),
    ([MiniMax, MiniMaxEmbedding, MiniMaxSpeech], "minimax_group_id", "group_id", "1", "2"),
    ([MiniMax, MiniMaxEmbedding, MiniMaxSpeech], "request_timeout", "timeout", 9.0, 8.0),
    ([MiniMax, MiniMaxSpeech], "model_name", "model", "some-model", "other-model"),
    ([MiniMaxEmbedding], "model", "model_name", "some-model", "other-model"),
    ([MiniMax], "max_completion_tokens", "max_tokens", 99, 98),
    ([MiniMax], "max_new_tokens", "max_tokens", 99, 98),
    ([MiniMax], "stop_sequences", "stop", ["END"], ["STOP"]),
    ([MiniMaxEmbedding], "batch_size", "embed_batch_size", 7, 8),
    ([MiniMaxSpeech], "voice", "voice_id", "some-voice", "other-voice"),
]
SYNONYMS: Final[list[Row]] = [(cls, *row) for classes, *row in _ROWS for cls in classes]


@pytest.mark.parametrize(("cls", "other", "own", "value", "another"), SYNONYMS)
def test_another_name_is_as_good(cls: Any, other: str, own: str, value: Any, another: Any) -> None:
    """Alone, or beside its twin when they agree or one says nothing."""
    assert getattr(cls(**{other: value}), own) == value
    assert getattr(cls(**{other: value, own: value}), own) == value
    assert getattr(cls(**{other: value, own: None}), own) == value
    assert getattr(cls(**{other: None, own: another}), own) == another


@pytest.mark.parametrize(("cls", "other", "own", "value", "another"), SYNONYMS)
def test_two_names_that_differ_are_an_error(
    cls: Any, other: str, own: str, value: Any, another: Any
) -> None:
    """One of them would be ignored, and nobody knows which."""
    with pytest.raises(ConfigurationError, match="both") as error:
        cls(**{own: another, other: value})
    assert other in str(error.value)
    assert own in str(error.value)
    assert isinstance(error.value, TypeError)


@pytest.mark.parametrize(
    ("given", "member", "value"),
    [
        ({"stop_sequences": ["END"]}, "stop", ["END"]),
        ({"stop": "END"}, "stop", ["END"]),
        ({"max_tokens": 99}, "max_completion_tokens", 99),
        ({"max_completion_tokens": 99}, "max_completion_tokens", 99),
        ({"max_tokens": 99, "max_completion_tokens": 99}, "max_completion_tokens", 99),
        ({"model_name": "MiniMax-M2"}, "model", "MiniMax-M2"),
    ],
)
def test_a_call_takes_them_as_well(
    llm: MiniMax, emulator: Emulator, given: dict[str, Any], member: str, value: Any
) -> None:
    """As an argument, and among `additional_kwargs`."""
    llm.chat(ASK, **given)
    llm.additional_kwargs = given
    llm.chat(ASK)

    assert [request.json[member] for request in emulator.requests] == [value] * 2


@pytest.mark.parametrize(
    "given",
    [
        {"stop": ["A"], "stop_sequences": ["B"]},
        {"max_tokens": 1, "max_completion_tokens": 2},
        {"model": "MiniMax-M2", "model_name": "MiniMax-M3"},
    ],
)
def test_a_call_with_two_answers_to_one_question_is_refused(
    llm: MiniMax, emulator: Emulator, given: dict[str, Any]
) -> None:
    """Nothing is sent."""
    with pytest.raises(ConfigurationError, match="both"):
        llm.chat(ASK, **given)
    assert not emulator.requests


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("cn", "https://api.minimax.cn"),
        ("CN", "https://api.minimax.cn"),
        ("China", "https://api.minimax.cn"),
        ("intl", "https://api.minimax.io"),
        ("International", "https://api.minimax.io"),
        ("GLOBAL", "https://api.minimax.io"),
    ],
)
@pytest.mark.parametrize("cls", [MiniMax, MiniMaxEmbedding, MiniMaxSpeech])
def test_a_region_has_several_names(
    cls: Any, region: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In any case, as an argument and in MINIMAX_REGION."""
    assert cls(region=region)._settings().base_urls == (host,)
    monkeypatch.setenv("MINIMAX_REGION", region)
    assert cls()._settings().base_urls == (host,)


@pytest.mark.parametrize("cls", [MiniMax, MiniMaxEmbedding, MiniMaxSpeech])
def test_an_unknown_region_is_refused(cls: Any) -> None:
    """With those that there are."""
    with pytest.raises(ConfigurationError, match="use 'global' or 'china'"):
        cls(region="mars")


def test_models_that_come_later_pass() -> None:
    """A list of models would be out of date with each one that MiniMax publishes."""
    assert MiniMax(model="MiniMax-M9").metadata.is_function_calling_model
    assert MiniMaxEmbedding(model="embo-09").model_name == "embo-09"
    assert MiniMaxSpeech(model="speech-9-hd").options.model == "speech-9-hd"
    assert MiniMaxToolSpec(model="speech-9-hd").speech.options.model == "speech-9-hd"


def test_the_first_argument_is_the_model() -> None:
    """As everywhere in LlamaIndex."""
    assert MiniMax("MiniMax-M2").model == "MiniMax-M2"
    assert MiniMaxSpeech("speech-2.6-hd").model == "speech-2.6-hd"
    assert MiniMax().model == "MiniMax-M3"
