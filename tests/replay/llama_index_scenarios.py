"""Scenarios of the LlamaIndex adapter."""

# ruff: noqa: ANN401 - what was received may be anything
from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from chat_scenarios import PIXEL
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel
from scenario import scenario

from minimax_adapters.api import RateLimitError
from minimax_adapters.emulator import Quirks, Reply, ToolCall
from minimax_adapters.llama_index import BrokenToolCallError, MiniMaxToolSpec

if TYPE_CHECKING:
    from stage import Stage


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


ADD = FunctionTool.from_defaults(add)


class Album(BaseModel):
    """An album."""

    name: str
    artist: str


def user(text: str) -> ChatMessage:
    """Return a message of the user."""
    return ChatMessage(role="user", content=text)


def album() -> Reply:
    """Return an answer that fills in the schema."""
    call = ToolCall(name="Album", arguments={"name": "Tides", "artist": "The Ebb"})
    return Reply(thinking="The sea.", tool_calls=[call])


@scenario("llama_index")
def chat(stage: Stage) -> Any:
    """An answer with thinking as a block."""
    messages = [ChatMessage(role="system", content="Be brief."), user("What is 6 times 7?")]

    response = stage.call(stage.llm(temperature=0.5).chat, messages)

    assert "42" in response.message.content
    return response


@scenario("llama_index")
def stream_chat(stage: Stage) -> Any:
    """Deltas add up to the answer."""
    seen = stage.all(stage.llm().stream_chat, [user("Which river flows through Paris?")])

    assert "".join(one.delta or "" for one in seen) == seen[-1].message.content
    return seen


@scenario("llama_index")
def complete(stage: Stage) -> Any:
    """Plain text in, plain text out."""
    return stage.call(stage.llm().complete, "What is 6 times 7?")


@scenario("llama_index", narrow=True)
def stream_complete(stage: Stage) -> Any:
    """Plain text as it is written."""
    return stage.all(stage.llm().stream_complete, "Which river flows through Paris?")


@scenario("llama_index")
def chat_with_tools(stage: Stage) -> Any:
    """The model calls a tool."""
    llm = stage.llm()

    response = stage.call(llm.chat_with_tools, [ADD], user_msg="What is 3 + 4?")

    [call] = llm.get_tool_calls_from_response(response)
    assert call.tool_kwargs == {"a": 3, "b": 4}
    return [response, call]


@scenario("llama_index", staged=True)
def stream_chat_with_tools(stage: Stage) -> Any:
    """Two calls at once, in fragments."""
    if stage.emulator:
        stage.emulator.quirks = Quirks(tool_argument_chars=3)
        calls = [ToolCall(name="add", arguments={"a": n, "b": n}) for n in (1, 2)]
        stage.emulator.script(Reply(thinking="Both.", tool_calls=calls))
    llm = stage.llm()

    seen = stage.all(
        llm.stream_chat_with_tools, [ADD], user_msg="Twice!", allow_parallel_tool_calls=True
    )

    calls_made = llm.get_tool_calls_from_response(seen[-1])
    assert [call.tool_kwargs for call in calls_made] == [{"a": 1, "b": 1}, {"a": 2, "b": 2}]
    return seen


@scenario("llama_index", staged=True)
def broken_arguments(stage: Stage) -> Any:
    """A call with half of its arguments is no call."""
    if stage.emulator:
        stage.emulator.script(Reply(tool_calls=[ToolCall(name="add", arguments='{"a": 3, "b')]))
    llm = stage.llm()

    response = stage.call(llm.chat_with_tools, [ADD], user_msg="What is 3 + 4?")

    with pytest.raises(BrokenToolCallError):
        llm.get_tool_calls_from_response(response)
    return response


@scenario("llama_index", staged=True, narrow=True)
def predict_and_call(stage: Stage) -> Any:
    """The tool is called, and its output returned."""
    if stage.emulator:
        stage.emulator.script(Reply(tool_calls=[ToolCall(name="add", arguments={"a": 3, "b": 4})]))

    answer = stage.call(stage.llm().predict_and_call, [ADD], user_msg="What is 3 + 4?")

    assert str(answer) == "7"
    return str(answer)


@scenario("llama_index", staged=True)
def three_rounds_of_tools(stage: Stage) -> Any:
    """The thinking of each round goes back in all later ones."""
    if stage.emulator:
        for number in (1, 2, 3):
            call = ToolCall(name="add", arguments={"a": number, "b": number})
            stage.emulator.script(Reply(thinking=f"Round {number}.", tool_calls=[call]))
        stage.emulator.script(Reply(thinking="Done.", text="2, 4 and 6."))
    llm = stage.llm()
    history = [user("Double 1, 2 and 3, one at a time.")]
    responses = []

    for _ in range(4):
        response = stage.call(llm.chat_with_tools, [ADD], chat_history=history)
        responses.append(response)
        history.append(response.message)
        for made in llm.get_tool_calls_from_response(response, error_on_no_tool_call=False):
            result = ChatMessage(role="tool", content=str(add(**made.tool_kwargs)))
            result.additional_kwargs["tool_call_id"] = made.tool_id
            history.append(result)

    assert responses[-1].message.content == "2, 4 and 6."
    return responses


