"""Thinking returns to MiniMax unchanged, whatever LangChain did with the message in between."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal

import pytest
from langchain.agents import create_agent
from langchain_core.load import dumps, loads
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolMessage,
    message_chunk_to_message,
    messages_from_dict,
    messages_to_dict,
    trim_messages,
)
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from makers import Make

ROUNDS: Final = ("Oslo is north of Rome.", "Now Rome.", "Now Paris, to be sure.")
CITIES: Final = ("Oslo", "Rome", "Paris")


@tool
def get_weather(city: str) -> str:
    """Return the weather of a city."""
    return f"{city}: rain, 4 degrees"


def script(emulator: Emulator) -> None:
    """Make the model call a tool three times, thinking before each, and answer then."""
    rounds = [
        Reply(thinking=thought, tool_calls=[ToolCall(name="get_weather", arguments={"city": city})])
        for thought, city in zip(ROUNDS, CITIES, strict=True)
    ]
    emulator.script(*rounds, Reply(thinking="That is all.", text="It rains in all three."))


def entry(text: str) -> dict[str, Any]:
    """Return thinking as the emulator sends it."""
    return {
        "type": "reasoning.text",
        "id": "reasoning-text-1",
        "format": "MiniMax-response-v1",
        "index": 0,
        "text": text,
    }


def assert_all_went_back(emulator: Emulator, rounds: tuple[str, ...] = ROUNDS) -> None:
    """Look at the bytes of the last request: each assistant message has its thinking."""
    messages = json.loads(emulator.requests[-1].body)["messages"]
    sent = [one.get("reasoning_details") for one in messages if one["role"] == "assistant"]
    assert sent == [[entry(text)] for text in rounds]
    assert not any(request.lost_thinking for request in emulator.requests)


def graph_of(model: Any) -> Any:
    """Return the usual graph of a model and its tools."""
    bound = model.bind_tools([get_weather])

    def call(state: MessagesState) -> dict[str, Any]:
        return {"messages": [bound.invoke(state["messages"])]}

    builder = StateGraph(MessagesState)
    builder.add_node("model", call)
    builder.add_node("tools", ToolNode([get_weather]))
    builder.add_edge(START, "model")
    builder.add_conditional_edges("model", tools_condition)
    builder.add_edge("tools", "model")
    return builder


QUESTION: Final[dict[str, Any]] = {"messages": [HumanMessage("Where does it rain?")]}


@pytest.mark.parametrize("version", [None, "v1"])
def test_agent_gives_thinking_back_in_each_of_three_rounds(
    chat: Make, emulator: Emulator, version: str | None
) -> None:
    """The reason to use this package: other integrations drop it."""
    script(emulator)

    agent: Any = create_agent(chat(output_version=version), [get_weather])
    state = agent.invoke(QUESTION)

    assert state["messages"][-1].text == "It rains in all three."
    assert len(emulator.requests) == 4
    assert_all_went_back(emulator)


@pytest.mark.parametrize("mode", ["messages", "updates", "values"])
@pytest.mark.parametrize("version", [None, "v1"])
async def test_streamed_agent_gives_thinking_back(
    chat: Make,
    emulator: Emulator,
    mode: Literal["messages", "updates", "values"],
    version: str | None,
) -> None:
    """`messages` makes LangGraph stream the model and merge its chunks."""
    script(emulator)
    agent: Any = create_agent(chat(output_version=version), [get_weather])

    async for _ in agent.astream(QUESTION, stream_mode=mode):
        pass

    assert_all_went_back(emulator)


def test_graph_with_memory_gives_thinking_back_on_the_next_turn(
    chat: Make, emulator: Emulator
) -> None:
    """The history of the second turn comes out of the checkpointer."""
    script(emulator)
    graph = graph_of(chat()).compile(checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "1"}}

    graph.invoke(QUESTION, config)
    graph.invoke({"messages": [HumanMessage("And tomorrow?")]}, config)

    assert_all_went_back(emulator, (*ROUNDS, "That is all."))


@pytest.mark.parametrize("version", [None, "v1"])
def test_graph_with_sqlite_gives_thinking_back_after_a_restart(
    chat: Make, emulator: Emulator, tmp_path: Path, version: str | None
) -> None:
    """Another process would read the same file."""
    script(emulator)
    config = {"configurable": {"thread_id": "1"}}

    with SqliteSaver.from_conn_string(str(tmp_path / "graph.db")) as saver:
        graph_of(chat(output_version=version)).compile(checkpointer=saver).invoke(QUESTION, config)
    with SqliteSaver.from_conn_string(str(tmp_path / "graph.db")) as saver:
        graph = graph_of(chat(output_version=version)).compile(checkpointer=saver)
        graph.invoke({"messages": [HumanMessage("And tomorrow?")]}, config)

    assert_all_went_back(emulator, (*ROUNDS, "That is all."))


async def test_asynchronous_agent_with_sqlite_gives_thinking_back(
    chat: Make, emulator: Emulator, tmp_path: Path
) -> None:
    """The asynchronous saver is another class."""
    script(emulator)
    config: Any = {"configurable": {"thread_id": "1"}}

    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "graph.db")) as saver:
        agent: Any = create_agent(chat(), [get_weather], checkpointer=saver)
        await agent.ainvoke(QUESTION, config)
        await agent.ainvoke({"messages": [HumanMessage("And tomorrow?")]}, config)

    assert_all_went_back(emulator, (*ROUNDS, "That is all."))


def through_json(message: BaseMessage) -> BaseMessage:
    """Send a message through JSON as chat histories do."""
    return messages_from_dict(json.loads(json.dumps(messages_to_dict([message]))))[0]


def through_dumps(message: BaseMessage) -> BaseMessage:
    """Send a message through LangChain's own serialisation."""
    loaded: BaseMessage = loads(dumps(message), allowed_objects="messages")
    return loaded


