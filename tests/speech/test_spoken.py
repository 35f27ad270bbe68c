"""A text that becomes speech while it is being written, over every transport."""

from __future__ import annotations

import asyncio
import io
import threading
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import soundfile
from talkers import (
    COLOURS,
    SENTENCES,
    TEXT,
    TRANSPORTS,
    Colour,
    Talker,
    audio_of,
    deltas,
    end_of,
    written,
)

from minimax_adapters.api import (
    AsyncClient,
    AudioChunk,
    AudioSetting,
    Client,
    InvalidInputError,
    SpeechOptions,
    SpeechRequest,
)

if TYPE_CHECKING:
    from minimax_adapters.api.wire.speech_settings import AudioFormat
    from minimax_adapters.emulator import Emulator

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
    for transport in ("bidi", "plain", "http"):
        heard = threading.Event()
        with Talker(colour, speaking) as talker:
            text = written(colour, "The first sentence. And", heard, " the second.")
            events = talker.listen(text, heard, transport=transport)
        assert {e.text for e in events[:-1]} == {"The first sentence.", "And the second."}


@both
def test_a_form_feed_completes_an_answer(speaking: Emulator, colour: Colour) -> None:
    """What an agent says before it calls a tool is spoken at once, and code ends with it."""
    heard = threading.Event()
    with Talker(colour, speaking) as talker:
        text = written(colour, "Let me see.\n```\n", "x = 1\f", heard, "It rains.")
        events = talker.listen(text, heard, transport="http")

    assert {event.text for event in events[:-1]} == {"Let me see.", "It rains."}


@both
@pytest.mark.parametrize("text", ["", "\n", "```\ncode\n```", "<think>only</think>", "..."])
def test_nothing_to_say_is_an_empty_audio(speaking: Emulator, colour: Colour, text: str) -> None:
    """No request is made for code or thinking alone."""
    with Talker(colour, speaking) as talker:
        events = talker.speak_from([text], transport="http")

    assert end_of(events).audio.data == b""
    assert not speaking.requests


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
@pytest.mark.parametrize("transport", ["bidi", "plain"])
@pytest.mark.parametrize("pause", [1, 2])
def test_a_text_may_pause_for_longer_than_a_socket_stays_open(
    speaking: Emulator, colour: Colour, transport: str, pause: int
) -> None:
    """A model thinks or calls tools between two sentences, or ends with code that takes long."""
    heard = threading.Event()
    pieces: list[Any] = ["The first sentence. So", " the second.\n\n```\n", "code\n```"]
    pieces[pause:pause] = [heard, lambda: speaking.turn_clock(121)]

    with Talker(colour, speaking) as talker:
        before = ["The first sentence. So", " the second."][:pause]
        before[-1] = before[-1].removesuffix(" So")
        first = audio_of(talker.speak_from(before, transport=transport))
        text = written(colour, *pieces)
        events = talker.listen(text, heard, enough=len(first), transport=transport)

    texts = dict.fromkeys(event.text for event in events[:-1])
    assert list(texts) == ["The first sentence.", "So the second."]
    assert audio_of(events) == end_of(events).audio.data
