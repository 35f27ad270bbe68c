"""What users of `minimax_adapters.api` write; checked by mypy, never run."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_type

from pydantic import SecretStr

from minimax_adapters.api import (
    APIError,
    AsyncClient,
    AsyncEventStream,
    Audio,
    AudioChunk,
    AudioEnd,
    AudioSetting,
    ChatEnd,
    ChatEvent,
    ChatReply,
    ChatRequest,
    Client,
    Embeddings,
    EventStream,
    ModelCard,
    ReasoningDelta,
    Settings,
    SpeechRequest,
    TextDelta,
    ToolCallDelta,
    Usage,
    VoiceSetting,
    cost_of,
    profile_of,
)

if TYPE_CHECKING:
    from pathlib import Path

HELLO = ChatRequest(
    messages=[
        {"role": "system", "content": "Answer in one sentence."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
    ],
    model="MiniMax-M3",
    thinking={"type": "adaptive"},
    tools=[{"type": "function", "function": {"name": "now", "description": "The time."}}],
    stop=["END"],
)
SPEECH = SpeechRequest(
    text="Hello",
    voice_setting=VoiceSetting(speed=1.1, emotion="calm"),
    audio_setting=AudioSetting(format="wav", sample_rate=24000),
)


def synchronous(target: Path) -> None:
    """Use each method of `Client`."""
    with Client(api_key="key", region="china", max_retries=2, deadline=60) as client:
        reply = client.chat(HELLO)
        assert_type(reply, ChatReply)
        assert_type(reply.usage, Usage | None)
        if reply.usage:
            assert_type(cost_of(reply.usage, reply.model), float | None)
        assert_type(client.stream_chat(HELLO), EventStream[ChatEvent])
        for event in client.stream_chat(HELLO):
            match event:
                case TextDelta() | ReasoningDelta():
                    assert_type(event.text, str)
                case ToolCallDelta():
                    assert_type(event.id, str | None)
                case ChatEnd():
                    assert_type(event.reply, ChatReply)
        assert_type(client.embed(["a", "b"], type="db", on_progress=print), Embeddings)
        assert_type(client.speak(SPEECH).save(target), "Path")
        with client.stream_speech(SPEECH) as stream:
            assert_type(next(stream), AudioChunk | AudioEnd)
        assert_type(client.models(), list[ModelCard])


async def asynchronous() -> None:
    """Use each method of `AsyncClient`."""

    async def provide() -> SecretStr:
        return SecretStr("key")

    async with AsyncClient(Settings.resolve(api_key=provide, timeout=30)) as client:
        assert_type(await client.chat(HELLO), ChatReply)
        assert_type(client.stream_chat(HELLO), AsyncEventStream[ChatEvent])
        async for event in client.stream_chat(HELLO):
            if isinstance(event, ChatEnd):
                assert_type(event.reply.reasoning, str)
        done = await client.embed(["a"], type="query", max_concurrency=2)
        assert_type(done.vectors, list[list[float]])
        assert_type(await client.speak(SPEECH), Audio)
        async with client.stream_speech(SPEECH) as stream:
            assert_type(await anext(stream), AudioChunk | AudioEnd)
        assert_type(await client.models(), list[ModelCard])


def failing(client: Client) -> str | None:
    """Look at an error."""
    try:
        client.chat(HELLO)
    except APIError as error:
        assert_type(error.code, int | None)
        assert_type(error.retryable, bool)
        return error.trace_id
    assert_type(profile_of("MiniMax-M3").images, bool)
    return None
