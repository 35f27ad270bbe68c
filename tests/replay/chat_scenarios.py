"""Scenarios of the client: what a chat model is asked and answers, without tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from scenario import scenario

from minimax_adapters.api import (
    ChatEnd,
    ChatReply,
    ChatRequest,
    TextDelta,
)
from minimax_adapters.emulator import Quirks

if TYPE_CHECKING:
    from stage import Stage


PIXEL: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60"
    "e6kgAAAABJRU5ErkJggg=="
)


def asking(text: str, **members: Any) -> ChatRequest:  # noqa: ANN401 - any JSON
    """Return a request with one message."""
    return ChatRequest(messages=[{"role": "user", "content": text}], **members)


def ended(events: list[Any]) -> ChatReply:
    """Return the whole answer of a stream."""
    assert isinstance(events[-1], ChatEnd)
    return events[-1].reply


@scenario("client")
def answers_with_thinking_apart(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """A question is answered; the thinking comes apart from the answer."""
    client = stage.client()

    reply = stage.result(client.chat(asking("What is 6 times 7?")))

    assert reply.content
    assert reply.reasoning
    assert "think>" not in reply.content
    return reply


@scenario("client")
def streams_thinking_then_the_answer(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """A stream brings thinking, the answer and the usage."""
    client = stage.client()

    events = stage.everything(client.stream_chat(asking("Which river flows through Paris?")), [])

    reply = ended(events)
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == reply.content
    assert reply.usage
    return events


@scenario("client")
def thinking_can_be_switched_off(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """M3 answers without thinking when it is told to."""
    request = asking("Say hello.", thinking={"type": "disabled"}, temperature=0.2, top_p=0.9)

    reply = stage.result(stage.client().chat(request))

    assert reply.content
    assert not reply.reasoning
    return reply


@scenario("client")
def flash_thinks_as_deep_as_it_is_told(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """M3.1-Flash takes an effort."""
    request = asking("Say hello.", model="MiniMax-M3.1-Flash", reasoning_effort="low")

    return stage.result(stage.client().chat(request))


@scenario("client")
def an_older_model_answers(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """M2 models take one system message, so several are merged."""
    messages: list[Any] = [
        {"role": "system", "content": "Be brief."},
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hello!"},
    ]

    reply = stage.result(stage.client().chat(ChatRequest(model="MiniMax-M2.1", messages=messages)))

    assert reply.content
    return reply


@scenario("client", staged=True)
def think_tags_in_the_answer_are_cut_out(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Hosts that put thinking into the text are read all the same, plain and streamed."""
    if stage.emulator:
        stage.emulator.quirks = Quirks(inline_think=True, chunk_chars=5)
    client = stage.client()

    plain = stage.result(client.chat(asking("What is 6 times 7?")))
    streamed = ended(stage.everything(client.stream_chat(asking("What is 6 times 7?")), []))

    assert "think" not in plain.content + streamed.content
    assert plain.reasoning.strip() == streamed.reasoning.strip() != ""
    return [plain, streamed]


@scenario("client")
def the_output_limit_cuts_the_answer(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """The finish reason says so."""
    request = asking("Tell me a long story.", max_completion_tokens=20)

    reply = stage.result(stage.client().chat(request))

    assert reply.finish_reason == "length"
    return reply


@scenario("client", narrow=True)
def stop_texts_cut_the_answer(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """MiniMax ignores stop texts; the client does not, plain and streamed."""
    client = stage.client()
    request = asking("Count from 1 to 9, separated by commas.", stop=["4"])

    plain = stage.result(client.chat(request))
    streamed = ended(stage.everything(client.stream_chat(request), []))

    assert "4" not in plain.content + streamed.content
    assert plain.finish_reason == streamed.finish_reason == "stop"
    return [plain, streamed]


@scenario("client")
def an_image_is_described(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """An image goes along as a data URL."""
    parts = [
        {"type": "text", "text": "What is in this picture?"},
        {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}},
    ]
    request = ChatRequest(messages=[{"role": "user", "content": parts}])

    return stage.result(stage.client().chat(request))


@scenario("client", staged=True)
def a_video_is_described(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """A video goes along by its address."""
    video = {"url": "https://example.com/harbour.mp4", "fps": 1}
    parts: list[Any] = [
        {"type": "text", "text": "What happens here?"},
        {"type": "video_url", "video_url": video},
    ]
    request = ChatRequest(messages=[{"role": "user", "content": parts}])

    return stage.result(stage.client().chat(request))


@scenario("client")
def a_repeated_prompt_is_read_from_the_cache(stage: Stage) -> Any:  # noqa: ANN401 - as above
    """The usage counts the cached tokens of the second call."""
    client = stage.client()
    request = asking("Tell me about rivers. " * 100)

    first, second = (stage.result(client.chat(request)) for _ in range(2))

    assert second.usage.prompt_tokens == first.usage.prompt_tokens
    assert second.usage.cached_tokens > first.usage.cached_tokens
    return [first, second]


@scenario("client", staged=True)
def usage_may_be_missing(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """A host that sends no usage breaks nothing."""
    if stage.emulator:
        stage.emulator.quirks = Quirks(no_usage=True, missing_done=True, empty_role=True)

    events = stage.everything(stage.client().stream_chat(asking("Hello!")), [])

    assert ended(events).usage is None
    return events
