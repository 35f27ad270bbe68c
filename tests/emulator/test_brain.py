"""What the model makes of prompts and tools that no ordinary request has."""

from __future__ import annotations

from typing import Any

import pytest

from minimax_adapters.emulator import Reply, ToolCall
from minimax_adapters.emulator._catalog import CHAT_MODELS
from minimax_adapters.emulator.brain import answer, as_leaked_text

M3 = CHAT_MODELS["MiniMax-M3"]
TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


def reply(*messages: Any, tools: list[Any] | None = None, **members: Any) -> Reply:  # noqa: ANN401 - any JSON
    """Return the model's reply; a text is a user message."""
    said = [
        {"role": "user", "content": message} if isinstance(message, str) else message
        for message in messages
    ]
    functions = [{"type": "function", "function": tool} for tool in tools or []]
    return answer({"messages": said, "tools": functions, **members}, M3)


def function(name: str, description: str = "", **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return a tool's function; all its parameters are required."""
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": name, "description": description, "parameters": parameters}


def called(answered: Reply) -> list[Any]:
    """Return the calls of a reply."""
    return [(call.name, call.arguments) for call in answered.tool_calls]


def result(name: str, text: str) -> list[Any]:
    """Return a call and what came of it."""
    call = {"id": "1", "type": "function", "function": {"name": name, "arguments": "{}"}}
    return [
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": text},
    ]


def test_prompts_of_the_frameworks_are_known() -> None:
    """Each asks for something else than an answer."""
    condense = (
        "Given the following conversation, rephrase the follow up question to be a standalone "
        "question.\n\nChat History:\nuser: Who founded MiniMax?\nFollow Up Input: {}\n"
        "Standalone question:"
    )
    keywords = (
        "Some text is provided below. Given the text, extract up to 3 keywords from the text. "
        "Avoid stopwords.---------------------\nBees make honey for bees.\n---------------------\n"
        "Provide keywords in the following comma-separated format: 'KEYWORDS: <keywords>'\n"
    )
    rewrite = {"role": "system", "content": "Formulate a standalone question. Do NOT answer it."}
    existing = (
        "Here are the relevant documents for the context:\n\nCats sleep.\n\nExisting Answer:\n"
        "In 2021.\n\nInstruction: Refine the existing answer."
    )

    assert reply(condense.format("When did he?")).text == "When did he (founded, MiniMax)?"
    assert reply(condense.format("Who is Ada?")).text == "Who is Ada?"
    assert reply(keywords).text.startswith("KEYWORDS: Bees, make, honey")
    assert reply(rewrite, "Who is Ada?").text == "Who is Ada?"
    system = {"role": "system", "content": existing}
    assert reply(system, "When was the firm founded?").text == "In 2021."


def test_json_may_be_spoken_of() -> None:
    """Not everybody who says JSON wants some."""
    assert reply("JSON is nice").text.startswith("You said")


def test_selections_and_doubled_braces() -> None:
    """LlamaIndex shows its selection by example and escapes braces."""
    choices = (
        "Some choices are given below.\n(1) about holidays\n(2) about pay\n"
        "Return the choice most relevant to the question: 'What is my pay?'\n\n"
        'The output should be ONLY JSON.\n[\n    {{\n        choice: 1,\n        reason: "why"\n'
        "    }},\n]\n"
    )
    braces = (
        'Name Ada.\nFollow this JSON schema: {{"properties": {{"n": {{"type": "integer"}}}}}} {x'
    )

    assert reply(choices).text == '[{"choice":2,"reason":"It fits the request best."}]'
    assert reply(braces).text == "{}"
    form = {"type": "json_object"}
    assert reply("Hello", response_format=form).text.startswith('{"answer":')


@pytest.mark.parametrize(
    ("question", "tool", "expected"),
    [
        ("What is 9 - 4?", function("subtract", "", a=NUMBER, b=NUMBER), {"a": 9, "b": 4}),
        ("What is 3x4?", function("multiply", "", a=NUMBER, b=NUMBER), {"a": 3, "b": 4}),
        ("Use the tool.", function("beep"), {}),
        ("Send Bob a mail with the report now and Ada", function("mail", "", a=TEXT, b=TEXT), None),
        ("Please use your beeper tool now", function("horn"), {}),
        ("Rain tomorrow or sun?", function("f", "Tells rain and sun.", day=TEXT), None),
    ],
)
def test_tools_are_recognised(question: str, tool: Any, expected: Any) -> None:  # noqa: ANN401 - any JSON
    """By signs, by order, by description."""
    answered = reply(question, tools=[tool])

    assert expected is None or called(answered) == [(tool["name"], expected)]
    assert answered.tool_calls


def test_a_required_call_is_made_of_a_tool_that_was_not_called_yet() -> None:
    """Tools for the final answer are named like classes and come last."""
    tools = [function("WeatherReport", "The weather.", text=TEXT), function("get_weather")]
    history = result("get_weather", "Sunny.")
    choice = {"tool_choice": "required"}

    first = reply("How is the weather?", tools=tools, **choice)
    second = reply("How is the weather?", *history, tools=tools, **choice)

    assert [name for name, _ in called(first)] == ["get_weather"]
    assert [name for name, _ in called(second)] == ["WeatherReport"]


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "Team"}}])
def test_a_required_call_is_made_again(choice: Any) -> None:  # noqa: ANN401 - a word or an object
    """After the first has failed, of a structure say; also after any number of results."""
    tools = [function("get_weather"), function("Team", "A group.", city=TEXT)]
    failed = result("Team", "Error: city is missing. Try again.")

    again = reply("What is the city? Paris", *failed, tools=tools[1:], tool_choice=choice)
    last = reply(
        "What is the city? Paris",
        *result("get_weather", "Sunny.") * 20,
        *failed,
        tools=tools,
        tool_choice=choice,
    )
    free = reply("What is the city? Paris", *failed, tools=tools)

    assert called(again) == called(last) == [("Team", {"city": "Paris"})]
    assert not free.tool_calls


def test_results_are_quoted() -> None:
    """One, several, none, in Chinese, or too long to repeat."""
    long = "Nothing to see here. " * 30
    twice = [*result("a", "One."), *result("b", "Two.")]

    assert reply("So?", *result("f", "")).text == "The tool returned nothing."
    assert reply("So?", *twice).text == "According to the tools: a: One.; b: Two."
    assert reply("\u597d\u5417\uff1f", *result("f", "\u597d")).text == "\u597d"
    assert len(reply("So?", *result("f", long)).text) < len(long)
    assert reply("So?", *result("f", "x" * 400)).text


def test_text_agents_without_a_question_answer_all_the_same() -> None:
    """A prompt cut short must not break the server."""
    prompt = (
        "> Tool Name: f\nTool Description: d\nTool Args: {bad}\n\nThought: Action: Action Input:"
    )
    system = {"role": "system", "content": prompt}

    assert "Answer:" in reply(system, "Observation: 1").text
    assert "Action: f\nAction Input: " in reply(system, "Use the f tool for Ada.").text


def test_leaked_calls_keep_broken_arguments() -> None:
    """The model leaks what it likes."""
    leaked = as_leaked_text(ToolCall(name="f", arguments="{broken"))

    assert '<parameter name="input">{broken</parameter>' in leaked
