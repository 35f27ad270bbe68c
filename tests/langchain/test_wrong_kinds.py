"""An argument of a type that cannot be meant is refused by its name, with what to pass instead."""

# ruff: noqa: ANN401 - arguments may be of any kind

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from pydantic import BaseModel

from minimax_adapters.api import ConfigurationError, MiniMaxError
from minimax_adapters.langchain import (
    ChatMiniMax,
    MiniMaxEmbeddings,
    MiniMaxInvalidInputError,
    MiniMaxSpeech,
)
from minimax_adapters.langchain.messages import to_wire

if TYPE_CHECKING:
    from makers import Make

    from minimax_adapters.emulator import Emulator

WRONG: Final[list[tuple[str, Any, str]]] = [
    ("response_format", "json", "response_format is of type str. Pass a dict such as"),
    ("response_format", BaseModel, "use with_structured_output"),
    ("extra_body", "x", "extra_body is of type str. Pass a dict"),
    ("extra_body", [1], "extra_body is of type list. Pass a dict"),
    ("model_kwargs", "x", "model_kwargs is of type str. Pass a dict"),
    ("stop", 5, "stop is of type int. Pass a text, or a list of texts"),
    ("reasoning_effort", ["high"], "reasoning_effort is of type list. Pass one of 'low'"),
    ("service_tier", ["priority"], "service_tier is of type list. Pass one of 'standard'"),
    ("model", 5, "model is .*, not int|model is of type int"),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
async def test_argument_of_a_call(
    chat: Make, emulator: Emulator, name: str, value: Any, said: str
) -> None:
    """Python's own error would say nothing about the call."""
    model = chat()

    with pytest.raises(MiniMaxInvalidInputError, match=said):
        model.invoke("Hello", **{name: value})
    with pytest.raises(MiniMaxInvalidInputError, match=said):
        [chunk async for chunk in model.astream("Hello", **{name: value})]

    assert not emulator.requests


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        *[one for one in WRONG if one[0] != "response_format"],
        ("model", None, "model is of type NoneType. Pass the id of a chat model"),
    ],
)
def test_field_of_a_copy(chat: Make, name: str, value: Any, said: str) -> None:
    """Pydantic does not look at them."""
    with pytest.raises(MiniMaxInvalidInputError, match=said):
        chat().model_copy(update={name: value}).invoke("Hello")


@pytest.mark.parametrize(
    ("name", "value"), [("base_url", 5), ("fallback_base_urls", 5), ("fallback_base_urls", "x")]
)
def test_host_of_a_copy(chat: Make, name: str, value: Any) -> None:
    """Likewise."""
    with pytest.raises(ConfigurationError, match=name):
        chat().model_copy(update={name: value}).invoke("Hello")


@pytest.mark.parametrize("kind", [ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech])
@pytest.mark.parametrize("path", ["/v1?api-version=2", "/v1/text/chatcompletion_v2?GroupId=1"])
def test_host_with_a_query(kind: Any, path: str) -> None:
    """It would be lost without a word; the addresses of the community classes may have one."""
    for host in (
        {"base_url": f"https://h.example{path}"},
        {"fallback_base_urls": [f"https://h.example{path}"]},
    ):
        with pytest.raises(ConfigurationError, match="leave out user, password, query"):
            kind(api_key="k", **host)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            AIMessage([{"type": "tool_use", "id": "1"}]),
            "'tool_use' in a AIMessage has no name",
        ),
        (
            AIMessage([{"type": "tool_use", "id": "1", "name": 5}]),
            "'tool_use' in a AIMessage has name of type int",
        ),
        (
            HumanMessage([{"type": "tool_result", "content": "x"}]),
            "'tool_result' in a HumanMessage has no tool_use_id",
        ),
    ],
)
def test_block_without_what_names_it(message: BaseMessage, said: str) -> None:
    """In a history of another provider's form, shortened by hand."""
    with pytest.raises(MiniMaxInvalidInputError, match=said):
        to_wire([message])


def test_error_of_something_else_stays_as_it_is(chat: Make) -> None:
    """What no argument explains is no wrong argument."""

    class Unreadable(dict[str, Any]):
        """A JSON Schema that fails when it is read."""

        def get(self, *_: object) -> Any:
            raise TypeError("unreadable")

    with pytest.raises(TypeError, match="unreadable") as caught:
        chat().invoke("Hello", response_format=Unreadable(type="json_object"))

    assert not isinstance(caught.value, MiniMaxError)


def test_member_of_a_call_comes_before_that_of_the_model(chat: Make, emulator: Emulator) -> None:
    """Under both names that such members go by."""
    model = chat(model_kwargs={"a": 1, "b": 1}, extra_body={"b": 2, "c": 2})

    model.invoke("Hello", model_kwargs={"c": 3})

    sent = emulator.requests[-1].json
    assert {name: sent[name] for name in "abc"} == {"a": 1, "b": 2, "c": 3}
