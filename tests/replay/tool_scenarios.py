"""Scenarios of the client: tools that a chat model calls, and what goes back to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from chat_scenarios import asking, ended
from scenario import scenario

from minimax_adapters.api import (
    ChatReply,
    ChatRequest,
)
from minimax_adapters.emulator import Quirks, Reply, ToolCall

if TYPE_CHECKING:
    from stage import Stage


WEATHER: Final = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


@scenario("client")
def a_tool_is_called(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """A plain answer with one tool call."""
    request = asking("What is the weather in Paris?", tools=[WEATHER])

    reply = stage.result(stage.client().chat(request))

    [call] = reply.tool_calls
    assert json.loads(call.arguments) == {"city": "Paris"}
    assert reply.finish_reason == "tool_calls"
    return reply


@scenario("client", staged=True)
def a_tool_call_is_streamed_in_fragments(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """The arguments come a few characters at a time."""
    if stage.emulator:
        stage.emulator.quirks = Quirks(tool_argument_chars=4)
    request = asking("What is the weather in Paris?", tools=[WEATHER])

    events = stage.everything(stage.client().stream_chat(request), [])

    [call] = ended(events).tool_calls
    assert json.loads(call.arguments) == {"city": "Paris"}
    return events


@scenario("client", staged=True)
def two_tools_are_called_at_once(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Parallel calls keep their order, plain and streamed."""
    calls = [ToolCall(name="get_weather", arguments={"city": city}) for city in ("Rome", "Oslo")]
    if stage.emulator:
        stage.emulator.script(*[Reply(thinking="Two.", tool_calls=calls)] * 2)
    client = stage.client()
    request = asking("Weather in Rome and Oslo?", tools=[WEATHER])

    plain = stage.result(client.chat(request))
    streamed = ended(stage.everything(client.stream_chat(request), []))

    for reply in (plain, streamed):
        assert [json.loads(call.arguments)["city"] for call in reply.tool_calls] == ["Rome", "Oslo"]
    return [plain, streamed]


@scenario("client", staged=True)
def broken_arguments_are_mended_on_their_way_back(stage: Stage) -> Any:  # noqa: ANN401 - as above
    """The model's broken JSON reaches the caller unchanged, and MiniMax mended."""
    if stage.emulator:
        stage.emulator.quirks = Quirks(broken_arguments=True)
    client = stage.client()
    first = stage.result(client.chat(asking("What is the weather in Paris?", tools=[WEATHER])))

    second = stage.result(client.chat(_continued("What is the weather in Paris?", first)))

    assert first.tool_calls
    return [first, second]


def _continued(question: str, reply: ChatReply) -> ChatRequest:
    messages: list[Any] = [{"role": "user", "content": question}, *_turn(reply)]
    return ChatRequest(messages=messages, tools=[WEATHER])


def _turn(reply: ChatReply) -> list[dict[str, Any]]:
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in reply.tool_calls
    ]
    said = {
        "role": "assistant",
        "content": reply.content,
        "reasoning_details": reply.reasoning_details,
        "tool_calls": calls,
    }
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": "Sunny, 21 degrees."}
        for call in reply.tool_calls
    ]
    return [said, *results]


@scenario("client", staged=True)
def thinking_goes_back_through_three_rounds_of_tools(stage: Stage) -> Any:  # noqa: ANN401 - as above
    """Each round carries the thinking of all rounds before it, unchanged."""
    cities = ["Rome", "Oslo", "Lima"]
    if stage.emulator:
        for city in cities:
            call = ToolCall(name="get_weather", arguments={"city": city})
            stage.emulator.script(Reply(thinking=f"Now {city}.", tool_calls=[call]))
        stage.emulator.script(Reply(thinking="All three.", text="Sunny everywhere."))
    client = stage.client()
    messages: list[Any] = [{"role": "user", "content": "Weather in Rome, Oslo and Lima?"}]
    replies = []

    for _ in range(4):
        request = ChatRequest(messages=messages, tools=[WEATHER])
        replies.append(stage.result(client.chat(request)))
        messages = [*messages, *_turn(replies[-1])]

    assert [reply.reasoning for reply in replies[:3]] == [f"Now {city}." for city in cities]
    assert replies[-1].content == "Sunny everywhere."
    return replies
