"""Function calling in all its forms."""

# ruff: noqa: ANN401 - callables and blocks have no common type
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.base.llms.types import ToolCallBlock
from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool

from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llama_index.core.base.llms.types import ChatResponse

    from minimax_adapters.llama_index import MiniMax


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


def now() -> str:
    """Return the time."""
    return "noon"


ADD = FunctionTool.from_defaults(add)
MULTIPLY = FunctionTool.from_defaults(async_fn=multiply)
NOW = FunctionTool.from_defaults(now)


def calls(*arguments: dict[str, int], name: str = "add") -> Reply:
    """Return an answer with one call for each of `arguments`."""
    return Reply(
        thinking="Hm.", tool_calls=[ToolCall(name=name, arguments=one) for one in arguments]
    )


async def plain(llm: MiniMax, tools: Sequence[FunctionTool], **kwargs: Any) -> ChatResponse:
    """Ask synchronously."""
    return llm.chat_with_tools(tools, **kwargs)


async def awaited(llm: MiniMax, tools: Sequence[FunctionTool], **kwargs: Any) -> ChatResponse:
    """Ask asynchronously."""
    return await llm.achat_with_tools(tools, **kwargs)


async def streamed(llm: MiniMax, tools: Sequence[FunctionTool], **kwargs: Any) -> ChatResponse:
    """Return the last chunk of a stream."""
    return list(llm.stream_chat_with_tools(tools, **kwargs))[-1]


async def astreamed(llm: MiniMax, tools: Sequence[FunctionTool], **kwargs: Any) -> ChatResponse:
    """Return the last chunk of an asynchronous stream."""
    return [chunk async for chunk in await llm.astream_chat_with_tools(tools, **kwargs)][-1]


FORMS = [plain, awaited, streamed, astreamed]
each_form = pytest.mark.parametrize("ask", FORMS)


@each_form
async def test_a_tool_is_called(ask: Any, llm: MiniMax, emulator: Emulator) -> None:
    """The model gets its description and schema; the call comes back as a selection."""
    response = await ask(llm, [ADD], user_msg="What is 3 + 4?")

    [call] = llm.get_tool_calls_from_response(response)
    assert (call.tool_name, call.tool_kwargs) == ("add", {"a": 3, "b": 4})
    [tool] = emulator.requests[-1].json["tools"]
    assert tool["function"]["name"] == "add"
    assert tool["function"]["parameters"]["required"] == ["a", "b"]


@each_form
async def test_parallel_calls(ask: Any, llm: MiniMax, emulator: Emulator) -> None:
    """All are kept where they are allowed, one where they are not."""
    emulator.script(*[calls({"a": 1, "b": 1}, {"a": 2, "b": 2})] * 2)

    several = await ask(llm, [ADD], user_msg="Add", allow_parallel_tool_calls=True)
    one = await ask(llm, [ADD], user_msg="Add", allow_parallel_tool_calls=False)

    assert len(llm.get_tool_calls_from_response(several)) == 2
    assert [call.tool_kwargs for call in llm.get_tool_calls_from_response(one)] == [
        {"a": 1, "b": 1}
    ]
    assert len(one.message.additional_kwargs["tool_calls"]) == 1


@each_form
@pytest.mark.parametrize(
    ("asked", "member"),
    [
        ({}, None),  # `auto` is the default, and some hosts refuse it
        ({"tool_required": True}, "required"),
        ({"tool_choice": "any"}, "required"),
        ({"tool_choice": "none"}, "none"),
        ({"tool_choice": "add"}, {"type": "function", "function": {"name": "add"}}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "add"}}},
            {"type": "function", "function": {"name": "add"}},
        ),
    ],
)
async def test_tool_choice(
    ask: Any, asked: dict[str, Any], member: Any, llm: MiniMax, emulator: Emulator
) -> None:
    """In the words of LlamaIndex and in those of OpenAI."""
    await ask(llm, [ADD, NOW], user_msg="What is 3 + 4?", **asked)

    assert emulator.requests[-1].json.get("tool_choice") == member


def test_the_history_stays_as_it_is(llm: MiniMax, emulator: Emulator) -> None:
    """The question is added to a copy."""
    history = [ChatMessage(role="system", content="You add.")]

    llm.chat_with_tools([ADD], user_msg="What is 3 + 4?", chat_history=history)

    assert len(history) == 1
    assert len(emulator.requests[-1].json["messages"]) == 2


