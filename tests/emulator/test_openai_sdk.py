"""OpenAI's SDK, pointed at the emulator, works: the claim that the endpoint is compatible."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai
import pytest

from minimax_adapters.emulator import Emulator, Quirks

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "MiniMax-M3"
HELLO: list[Any] = [{"role": "user", "content": "What is 7 times 8?"}]
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather at a location.",
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string"}},
            "required": ["location"],
        },
    },
}


@pytest.fixture
def sdk(emulator: Emulator) -> Iterator[openai.OpenAI]:
    """Return the SDK's client."""
    with openai.OpenAI(
        base_url=f"{emulator.url}/v1", api_key=emulator.api_key, max_retries=0
    ) as client:
        yield client


def test_chat(sdk: openai.OpenAI) -> None:
    """The SDK's models take the answer; thinking is an extra member."""
    reply = sdk.chat.completions.create(
        model=MODEL, messages=HELLO, extra_body={"reasoning_split": True}
    )

    assert reply.choices[0].message.content == "56"
    assert reply.choices[0].message.model_extra is not None
    assert "7 times 8" in reply.choices[0].message.model_extra["reasoning_content"]
    assert reply.usage is not None
    assert reply.usage.total_tokens == reply.usage.prompt_tokens + reply.usage.completion_tokens


def test_streams(sdk: openai.OpenAI) -> None:
    """Increments add up to the answer."""
    stream = sdk.chat.completions.create(
        model=MODEL,
        messages=HELLO,
        stream=True,
        stream_options={"include_usage": True},
        extra_body={"thinking": {"type": "disabled"}},
    )

    chunks = list(stream)

    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts) == "56"
    assert chunks[-1].usage is not None


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(tool_argument_chars=3, crlf=True)])
def test_tools(emulator: Emulator, sdk: openai.OpenAI, quirks: Quirks) -> None:
    """Plain and in fragments, and the result goes back."""
    emulator.quirks = quirks
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Oslo?"}]

    with sdk.chat.completions.stream(model=MODEL, messages=messages, tools=[WEATHER]) as stream:
        message = stream.get_final_completion().choices[0].message
    assert message.tool_calls is not None
    (call,) = message.tool_calls
    messages += [
        # The SDK joins the role of each frame to "assistantassistant...": MiniMax names it on all.
        message.to_dict() | {"role": "assistant"},
        {"role": "tool", "tool_call_id": call.id, "content": "It rains."},
    ]
    answer = sdk.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER])

    assert json.loads(call.function.arguments) == {"location": "Oslo"}
    assert answer.choices[0].message.content is not None
    assert "It rains." in answer.choices[0].message.content


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (2013, openai.BadRequestError),
        (2049, openai.AuthenticationError),
        (1026, openai.UnprocessableEntityError),
        (1002, openai.RateLimitError),
        (2064, openai.InternalServerError),
    ],
)
def test_errors(
    emulator: Emulator, sdk: openai.OpenAI, code: int, error: type[openai.APIStatusError]
) -> None:
    """Real statuses become the SDK's own exceptions."""
    emulator.fail_next(code)

    with pytest.raises(error, match=str(code)):
        sdk.chat.completions.create(model=MODEL, messages=HELLO)


def test_errors_inside_200_break_it(emulator: Emulator, sdk: openai.OpenAI) -> None:
    """What the SDK cannot see: no choices, and nobody who says why."""
    emulator.fail_next(2056, envelope="base_resp")

    reply = sdk.chat.completions.create(model=MODEL, messages=HELLO)

    assert reply.choices is None


def test_models(sdk: openai.OpenAI) -> None:
    """The list is OpenAI's shape."""
    assert MODEL in [model.id for model in sdk.models.list()]
