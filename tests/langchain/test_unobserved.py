"""Calls that nobody observes give what LangChain gives to observers, without the cost."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

import gc
import uuid
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import langchain_core.globals
import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler, get_usage_metadata_callback
from langchain_core.globals import set_llm_cache
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.rate_limiters import InMemoryRateLimiter
from langchain_core.runnables import RunnableLambda
from langchain_core.runnables.config import var_child_runnable_config
from langchain_core.tracers.context import tracing_v2_enabled
from recordings import RECORDINGS

from minimax_adapters.emulator import Reply
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.langchain.errors import MiniMaxInvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk
    from makers import Make
    from plain_server import PlainServer
    from recordings import Recording

    from minimax_adapters.emulator import Emulator

RUN = uuid.UUID(int=7)


class Observer(BaseCallbackHandler):
    """Counts what LangChain tells it."""

    def __init__(self) -> None:
        self.tokens: list[Any] = []
        self.ends = 0
        self.errors: list[BaseException] = []

    def on_llm_new_token(self, token: Any, *_: Any, **__: Any) -> None:
        """Keep a token."""
        self.tokens.append(token)

    def on_llm_end(self, *_: Any, **__: Any) -> None:
        """Count an end."""
        self.ends += 1

    def on_llm_error(self, error: BaseException, **_: Any) -> None:
        """Keep an error."""
        self.errors.append(error)


async def chunks_of(
    model: Any, given: Any = "Hello", *, asynchronous: bool, **arguments: Any
) -> list[AIMessageChunk]:
    """Return the chunks of a stream of either colour."""
    if asynchronous:
        return [chunk async for chunk in model.astream(given, **arguments)]
    return list(model.stream(given, **arguments))


@contextmanager
def _in_the_model() -> Iterator[dict[str, Any]]:
    yield {"cache": InMemoryCache()}


@contextmanager
def _everywhere() -> Iterator[dict[str, Any]]:
    set_llm_cache(InMemoryCache())
    yield {}
    set_llm_cache(None)


async def answer_of(
    model: Any, given: Any = "Hello", *, asynchronous: bool, **arguments: Any
) -> AIMessage:
    """Return the answer of a call of either colour."""
    if asynchronous:
        return await model.ainvoke(given, **arguments)  # type: ignore[no-any-return]  # of any model
    return model.invoke(given, **arguments)  # type: ignore[no-any-return]  # of any model


both = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


@both
@pytest.mark.parametrize("version", [None, "v1"])
@pytest.mark.parametrize("recording", RECORDINGS.values(), ids=RECORDINGS)
async def test_chunks_are_those_that_an_observer_gets(
    server: PlainServer, recording: Recording, version: str | None, *, asynchronous: bool
) -> None:
    """Each with the same members, those that were set, and the id of the run."""
    server.body = recording.body
    model = ChatMiniMax(base_url=server.url, api_key="k", output_version=version)
    observer = Observer()
    configs: list[Any] = [{"run_id": RUN}, {"run_id": RUN, "callbacks": [observer]}]

    ours, theirs = [
        await chunks_of(model, config=config, asynchronous=asynchronous) for config in configs
    ]

    assert observer.ends == 1
    assert ours == theirs
    assert [one.model_dump() for one in ours] == [one.model_dump() for one in theirs]
    assert [one.model_fields_set for one in ours] == [one.model_fields_set for one in theirs]


@both
@pytest.mark.parametrize("version", [None, "v1"])
@pytest.mark.parametrize("recording", RECORDINGS.values(), ids=RECORDINGS)
@pytest.mark.parametrize("streamed", [False, True])
async def test_an_answer_is_the_one_that_an_observer_gets(
    server: PlainServer,
    recording: Recording,
    version: str | None,
    *,
    streamed: bool,
    asynchronous: bool,
) -> None:
    """Also where it is streamed under the hood."""
    server.answer(recording.answer)
    if streamed:
        server.body, server.kind = recording.body, "text/event-stream"
    known: Any = {"base_url": server.url, "api_key": "k", "streaming": streamed}
    model = ChatMiniMax(**known, output_version=version)
    observer = Observer()
    configs: list[Any] = [{"run_id": RUN}, {"run_id": RUN, "callbacks": [observer]}]

    ours, theirs = [
        await answer_of(model, config=config, asynchronous=asynchronous) for config in configs
    ]

    assert observer.ends == 1
    assert ours == theirs
    assert ours.model_dump() == theirs.model_dump()
    assert ours.model_fields_set == theirs.model_fields_set


@both
@pytest.mark.parametrize("cached", [_in_the_model, _everywhere])
async def test_caches_are_used(
    chat: Make, emulator: Emulator, cached: Any, *, asynchronous: bool
) -> None:
    """A question that was asked before is not asked again."""
    with cached() as arguments:
        model = chat(**arguments)
        first, second = [await answer_of(model, asynchronous=asynchronous) for _ in range(2)]

    assert first.content == second.content
    assert len(emulator.requests) == 1


@both
async def test_no_chunk_is_kept(chat: Make, emulator: Emulator, *, asynchronous: bool) -> None:
    """A server that passes words on holds a word of each stream, not the answer."""
    emulator.script(Reply(text="word " * 300))
    passed: list[weakref.ref[AIMessageChunk]] = []
    most = 0
    model = chat()

    def look(chunk: AIMessageChunk) -> int:
        passed.append(weakref.ref(chunk))
        gc.collect(0)
        return sum(one() is not None for one in passed)

    if asynchronous:
        async for chunk in model.astream("Hello"):
            most = max(most, look(chunk))
    else:
        for chunk in model.stream("Hello"):
            most = max(most, look(chunk))

    assert len(passed) > 100
    assert most <= 3


def _configured(model: ChatMiniMax, observer: Observer) -> Any:
    return model.with_config(callbacks=[observer])


def _constructed(model: ChatMiniMax, observer: Observer) -> Any:
    return model.model_copy(update={"callbacks": [observer]})


def _inherited(model: ChatMiniMax, observer: Observer) -> Any:
    return (RunnableLambda(lambda text: text) | model).with_config(callbacks=[observer])


@both
@pytest.mark.parametrize("observed", [_configured, _constructed, _inherited])
async def test_whoever_observes_sees_all(chat: Make, observed: Any, *, asynchronous: bool) -> None:
    """Wherever it was named: in the call, the model, or a chain around it."""
    observer = Observer()

    chunks = await chunks_of(observed(chat(), observer), asynchronous=asynchronous)

    assert observer.tokens == [chunk.content for chunk in chunks]
    assert observer.ends == 1


@both
async def test_an_observer_around_the_call_sees_all(chat: Make, *, asynchronous: bool) -> None:
    """Also where the stream was made before."""
    with get_usage_metadata_callback() as usage:
        await chunks_of(chat(), asynchronous=asynchronous)
    assert [found["output_tokens"] > 0 for found in usage.usage_metadata.values()] == [True]

    observer = Observer()
    stream = chat().stream("Hello")
    token = var_child_runnable_config.set({"callbacks": [observer]})
    try:
        list(stream)
    finally:
        var_child_runnable_config.reset(token)
    assert observer.ends == 1


def test_what_is_printed_for_debugging_is_printed(
    chat: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """LangChain's own switch is an observer, too."""
    monkeypatch.setattr(langchain_core.globals, "_debug", True)

    list(chat().stream("Hello"))

    assert "ChatMiniMax" in capsys.readouterr().out


