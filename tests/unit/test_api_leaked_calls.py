"""Tool calls that come as text in the markup of the model's template."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from frames import EVENT_STREAM, delta, render, reply_of

from minimax_adapters.api import (
    AsyncClient,
    ChatReply,
    ChatRequest,
    Client,
)
from minimax_adapters.api._chat import parse_chat
from minimax_adapters.api._chat_stream import ChatSession
from minimax_adapters.api._leaked_calls import LeakedCalls
from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall

if TYPE_CHECKING:
    from minimax_adapters.api.wire.chat import Tool

PROPERTIES = {
    "city": {"type": "string"},
    "days": {"type": "integer"},
    "warm": {"anyOf": [{"type": "boolean"}, {"type": "null"}]},
    "spots": {"type": "array", "items": {"type": "string"}},
    "unit": {"$ref": "#/$defs/Unit"},
    "level": {"type": ["number", "string"]},
    "any": {},
}
WEATHER: Tool = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": PROPERTIES,
            "$defs": {"Unit": {"type": "string", "enum": ["C", "F"]}},
        },
    },
}
CALL = """<minimax:tool_call>
<invoke name="get_weather">
<parameter name="city">Paris</parameter>
<parameter name="days">3</parameter>
</invoke>
</minimax:tool_call>"""
TWO_CALLS = CALL.replace(
    "</invoke>",
    '</invoke>\n<invoke name="get_weather">\n<parameter name="city">Rome</parameter>\n</invoke>',
)
UNKNOWN = CALL.replace("get_weather", "format_disk")


def whole(text: str, tools: list[Tool] | None = None) -> tuple[str, list[dict[str, Any]]]:
    """Return the text without its calls, and the arguments of the calls."""
    calls = LeakedCalls([WEATHER] if tools is None else tools)
    kept = calls.feed(text) + calls.flush()
    return kept, [json.loads(call["function"]["arguments"]) for call in calls.take()]


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        ("city", "12", "12"),
        ("city", "\ntwo\n lines\n", "two\n lines"),
        ("days", " 7 ", 7),
        ("days", "seven", "seven"),
        ("warm", "True", True),
        ("warm", "None", None),
        ("warm", "null", None),
        ("spots", '["a", "b"]', ["a", "b"]),
        ("spots", '["a", ', '["a", '),
        ("unit", "C", "C"),
        ("level", "5", 5),
        ("level", "5.5", 5.5),
        ("level", '{"a": 1}', '{"a": 1}'),
        ("any", "007", "007"),
        ("any", '{"a": 1}', {"a": 1}),
        ("unheard_of", "x < y", "x < y"),
    ],
)
def test_values_have_the_types_of_the_schema(parameter: str, text: str, value: object) -> None:
    """The template writes strings bare and everything else as JSON."""
    call = CALL.replace('name="city"', f'name="{parameter}"').replace("Paris", text)
    call = call.replace('<parameter name="days">3</parameter>\n', "")

    assert whole(call) == ("", [{parameter: value}])


@pytest.mark.parametrize(
    ("text", "kept", "cities"),
    [
        ("plain", "plain", []),
        (f"Let me look.\n{CALL}", "Let me look.\n", ["Paris"]),
        (f"a {CALL}\n\n b {CALL} ", "a b ", ["Paris", "Paris"]),
        (TWO_CALLS, "", ["Paris", "Rome"]),
        (CALL.replace('"', ""), "", ["Paris"]),
        (CALL.replace('"', "'"), "", ["Paris"]),
        (CALL.removesuffix("</minimax:tool_call>"), "", ["Paris"]),
        (f"`{CALL}`", f"`{CALL}`", []),
        (UNKNOWN, UNKNOWN, []),
        (f"{UNKNOWN}{CALL}", UNKNOWN, ["Paris"]),
        ("<minimax:tool_call>\n<invoke name=", "<minimax:tool_call>\n<invoke name=", []),
        ("<minimax:tool_call></minimax:tool_call>", "<minimax:tool_call></minimax:tool_call>", []),
        ("a < b <minimax", "a < b <minimax", []),
    ],
)
def test_only_calls_of_tools_on_offer_leave_the_text(
    text: str, kept: str, cities: list[str]
) -> None:
    """What is quoted, unknown or broken is what the model wanted to say."""
    rest, arguments = whole(text)

    assert rest == kept
    assert [call["city"] for call in arguments] == cities
    assert whole(text, []) == (text, [])


def test_references_that_go_in_circles_end() -> None:
    """A schema may refer to itself."""
    tool: Tool = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {
                "properties": {"city": {"$ref": "#/$defs/A"}},
                "$defs": {"A": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "integer"}]}},
            },
        },
    }

    assert whole(CALL.replace("Paris", "5"), [tool])[1][0]["city"] == 5


def streamed(text: str, cuts: tuple[int, ...]) -> ChatReply:
    """Return the answer of a stream that sends `text` in pieces."""
    bounds = [0, *cuts, len(text)]
    pieces = [text[start:end] for start, end in itertools.pairwise(bounds)]
    frames = [delta(content=piece) for piece in pieces]
    session = ChatSession(EVENT_STREAM, tools=[WEATHER])
    events = session.feed(render([*frames, delta("stop")]))
    return reply_of([*events, *session.finish()])


@pytest.mark.sampled(share=0.4)
@pytest.mark.parametrize(
    "text", [f"Look.\n{CALL} done", f"`{CALL}` {TWO_CALLS}", f"<a>{UNKNOWN} {CALL[:-5]}"]
)
def test_a_stream_may_be_cut_anywhere(text: str) -> None:
    """Any two cuts give the answer of the whole, and so does a plain reply."""
    body = {
        "id": "x",
        "choices": [{"message": {"content": text}, "finish_reason": "stop"}],
        "base_resp": {"status_code": 0},
    }
    plain = parse_chat(EVENT_STREAM._replace(body=json.dumps(body).encode()), tools=[WEATHER])
    expected = (plain.content, [(call.name, call.arguments) for call in plain.tool_calls])
    assert plain.tool_calls
    assert plain.finish_reason == "tool_calls"

    for cuts in itertools.combinations(range(1, len(text), 3), 2):
        reply = streamed(text, cuts)

        assert (reply.content, [(c.name, c.arguments) for c in reply.tool_calls]) == expected
        assert reply.finish_reason == "tool_calls"
        assert len({call.id for call in reply.tool_calls}) == len(expected[1])


def request(**members: Any) -> ChatRequest:  # noqa: ANN401 - any JSON
    """Return a request that offers the tool."""
    return ChatRequest(
        messages=[{"role": "user", "content": "Weather in Paris?"}], tools=[WEATHER], **members
    )


async def test_every_way_of_asking_gets_the_call(emulator: Emulator) -> None:
    """Plain and streamed, sync and async."""
    emulator.quirks = Quirks(leaked_tool_call=True)
    calling = Reply(tool_calls=[ToolCall(name="get_weather", arguments={"city": "Paris"})])
    emulator.script(*[calling] * 5)
    settings: dict[str, Any] = {"base_url": emulator.url, "api_key": emulator.api_key}

    with Client(**settings) as client:
        replies = [client.chat(request()), reply_of(list(client.stream_chat(request())))]
        refused = client.chat(request(tool_choice="none"))
    async with AsyncClient(**settings) as client:
        replies.append(await client.chat(request()))
        replies.append(reply_of([event async for event in client.stream_chat(request())]))

    for reply in replies:
        (call,) = reply.tool_calls
        assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "Paris"})
        assert reply.content == ""
        assert reply.finish_reason == "tool_calls"
    assert refused.content.startswith("<minimax:tool_call>")
    assert not refused.tool_calls
