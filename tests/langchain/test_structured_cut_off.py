"""A structured answer that was cut off is an error, never a part of itself."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain_core.exceptions import OutputParserException
from langchain_core.outputs import Generation
from pydantic import BaseModel

from minimax_adapters.api import ContentFilterError
from minimax_adapters.emulator import Emulator, Reply, ToolCall
from minimax_adapters.langchain._structured import StructuredOutputParser

if TYPE_CHECKING:
    from makers import Make

METHODS: Final = ["json_schema", "function_calling", "json_mode"]
CUT: Final = '{"name":"T","members":[{"name":"Anna","age":3},{"name":"Bo'
NODE: Final = '{"name":"root","children":[{"name":"leaf"},{"name":"le'


class Person(BaseModel):
    """A person."""

    name: str
    age: int


class Team(BaseModel):
    """A team. A member of it would be a valid one."""

    name: str = "?"
    members: list[Person] = []


class Node(BaseModel):
    """A node of a tree."""

    name: str
    children: list[Node] = []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (Team, CUT),
        (Team, f"```json\n{CUT}"),
        (Team, f"Sure: {CUT}"),
        (Team, f'Input {{"a": 1}} gives {CUT}'),
        (Team, '<think>{"name": "?"} or'),
        (Node, NODE),
    ],
)
def test_part_of_an_answer_in_text_is_never_the_answer(
    chat: Make, emulator: Emulator, method: str, schema: Any, text: str
) -> None:
    """An object inside it is often valid, and would be silently wrong."""
    emulator.script(*[Reply(text=text, finish_reason="length")] * 2)
    model = chat().with_structured_output(schema, method=method)

    with pytest.raises(OutputParserException, match=r"cut off at max_tokens.*Raise max_tokens"):
        model.invoke("Who?")
    with pytest.raises(OutputParserException, match="cut off at max_tokens"):
        list(model.stream("Who?"))


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("arguments", [CUT, ""])
def test_call_that_was_cut_off_says_so(
    chat: Make, emulator: Emulator, arguments: str, *, streaming: bool
) -> None:
    """Also one whose arguments had not begun: it looks like a call without any."""
    call = ToolCall(name="Team", arguments=arguments)
    emulator.script(Reply(tool_calls=[call], finish_reason="length"))
    model = chat().with_structured_output(Team)

    with pytest.raises(OutputParserException, match="cut off at max_tokens") as caught:
        list(model.stream("Who?")) if streaming else model.invoke("Who?")

    assert "without" not in str(caught.value)
    assert arguments in str(caught.value.llm_output)


def test_broken_call_is_named(chat: Make, emulator: Emulator) -> None:
    """There is JSON in it, so it would be wrong to say that there is none."""
    emulator.script(Reply(text='{"name": "T"}', tool_calls=[ToolCall(name="Team", arguments=CUT)]))

    with pytest.raises(OutputParserException, match="call of 'Team' are no JSON object"):
        chat().with_structured_output(Team).invoke("Who?")


def test_call_of_another_tool_is_not_the_answer(chat: Make, emulator: Emulator) -> None:
    """Models make up tools."""
    calls = [
        ToolCall(name="search", arguments="{}"),
        ToolCall(name="Team", arguments={"name": "T"}),
    ]
    emulator.script(Reply(tool_calls=calls))

    assert chat().with_structured_output(Team).invoke("Who?") == Team(name="T")


@pytest.mark.parametrize("text", [CUT, f"Sure: {CUT}"])
def test_json_mode_without_a_schema_returns_no_part_either(
    chat: Make, emulator: Emulator, text: str
) -> None:
    """There is nothing to compare it with; and a stop text cuts answers off as well."""
    emulator.script(Reply(text=text))

    with pytest.raises(OutputParserException, match="does not end"):
        chat().with_structured_output(method="json_mode").invoke("Who?")


@pytest.mark.parametrize("method", METHODS)
def test_answer_that_was_complete_before_the_limit_is_returned(
    chat: Make, emulator: Emulator, method: str
) -> None:
    """It was paid for, and nothing of it is missing."""
    emulator.script(Reply(text='{"name": "Anna", "age": 3}\n\nI hope', finish_reason="length"))

    answer = chat().with_structured_output(Person, method=method).invoke("Who?")

    assert answer == Person(name="Anna", age=3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Person, Person.model_json_schema()])
def test_first_object_that_fits_is_the_answer(
    chat: Make, emulator: Emulator, method: str, schema: Any
) -> None:
    """Models repeat the question, or give an example."""
    emulator.script(
        *[Reply(text='Input {"a": 1} gives {"name": "Anna", "age": 3}, not {"b": 2}.')] * 2
    )
    model = chat().with_structured_output(schema, method=method)

    invoked, streamed = model.invoke("Who?"), list(model.stream("Who?"))

    assert Person.model_validate(invoked) == Person(name="Anna", age=3)
    assert streamed[-1] == invoked


def test_error_is_about_the_first_object(chat: Make, emulator: Emulator) -> None:
    """And only so many are tried: a schema may take its time."""
    emulator.script(Reply(text='{"name": 5} {"age": 3}'), Reply(text="{} " * 100 + '{"name":"A"}'))
    model = chat().with_structured_output(Node, method="json_mode")

    with pytest.raises(OutputParserException, match="string_type"):
        model.invoke("Who?")
    with pytest.raises(OutputParserException, match="Field required"):
        model.invoke("Who?")


@pytest.mark.parametrize("schema", [Person, Person.model_json_schema()])
@pytest.mark.parametrize("arguments", [{}, {"disable_streaming": True}])
@pytest.mark.parametrize("text", ["I do not know.", '{"name": "Anna"}'])
async def test_stream_ends_in_the_error_of_invoke(
    chat: Make, emulator: Emulator, schema: Any, arguments: dict[str, Any], text: str
) -> None:
    """Its last element would look like the answer."""
    emulator.script(*[Reply(text=text)] * 3)
    model = chat(**arguments).with_structured_output(schema, method="json_mode")

    with pytest.raises(OutputParserException) as invoked:
        model.invoke("Who?")
    with pytest.raises(OutputParserException) as streamed:
        list(model.stream("Who?"))
    with pytest.raises(OutputParserException) as streamed_async:
        [one async for one in model.astream("Who?")]

    assert str(streamed.value) == str(streamed_async.value) == str(invoked.value)


def test_stream_of_a_filtered_answer_ends_in_a_refusal(chat: Make, emulator: Emulator) -> None:
    """As `invoke()` does."""
    emulator.script(Reply(finish_reason="content_filter"))

    with pytest.raises(ContentFilterError, match="1027"):
        list(chat().with_structured_output(Team).stream("Who?"))


async def test_stream_with_raw_holds_the_error(chat: Make, emulator: Emulator) -> None:
    """Nothing is raised there, as from `invoke()`."""
    emulator.script(*[Reply(text=CUT, finish_reason="length")] * 2)
    model = chat().with_structured_output(Team, include_raw=True)

    parts = list(model.stream("Who?"))
    parts_async = [part async for part in model.astream("Who?")]

    for found in (parts, parts_async):
        merged = {name: value for part in found for name, value in part.items()}
        assert merged["raw"].content == CUT
        assert merged["parsed"] is None
        assert "cut off" in str(merged["parsing_error"])


def test_parser_reads_plain_text_too() -> None:
    """It may stand behind what is no chat model."""
    parser = StructuredOutputParser(model=Team, name_of_tool="Team")

    assert parser.parse_result([Generation(text='{"name": "T"}')]) == Team(name="T")
    with pytest.raises(OutputParserException, match="does not end"):
        parser.parse(CUT)


def test_object_deeper_than_python_can_follow_is_an_error_of_the_answer() -> None:
    """Not one of Python, which would lose what was paid for."""
    parser = StructuredOutputParser()
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000

    with pytest.raises(OutputParserException, match="without valid JSON") as caught:
        parser.parse(deep)

    assert caught.value.llm_output == deep
