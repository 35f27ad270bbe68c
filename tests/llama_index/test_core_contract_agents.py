"""What llama-index-core checks of agents with its mock model, with ours in its place."""

# ruff: noqa: ANN401 - events and tools have no common type
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.agent.workflow import (
    AgentInput,
    AgentStream,
    AgentWorkflow,
    CodeActAgent,
    FunctionAgent,
    ReActAgent,
)
from workflows import Context
from workflows.errors import WorkflowRuntimeError
from workflows.events import HumanResponseEvent, InputRequiredEvent

from minimax_adapters.emulator import Reply, ToolCall

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator
    from minimax_adapters.llama_index import MiniMax


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def random_tool() -> str:
    """Return something."""
    return "random"


def calling(name: str, text: str = "", **arguments: Any) -> Reply:
    """Return an answer that calls a tool."""
    return Reply(
        thinking="I need it.", text=text, tool_calls=[ToolCall(name=name, arguments=arguments)]
    )


def react(text: str) -> Reply:
    """Return an answer of a ReAct agent's model."""
    return Reply(thinking="A form is asked for.", text=text)


ADDING = react('Thought: I add.\nAction: add\nAction Input: {"a": 5, "b": 3}\n')
ADDED = react("Thought: The result is 8\nAnswer: The sum is 8")


async def events_of(run: Any) -> list[Any]:
    """Return all that a run reports."""
    return [event async for event in run.stream_events()]


async def inputs_of(run: Any) -> list[str]:
    """Return the last message of each input."""
    inputs = [event for event in await events_of(run) if isinstance(event, AgentInput)]
    return [event.input[-1].content or "" for event in inputs]


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_tool_without_arguments_runs_once(
    llm: MiniMax, emulator: Emulator, *, streaming: bool
) -> None:
    """Streamed arguments are empty at first, which is not yet a call of its own."""
    calls = 0

    def empty_tool() -> str:
        nonlocal calls
        calls += 1
        return "empty tool result"

    emulator.script(calling("empty_tool", "calling empty tool"), Reply(text="finished"))
    agent = FunctionAgent(tools=[empty_tool], llm=llm, streaming=streaming)

    response = await agent.run("Run the empty tool")

    assert str(response) == "finished"
    assert calls == 1


async def test_an_empty_answer_is_asked_for_again(llm: MiniMax, emulator: Emulator) -> None:
    """A ReActAgent tells the model of its failure; thinking is no answer."""
    emulator.script(react(""), ADDING, ADDED)
    run: Any = ReActAgent(tools=[add], llm=llm).run("Can you add 5 and 3?")

    inputs = await inputs_of(run)

    assert any("Your previous response was empty" in text for text in inputs)
    assert "8" in str(await run)


async def test_a_broken_form_is_asked_for_again(llm: MiniMax, emulator: Emulator) -> None:
    """With the error of the parser."""
    emulator.script(react('Thought: I add.\nAction: add\n{"a": 5 "b": 3}\n'), ADDING, ADDED)
    run: Any = ReActAgent(tools=[add], llm=llm).run("Can you add 5 and 3?")

    inputs = await inputs_of(run)

    assert any("Error while parsing the output" in text for text in inputs)
    assert "8" in str(await run)


@pytest.mark.parametrize("workflow", [False, True])
async def test_a_run_ends_after_the_most_iterations(
    llm: MiniMax, emulator: Emulator, *, workflow: bool
) -> None:
    """By an error, unless an answer is to be generated."""
    emulator.script(*[calling("random_tool")] * 3)
    agent: Any = FunctionAgent(name="agent", description="one", tools=[random_tool], llm=llm)
    if workflow:
        agent = AgentWorkflow(agents=[agent])

    with pytest.raises(WorkflowRuntimeError, match="Max iterations of 3 reached"):
        await agent.run(user_msg="test", max_iterations=3)


async def test_the_answer_after_the_most_iterations_has_no_open_calls(
    llm: MiniMax, emulator: Emulator
) -> None:
    """Every call that is sent then has its result; older cores send none of them."""
    emulator.script(*[calling("random_tool")] * 2, Reply(text="My final summary."))
    agent = FunctionAgent(tools=[random_tool], llm=llm, early_stopping_method="generate")

    response = await agent.run("test", max_iterations=2)

    assert "final summary" in str(response)
    messages = emulator.requests[-1].json["messages"]
    asked = [call["id"] for m in messages for call in m.get("tool_calls") or ()]
    assert {m["tool_call_id"] for m in messages if m["role"] == "tool"} == {*asked}
    assert any("maximum number of iterations" in str(m["content"]) for m in messages)