def test_a_question_may_be_a_message(llm: MiniMax, emulator: Emulator) -> None:
    """With blocks, a name or another role."""
    llm.chat_with_tools([ADD], user_msg=ChatMessage(role="user", content="Hi"), chat_history=None)

    assert emulator.requests[-1].json["messages"] == [{"role": "user", "content": "Hi"}]


@each_form
async def test_without_tools_it_is_a_chat(ask: Any, llm: MiniMax, emulator: Emulator) -> None:
    """Agents without tools ask this way; an empty list of tools is refused by some hosts."""
    response = await ask(llm, [], user_msg="Hello!", tool_required=True)

    assert response.message.content
    assert not emulator.requests[-1].json.keys() & {"tools", "tool_choice"}


def test_a_tool_without_parameters_gets_a_schema(llm: MiniMax, emulator: Emulator) -> None:
    """MiniMax answers 2013 without."""
    llm.chat_with_tools([NOW], user_msg="What time is it?")

    [tool] = emulator.requests[-1].json["tools"]
    assert tool["function"]["parameters"]["type"] == "object"


def test_a_long_description_is_no_error(llm: MiniMax) -> None:
    """OpenAI's limit of 1,024 characters is not MiniMax's."""
    tool = FunctionTool.from_defaults(now, description="Tells the time. " * 100)

    assert llm.chat_with_tools([tool], user_msg="Hello!").message


def test_tools_may_be_given_as_dicts_or_objects(llm: MiniMax, emulator: Emulator) -> None:
    """Users of OpenAI pass them to `chat`, with a `strict` that M2 models refuse."""
    given = ADD.metadata.to_openai_tool()
    given["function"]["strict"] = None

    llm.chat([ChatMessage(content="3 + 4?")], tools=[given, NOW])

    names = [tool["function"]["name"] for tool in emulator.requests[-1].json["tools"]]
    assert names == ["add", "now"]
    assert "strict" not in emulator.requests[-1].json["tools"][0]["function"]


def test_no_call_is_an_error_unless_it_is_not(llm: MiniMax) -> None:
    """The caller says which."""
    response = llm.chat([ChatMessage(content="Hello!")])

    assert llm.get_tool_calls_from_response(response, error_on_no_tool_call=False) == []
    with pytest.raises(ValueError, match="tool_required=True"):
        llm.get_tool_calls_from_response(response)


def test_predict_and_call(llm: MiniMax, emulator: Emulator) -> None:
    """The tool's output is the answer; with several calls, each on its own lines."""
    emulator.script(calls({"a": 3, "b": 4}), calls({"a": 1, "b": 1}, {"a": 2, "b": 2}))

    one = llm.predict_and_call([ADD], user_msg="Add")
    two = llm.predict_and_call([ADD], user_msg="Add", allow_parallel_tool_calls=True)

    assert (one.response, two.response) == ("7", "2\n\n4")


async def test_apredict_and_call(llm: MiniMax, emulator: Emulator) -> None:
    """With a coroutine as the tool."""
    emulator.script(calls({"a": 3, "b": 4}, name="multiply"))

    assert (await llm.apredict_and_call([MULTIPLY], user_msg="Multiply")).response == "12"


def test_predict_and_call_without_a_call(llm: MiniMax, emulator: Emulator) -> None:
    """The text is the answer, without the thinking."""
    emulator.script(Reply(thinking="Hm.", text="I cannot add."))

    answer = llm.predict_and_call([ADD], user_msg="Add", error_on_no_tool_call=False)

    assert answer.response == "I cannot add."


def test_a_failing_tool_is_reported(llm: MiniMax, emulator: Emulator) -> None:
    """If the caller wants to know."""
    emulator.script(Reply(tool_calls=[ToolCall(name="add", arguments={"a": 1})]))

    with pytest.raises(ValueError, match="missing 1 required"):
        llm.predict_and_call([ADD], user_msg="Add", error_on_tool_error=True)


def test_broken_arguments_are_mended_when_they_go_back(llm: MiniMax, emulator: Emulator) -> None:
    """MiniMax would refuse the conversation; the tool was not run."""
    emulator.quirks = Quirks(broken_arguments=True)
    emulator.script(calls({"a": 3, "b": 4}))
    response = llm.chat_with_tools([ADD], user_msg="Add")
    [call] = llm.get_tool_calls_from_response(response, error_on_no_tool_call=False)
    emulator.quirks = Quirks()

    result = ChatMessage(role="tool", content="7", additional_kwargs={"tool_call_id": call.tool_id})
    llm.chat([ChatMessage(content="Add"), response.message, result])

    assert call.tool_name.startswith("add (not run")
    assert isinstance(response.message.blocks[-1], ToolCallBlock)
    assert emulator.requests[-1].status == 200
