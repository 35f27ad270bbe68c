"""A text that becomes speech while it is being written, over every transport."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import soundfile  # type: ignore[import-untyped]
from talkers import COLOURS, Colour, Talker, audio_of, deltas, end_of

from minimax_adapters.api import (
    APIError,
    AsyncClient,
    Audio,
    AudioChunk,
    AudioSetting,
    Client,
    InterruptedReplyError,
    InvalidInputError,
    MiniMaxError,
    SpeechOptions,
    SpeechRequest,
)
from minimax_adapters.emulator import Quirks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from minimax_adapters.api import AsyncEventStream
    from minimax_adapters.api.wire.speech import AudioFormat
    from minimax_adapters.emulator import Emulator

TEXT: Final = "**Hello** there. How is it going? <think>Hidden. Words.</think>It is fine. Good bye!"
SENTENCES: Final = ["Hello there.", "How is it going?", "It is fine.", "Good bye!"]
TRANSPORTS: Final = ("auto", "bidi", "plain", "http")
PATHS: Final = {"bidi": "/ws/v1/t2a_v2_bidi", "plain": "/ws/v1/t2a_v2", "http": "/v1/t2a_v2"}
PCM: Final = SpeechOptions(audio_setting=AudioSetting(format="pcm", sample_rate=16000))
both = pytest.mark.parametrize("colour", COLOURS)
transports = pytest.mark.parametrize("transport", TRANSPORTS)


@both
@transports
@pytest.mark.parametrize("name", ["mp3", "pcm", "pcmu_raw"])
def test_chunks_joined_are_the_audio_of_all_sentences_in_order(
    speaking: Emulator, colour: Colour, transport: str, name: AudioFormat
) -> None:
    """Nothing is repeated or lost, and its length is what the end says."""
    options = SpeechOptions(audio_setting=AudioSetting(format=name, sample_rate=16000))
    with Talker(colour, speaking) as talker:
        events = talker.speak_from(deltas(TEXT), transport=transport, options=options)

    audio = end_of(events).audio
    assert audio_of(events) == audio.data
    texts = " ".join(dict.fromkeys(e.text for e in events if isinstance(e, AudioChunk)))
    assert texts == " ".join(SENTENCES)
    heard, rate = soundfile.read(io.BytesIO(audio.playable().data))
    assert audio.duration == pytest.approx(len(heard) / rate, rel=0.02)
    assert {r.path for r in speaking.requests} == {PATHS.get(transport, PATHS["bidi"])}


@both
def test_the_first_sentence_is_heard_before_the_second_is_written(
    speaking: Emulator, colour: Colour
) -> None:
    """The point of it all: the text waits until the first audio is here."""
    heard = threading.Event()

    def text() -> Iterator[str]:
        yield "The first sentence. And"
        assert heard.wait(5), "no audio came while the text was being written"
        yield " the second."

    async def atext() -> AsyncIterator[str]:
        yield "The first sentence. And"
        assert await asyncio.to_thread(heard.wait, 5)
        yield " the second."

    for transport in ("bidi", "plain", "http"):
        heard.clear()
        with Talker(colour, speaking) as talker:
            source: Any = text() if colour == "sync" else atext()
            stream = talker.client.stream_speech_from(source, transport=transport)
            events = (
                _listening(stream, heard)
                if colour == "sync"
                else talker.call(_alistening, stream, heard)
            )
        assert {e.text for e in events[:-1]} == {"The first sentence.", "And the second."}


def _listening(stream: Any, heard: threading.Event, enough: int = 1) -> list[Any]:  # noqa: ANN401 - either colour
    events: list[Any] = []
    for event in stream:
        events.append(event)
        if len(audio_of(events)) >= enough:
            heard.set()
    return events


async def _alistening(stream: Any, heard: threading.Event, enough: int = 1) -> list[Any]:  # noqa: ANN401 - either colour
    events: list[Any] = []
    async for event in stream:
        events.append(event)
        if len(audio_of(events)) >= enough:
            heard.set()
    return events


@both
def test_a_form_feed_completes_an_answer(speaking: Emulator, colour: Colour) -> None:
    """What an agent says before it calls a tool is spoken at once, and code ends with it."""
    heard = threading.Event()

    def text() -> Iterator[str]:
        yield "Let me see.\n```\n"
        yield "x = 1\f"
        assert heard.wait(5), "it waited for the next answer"
        yield "It rains."

    async def atext() -> AsyncIterator[str]:
        yield "Let me see.\n```\nx = 1\f"
        assert await asyncio.to_thread(heard.wait, 5)
        yield "It rains."

    with Talker(colour, speaking) as talker:
        source: Any = text() if colour == "sync" else atext()
        stream = talker.client.stream_speech_from(source, transport="http")
        listen: Any = _listening if colour == "sync" else _alistening
        events = talker.call(listen, stream, heard)

    assert {event.text for event in events[:-1]} == {"Let me see.", "It rains."}


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
    _wait_until(lambda: not [t for t in threading.enumerate() if t.name.startswith("speech-")])


async def _take_one(stream: AsyncEventStream[Any]) -> None:
    async with stream as events:
        await anext(events)


def _wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 3
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.005)


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
@pytest.mark.parametrize("text", ["", "\n", "```\ncode\n```", "<think>only</think>", "..."])
def test_nothing_to_say_is_an_empty_audio(speaking: Emulator, colour: Colour, text: str) -> None:
    """No request is made for code or thinking alone."""
    with Talker(colour, speaking) as talker:
        events = talker.speak_from([text], transport="http")

    assert end_of(events).audio.data == b""
    assert not speaking.requests


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


def test_a_replaced_network_has_no_sockets() -> None:
    """Nothing leaves a test that has a transport of its own."""
    sent: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(request.url.path)
        frame = b'data: {"data": {"audio": "ffff", "status": 1}}\n\n'
        last = b'data: {"data": {"audio": "", "status": 2}, "extra_info": {"audio_length": 1}}\n\n'
        return httpx.Response(200, content=frame + last)

    client = Client(api_key="k", transport=httpx.MockTransport(handler))
    events = list(client.stream_speech_from(["Hello. ", "Bye."], PCM))

    assert end_of(events).audio.data == audio_of(events)
    assert set(sent) == {"/v1/t2a_v2"}


@pytest.mark.parametrize("name", ["wav", "flac", "opus", "pcmu_wav"])
def test_formats_whose_header_names_a_length_are_refused(name: AudioFormat) -> None:
    """Chunks of them would be no file, or one that ends too early."""
    options = SpeechOptions(audio_setting=AudioSetting(format=name))

    with pytest.raises(InvalidInputError, match="speak_long"):
        Client(api_key="k").stream_speech_from([""], options)


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


def test_many_streams_at_once_do_not_mix(speaking: Emulator) -> None:
    """Each has a connection of its own."""
    texts = [f"This is number {number}. It ends here." for number in range(6)]

    async def all_of_them() -> list[bytes]:
        async with AsyncClient(base_url=speaking.url, api_key=speaking.api_key) as client:

            async def one(text: str) -> bytes:
                events = [e async for e in client.stream_speech_from(deltas(text), PCM)]
                return audio_of(events)

            return await asyncio.gather(*map(one, texts))

    with Client(base_url=speaking.url, api_key=speaking.api_key) as client:
        alone = [audio_of(client.stream_speech_from(deltas(text), PCM)) for text in texts]

    assert asyncio.run(all_of_them()) == alone


@both
def test_words_come_along_with_a_stream(speaking: Emulator, colour: Colour) -> None:
    """`word_streaming` sends subtitles with the audio that they belong to."""
    request = SpeechRequest(
        text="One sentence. Two.", subtitle_enable=True, subtitle_type="word_streaming"
    )
    with Talker(colour, speaking) as talker:
        events = talker.all(talker.client.stream_speech(request))

    lines = end_of(events).audio.subtitles
    assert [line.text for line in lines] == ["One sentence.", "Two."]
    assert [word.text for word in lines[0].words] == ["One", "sentence."]


@both
def test_a_long_text_is_one_file_in_order(speaking: Emulator, colour: Colour) -> None:
    """Pieces are spoken side by side; progress counts them."""
    text = "# Title\n\n" + "This sentence has some words in it. " * 40
    progress: list[tuple[int, int]] = []
    options = SpeechOptions(
        audio_setting=AudioSetting(format="flac", sample_rate=16000), subtitle_enable=True
    )
    with Talker(colour, speaking) as talker:
        audio = talker.call(
            talker.client.speak_long,
            text,
            options,
            piece_length=200,
            on_progress=lambda done, total: progress.append((done, total)),
        )

    heard, rate = soundfile.read(io.BytesIO(audio.data))
    assert audio.duration == pytest.approx(len(heard) / rate, rel=0.02)
    assert [done for done, _ in progress] == list(range(1, len(progress) + 1))
    assert len([r for r in speaking.requests if r.path == "/v1/t2a_v2"]) == len(progress) > 5
    assert len(audio.subtitles) == 41
    begins = [line.begin for line in audio.subtitles]
    assert begins == sorted(begins)
    assert audio.subtitles[-1].end == pytest.approx(audio.duration, rel=0.02)


@both
def test_a_long_text_that_fails_keeps_the_beginning(speaking: Emulator, colour: Colour) -> None:
    """Up to the first piece that is missing."""
    done: list[int] = []

    def progress(count: int, _: int) -> None:
        done.append(count)
        if count == 2:
            speaking.fail_next(1042)

    with Talker(colour, speaking, max_retries=0) as talker:
        with pytest.raises(MiniMaxError) as caught:
            talker.call(
                talker.client.speak_long,
                "A sentence. " * 60,
                PCM,
                piece_length=100,
                max_concurrency=1,
                on_progress=progress,
            )
        assert done == [1, 2]
        assert isinstance(caught.value.partial, Audio)
        assert caught.value.partial.usage_characters == 2 * len("A sentence. " * 8) - 2
        assert len(speaking.requests) == 3
        with pytest.raises(InvalidInputError):
            talker.call(talker.client.speak_long, "```\ncode\n```")


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


@both
@pytest.mark.parametrize("transport", ["bidi", "plain"])
@pytest.mark.parametrize("pause", [1, 2])
def test_a_text_may_pause_for_longer_than_a_socket_stays_open(
    speaking: Emulator, colour: Colour, transport: str, pause: int
) -> None:
    """A model thinks or calls tools between two sentences, or ends with code that takes long."""
    heard = threading.Event()

    def text() -> Iterator[str]:
        pieces = ["The first sentence. So", " the second.\n\n```\n", "code\n```"]
        for number, piece in enumerate(pieces):
            if number == pause:
                assert heard.wait(5)
                speaking.turn_clock(121)
            yield piece

    async def atext() -> AsyncIterator[str]:
        each = text()
        while (piece := await asyncio.to_thread(next, each, None)) is not None:
            yield piece

    with Talker(colour, speaking) as talker:
        before = ["The first sentence. So", " the second."][:pause]
        before[-1] = before[-1].removesuffix(" So")
        first = audio_of(talker.speak_from(before, transport=transport))
        source: Any = text() if colour == "sync" else atext()
        stream = talker.client.stream_speech_from(source, transport=transport)
        if colour == "sync":
            events = _listening(stream, heard, len(first))
        else:
            events = talker.call(_alistening, stream, heard, len(first))

    texts = dict.fromkeys(event.text for event in events[:-1])
    assert list(texts) == ["The first sentence.", "So the second."]
    assert audio_of(events) == end_of(events).audio.data