def test_traces_are_kept(chat: Make) -> None:
    """LangSmith observes from outside of the code that streams."""
    client = MagicMock()
    with tracing_v2_enabled(client=client):
        chunks = list(chat().stream("Hello"))

    run = client.create_run.call_args.kwargs["id"]
    assert {chunk.id for chunk in chunks} == {f"lc_run--{run}"}


@both
@pytest.mark.parametrize("way", [chunks_of, answer_of])
async def test_an_observer_is_told_of_errors(
    chat: Make, emulator: Emulator, way: Any, *, asynchronous: bool
) -> None:
    """Nobody else is, and the error is the same."""
    observer = Observer()
    model = chat(max_retries=0)
    for config in ({}, {"callbacks": [observer]}):
        emulator.fail_next(1004)

        with pytest.raises(Exception, match="1004"):
            await way(model, config=config, asynchronous=asynchronous)

    assert len(observer.errors) == 1


@both
async def test_a_rate_limiter_is_asked(chat: Make, *, asynchronous: bool) -> None:
    """Once for each call."""

    class Counted(InMemoryRateLimiter):
        asked = 0

        def acquire(self, *, blocking: bool = True) -> bool:
            Counted.asked += 1
            return blocking

        async def aacquire(self, *, blocking: bool = True) -> bool:
            Counted.asked += 1
            return blocking

    await chunks_of(chat(rate_limiter=Counted()), asynchronous=asynchronous)
    await answer_of(chat(rate_limiter=Counted()), asynchronous=asynchronous)

    assert Counted.asked == 2