async def test_a_hand_off_to_nobody_is_reported(llm: MiniMax, emulator: Emulator) -> None:
    """To the model, which goes on."""
    emulator.script(
        calling("handoff", to_agent="nobody", reason="Because."), Reply(text="I am stuck here.")
    )
    agents: Any = [FunctionAgent(name=name, description="test", llm=llm) for name in ("one", "two")]

    run: Any = AgentWorkflow(agents=agents, root_agent="one").run(user_msg="test")

    assert "Agent nobody not found" in str(await events_of(run))
    assert str(await run) == "I am stuck here."


async def test_a_workflow_has_a_state(llm: MiniMax, emulator: Emulator) -> None:
    """Tools change it, and it is told once to the model."""

    async def modify_state(random_arg: str, ctx_val: Context[Any]) -> str:
        """Change the state."""
        state = await ctx_val.store.get("state")
        state["counter"] += 1
        await ctx_val.store.set("state", state)
        return f"{random_arg}: state updated"

    # LlamaIndex does not read annotations that are text, as all of this file are.
    modify_state.__annotations__["ctx_val"] = Context
    emulator.script(calling("modify_state", random_arg="hello"), Reply(text="Processed."))
    agent = FunctionAgent(name="agent", description="test", tools=[modify_state], llm=llm)
    workflow = AgentWorkflow(
        agents=[agent],
        initial_state={"counter": 0},
        state_prompt="Current state: {state}. User message: {msg}",
    )

    run: Any = workflow.run(user_msg="test")
    await run

    assert (await run.ctx.store.get("state"))["counter"] == 1
    asked = emulator.requests[-1].json["messages"][0]["content"]
    assert asked.count("Current state:") == 1


async def test_a_person_may_be_asked_in_between(llm: MiniMax, emulator: Emulator) -> None:
    """While the run waits, it can be stored with its thinking."""

    async def ask_name(ctx: Context[Any]) -> str:
        """Ask for the name."""
        asked = InputRequiredEvent(prefix="Name?")
        reply = await ctx.wait_for_event(HumanResponseEvent, waiter_event=asked)
        return f"Your name is {reply.response}"

    ask_name.__annotations__["ctx"] = Context
    emulator.script(calling("ask_name"), Reply(text="Hello, John Doe."))
    agent = FunctionAgent(name="agent", description="test", tools=[ask_name], llm=llm)
    workflow = AgentWorkflow(agents=[agent], root_agent="agent")
    run: Any = workflow.run(user_msg="test")
    async for event in run.stream_events():
        if isinstance(event, InputRequiredEvent):
            stored = json.dumps(run.ctx.to_dict())
            assert "MiniMax-response-v1" in stored
            run.ctx.send_event(HumanResponseEvent(response="John Doe"))

    assert "John Doe" in str(await run)
    last = emulator.requests[-1].json["messages"]
    assert last[-1]["content"] == "Your name is John Doe"
    assert last[-2]["reasoning_details"][0]["text"] == "I need it."


async def test_every_agent_streams_thinking_deltas(llm: MiniMax, emulator: Emulator) -> None:
    """A CodeActAgent as well."""

    def execute(code: str) -> str:
        """Run code."""
        return code

    text = "Thought: Hello\nAnswer: Hello there!"
    for agent in (
        FunctionAgent(llm=llm, streaming=True),
        ReActAgent(llm=llm, streaming=True),
        CodeActAgent(llm=llm, code_execute_fn=execute, streaming=True),
    ):
        emulator.script(Reply(thinking="Let me consider.", text=text))
        run: Any = agent.run("Hi")

        streamed = [event for event in await events_of(run) if isinstance(event, AgentStream)]
        await run

        assert "".join(event.thinking_delta or "" for event in streamed) == "Let me consider."
        assert "".join(event.delta for event in streamed) == text
        assert all("consider" not in event.response for event in streamed)