def through_pydantic(message: BaseMessage) -> BaseMessage:
    """Send a message through pydantic's JSON."""
    return type(message).model_validate_json(message.model_dump_json())


def through_blocks(message: BaseMessage) -> BaseMessage:
    """Make the message anew from its standard blocks, as v3 streams do."""
    assert isinstance(message, AIMessage)
    return AIMessage(content_blocks=message.content_blocks)


def through_trimming(message: BaseMessage) -> BaseMessage:
    """Trim a history that has room for the message."""
    kept = trim_messages([message], max_tokens=5, token_counter=len, strategy="last")
    return kept[0]


WAYS: Final = [through_json, through_dumps, through_pydantic, through_blocks, through_trimming]


def invoked(model: Any) -> BaseMessage:
    """Return the answer of a plain call."""
    answer: BaseMessage = model.invoke("Where does it rain?")
    return answer


def streamed(model: Any) -> BaseMessage:
    """Return the merged answer of a stream."""
    first, *rest = model.stream("Where does it rain?")
    return message_chunk_to_message(first + rest)


def streamed_one_by_one(model: Any) -> BaseMessage:
    """Return the answer, merged chunk by chunk, still a chunk."""
    whole: AIMessageChunk | None = None
    for chunk in model.stream("Where does it rain?"):
        whole = chunk if whole is None else whole + chunk
    assert whole is not None
    return whole


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
def streamed_as_events(model: Any) -> BaseMessage:
    """Return the answer of a v3 stream."""
    output: BaseMessage = model.stream_events("Where does it rain?", version="v3").output
    return output


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("ask", [invoked, streamed, streamed_one_by_one, streamed_as_events])
@pytest.mark.parametrize("version", [None, "v1"])
def test_thinking_survives(
    chat: Make,
    emulator: Emulator,
    version: str | None,
    ask: Callable[[Any], BaseMessage],
    way: Callable[[BaseMessage], BaseMessage],
) -> None:
    """However the answer was asked for, and however it was kept."""
    emulator.script(
        Reply(
            thinking="Two calls will do.",
            text="Let me see.",
            tool_calls=[
                ToolCall(name="get_weather", arguments={"city": "Oslo"}),
                ToolCall(name="get_weather", arguments={"city": "Rome"}),
            ],
        )
    )
    model = chat(output_version=version).bind_tools([get_weather])
    answer = ask(model)
    before = answer.model_copy(deep=True)

    kept = way(answer)
    assert isinstance(kept, AIMessage)
    results = [ToolMessage("rain", tool_call_id=call["id"]) for call in kept.tool_calls]
    model.invoke([HumanMessage("Where does it rain?"), kept, *results])

    assert_all_went_back(emulator, ("Two calls will do.",))
    said = emulator.requests[-1].json["messages"][1]
    assert said["content"] == "Let me see."
    assert [json.loads(c["function"]["arguments"])["city"] for c in said["tool_calls"]] == [
        "Oslo",
        "Rome",
    ]
    assert answer == before


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(inline_think=True),
        Quirks(inline_think=True, think_tag="mm:think", chunk_chars=3),
        Quirks(reasoning_content_only=True),
        Quirks(cumulative_reasoning_details=True, cumulative_reasoning_content=True),
        Quirks(reasoning_details_only=True, chunk_chars=1),
    ],
)
@pytest.mark.parametrize("ask", [invoked, streamed])
def test_thinking_in_any_form_goes_back_in_minimax_form(
    chat: Make, emulator: Emulator, quirks: Quirks, ask: Callable[[Any], BaseMessage]
) -> None:
    """Self-hosted models send it inside the text; it must not stay there."""
    emulator.quirks = quirks
    emulator.script(Reply(thinking="Four is two squared.", text="The answer is 4."))

    answer = ask(chat())
    chat().invoke([HumanMessage("What is it?"), answer, HumanMessage("Sure?")])

    assert answer.content == "The answer is 4."
    assert_all_went_back(emulator, ("Four is two squared.",))
