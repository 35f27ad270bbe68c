"""Corners of the model that no ordinary request reaches: each function by itself."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from minimax_adapters.emulator import Reply, ToolCall
from minimax_adapters.emulator._catalog import CHAT_MODELS
from minimax_adapters.emulator.brain import answer, as_leaked_text
from minimax_adapters.emulator.brain.arguments import Filler
from minimax_adapters.emulator.brain.pictures import describe, dimensions
from minimax_adapters.emulator.brain.reading import answer_from, summary
from minimax_adapters.emulator.brain.schemas import alternatives, kind_of, resolve
from minimax_adapters.emulator.brain.sentences import sentences
from minimax_adapters.emulator.brain.smalltalk import chat
from minimax_adapters.emulator.brain.words import stem, terms

M3 = CHAT_MODELS["MiniMax-M3"]
TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


def reply(*messages: Any, tools: list[Any] | None = None, **members: Any) -> Reply:  # noqa: ANN401
    """Return the model's reply; a text is a user message."""
    said = [
        {"role": "user", "content": message} if isinstance(message, str) else message
        for message in messages
    ]
    functions = [{"type": "function", "function": tool} for tool in tools or []]
    return answer({"messages": said, "tools": functions, **members}, M3)


def function(name: str, description: str = "", **properties: Any) -> dict[str, Any]:  # noqa: ANN401
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


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("closes", "closing"),
        ("delivery", "delivers"),
        ("studies", "study"),
        ("stopped", "stop"),
        ("multiplied", "multiplies"),
        ("refunds", "returned"),
        ("went", "goes"),
        ("installation", "installed"),
    ],
)
def test_forms_of_a_word_are_equal(first: str, second: str) -> None:
    """A question rarely uses the form that the text uses."""
    assert stem(first) == stem(second)


def test_small_words_carry_no_meaning() -> None:
    """In both scripts."""
    assert terms("What is the ...?") == []
    assert terms("\u6211\u4eec\u7684") == []


def test_markdown_becomes_sentences() -> None:
    """Headings, rules, fences, metadata and pictures are no sentences; cells are facts."""
    document = """\
file_path: guide.md

Title
=====
![logo](a.png) Dr. Smith met e.g. Bob. **Bold** words stay!
> Quoted
lines join.

| A | B |
|---|---|
| x | |
~~~
code
~~~
1. First item
* * *
<!-- hidden --> \u4f60\u597d\u3002\u518d\u89c1\uff01
"""

    assert [sentence.text for sentence in sentences(document)] == [
        "Title",
        "Dr. Smith met e.g. Bob.",
        "Bold words stay!",
        "Quoted lines join.",
        "x.",
        "First item",
        "\u4f60\u597d\u3002",
        "\u518d\u89c1\uff01",
    ]


@pytest.mark.parametrize(
    "cut",
    [
        'def test() -> None:\n    """It works."""\n    assert four == 4\n```\n\nFour is enough.',
        "@mark\nimport it\nfrom it import x\n\nvalue = f(\n)\n```\nFour is enough.",
        "Look:\n\n```python\nprint(4)\n\nFour is enough. We have said so several times before.",
        "```python\nprint(4)\n```\n```text\n4\n```\nFour is enough.",
    ],
)
def test_code_that_a_splitter_cut_is_no_answer(cut: str) -> None:
    """The fence that opens or closes it may be in another piece."""
    said = [sentence.text for sentence in sentences(cut) if not sentence.text.startswith("Look")]

    assert said[0] == "Four is enough."


def test_prose_answers_rather_than_a_list_of_calls() -> None:
    """Unless the question is about one."""
    document = "`stop()` ends a box that `start()` opened.\n\nA lid ends a box."

    assert answer_from("What ends a box?", document) == "A lid ends a box."
    assert "`stop()`" in str(answer_from("What does start() do with a box?", document))


