"""A tool is run with the arguments that the model wrote, or not at all."""

# ruff: noqa: ANN401 - programs and agents have no common type
from __future__ import annotations

import asyncio
import json
import pickle
from typing import TYPE_CHECKING, Any, Final

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.core.base.llms.types import ChatResponse, ToolCallBlock
from llama_index.core.llms import ChatMessage
from llama_index.core.program import FunctionCallingProgram
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from pydantic import BaseModel

from minimax_adapters.api import ChatReply, InvalidReplyError
from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall
from minimax_adapters.llama_index import BrokenToolCallError, MiniMax

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

CUT: Final = '{"path": "/home/user/projects/ol'
BROKEN: Final = [
    CUT,
    '{path: "/tmp"}',
    '["/tmp"]',
    '"/tmp"',
    "null",
    '{"path": "/tmp"} {"path": "/x"}',
    '{"path":' * 5_000,
]
ASK: Final = [ChatMessage(role="user", content="Clean up.")]


class Disk:
    """Records what was wiped. Without a path, it is everything."""

    def __init__(self) -> None:
        self.wiped: list[Any] = []
        self.tool = FunctionTool.from_defaults(self.wipe)

    def wipe(self, path: str = "/") -> str:
        """Wipe a path."""
        self.wiped.append(path)
        return f"Wiped {path}."


@pytest.fixture
def disk() -> Disk:
    """Return a disk with a tool that wipes it."""
    return Disk()


def calling(arguments: str, name: str = "wipe", **members: Any) -> Reply:
    """Return an answer that calls a tool."""
    return Reply(tool_calls=[ToolCall(name=name, arguments=arguments)], **members)


async def run(agent: FunctionAgent | AgentWorkflow) -> Any:
    """Return what an agent answers."""
    return await agent.run("Clean up.")


async def chat(llm: MiniMax, tool: FunctionTool) -> Any:
    """Ask once."""
    return llm.chat_with_tools([tool], user_msg="Clean up.")


async def achat(llm: MiniMax, tool: FunctionTool) -> Any:
    """Ask once, asynchronously."""
    return await llm.achat_with_tools([tool], user_msg="Clean up.")


async def stream(llm: MiniMax, tool: FunctionTool) -> Any:
    """Read a stream."""
    return list(llm.stream_chat_with_tools([tool], user_msg="Clean up."))[-1]


async def astream(llm: MiniMax, tool: FunctionTool) -> Any:
    """Read an asynchronous stream."""
    chunks = await llm.astream_chat_with_tools([tool], user_msg="Clean up.")
    return [chunk async for chunk in chunks][-1]


async def predict(llm: MiniMax, tool: FunctionTool) -> Any:
    """Ask, and run the tool."""
    return llm.predict_and_call([tool], user_msg="Clean up.")


async def apredict(llm: MiniMax, tool: FunctionTool) -> Any:
    """Ask, and run the tool, asynchronously."""
    return await llm.apredict_and_call([tool], user_msg="Clean up.")


async def agent(llm: MiniMax, tool: FunctionTool) -> Any:
    """Run an agent that streams."""
    return await run(FunctionAgent(tools=[tool], llm=llm))


async def plain_agent(llm: MiniMax, tool: FunctionTool) -> Any:
    """Run an agent that does not stream."""
    return await run(FunctionAgent(tools=[tool], llm=llm, streaming=False))


async def workflow(llm: MiniMax, tool: FunctionTool) -> Any:
    """Run an agent in a workflow."""
    member = FunctionAgent(name="cleaner", description="Cleans.", tools=[tool], llm=llm)
    return await run(AgentWorkflow(agents=[member]))


ANSWERS: Final = [chat, achat, stream, astream]
PREDICTIONS: Final = [predict, apredict]
AGENTS: Final = [agent, plain_agent, workflow]


@pytest.mark.parametrize("arguments", [CUT, ""])
@pytest.mark.parametrize("ask", [*ANSWERS, *PREDICTIONS, *AGENTS])
async def test_a_call_that_was_cut_off_is_not_run(
    ask: Any, arguments: str, llm: MiniMax, emulator: Emulator, disk: Disk
) -> None:
    """The error says what to do, and has the answer; also if all arguments were lost."""
    emulator.script(calling(arguments, text="I wipe it.", finish_reason="length"))

    with pytest.raises(BrokenToolCallError, match=r"'wipe'.*Raise max_tokens") as caught:
        await ask(llm, disk.tool)

    assert disk.wiped == []
    assert isinstance(caught.value, InvalidReplyError)
    assert (caught.value.tool_name, caught.value.arguments) == ("wipe", arguments or "{}")
    assert isinstance(caught.value.partial, ChatReply)
    assert caught.value.partial.content == "I wipe it."


