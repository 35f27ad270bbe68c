"""Speech of a text that is being written, where something ends too soon: text, listener or line."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import weakref
from typing import TYPE_CHECKING, Any

import pytest
from talkers import COLOURS, TEXT, TRANSPORTS, Colour, Talker, audio_of, deltas, end_of
from waiting import eventually

from minimax_adapters.api import (
    APIError,
    AsyncClient,
    Audio,
    AudioEnd,
    InterruptedReplyError,
    InvalidInputError,
)
from minimax_adapters.emulator import Quirks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from minimax_adapters.api import AsyncEventStream
    from minimax_adapters.api._spoken import Transport
    from minimax_adapters.emulator import Emulator

both = pytest.mark.parametrize("colour", COLOURS)
transports = pytest.mark.parametrize("transport", TRANSPORTS)


@both
@transports
def test_leaving_early_closes_everything(
    speaking: Emulator, colour: Colour, transport: str
) -> None:
    """Barge-in: no thread, task or connection goes on, and the text is closed."""
    speaking.quirks = Quirks(frame_delay=0.005)
    closed = threading.Event()

    def text() -> Iterator[str]:
        try:
            while True:
                yield "Another sentence that goes on and on. "
        finally:
            closed.set()

    with Talker(colour, speaking) as talker:
        stream = talker.client.stream_speech_from(text(), transport=transport)
        if colour == "sync":
            with stream as events:
                next(events)
        else:
            talker.call(_take_one, stream)
        sent = len(speaking.requests)

    assert sent <= 3
    if colour == "sync":
        assert closed.wait(2)
    assert eventually(
        lambda: not [t for t in threading.enumerate() if t.name.startswith("speech-")]
    )


@transports
async def test_another_task_may_end_the_speech(speaking: Emulator, transport: Transport) -> None:
    """Barge-in again: whoever plays the audio finds no more of it."""
    speaking.quirks = Quirks(frame_delay=0.005)
    async with AsyncClient(base_url=speaking.url, api_key=speaking.api_key) as client:
        stream = client.stream_speech_from(_without_end(), transport=transport)
        begun = asyncio.Event()
        playing = asyncio.create_task(_play(stream, begun))
        await begun.wait()
        await stream.aclose()
        heard = await playing

    assert heard
    assert not any(isinstance(event, AudioEnd) for event in heard)


async def _without_end() -> AsyncIterator[str]:
    while True:
        yield "Another sentence that goes on and on. "
        await asyncio.sleep(0)


async def _play(stream: AsyncEventStream[Any], begun: asyncio.Event) -> list[Any]:
    heard = []
    async for event in stream:
        heard.append(event)
        begun.set()
    return heard


async def _take_one(stream: AsyncEventStream[Any]) -> None:
    async with stream as events:
        await anext(events)


@both
@transports
def test_an_error_in_the_middle_keeps_the_audio_so_far(
    speaking: Emulator, colour: Colour, transport: str
) -> None:
    """It is paid for, and the listener has heard it."""
    if transport == "http":
        speaking.fail_next(1042, at="mid_stream", after=3)
    else:
        speaking.fail_next(1042, at="mid_stream", after=8)
    seen: list[Any] = []

    with Talker(colour, speaking) as talker, pytest.raises(APIError) as caught:
        talker.speak_from(deltas(TEXT * 3), seen, transport=transport)

    assert caught.value.code == 1042
    assert isinstance(caught.value.partial, Audio)
    assert caught.value.partial.data == audio_of(seen) != b""


@both
@transports
def test_an_error_of_the_text_comes_behind_the_audio_of_what_was_written(
    speaking: Emulator, colour: Colour, transport: str
) -> None:
    """The model may fail in the middle of its answer; what it had said is spoken."""

    def text() -> Iterator[str]:
        yield "One sentence is complete. The next"
        raise LookupError("the model failed")

    seen: list[Any] = []
    with Talker(colour, speaking) as talker, pytest.raises(LookupError, match="model"):
        talker.speak_from(text(), seen, transport=transport)

    assert {event.text for event in seen} == {"One sentence is complete."}


@both
@pytest.mark.parametrize("transport", ["http", "bidi"])
@pytest.mark.parametrize("own", [False, True])
def test_the_audio_of_a_failed_stream_is_freed_with_its_error(
    speaking: Emulator, colour: Colour, transport: Transport, *, own: bool
) -> None:
    """Nothing of it waits for the garbage collector, which may come much later."""
    freed: list[weakref.ref[BaseException]] = []

    def text() -> Iterator[str]:
        yield "One sentence is complete. "
        if own:
            raise ModelFailedError
        speaking.fail_next(1042)
        yield "Another one is refused. "

    @contextlib.contextmanager
    def failing() -> Iterator[None]:
        try:
            yield
        except (ModelFailedError, APIError) as error:
            freed.append(weakref.ref(error))

    async def listen(client: AsyncClient) -> None:
        async with client.stream_speech_from(text(), transport=transport) as stream:
            with failing():
                async for _ in stream:
                    pass

    gc.collect()
    gc.disable()
    try:
        with Talker(colour, speaking) as talker:
            if colour == "async":
                talker.call(listen, talker.client)
            else:
                with (
                    talker.client.stream_speech_from(text(), transport=transport) as stream,
                    failing(),
                ):
                    list(stream)
            assert eventually(lambda: [error() for error in freed] == [None])
    finally:
        gc.enable()


class ModelFailedError(Exception):
    """An error of the text's, which can be waited for to be freed."""