def test_several_sentences_can_answer() -> None:
    """Two that are equally good, or one that continues the other."""
    both = answer_from(
        "What do bees eat and what do wasps eat?", "Bees eat pollen.\n\nWasps eat meat."
    )
    continued = answer_from("How high is Everest?", "Everest is very high. It has 8,849 metres.")

    assert both == "Bees eat pollen. Wasps eat meat."
    assert continued == "Everest is very high. It has 8,849 metres."


def test_relatives_of_a_word_count_for_less() -> None:
    """Charger and charge share their beginning."""
    assert answer_from("How is it charged?", "A charger is in the box.") is not None
    assert answer_from("", "Something.") is None
    assert answer_from("Where is Oslo?", "Where is Oslo?") is None


def test_summaries_keep_the_order() -> None:
    """And leave out questions."""
    text = "Bees make honey. Is it sweet? Honey is made by bees in hives. It rained. Bees fly."

    assert summary(text, 2) == "Bees make honey. Honey is made by bees in hives."


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("What is -3 - 4?", "-7"),
        ("What is 2 ** 3?", "You said"),
        ("", "How can I help you?"),
        ("\u4f60\u597d", "\u4f60\u597d"),
        ("\u8bb2\u4e2a\u7b11\u8bdd", "\u4e3a\u4ec0\u4e48"),
        ("\u4eca\u5929\u5929\u6c14\u5f88\u597d", "\u4f60\u8bf4"),
        ("lorem ipsum " * 40, ' ..."'),
        ("Thanks!", "welcome"),
        ("Write a poem about the sea.", "sea"),
    ],
)
def test_small_talk(message: str, expected: str) -> None:
    """Nothing makes it fall over."""
    assert expected in chat(message)


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
def test_tools_are_recognised(question: str, tool: Any, expected: Any) -> None:  # noqa: ANN401
    """By signs, by order, by description."""
    answered = reply(question, tools=[tool])

    assert expected is None or called(answered) == [(tool["name"], expected)]
    assert answered.tool_calls


def test_a_required_call_is_not_repeated() -> None:
    """Tools for the final answer are named like classes and come last."""
    tools = [function("WeatherReport", "The weather.", text=TEXT), function("get_weather")]
    history = result("get_weather", "Sunny.")
    choice = {"tool_choice": "required"}

    first = reply("How is the weather?", tools=tools, **choice)
    second = reply("How is the weather?", *history, tools=tools, **choice)
    third = reply("Hello", *history, tools=tools[1:], **choice)

    assert [name for name, _ in called(first)] == ["get_weather"]
    assert [name for name, _ in called(second)] == ["WeatherReport"]
    assert third.text == "According to get_weather: Sunny."


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


def test_pictures_say_what_they_can() -> None:
    """An address, a size, or nothing but bytes."""
    webp = b"RIFF....WEBPVP8X" + b"\0" * 8 + struct.pack("<I", 9)[:3] + struct.pack("<I", 4)[:3]

    assert dimensions(webp) == (10, 5)
    assert dimensions(b"\x89PNG") is None
    assert dimensions(b"\xff\xd8") is None
    assert dimensions(b"BM") is None
    assert describe(["https://a.example/x.png"]) == "The image is at https://a.example/x.png."
    assert describe(["mm_file://1"]) == "The video is at mm_file://1."
    assert "3 bytes" in describe(["data:video/mp4;base64,AAAA"])


def test_leaked_calls_keep_broken_arguments() -> None:
    """The model leaks what it likes."""
    leaked = as_leaked_text(ToolCall(name="f", arguments="{broken"))

    assert '<parameter name="input">{broken</parameter>' in leaked


