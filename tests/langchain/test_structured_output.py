"""Structured output is enforced here, since MiniMax does not enforce it."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain.agents import create_agent
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import HumanMessage
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from minimax_adapters.api import ConfigurationError, ContentFilterError
from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall

if TYPE_CHECKING:
    from makers import Make

TEXT: Final = '{"city": "Oslo", "celsius": 4}'
METHODS: Final = ["json_schema", "function_calling", "json_mode"]


class Weather(BaseModel):
    """The weather of a city."""

    city: str
    celsius: int = Field(ge=-90, le=60)


class WeatherDict(TypedDict):
    """The weather of a city."""

    city: str
    celsius: int


SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "celsius": {"type": "integer"}},
    "required": ["city", "celsius"],
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Weather, WeatherDict, SCHEMA, {**SCHEMA, "title": "W"}])
@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"```json\n{TEXT}\n```",
        f"Here it is:\n```\n{TEXT}\n```\nAnything else?",
        f"<think>Let me {{see}}.</think>\n{TEXT}",
        f"It is {TEXT}, I think.",
    ],
)
def test_json_in_text_is_read(
    chat: Make, emulator: Emulator, method: str, schema: Any, text: str
) -> None:
    """A model that does not call the tool has often written the answer."""
    emulator.script(Reply(text=text))

    answer = chat().with_structured_output(schema, method=method).invoke("Weather?")

    found = answer.model_dump() if isinstance(answer, BaseModel) else answer
    assert found == {"city": "Oslo", "celsius": 4}


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_tool_call_is_read(chat: Make, emulator: Emulator, method: str) -> None:
    """The way that works best: the tool is named in the choice."""
    arguments = {"city": "Oslo", "celsius": 4}
    emulator.script(
        Reply(thinking="Hm.", tool_calls=[ToolCall(name="Weather", arguments=arguments)])
    )

    answer = chat().with_structured_output(Weather, method=method).invoke("Weather?")

    assert answer == Weather(city="Oslo", celsius=4)
    assert emulator.requests[-1].json["tool_choice"]["function"]["name"] == "Weather"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Weather, WeatherDict, SCHEMA])
@pytest.mark.parametrize(
    "text", ["I do not know.", '{"city": "Oslo"}', '{"city": "Oslo", "celsius": "mild"}', "{"]
)
def test_answer_of_another_shape_is_an_error_with_the_raw_text(
    chat: Make, emulator: Emulator, method: str, schema: Any, text: str
) -> None:
    """So that the caller can show it to the model again."""
    emulator.script(Reply(text=text))

    with pytest.raises(OutputParserException) as caught:
        chat().with_structured_output(schema, method=method).invoke("Weather?")

    assert caught.value.llm_output == text


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [WeatherDict, SCHEMA])
def test_strict_closes_the_schema(chat: Make, emulator: Emulator, method: str, schema: Any) -> None:
    """MiniMax does not know the word, so a member too many is found here; and only then."""
    more = '{"city": "Oslo", "celsius": 4, "mood": "grey"}'
    emulator.script(Reply(text=more), Reply(text=more))

    loose = chat().with_structured_output(schema, method=method).invoke("Weather?")
    with pytest.raises(OutputParserException, match="mood"):
        chat().with_structured_output(schema, method=method, strict=True).invoke("Weather?")

    assert loose["city"] == "Oslo"
    assert all("strict" not in str(request.json.get("tools")) for request in emulator.requests)


def test_value_out_of_range_is_an_error(chat: Make, emulator: Emulator) -> None:
    """The pydantic class validates."""
    emulator.script(
        Reply(tool_calls=[ToolCall(name="Weather", arguments={"city": "O", "celsius": 400})])
    )

    with pytest.raises(OutputParserException, match="60"):
        chat().with_structured_output(Weather).invoke("Weather?")


def test_filtered_answer_is_a_refusal_not_a_parsing_error(chat: Make, emulator: Emulator) -> None:
    """Asking again, as one does after a parsing error, does not help."""
    emulator.script(Reply(finish_reason="content_filter"))

    with pytest.raises(ContentFilterError, match="1027"):
        chat().with_structured_output(Weather).invoke("Weather?")


@pytest.mark.parametrize("method", METHODS)
def test_include_raw_returns_the_error_beside_the_message(
    chat: Make, emulator: Emulator, method: str
) -> None:
    """Nothing is raised then."""
    emulator.script(Reply(text="I do not know."), Reply(text=TEXT))
    model = chat().with_structured_output(Weather, method=method, include_raw=True)

    bad, good = model.invoke("Weather?"), model.invoke("Weather?")

    assert bad["raw"].content == "I do not know."
    assert bad["parsed"] is None
    assert isinstance(bad["parsing_error"], OutputParserException)
    assert good["parsed"] == Weather(city="Oslo", celsius=4)
    assert good["parsing_error"] is None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("schema", [Weather, SCHEMA])
@pytest.mark.parametrize("arguments", [{}, {"output_version": "v1"}, {"streaming": True}])
async def test_stream_whose_thinking_has_no_opening_tag_ends_in_the_answer(
    chat: Make, emulator: Emulator, method: str, schema: Any, arguments: dict[str, Any]
) -> None:
    """The draft has been shown by then, but it is not what was answered."""
    draft = 'Perhaps {"city": "Bergen", "celsius": 7}? No.'
    emulator.quirks = Quirks(inline_think=True, orphan_think_close=True, chunk_chars=3)
    emulator.script(*[Reply(thinking=draft, text=TEXT)] * 5)
    made = chat(**arguments)
    model = made.with_structured_output(schema, method=method)
    raw = made.with_structured_output(schema, method=method, include_raw=True)

    answers: list[Any] = [
        model.invoke("Weather?"),
        list(model.stream("Weather?"))[-1],
        [one async for one in model.astream("Weather?")][-1],
        raw.invoke("Weather?")["parsed"],
        [part["parsed"] for part in raw.stream("Weather?") if "parsed" in part][-1],
    ]

    assert [Weather.model_validate(answer).city for answer in answers] == ["Oslo"] * 5


@pytest.mark.parametrize("method", METHODS)
def test_thinking_without_an_opening_tag_and_an_answer_is_none(
    chat: Make, emulator: Emulator, method: str
) -> None:
    """The draft is all that there is."""
    emulator.quirks = Quirks(inline_think=True, orphan_think_close=True)
    emulator.script(*[Reply(thinking=TEXT)] * 2)
    model = chat().with_structured_output(Weather, method=method)

    with pytest.raises(OutputParserException, match="without valid JSON"):
        model.invoke("Weather?")
    with pytest.raises(OutputParserException, match="without valid JSON"):
        list(model.stream("Weather?"))


async def test_dict_streams_as_it_is_written(chat: Make, emulator: Emulator) -> None:
    """As with ChatOpenAI: what there is so far."""
    emulator.quirks = Quirks(tool_argument_chars=6)
    arguments = {"city": "Oslo", "celsius": 4}
    emulator.script(*[Reply(tool_calls=[ToolCall(name="W", arguments=arguments)])] * 2)
    model = chat().with_structured_output({**SCHEMA, "title": "W"})

    sync = list(model.stream("Weather?"))
    asynchronous = [one async for one in model.astream("Weather?")]

    assert sync == asynchronous
    assert sync[-1] == arguments
    assert len(sync) > 1


@pytest.mark.parametrize("arguments", [{"model": "MiniMax-M3.1-Flash"}, {"thinking": "disabled"}])
def test_model_that_ignores_the_choice_is_told_in_words(
    chat: Make, emulator: Emulator, arguments: dict[str, str]
) -> None:
    """M3.1-Flash, and M3 without thinking, do not reliably call a named tool (observed)."""
    emulator.script(Reply(text=TEXT))

    answer = chat(**arguments).with_structured_output(Weather).invoke("Weather?")

    sent = emulator.requests[-1].json
    assert answer == Weather(city="Oslo", celsius=4)
    assert "tools" not in sent
    assert "celsius" in sent["messages"][0]["content"]


def test_json_mode_without_a_schema_returns_what_came(chat: Make, emulator: Emulator) -> None:
    """As with ChatOpenAI; the other methods need one."""
    emulator.script(Reply(text=TEXT))

    answer = chat().with_structured_output(method="json_mode").invoke("Weather? As JSON.")

    assert answer == {"city": "Oslo", "celsius": 4}
    with pytest.raises(ConfigurationError, match="schema"):
        chat().with_structured_output()


def test_unknown_method_is_refused(chat: Make) -> None:
    """With the list of those that exist."""
    with pytest.raises(ConfigurationError, match="json_mode"):
        chat().with_structured_output(Weather, method="xml")


def test_agent_with_a_response_format_gets_it_through_a_tool(
    chat: Make, emulator: Emulator
) -> None:
    """`create_agent` decides by the profile, which does not promise native support."""
    arguments = {"city": "Oslo", "celsius": 4}
    emulator.script(Reply(tool_calls=[ToolCall(name="Weather", arguments=arguments)]))

    agent = create_agent(chat(), [], response_format=Weather)
    state = agent.invoke({"messages": [HumanMessage("Weather?")]})

    assert state["structured_response"] == Weather(city="Oslo", celsius=4)
