"""Tools on their way to MiniMax, and its calls on their way back."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel
from typing_extensions import TypedDict

from minimax_adapters.api import InvalidInputError
from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall

if TYPE_CHECKING:
    from makers import Make


def body(emulator: Emulator) -> dict[str, Any]:
    """Return the last request."""
    found: dict[str, Any] = emulator.requests[-1].json
    return found


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Sub(BaseModel):
    """Subtract two numbers."""

    a: int
    b: int


class Mul(TypedDict):
    """Multiply two numbers."""

    a: int
    b: int


def div(a: int, b: int) -> float:
    """Divide two numbers."""
    return a / b


SCHEMA = {"title": "power", "description": "Raise.", "type": "object", "properties": {}}


def test_tools_of_every_kind_are_sent_as_functions(chat: Make, emulator: Emulator) -> None:
    """Without members that MiniMax does not know, such as `strict`."""
    chat().bind_tools([add, Sub, Mul, div, SCHEMA], strict=True).invoke("Hello")

    tools = body(emulator)["tools"]
    names = [one["function"]["name"] for one in tools]
    assert names == ["add", "Sub", "Mul", "div", "power"]
    assert all(set(one["function"]) == {"name", "description", "parameters"} for one in tools)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        ("auto", None),
        ("none", "none"),
        ("any", "required"),
        ("required", "required"),
        (True, "required"),
        ("add", {"type": "function", "function": {"name": "add"}}),
        (
            {"type": "function", "function": {"name": "add"}},
            {"type": "function", "function": {"name": "add"}},
        ),
        ({"type": "tool", "name": "add"}, {"type": "function", "function": {"name": "add"}}),
        ({"type": "any"}, "required"),
    ],
)
def test_tool_choice_in_every_form(
    chat: Make, emulator: Emulator, choice: Any, expected: object
) -> None:
    """`auto` is left out, as some M2 hosts refuse it when it is spelled out."""
    chat().bind_tools([add], tool_choice=choice).invoke("Hello")

    assert body(emulator).get("tool_choice") == expected


def test_tool_choice_of_an_unknown_tool_is_refused(chat: Make) -> None:
    """MiniMax would ignore it."""
    with pytest.raises(InvalidInputError, match="'ad'"):
        chat().bind_tools([add], tool_choice="ad")


def test_one_tool_is_a_list_too(chat: Make) -> None:
    """LangChain would name what it found inside of the tool."""
    with pytest.raises(InvalidInputError, match="Pass a list of tools"):
        chat().bind_tools(add)


def test_built_in_tool_of_another_provider_is_refused(chat: Make) -> None:
    """MiniMax answers 2013 to another type than function."""
    with pytest.raises(InvalidInputError, match="web_search"):
        chat().bind_tools([{"type": "web_search"}])


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(tool_argument_chars=2),
        Quirks(tool_argument_chars=2, tool_id_on_every_frame=True),
        Quirks(tool_argument_chars=3, tool_calls_in_one_frame=True),
    ],
)
def test_parallel_calls_arrive_whole(
    chat: Make, emulator: Emulator, quirks: Quirks, *, streamed: bool
) -> None:
    """In fragments, side by side, or all in one frame."""
    emulator.quirks = quirks
    emulator.script(
        Reply(
            thinking="Both.",
            tool_calls=[
                ToolCall(name="add", arguments={"a": 1, "b": 2}),
                ToolCall(name="add", arguments={"a": 3, "b": 4}),
            ],
        )
    )
    model = chat().bind_tools([add])

    if streamed:
        first, *rest = model.stream("Add")
        message = first + rest
    else:
        message = model.invoke("Add")

    assert [call["args"] for call in message.tool_calls] == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    assert len({call["id"] for call in message.tool_calls}) == 2


@pytest.mark.parametrize("streamed", [False, True])
def test_broken_arguments_are_an_invalid_call(
    chat: Make, emulator: Emulator, *, streamed: bool
) -> None:
    """It is not run; the conversation goes on."""
    emulator.quirks = Quirks(broken_arguments=True)
    emulator.script(Reply(tool_calls=[ToolCall(name="add", arguments={"a": 1})]))
    model = chat().bind_tools([add])

    if streamed:
        first, *rest = model.stream("Add")
        message = first + rest
    else:
        message = model.invoke("Add")
    after = model.invoke([HumanMessage("Add"), message, HumanMessage("Never mind.")])

    assert message.tool_calls == []
    assert message.invalid_tool_calls[0]["name"] == "add"
    assert isinstance(after, AIMessage)