async def test_a_call_that_was_filtered_is_not_run(
    llm: MiniMax, emulator: Emulator, disk: Disk
) -> None:
    """It ends where the filter struck; raising a limit would not help."""
    emulator.script(calling(CUT, finish_reason="content_filter"))

    with pytest.raises(BrokenToolCallError, match="MiniMax filtered the answer"):
        await predict(llm, disk.tool)

    assert disk.wiped == []


@pytest.mark.parametrize("end", ["length", "content_filter"])
async def test_a_call_that_was_whole_before_the_end_is_run(
    end: Any, llm: MiniMax, emulator: Emulator, disk: Disk
) -> None:
    """Also one without arguments, if another call began after it."""
    first, second = ToolCall(name="wipe"), ToolCall(name="wipe", arguments={"path": "/new"})
    emulator.script(Reply(tool_calls=[first, second], finish_reason=end), Reply(text="Done."))

    await agent(llm, disk.tool)

    assert sorted(disk.wiped) == ["/", "/new"]


@pytest.mark.parametrize("arguments", BROKEN)
@pytest.mark.parametrize("ask", PREDICTIONS)
async def test_a_broken_call_is_an_error_where_one_is_needed(
    ask: Any, arguments: str, llm: MiniMax, emulator: Emulator, disk: Disk
) -> None:
    """Whoever asked for a call can do nothing without."""
    emulator.script(calling(arguments))

    with pytest.raises(BrokenToolCallError, match="no JSON object") as caught:
        await ask(llm, disk.tool)

    assert disk.wiped == []
    assert caught.value.arguments == arguments


@pytest.mark.parametrize("arguments", BROKEN)
@pytest.mark.parametrize("ask", AGENTS)
async def test_the_model_of_an_agent_hears_of_a_broken_call(
    ask: Any, arguments: str, llm: MiniMax, emulator: Emulator, disk: Disk
) -> None:
    """And calls again: the work that was done so far is not lost."""
    emulator.script(
        Reply(
            tool_calls=[
                ToolCall(name="wipe", arguments={"path": "/old"}),
                ToolCall(name="wipe", arguments=arguments),
            ]
        ),
        calling('{"path": "/new"}'),
        Reply(text="Done."),
    )

    answer = await ask(llm, disk.tool)

    assert str(answer) == "Done."
    assert disk.wiped == ["/old", "/new"]
    results = [
        message["content"]
        for message in emulator.requests[1].json["messages"]
        if message["role"] == "tool"
    ]
    [refused] = [result for result in results if result != "Wiped /old."]
    assert len(results) == 2
    assert refused.startswith("Tool wipe (not run: its arguments are no JSON object, ")
    assert "; call it again" in refused


@pytest.mark.parametrize("arguments", ["", " ", "{}"])
@pytest.mark.parametrize("ask", [*PREDICTIONS, *AGENTS])
async def test_a_call_without_arguments_is_run(
    ask: Any, arguments: str, llm: MiniMax, emulator: Emulator, disk: Disk
) -> None:
    """Models write none for tools without parameters."""
    emulator.script(calling(arguments), Reply(text="Done."))

    await ask(llm, disk.tool)

    assert disk.wiped == ["/"]


@pytest.mark.parametrize("path", ["a\nb", {"deep": 1}])
@pytest.mark.parametrize("ask", [*PREDICTIONS, *AGENTS])
async def test_arguments_that_a_lenient_reader_reads_are_run(
    ask: Any, path: Any, llm: MiniMax, emulator: Emulator, disk: Disk
) -> None:
    """Line breaks in strings are no JSON, but whole; deep nesting is JSON."""
    for _ in range(300 if isinstance(path, dict) else 0):
        path = {"deep": path}
    emulator.script(calling(json.dumps({"path": path}).replace("\\n", "\n")), Reply(text="Done."))

    await ask(llm, disk.tool)

    assert disk.wiped == [path]


