"""What the emulated model says: from context, through tools, in JSON, in agents' formats."""

from __future__ import annotations

import base64
import json
import re
import struct
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[..., Any]

HANDBOOK = """\
# Warehouse handbook

The warehouse in Lyon closes at six on weekdays. Deliveries arrive before noon.

## Returns

- Customers may return goods within 30 days.
- [Refunds](https://example.org) are paid within **five** working days.

| Item | Price | Stock |
|---|---|---|
| Lamp | 20 EUR | 14 |
| Chair | 45 EUR | 3 |

Install the scanner with:

```
pip install scanner
```
"""
LLAMA_INDEX = (
    "Context information is below.\n---------------------\n{context}\n---------------------\n"
    "Given the context information and not prior knowledge, answer the query.\n"
    "Query: {question}\nAnswer: "
)
LANGCHAIN = "Answer from the context only.\n\nContext: {context}\n\nQuestion: {question}\nAnswer:"
TAGGED = "<context>\n{context}\n</context>\n\nQuestion: {question}"
IN_SYSTEM = (
    "You are an assistant for question-answering tasks. Use the following pieces of retrieved "
    "context to answer the question. If you don't know the answer, say that you don't know.\n\n"
    "{context}"
)


def said(body: Any) -> str:  # noqa: ANN401  # JSON.
    """Return the visible answer."""
    content: str = body["choices"][0]["message"]["content"]
    return content.rpartition("</think>\n\n")[2]


def calls(body: Any) -> list[tuple[str, Any]]:  # noqa: ANN401  # JSON.
    """Return the calls with their arguments."""
    found = body["choices"][0]["message"].get("tool_calls", [])
    return [(one["function"]["name"], json.loads(one["function"]["arguments"])) for one in found]


def user(text: str) -> dict[str, Any]:
    """Return a user message."""
    return {"role": "user", "content": text}


