"""Another provider's class beside ours: fallbacks both ways, in the middle of an agent's work.

The other class is `ChatOpenAI`, as in the swap test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware
from langchain_core import exceptions as core
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.sqlite import SqliteSaver

from minimax_adapters.emulator import Reply, ToolCall

if TYPE_CHECKING:
    from pathlib import Path

    from makers import Make

    from minimax_adapters.emulator import Emulator


@tool
def get_weather(city: str) -> str:
    """Return the weather of a city."""
    return f"Rain in {city}."


def other_class(emulator: Emulator, **options: Any) -> ChatOpenAI:  # noqa: ANN401 - passed on as it came
    """Return ChatOpenAI at the emulator."""
    silent = {"thinking": {"type": "disabled"}}
    return ChatOpenAI(
        **{
            "model": "MiniMax-M3",
            "api_key": emulator.api_key,
            "base_url": f"{emulator.url}/v1",
            "max_retries": 0,
            "extra_body": silent,
            **options,
        }
    )


@pytest.fixture
def other(emulator: Emulator) -> ChatOpenAI:
    """Return the other class."""
    return other_class(emulator)


def calls_weather() -> Reply:
    """Return an answer that thinks and calls the tool."""
    arguments = {"city": "Oslo"}
    return Reply(thinking="I ask.", tool_calls=[ToolCall(name="get_weather", arguments=arguments)])


@pytest.mark.parametrize("version", [None, "v1"])
def test_the_other_class_goes_on_with_our_history(
    chat: Make, emulator: Emulator, other: ChatOpenAI, version: str | None
) -> None:
    """Also where our thinking is in the content."""
    bound = chat(output_version=version).bind_tools([get_weather])
    emulator.script(calls_weather())
    asked = bound.invoke("Weather in Oslo?")
    history = [HumanMessage("Weather in Oslo?"), asked, get_weather.invoke(asked.tool_calls[0])]
    emulator.fail_next(2056)
    emulator.script(Reply(text="It rains."))

    model = bound.with_fallbacks(
        [other.bind_tools([get_weather])], exceptions_to_handle=(core.ModelError,)
    )

    assert model.invoke(history).text == "It rains."
    assert len(emulator.requests) == 3


@pytest.mark.parametrize("version", [None, "v1"])
def test_we_go_on_with_the_history_of_the_other_class(
    chat: Make, emulator: Emulator, version: str | None
) -> None:
    """Its messages carry ids and names of their own."""
    other = other_class(emulator, output_version=version)
    bound = other.bind_tools([get_weather])
    emulator.script(Reply(tool_calls=[ToolCall(name="get_weather", arguments={"city": "Oslo"})]))
    asked = bound.invoke("Weather in Oslo?")
    history = [HumanMessage("Weather in Oslo?"), asked, get_weather.invoke(asked.tool_calls[0])]
    emulator.fail_next(1008)
    emulator.script(Reply(text="It rains."))

    model = bound.with_fallbacks([chat().bind_tools([get_weather])])

    assert model.invoke(history).text == "It rains."
    assert len(emulator.requests) == 3


@pytest.mark.parametrize("first", ["ours", "other"])
def test_an_agent_changes_the_class_in_the_middle_of_its_work(
    chat: Make, emulator: Emulator, tmp_path: Path, first: str, other: ChatOpenAI
) -> None:
    """Between two steps, by LangChain's middleware, with its history in SQLite."""
    ours = chat(max_retries=0)
    models = [ours, other] if first == "ours" else [other, ours]
    emulator.script(calls_weather(), Reply(text="It rains."), Reply(text="Take an umbrella."))
    config: Any = {"configurable": {"thread_id": "1"}}

    with SqliteSaver.from_conn_string(str(tmp_path / "agent.db")) as saver:
        agent: Any = create_agent(
            models[0],
            [get_weather],
            checkpointer=saver,
            middleware=[ModelFallbackMiddleware(models[1])],
        )
        agent.invoke({"messages": [HumanMessage("Weather in Oslo?")]}, config)
        emulator.fail_next(1008)
        state = agent.invoke({"messages": [HumanMessage("And what do I need?")]}, config)

    assert state["messages"][-1].text == "Take an umbrella."
    assert len(emulator.requests) == 4
