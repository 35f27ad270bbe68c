"""The swap test: twelve small programs written for `ChatOpenAI`, with one line changed.

Each program is run with both classes against the same server. What it returns has to be of the
same kind, and for ours also free of thinking.
"""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain.agents import create_agent
from langchain_core.caches import InMemoryCache
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import RunnableParallel, RunnablePassthrough
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel

from minimax_adapters.langchain import ChatMiniMax

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

Constructor = Callable[..., BaseChatModel]
Program = Callable[[Constructor, dict[str, Any]], Any]


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two numbers."""
    return a * b


def ask(make: Constructor, options: dict[str, Any]) -> Any:
    """Ask and print."""
    return make(**options).invoke("What is the capital of France?").content


def template(make: Constructor, options: dict[str, Any]) -> Any:
    """Prompt, model, parser."""
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "{question}")])
    chain = prompt | make(temperature=0, **options) | StrOutputParser()
    return chain.invoke({"question": "What is the capital of France?"})


def stream(make: Constructor, options: dict[str, Any]) -> Any:
    """Show the answer as it comes."""
    return "".join(
        str(chunk.content) for chunk in make(**options).stream("What is the capital of France?")
    )


def batch(make: Constructor, options: dict[str, Any]) -> Any:
    """Ask three at once."""
    questions: list[Any] = ["Capital of France?", "Capital of Italy?", "Capital of Norway?"]
    return [answer.content for answer in make(max_retries=2, **options).batch(questions)]


def in_parallel(make: Constructor, options: dict[str, Any]) -> Any:
    """Ask asynchronously in two branches."""
    model = make(timeout=30, **options)
    both = RunnableParallel(a=model | StrOutputParser(), b=RunnablePassthrough())
    return asyncio.run(both.ainvoke("Hello"))


def call_tools(make: Constructor, options: dict[str, Any]) -> Any:
    """The tool loop by hand."""
    model = make(**options).bind_tools([multiply])
    messages: list[Any] = [HumanMessage("What is 6 multiplied by 7? Use the tool multiply.")]
    answer = model.invoke(messages)
    messages.append(answer)
    messages += [
        ToolMessage(str(multiply.invoke(call["args"])), tool_call_id=call["id"])
        for call in answer.tool_calls
    ]
    return "42" in model.invoke(messages).content


def agent(make: Constructor, options: dict[str, Any]) -> Any:
    """An agent with a memory."""
    made: Any = create_agent(make(**options), [multiply], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": uuid.uuid4().hex}}
    made.invoke({"messages": [("user", "What is 6 multiplied by 7? Use the tool.")]}, config)
    state = made.invoke({"messages": [("user", "Thank you!")]}, config)
    return [message.type for message in state["messages"]][:3]


class City(BaseModel):
    """A city."""

    name: str
    country: str


def structured(make: Constructor, options: dict[str, Any]) -> Any:
    """An object in place of text."""
    model = make(**options).with_structured_output(City, method="function_calling")
    return type(model.invoke("Which city is the capital of France?")).__name__


def json_text(make: Constructor, options: dict[str, Any]) -> Any:
    """JSON by request, read by LangChain's parser."""
    model = make(model_kwargs={"response_format": {"type": "json_object"}}, **options)
    question = 'Return this JSON and nothing else: {"city": "Paris"}'
    return sorted((model | JsonOutputParser()).invoke(question))


def remember(make: Constructor, options: dict[str, Any]) -> Any:
    """A conversation whose history the program keeps."""
    history: list[Any] = []
    chain = ChatPromptTemplate.from_messages([MessagesPlaceholder("history")]) | make(**options)
    for said in ("My name is Ann.", "What is my name?"):
        history.append(HumanMessage(said))
        history.append(chain.invoke({"history": history}))
    return [message.type for message in history]


def count_tokens(make: Constructor, options: dict[str, Any]) -> Any:
    """Usage of a merged stream, and a cache."""
    model = make(stream_usage=True, cache=InMemoryCache(), **options)
    whole: AIMessageChunk | None = None
    for chunk in model.stream("Hello"):
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    assert whole.usage_metadata is not None
    same = model.invoke("Hi").content == model.invoke("Hi").content
    return same, whole.usage_metadata["total_tokens"] > 0


def follow_events(make: Constructor, options: dict[str, Any]) -> Any:
    """The events of a chain, for a user interface."""
    chain = make(**options) | StrOutputParser()

    async def names() -> set[str]:
        return {event["event"] async for event in chain.astream_events("Hello", version="v2")}

    return sorted(asyncio.run(names()))


PROGRAMS: Final[list[Program]] = [
    ask,
    template,
    stream,
    batch,
    in_parallel,
    call_tools,
    agent,
    structured,
    json_text,
    remember,
    count_tokens,
    follow_events,
]


# ChatOpenAI leaves asynchronous connections open, which would be reported as a warning here.
ASYNCHRONOUS: Final = {in_parallel, follow_events}
ANSWERS: Final = {ask, template, stream, batch, in_parallel}


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_runs_with_only_the_constructor_changed(
    program: Program, emulator: Emulator
) -> None:
    """The same program gives the same kind of result, with nothing of the thinking in it."""
    common: dict[str, Any] = {
        "model": "MiniMax-M3",
        "api_key": emulator.api_key,
        "base_url": f"{emulator.url}/v1",
    }

    found = program(ChatMiniMax, common)

    assert found
    assert "<think>" not in str(found)
    if program not in ASYNCHRONOUS:
        # ChatOpenAI leaves thinking in the text, so it runs without.
        silent = {"extra_body": {"thinking": {"type": "disabled"}}}
        expected = program(ChatOpenAI, common | silent)
        assert type(found) is type(expected)
        assert program in ANSWERS or found == expected