@both
async def test_old_blocks_are_read(chat: Make, emulator: Emulator, *, asynchronous: bool) -> None:
    """LangChain translates those of its versions before 1.0 for streams, too."""
    block = {"type": "file", "source_type": "text", "url": "A file.", "mime_type": "text/plain"}
    given = [HumanMessage([{"type": "text", "text": "Read:"}, block])]

    for callbacks in ([], [Observer()]):
        await chunks_of(chat(), given, config={"callbacks": callbacks}, asynchronous=asynchronous)

    first, second = (request.json for request in emulator.requests)
    assert first == second
    assert "A file." in str(first)


@both
async def test_streaming_may_be_switched_off(
    chat: Make, emulator: Emulator, *, asynchronous: bool
) -> None:
    """Then the answer comes in one piece."""
    chunks = await chunks_of(chat(disable_streaming=True), asynchronous=asynchronous)

    assert len(chunks) == 1
    assert not emulator.requests[-1].json.get("stream")


@both
async def test_a_subclass_may_answer(emulator: Emulator, *, asynchronous: bool) -> None:
    """LangChain completes that, too."""

    class Echo(ChatMiniMax):
        def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
            message = AIMessage(messages[-1].content)
            generation = ChatGeneration(message=message, generation_info={"echo": True})
            return ChatResult(generations=[generation])

        async def _agenerate(self, *given: Any, **arguments: Any) -> ChatResult:
            return self._generate(*given, **arguments)

    model = Echo(base_url=emulator.url, api_key=emulator.api_key)
    answer = await answer_of(model, asynchronous=asynchronous)

    assert answer.response_metadata == {"echo": True}
    assert str(answer.id).startswith("lc_run--")


@both
async def test_a_subclass_may_make_chunks(emulator: Emulator, *, asynchronous: bool) -> None:
    """LangChain completes what it yields, as it does for every model."""

    class Shouting(ChatMiniMax):
        def _stream(self, *given: Any, **arguments: Any) -> Iterator[ChatGenerationChunk]:
            for chunk in super()._stream(*given, **arguments):
                message = AIMessageChunk(content=str(chunk.message.content).upper())
                yield type(chunk)(message=message)

        async def _astream(self, *given: Any, **arguments: Any) -> Any:
            for chunk in self._stream(*given, **arguments):
                yield chunk

    known = {"base_url": emulator.url, "api_key": emulator.api_key}
    chunks = await chunks_of(Shouting(**known), asynchronous=asynchronous)

    assert chunks[-1].chunk_position == "last"
    assert "".join(map(str, (chunk.content for chunk in chunks))).isupper()


def test_what_is_no_message_is_said_to_be_none(chat: Make) -> None:
    """By the same error as with an observer."""
    errors = []
    for callbacks in ([], [Observer()]):
        with pytest.raises((ValueError, MiniMaxInvalidInputError)) as caught:
            list(chat().stream(5, config={"callbacks": callbacks}))
        errors.append((caught.type, str(caught.value)))

    assert errors[0] == errors[1]