def tool(name: str, description: str, /, **properties: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return a tool whose parameters are all required."""
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}


NUMBER = {"type": "integer"}
TEXT = {"type": "string"}
MULTIPLY = tool("multiply", "Multiply two numbers.", a=NUMBER, b=NUMBER)
ADD = tool("add", "Add two numbers.", a=NUMBER, b=NUMBER)
WEATHER = tool("get_weather", "Get the weather at a location.", location=TEXT)
SEARCH = tool("search_handbook", "Search the company handbook.", query=TEXT)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When does the warehouse close?", "closes at six"),
        ("How long do customers have to return goods?", "within 30 days"),
        ("How soon are refunds paid?", "Refunds are paid within five working days."),
        ("How much does a chair cost?", "Chair: Price: 45 EUR"),
        ("How do I install the scanner?", "`pip install scanner`"),
        ("Who is the president of Peru?", "I don't know"),
        ("What is the capital of Norway?", "I don't know"),
    ],
)
@pytest.mark.parametrize("prompt", [LLAMA_INDEX, LANGCHAIN, TAGGED, IN_SYSTEM])
def test_answers_come_from_the_context(ask: Ask, prompt: str, question: str, answer: str) -> None:
    """Wherever the context stands, and only from there."""
    text = prompt.format(context=HANDBOOK, question=question)
    messages = [user(text)]
    if prompt is IN_SYSTEM:
        messages = [{"role": "system", "content": text}, user(question)]

    assert answer in said(ask(messages))


@pytest.mark.parametrize(
    "opening",
    [
        "Answer from:\n",
        "You help visitors. Answer only from this text:\n",
        "Use the following pieces of context to answer: ",
        "Answer with the context below.\n\n",
    ],
)
def test_people_write_the_context_behind_instructions_of_their_own(ask: Ask, opening: str) -> None:
    """An instruction must not take the first sentence of the documents with it."""
    system = {"role": "system", "content": opening + "The shop opens at nine. Cats sleep a lot."}

    assert said(ask([system, user("When does the shop open?")])) == "The shop opens at nine."


@pytest.mark.parametrize(
    "system", ["Answer in this format: short.", "You answer questions from customers: be polite."]
)
def test_instructions_alone_are_no_context(ask: Ask, system: str) -> None:
    """The model still adds up."""
    assert said(ask([{"role": "system", "content": system}, user("What is 6 times 7?")])) == "42"


def test_chinese_is_read_too(ask: Ask) -> None:
    """Without spaces between words."""
    context = (
        "\u4e0a\u4e0b\u6587\uff1a\u4ed3\u5e93\u661f\u671f\u4e94\u516b\u70b9\u5173\u95ed\u3002"
        "\u9000\u8d27\u671f\u9650\u4e3a\u4e09\u5341\u5929\u3002"
    )
    system = {"role": "system", "content": context}

    known = said(ask([system, user("\u4ed3\u5e93\u4ec0\u4e48\u65f6\u5019\u5173\u95ed\uff1f")]))
    unknown = said(ask([system, user("\u8c01\u662f\u79d8\u9c81\u603b\u7edf\uff1f")]))

    assert known == "\u4ed3\u5e93\u661f\u671f\u4e94\u516b\u70b9\u5173\u95ed\u3002"
    assert unknown.startswith("\u6211\u4e0d\u77e5\u9053")


def test_a_refinement_keeps_or_replaces_the_answer(ask: Ask) -> None:
    """LlamaIndex walks over several contexts like this."""
    prompt = (
        "New Context: {}\nQuery: When was the firm founded?\n"
        "Original Answer: In 2021.\nNew Answer: "
    )

    assert said(ask(prompt.format("Cats sleep a lot."))) == "In 2021."
    better = said(ask(prompt.format("The firm was founded in May 2021.")))
    assert better == "The firm was founded in May 2021."


def test_earlier_messages_are_remembered(ask: Ask) -> None:
    """Memory can be shown to work."""
    history = [
        user("My name is Ada and I live in Turin."),
        {"role": "assistant", "content": "Hello Ada."},
        user("What is my name?"),
    ]

    assert said(ask(history)) == "Your name is Ada and you live in Turin."


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("Hello", r"^Hello!"),
        ("What is 7 times 8? Answer with just the number.", r"^56$"),
        ("What is 10 / 4?", r"^2\.5$"),
        ("What is 1 / 0?", r"You said"),
        ("What is the capital of France?", r"Paris"),
        ("Reply with exactly: pong", r"^pong$"),
        ("Count to 5", r"^1, 2, 3, 4, 5$"),
        ("Tell me a joke about dogs.", r"dog"),
        ("Write me 2 haikus. Only include the haikus.", r"\n\n"),
        ("Write a story about a fox.", r"fox"),
        ("Xyzzy plugh", r'You said: "Xyzzy plugh"'),
        ("Paris is large. Lyon is smaller. Which city is smaller?", r"Lyon is smaller"),
        ("Summarize this: Bees make honey. Bees live in hives.", r"Bees make honey"),
    ],
)
def test_small_talk_needs_no_context(ask: Ask, message: str, answer: str) -> None:
    """First examples of a README ask such things."""
    assert re.search(answer, said(ask(message)))


@pytest.mark.parametrize(
    ("question", "tools", "expected"),
    [
        (
            "What is the value of magic_function(3)? Use the tool.",
            [tool("magic_function", "Apply a magic function to an input.", input=NUMBER)],
            [("magic_function", {"input": 3})],
        ),
        (
            "What is the value of magic_function_no_args()? Use the tool.",
            [tool("magic_function_no_args", "Calculate a magic function.")],
            [("magic_function_no_args", {})],
        ),
        ("What is 3 times 12?", [ADD, MULTIPLY], [("multiply", {"a": 3, "b": 12})]),
        ("What is 1 + 2", [MULTIPLY, ADD], [("add", {"a": 1, "b": 2})]),
        (
            "What is the weather in San Francisco, CA?",
            [WEATHER],
            [("get_weather", {"location": "San Francisco, CA"})],
        ),
        (
            "What's the weather in Paris and London?",
            [WEATHER],
            [("get_weather", {"location": "Paris"}), ("get_weather", {"location": "London"})],
        ),
        (
            "What is the weather in Oslo and what is 4 times 5?",
            [WEATHER, MULTIPLY],
            [("get_weather", {"location": "Oslo"}), ("multiply", {"a": 4, "b": 5})],
        ),
        (
            "How many days of holiday do I have?",
            [SEARCH, WEATHER],
            [("search_handbook", {"query": "How many days of holiday do I have?"})],
        ),
        ("Hello there!", [WEATHER, SEARCH], []),
    ],
)
def test_tools_are_called_when_asked_for(
    ask: Ask, question: str, tools: list[Any], expected: list[Any]
) -> None:
    """The right one, with what the question says, several at once where several are needed."""
    body = ask(question, tools=tools)

    assert calls(body) == expected
    assert body["choices"][0]["finish_reason"] == ("tool_calls" if expected else "stop")


def test_a_choice_is_obeyed(ask: Ask) -> None:
    """`required` and a name force a call, `none` forbids it."""
    named = {"type": "function", "function": {"name": "add"}}

    assert calls(ask("Hello!", tools=[MULTIPLY, ADD], tool_choice="required"))
    assert [name for name, _ in calls(ask("Hello!", tools=[MULTIPLY, ADD], tool_choice=named))] == [
        "add"
    ]
    assert not calls(ask("What is 3 times 4?", tools=[MULTIPLY], tool_choice="none"))


def run_agent(ask: Ask, question: str, tools: list[Any], results: dict[str, Any]) -> list[Any]:
    """Call tools until the model answers; return the calls and the answer."""
    messages = [user(question)]
    made: list[Any] = []
    for _ in range(8):
        message = ask(messages, tools=tools)["choices"][0]["message"]
        if not message.get("tool_calls"):
            return [*made, message["content"]]
        messages.append(message)
        for one in message["tool_calls"]:
            name, arguments = one["function"]["name"], json.loads(one["function"]["arguments"])
            made.append((name, arguments))
            content = str(results[name](**arguments))
            messages.append({"role": "tool", "tool_call_id": one["id"], "content": content})
    raise AssertionError(made)


def test_agents_come_to_an_end(ask: Ask) -> None:
    """Each step uses the result of the one before; then an answer quotes them."""
    results = {"multiply": lambda a, b: a * b, "add": lambda a, b: a + b}

    first, second, answer = run_agent(
        ask, "What is 3 times 12, then add 5", [MULTIPLY, ADD], results
    )

    assert first == ("multiply", {"a": 3, "b": 12})
    assert second[0] == "add"
    assert sorted(second[1].values()) == [5, 36]
    assert "41" in answer


def test_failing_tools_end_as_well(ask: Ask) -> None:
    """The same call is not made twice."""
    results = {"get_weather": lambda location: f"Error: no station in {location}"}

    (_, answer) = run_agent(ask, "What is the weather in Oslo?", [WEATHER], results)

    assert "Error: no station in Oslo" in answer


def test_long_results_are_read(ask: Ask) -> None:
    """A retriever's result is a text to answer from, not to repeat."""
    results = {"search_handbook": lambda query: f"{HANDBOOK}\n{query}"}

    (_, answer) = run_agent(ask, "When does the warehouse close?", [SEARCH], results)

    assert answer.endswith("The warehouse in Lyon closes at six on weekdays.")


SONG = {
    "type": "object",
    "properties": {"title": TEXT, "seconds": {"type": "integer", "minimum": 30}},
    "required": ["title", "seconds"],
}


def test_json_is_made_to_a_schema(ask: Ask) -> None:
    """From the response format, from a schema in the prompt, from named keys."""
    form = {"type": "json_schema", "json_schema": {"name": "song", "schema": SONG}}
    question = 'Extract the song "Blue Train", which lasts 640 seconds.'
    prompt = f"{question}\nHere's a JSON schema to follow:\n{json.dumps(SONG)}\nOutput JSON."

    for body in (ask(question, response_format=form), ask(prompt)):
        assert json.loads(said(body)) == {"title": "Blue Train", "seconds": 640}
    joke = ask(
        "Tell me a joke about cats. Return the result as a JSON with 'setup' and 'punchline' keys.",
        response_format={"type": "json_object"},
    )
    assert set(json.loads(said(joke))) == {"setup", "punchline"}
    assert "cat" in said(joke)


def test_numbered_choices_are_chosen(ask: Ask) -> None:
    """Routers list what their engines are good for and want an index back."""
    prompt = (
        "Some choices are given below. It is provided in a numbered list (1 to 2), where each item "
        "in the list corresponds to a summary.\n---------------------\n(1) Useful for questions "
        "about holidays\n\n(2) Useful for salaries and pay\n---------------------\nUsing only the "
        "choices above and not prior knowledge, generate the selection object and reason that is "
        "most relevant to the question: 'How high is my pay?'\n"
    )
    selection = tool("SingleSelection", "A single selection.", index=NUMBER, reason=TEXT)

    ((_, arguments),) = calls(ask(prompt, tools=[selection], tool_choice="required"))

    assert arguments["index"] == 2


REACT = """\
You are designed to help.

You have access to the following tools:
> Tool Name: multiply
Tool Description: multiply(a: int, b: int) -> int
Multiply two integers.
Tool Args: {"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"], "type": "object"}

Use the following format:
Thought: I need to use a tool.
Action: tool name (one of multiply) if using a tool.
Action Input: the input to the tool, in a JSON format
"""  # noqa: E501  # The tool's arguments stand on one line.


def test_agents_in_text_get_their_format(ask: Ask) -> None:
    """LlamaIndex's ReAct agent parses Thought, Action and Answer."""
    messages = [{"role": "system", "content": REACT}, user("What is 3 times 12?")]

    action = said(ask(messages))
    messages += [{"role": "assistant", "content": action}, user("Observation: 36")]
    answer = said(ask(messages))

    assert re.fullmatch(r'Thought: .*\nAction: multiply\nAction Input: \{"a":3,"b":12\}', action)
    assert re.fullmatch(r"Thought: .*\nAnswer: .*36.*", answer)


def test_agents_in_one_message_get_theirs(ask: Ask) -> None:
    """LangChain's older agents keep the scratchpad in the prompt."""
    prompt = (
        "You have access to the following tools:\n\nSearch: finds facts\n\nUse this format:\n\n"
        "Question: the question\nThought: think\nAction: should be one of [Search]\n"
        "Action Input: the input\nObservation: the result\nFinal Answer: the answer\n\nBegin!\n\n"
        "Question: Who wrote Emma?\nThought:"
    )

    action = said(ask(prompt))
    answer = said(ask(f"{prompt}{action}\nObservation: Jane Austen wrote Emma.\nThought:"))

    assert action.endswith("Action: Search\nAction Input: Who wrote Emma?")
    assert answer.endswith("Final Answer: According to Search: Jane Austen wrote Emma.")


def test_pictures_are_described_by_their_header(ask: Ask) -> None:
    """Kind and size are all it sees."""
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480) + b"\x08\x02\0\0\0"
    jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08" + struct.pack(">HH", 30, 20) + b"\x03\x01"
    gif = b"GIF89a" + struct.pack("<HH", 7, 9)

    for kind, content, size in (
        ("png", png, "640 by 480"),
        ("JPEG", jpeg, "20 by 30"),
        ("gif", gif, "7 by 9"),
    ):
        url = f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
        parts = [
            {"type": "text", "text": "What?"},
            {"type": "image_url", "image_url": {"url": url}},
        ]
        assert size in said(ask([{"role": "user", "content": parts}]))