def test_schemas_are_understood_loosely() -> None:
    """References into nowhere, merged parts, lists of types, types left out."""
    parts = [
        {"properties": {"a": {}}, "required": ["a"]},
        {"properties": {"b": {}}, "required": ["b"]},
    ]

    assert resolve({"$ref": "#/nowhere/x"}, {}) == {}
    assert resolve({"$ref": "#"}, {"type": "null"}) == {"type": "null"}
    merged = resolve({"allOf": parts}, {})
    assert (set(merged["properties"]), merged["required"]) == ({"a", "b"}, ["a", "b"])
    assert alternatives({"type": ["string", "null"]}, {}) == [{"type": "string"}, {"type": "null"}]
    assert kind_of({"properties": {}}) == "object"
    assert kind_of({"prefixItems": []}) == "array"
    assert kind_of({"enum": ["a"]}) == "string"


@pytest.mark.parametrize(
    ("schema", "question", "expected"),
    [
        ({"const": 5}, "", 5),
        ({"enum": ["low", "warmth"]}, "as warm as you can", "warmth"),
        ({"enum": ["a", "b"], "default": "b"}, "", "b"),
        ({"type": "boolean", "default": False}, "", False),
        ({"type": "array", "prefixItems": [NUMBER, TEXT]}, "7 'x'", [7, "x"]),
        (
            {"type": "array", "items": {"enum": ["red", "blue", "green"]}, "minItems": 1},
            "blue and red",
            ["red", "blue"],
        ),
        (
            {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 2, "uniqueItems": True},
            "",
            ["a", "b"],
        ),
        ({"type": "array", "items": NUMBER, "minItems": 2, "uniqueItems": True}, "", [1, 2]),
        ({"type": "array", "items": {"type": "number"}}, "1.5 or 2", [1.5, 2]),
        ({"type": "string", "default": "d"}, "", "d"),
        ({"type": "string", "pattern": "^[0-9]{3}$"}, "'call 555 now'", "555"),
        ({"type": "number", "minimum": 5}, "take 2.5", 5),
        ({"type": "number", "exclusiveMinimum": 1, "exclusiveMaximum": 2}, "1.5", 1.5),
        ({"anyOf": [{"type": "object", "required": ["a"]}, NUMBER]}, "", {"a": "a"}),
        ({"type": "array", "items": {"format": "date", "type": "string"}}, "", ["2026-11-21"]),
        ({"type": "array", "items": TEXT}, "'a' and 'b'", ["a", "b"]),
        ({"type": "array", "items": TEXT, "minItems": 2}, "", ["value", "value 2"]),
        (
            {"type": "array", "items": {"const": None}, "minItems": 2, "uniqueItems": True},
            "",
            [None, None],
        ),
        ({"type": "string", "pattern": "^[a-c][^x1]\\d(ab|c)$"}, "", "aa1ab"),
    ],
)
def test_values_are_made(schema: Any, question: str, expected: object) -> None:  # noqa: ANN401
    """One case per kind of schema."""
    assert Filler(schema, question).fill(schema, "value") == expected


@pytest.mark.parametrize(
    ("name", "question", "background", "expected"),
    [
        ("time", "at 9:30", "", "09:30:00"),
        ("note", "Add a note - buy milk.", "", "buy milk"),
        ("recipient", "Write it", "Ask Ada Byron.", "Ada Byron"),
        (
            "opening_hours",
            "Tell me",
            "The opening hours are nine to five.",
            "The opening hours are nine to five.",
        ),
        ("topic", "Bees", "", "Bees"),
        ("color", "something green", "", "green"),
        ("expression", "no numbers", "", "expression of numbers"),
    ],
)
def test_strings_are_found(name: str, question: str, background: str, expected: str) -> None:
    """In the question first, then in what is known besides."""
    assert Filler({}, question, background).fill(TEXT, name) == expected


def test_endless_schemas_end() -> None:
    """A required member of its own kind cannot be satisfied; it must not hang either."""
    schema = {"type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"]}

    assert Filler(schema, "").members(schema)
    optional = {"type": "object", "properties": {"node": {"$ref": "#"}}}
    assert Filler(optional, "a node").members(optional)