@scenario("llama_index", staged=True, narrow=True)
def structured_predict(stage: Stage) -> Any:
    """The answer is an object."""
    if stage.emulator:
        stage.emulator.script(album())
    prompt = PromptTemplate("Invent an album about {topic}.")

    found = stage.call(stage.llm().structured_predict, Album, prompt, topic="the sea")

    assert found == Album(name="Tides", artist="The Ebb")
    return found


@scenario("llama_index", staged=True, narrow=True)
def stream_structured_predict(stage: Stage) -> Any:
    """The object grows while it comes."""
    if stage.emulator:
        stage.emulator.quirks = Quirks(tool_argument_chars=6)
        stage.emulator.script(album())
    prompt = PromptTemplate("Invent an album about {topic}.")

    seen = stage.all(stage.llm().stream_structured_predict, Album, prompt, topic="the sea")

    assert seen[-1] == Album(name="Tides", artist="The Ebb")
    return [one.model_dump() for one in seen]


@scenario("llama_index", staged=True, narrow=True)
def as_structured_llm(stage: Stage) -> Any:
    """An LLM that answers in objects."""
    if stage.emulator:
        stage.emulator.script(album())
    structured = stage.llm().as_structured_llm(Album)

    response = stage.call(structured.chat, [user("Invent an album.")])

    assert response.raw == Album(name="Tides", artist="The Ebb")
    return response


@scenario("llama_index")
def image(stage: Stage) -> Any:
    """An image block goes along."""
    blocks = [TextBlock(text="What is this?"), ImageBlock(url=PIXEL)]

    return stage.call(stage.llm().chat, [ChatMessage(role="user", blocks=blocks)])


@scenario("llama_index", narrow=True)
def stop(stage: Stage) -> Any:
    """The answer ends before the stop text."""
    messages = [user("Count from 1 to 9, separated by commas.")]

    response = stage.call(stage.llm().chat, messages, stop=["4"])

    assert "4" not in response.message.content
    return response


@scenario("llama_index")
def usage_and_cache(stage: Stage) -> Any:
    """The usage is in `additional_kwargs` and `raw`."""
    llm = stage.llm()
    messages = [user("Tell me about rivers. " * 100)]

    return [stage.call(llm.chat, messages) for _ in range(2)]


@scenario("llama_index")
def embeddings(stage: Stage) -> Any:
    """Texts in batches as `db`, a query as `query`."""
    embedding = stage.embedding(embed_batch_size=2, num_workers=1)

    texts = stage.call(embedding.get_text_embedding_batch, ["red", "green", "blue"])
    query = stage.call(embedding.get_query_embedding, "red")

    assert [len(vector) for vector in [*texts, query]] == [1536] * 4
    assert query != texts[0]
    return [*texts, query]


@scenario("llama_index")
def speech(stage: Stage) -> Any:
    """Text becomes audio."""
    return stage.call(stage.voice(sample_rate=16000).speak, "Hello!")


@scenario("llama_index")
def speech_as_a_block(stage: Stage) -> Any:
    """The audio as a content block."""
    voice = stage.voice(sample_rate=16000)

    block = stage.result(voice.acall("Hello!") if stage.colour == "async" else voice("Hello!"))

    assert block.format == "mp3"
    return block


@scenario("llama_index", narrow=True)
def tool_spec(stage: Stage) -> Any:
    """An agent's tools: a voice is looked up, and something said with it, also into a file."""
    with tempfile.TemporaryDirectory() as folder:
        spec = MiniMaxToolSpec(speech=stage.voice(sample_rate=16000), folder=folder)
        tools = {tool.metadata.name: tool for tool in spec.to_tool_list()}

        listed = stage.call(tools["list_voices"].call, language="Graceful")
        spoken = stage.call(tools["speak"].call, text="Hello!")
        saved = stage.call(tools["speak_to_file"].call, text="Hello again!", file_name="a.mp3")

        content = (Path(folder) / "a.mp3").read_bytes()
    assert "English_Graceful_Lady" in listed.content
    assert "a.mp3" in saved.content
    return [listed.content, spoken.raw_output, content]


@scenario("llama_index")
def speech_voices(stage: Stage) -> Any:
    """The voices that may be chosen."""
    voices = stage.call(stage.voice().voices)

    assert voices
    return voices


@scenario("llama_index", staged=True, narrow=True)
def rate_limit(stage: Stage) -> Any:
    """After the last attempt the error is raised."""
    if stage.emulator:
        stage.emulator.fail_next(1002, times=2)

    with pytest.raises(RateLimitError) as caught:
        stage.call(stage.llm(max_retries=1).chat, [user("Hello!")])

    return caught.value