def test_chunks_show_the_arguments_that_have_come(
    llm: MiniMax, emulator: Emulator, disk: Disk
) -> None:
    """Only what is run has to be whole."""
    emulator.quirks = Quirks(tool_argument_chars=4)
    emulator.script(calling('{"path": "/var/cache"}'))

    calls = [
        call
        for chunk in llm.stream_chat_with_tools([disk.tool], user_msg="Clean up.")
        for call in llm.get_tool_calls_from_response(chunk, error_on_no_tool_call=False)
    ]

    paths = [call.tool_kwargs.get("path") for call in calls]
    assert {call.tool_name for call in calls} == {"wipe"}
    assert "/var" in [path[:4] for path in paths if path and path != paths[-1]]
    assert paths[-1] == "/var/cache"


def test_an_answer_of_ones_own_is_a_whole_one(llm: MiniMax) -> None:
    """Of a store, say: only chunks as they come are read as far as they go."""
    message = ChatMessage(
        role="assistant",
        blocks=[ToolCallBlock(tool_call_id="1", tool_name="wipe", tool_kwargs=CUT)],
    )

    [call] = llm.get_tool_calls_from_response(
        ChatResponse(message=message), error_on_no_tool_call=False
    )

    assert call.tool_name != "wipe"
    assert call.tool_kwargs == {}


def test_the_error_can_be_pickled() -> None:
    """Process pools do."""
    error = BrokenToolCallError("Broken.", "wipe", CUT)

    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes

    assert (str(copy), copy.tool_name, copy.arguments) == ("Broken.", "wipe", CUT)


class Team(BaseModel):
    """A team; half of one is a valid one, too."""

    name: str = "?"
    members: list[str] = []


PROMPT: Final = PromptTemplate("A team of {topic}.")
HALF: Final = '{"name": "T", "members": ["Anna", "Be'


def program(llm: MiniMax) -> FunctionCallingProgram[Team]:
    """Return a program that makes teams."""
    return FunctionCallingProgram.from_defaults(Team, prompt=PROMPT, llm=llm)


async def alist(stream: Any) -> list[Any]:
    """Return all of an asynchronous stream."""
    return [item async for item in await stream]


STRUCTURES: Final[list[Callable[[MiniMax], Any]]] = [
    lambda llm: llm.structured_predict(Team, PROMPT, topic="two"),
    lambda llm: llm.astructured_predict(Team, PROMPT, topic="two"),
    lambda llm: list(llm.stream_structured_predict(Team, PROMPT, topic="two")),
    lambda llm: alist(llm.astream_structured_predict(Team, PROMPT, topic="two")),
    lambda llm: llm.as_structured_llm(Team).chat(ASK),
    lambda llm: llm.as_structured_llm(Team).achat(ASK),
    lambda llm: list(llm.as_structured_llm(Team).stream_chat(ASK)),
    lambda llm: alist(llm.as_structured_llm(Team).astream_chat(ASK)),
]
PROGRAMS: Final[list[Callable[[MiniMax], Any]]] = [
    lambda llm: program(llm)(topic="two"),
    lambda llm: program(llm).acall(topic="two"),
    lambda llm: list(program(llm).stream_call(topic="two")),
    lambda llm: alist(program(llm).astream_call(topic="two")),
]


async def ended(result: Any | Awaitable[Any]) -> Any:
    """Return a result that may have to be waited for."""
    return await result if asyncio.iscoroutine(result) else result


@pytest.mark.parametrize("predict", [*STRUCTURES, *PROGRAMS])
async def test_half_of_a_structure_is_an_error(
    predict: Callable[[MiniMax], Any], llm: MiniMax, emulator: Emulator
) -> None:
    """And not an object with defaults in place of what was cut off, streamed or not."""
    emulator.script(calling(HALF, name="Team", finish_reason="length"))

    with pytest.raises(BrokenToolCallError, match="Raise max_tokens"):
        await ended(predict(llm))


@pytest.mark.parametrize("predict", STRUCTURES)
async def test_a_broken_structure_is_an_error(
    predict: Callable[[MiniMax], Any], llm: MiniMax, emulator: Emulator
) -> None:
    """Likewise where the model only wrote it badly."""
    emulator.script(calling(HALF, name="Team"))

    with pytest.raises(BrokenToolCallError, match=r"no JSON object.*Ask again"):
        await ended(predict(llm))
