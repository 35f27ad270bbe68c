"""Scenarios of the client: each method, and what the model can do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from scenario import scenario

from minimax_adapters.api import (
    AudioEnd,
    AudioSetting,
    ChatEnd,
    ChatReply,
    ChatRequest,
    SpeechOptions,
    SpeechRequest,
    TextDelta,
    VoiceSetting,
)
from minimax_adapters.emulator import Quirks, Reply, ToolCall

if TYPE_CHECKING:
    from stage import Stage

PIXEL: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60"
    "e6kgAAAABJRU5ErkJggg=="
)
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


def asking(text: str, **members: Any) -> ChatRequest:  # noqa: ANN401 - members of the request
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


@scenario("client")
def documents_and_queries_are_embedded_apart(stage: Stage) -> Any:  # noqa: ANN401 - as above
    """The same text has another vector as `db` than as `query`."""
    client = stage.client()

    stored = stage.result(client.embed(["The harbour opens at six."], type="db"))
    asked = stage.result(client.embed(["The harbour opens at six."], type="query"))

    assert len(stored.vectors[0]) == len(asked.vectors[0]) == 1536
    assert stored.vectors != asked.vectors
    return [stored, asked]


@scenario("client")
def texts_are_embedded_in_batches(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Three texts in batches of two are two requests; vectors keep the order."""
    done: list[int] = []

    embedded = stage.result(
        stage.client().embed(
            ["red", "green", "blue"], type="db", max_batch_size=2, on_progress=done.append
        )
    )

    assert sum(done) == len(embedded.vectors) == 3
    return embedded


@scenario("client")
def text_becomes_speech(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """The whole audio, with its duration and what it costs."""
    request = SpeechRequest(
        text="Hello!",
        voice_setting=VoiceSetting(speed=1.1, emotion="calm"),
        audio_setting=AudioSetting(format="mp3", sample_rate=16000, bitrate=32000, channel=1),
    )

    audio = stage.result(stage.client().speak(request))

    assert audio.format == "mp3"
    assert audio.duration
    return audio


@scenario("client")
def speech_comes_as_an_address(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """With `url` the audio is to be fetched within 24 hours."""
    request = SpeechRequest(text="Hello!", output_format="url")

    audio = stage.result(stage.client().speak(request))

    assert audio.url
    assert not audio.data
    return audio


@scenario("client")
def speech_is_streamed(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Chunks come as they are made; together they are the audio."""
    request = SpeechRequest(
        text="Hello!", audio_setting=AudioSetting(format="mp3", sample_rate=16000, bitrate=32000)
    )

    events = stage.everything(stage.client().stream_speech(request), [])

    assert isinstance(events[-1], AudioEnd)
    assert b"".join(event.data for event in events[:-1]) == events[-1].audio.data
    return events


@scenario("client")
def a_long_text_is_one_audio(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Pieces are spoken side by side and joined in their order."""
    seen: list[tuple[int, int]] = []
    options = SpeechOptions(
        audio_setting=AudioSetting(format="mp3", sample_rate=16000, bitrate=32000)
    )
    text = "The harbour opens at six. The boats leave at seven. All are back by noon."

    audio = stage.result(
        stage.client().speak_long(
            text, options, piece_length=30, on_progress=lambda done, of: seen.append((done, of))
        )
    )

    assert sorted(seen) == [(1, 3), (2, 3), (3, 3)]
    assert audio.data
    return audio


@scenario("client")
def models_are_listed(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Each with its id."""
    cards = stage.result(stage.client().models())

    assert "MiniMax-M3" in [card.id for card in cards]
    return cards


@scenario("client", staged=True)
def an_old_key_sends_its_group(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Native endpoints get the group in the query; it is scrubbed in the cassette."""
    client = stage.client(group_id="1700000000000000001")

    return stage.result(client.embed(["red"], type="query"))
