"""Scenarios of the LangChain adapter."""

# ruff: noqa: ANN401 - what was received may be anything
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest
from chat_scenarios import PIXEL
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel, Field
from scenario import scenario

from minimax_adapters.emulator import Quirks, Reply, ToolCall
from minimax_adapters.langchain import MiniMaxRateLimitError, MiniMaxSpeechTool

if TYPE_CHECKING:
    from collections.abc import Callable

    from stage import Stage


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Person(BaseModel):
    """A person."""

    name: str = Field(description="Name of the person.")
    age: int = Field(description="Age in years.")


SENTENCE = "Marie Curie was 66 years old."


@scenario("langchain")
def invoke(stage: Stage) -> Any:
    """A message with text, thinking as a block, and usage."""
    message = stage.call(stage.chat(temperature=0.5).invoke, "Which river flows through Paris?")

    assert isinstance(message.content, str)
    assert [block["type"] for block in message.content_blocks] == ["reasoning", "text"]
    assert message.usage_metadata["total_tokens"] > 0
    return message


@scenario("langchain")
def stream(stage: Stage) -> Any:
    """Chunks add up to the message."""
    chunks = stage.all(stage.chat().stream, "Which river flows through Paris?")

    assert len(chunks) > 3
    assert chunks[-1].usage_metadata
    return chunks


@scenario("langchain")
def standard_blocks_as_content(stage: Stage) -> Any:
    """With `output_version="v1"` the blocks are the content."""
    message = stage.call(stage.chat(output_version="v1").invoke, "What is 6 times 7?")

    assert [block["type"] for block in message.content] == ["reasoning", "text"]
    return message


@scenario("langchain")
def batch(stage: Stage) -> Any:
    """Several questions, one after the other."""
    config: Any = {"max_concurrency": 1}
    return stage.call(stage.chat().batch, ["What is 2 plus 3?", "What is 4 plus 5?"], config)


@scenario("langchain")
def conversation(stage: Stage) -> Any:
    """System message and history; the answer before goes back with its thinking."""
    model = stage.chat()
    messages: list[Any] = [SystemMessage("Be brief."), HumanMessage("My name is Ada.")]
    first = stage.call(model.invoke, messages)

    second = stage.call(model.invoke, [*messages, first, HumanMessage("What is my name?")])

    assert "Ada" in second.content
    return [first, second]


@scenario("langchain")
def bind_tools(stage: Stage) -> Any:
    """The model calls a tool."""
    message = stage.call(stage.chat().bind_tools([add]).invoke, "What is 3 + 4?")

    assert [call["args"] for call in message.tool_calls] == [{"a": 3, "b": 4}]
    return message


@scenario("langchain")
def tool_choice(stage: Stage) -> Any:
    """The call is forced by name."""
    model = stage.chat().bind_tools([add], tool_choice="add")

    message = stage.call(model.invoke, "Hello, 3 and 4!")

    assert message.tool_calls
    return message


@scenario("langchain", staged=True)
def tools_streamed(stage: Stage) -> Any:
    """Two calls at once come in fragments."""
    if stage.emulator:
        stage.emulator.quirks = Quirks(tool_argument_chars=3)
        calls = [ToolCall(name="add", arguments={"a": n, "b": n}) for n in (1, 2)]
        stage.emulator.script(Reply(thinking="Both.", tool_calls=calls))

    chunks = stage.all(stage.chat().bind_tools([add]).stream, "Add 1 to 1 and 2 to 2.")

    together = chunks[0]
    for chunk in chunks[1:]:
        together += chunk
    assert [call["args"] for call in together.tool_calls] == [{"a": 1, "b": 1}, {"a": 2, "b": 2}]
    return chunks


@scenario("langchain", staged=True)
def broken_arguments(stage: Stage) -> Any:
    """They are an invalid tool call, not an exception."""
    if stage.emulator:
        stage.emulator.script(Reply(tool_calls=[ToolCall(name="add", arguments='{"a": 3, "b"')]))

    message = stage.call(stage.chat().bind_tools([add]).invoke, "What is 3 + 4?")

    assert message.invalid_tool_calls
    return message


@scenario("langchain", staged=True)
def three_rounds_of_tools(stage: Stage) -> Any:
    """The thinking of each round goes back in all later ones."""
    if stage.emulator:
        for number in (1, 2, 3):
            call = ToolCall(name="add", arguments={"a": number, "b": number})
            stage.emulator.script(Reply(thinking=f"Round {number}.", tool_calls=[call]))
        stage.emulator.script(Reply(thinking="Done.", text="2, 4 and 6."))
    model = stage.chat().bind_tools([add])
    messages: list[Any] = [HumanMessage("Double 1, 2 and 3, one at a time.")]

    for _ in range(4):
        answer: AIMessage = stage.call(model.invoke, messages)
        messages.append(answer)
        messages += [
            ToolMessage(str(add.invoke(call["args"])), tool_call_id=call["id"])
            for call in answer.tool_calls
        ]

    assert messages[-1].content == "2, 4 and 6."
    return [message for message in messages if isinstance(message, AIMessage)]


Method = Literal["json_schema", "function_calling", "json_mode"]