@both
def test_a_text_that_cannot_be_spoken_is_closed(speaking: Emulator, colour: Colour) -> None:
    """Its connection is not kept for as long as somebody keeps the error."""
    closed: list[bool] = []

    def text() -> Iterator[Any]:
        try:
            yield "One sentence is complete. "
            yield object()
            yield "Never asked for."
        finally:
            closed.append(True)

    async def later() -> AsyncIterator[Any]:
        for each in text():
            yield each

    texts: Any = text() if colour == "sync" else later()
    with (
        Talker(colour, speaking) as talker,
        pytest.raises(InvalidInputError, match="pieces of text, not object") as caught,
    ):
        talker.speak_from(texts)

    assert (closed, caught.value.partial is None) == ([True], False)


@both
def test_without_a_socket_sentences_go_over_http(speaking: Emulator, colour: Colour) -> None:
    """A proxy may not let WebSockets through; the answer is spoken all the same."""
    speaking.break_next("html_502", path="bidi")
    with Talker(colour, speaking) as talker:
        events = talker.speak_from(deltas(TEXT))

    assert end_of(events).audio.data == audio_of(events) != b""
    assert [request.path for request in speaking.requests][-1] == "/v1/t2a_v2"


@both
def test_a_wrong_key_is_not_hidden_by_the_other_transport(
    speaking: Emulator, colour: Colour
) -> None:
    """It would be refused there as well."""
    with Talker(colour, speaking, api_key="wrong") as talker, pytest.raises(APIError):
        talker.speak_from(["Hello."])

    assert len(speaking.requests) == 1


@both
def test_a_listener_who_does_not_listen_stops_the_text(speaking: Emulator, colour: Colour) -> None:
    """Back-pressure: sentences and audio that nobody takes are bounded."""
    written = 0

    def text() -> Iterator[str]:
        nonlocal written
        for _ in range(10_000):
            written += 1
            yield "A sentence of a few words. "

    with Talker(colour, speaking) as talker:
        stream = talker.client.stream_speech_from(text(), transport="plain")
        if colour == "sync":
            with stream as events:
                next(events)
                before = -1
                while before != written:
                    before = written
                    threading.Event().wait(0.15)
        else:
            talker.call(_listen_slowly, stream)

    assert written < 300


async def _listen_slowly(stream: AsyncEventStream[Any]) -> None:
    async with stream as events:
        await anext(events)
        await asyncio.sleep(0.3)


@both
def test_a_socket_that_breaks_while_speaking_is_reported(
    speaking: Emulator, colour: Colour
) -> None:
    """Over HTTP nothing is repeated once audio has come, and so it is here."""
    speaking.break_next("close_mid_body", after=6)
    seen: list[Any] = []
    with Talker(colour, speaking) as talker, pytest.raises(InterruptedReplyError) as caught:
        talker.speak_from(deltas(TEXT), seen, transport="bidi")

    assert isinstance(caught.value.partial, Audio)
    assert caught.value.partial.data == audio_of(seen) != b""