def structured(method: Method) -> Callable[[Stage], Any]:
    """Return the scenario of a method of structured output."""

    def structured_output(stage: Stage) -> Any:
        model = stage.chat().with_structured_output(Person, method=method, include_raw=True)
        question = f"{SENTENCE} Answer in JSON with the members name and age."

        answer = stage.call(model.invoke, question)

        assert answer["parsing_error"] is None
        assert isinstance(answer["parsed"], Person)
        return [answer["parsed"], answer["raw"]]

    structured_output.__doc__ = f"Structured output by `{method}`, with the raw message."
    return structured_output


for way in ("json_schema", "function_calling", "json_mode"):
    scenario("langchain", name=f"structured_output_by_{way}")(structured(way))


@scenario("langchain", staged=True)
def structured_output_streamed(stage: Stage) -> Any:
    """Objects grow while they come."""
    if stage.emulator:
        stage.emulator.quirks = Quirks(tool_argument_chars=4)
    schema = Person.model_json_schema()
    model = stage.chat().with_structured_output(schema, include_raw=True)

    seen = stage.all(model.stream, SENTENCE)

    parsed = [part["parsed"] for part in seen if "parsed" in part]
    assert parsed[-1] == {"name": "Marie Curie", "age": 66}
    return [parsed, [part["raw"] for part in seen if "raw" in part]]


@scenario("langchain")
def image(stage: Stage) -> Any:
    """An image block goes along."""
    url = {"type": "image", "base64": PIXEL.partition(",")[2], "mime_type": "image/png"}
    content: Any = [{"type": "text", "text": "What is this?"}, url]

    return stage.call(stage.chat().invoke, [HumanMessage(content)])


@scenario("langchain", staged=True)
def video(stage: Stage) -> Any:
    """A video block goes along by its address."""
    block = {"type": "video", "url": "https://example.com/harbour.mp4"}
    content: Any = [{"type": "text", "text": "What happens?"}, block]

    return stage.call(stage.chat().invoke, [HumanMessage(content)])


@scenario("langchain", narrow=True)
def stop(stage: Stage) -> Any:
    """The answer ends before the stop text, plain and streamed."""
    model = stage.chat()
    question = "Count from 1 to 9, separated by commas."

    message = stage.call(model.invoke, question, stop=["4"])
    chunks = stage.all(model.stream, question, stop=["4"])

    assert "4" not in message.content
    assert "".join(chunk.text for chunk in chunks) == message.content
    return [message, chunks]


@scenario("langchain")
def cached_tokens(stage: Stage) -> Any:
    """A repeated prompt is counted as read from the cache."""
    model = stage.chat()
    answers = [stage.call(model.invoke, "Tell me about rivers. " * 100) for _ in range(2)]

    assert answers[1].usage_metadata["input_token_details"]["cache_read"] > 0
    return answers


@scenario("langchain")
def events(stage: Stage) -> Any:
    """Events of LangChain's content-block protocol."""
    model = stage.chat()
    messages = [HumanMessage("What is 6 times 7?")]

    seen = stage.all(model._stream_chat_model_events, messages)

    return [event for event in seen if event["event"] != "message-start"]


@scenario("langchain")
def embed_documents_and_query(stage: Stage) -> Any:
    """Documents go as `db`, queries as `query`."""
    embeddings = stage.embeddings()

    documents = stage.call(embeddings.embed_documents, ["red", "green"])
    query = stage.call(embeddings.embed_query, "red")

    assert [len(vector) for vector in [*documents, query]] == [1536] * 3
    assert query != documents[0]
    return [*documents, query]


@scenario("langchain")
def speech(stage: Stage) -> Any:
    """Text becomes audio; the thinking of a message is not spoken."""
    message = AIMessage(
        [{"type": "reasoning", "reasoning": "Hm."}, {"type": "text", "text": "Hello!"}]
    )

    return stage.call(stage.speech(sample_rate=16000).invoke, message)


@scenario("langchain")
def speech_streamed(stage: Stage) -> Any:
    """Audio comes as it is made."""
    return stage.all(stage.speech(sample_rate=16000).stream, "Hello!")


@scenario("langchain")
def speech_voices(stage: Stage) -> Any:
    """The voices that may be chosen."""
    voices = stage.call(stage.speech().voices)

    assert voices
    return voices


@scenario("langchain")
def speech_tool(stage: Stage) -> Any:
    """The audio is the artifact, the model reads a line."""
    spoken = MiniMaxSpeechTool(speech=stage.speech(sample_rate=16000))
    call = {"type": "tool_call", "id": "1", "name": spoken.name, "args": {"text": "Hello!"}}

    message = stage.call(spoken.invoke, call)

    return [message, MiniMaxSpeechTool.audio_of(message)]


@scenario("langchain", staged=True, narrow=True)
def rate_limit(stage: Stage) -> Any:
    """The error is LangChain's and ours."""
    if stage.emulator:
        stage.emulator.fail_next(1002, times=2)

    with pytest.raises(MiniMaxRateLimitError) as caught:
        stage.call(stage.chat(max_retries=1).invoke, "Hello!")

    return caught.value
