"""Scenarios of speech over WebSockets: both protocols, their codes, and texts being written."""

# ruff: noqa: ANN401 - what was received may be anything
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from scenario import scenario

from minimax_adapters.api import (
    APIError,
    AudioChunk,
    AudioEnd,
    AudioSetting,
    SpeechCanceled,
    SpeechOptions,
    TextSkipped,
)
from minimax_adapters.api.wire.speech_socket import text_frame
from minimax_adapters.emulator import Quirks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from stage import Stage

    from minimax_adapters.api._socket_session import SocketSession
    from minimax_adapters.api.wire.speech_socket import Dialect

SMALL: Final = SpeechOptions(
    model="speech-2.8-turbo",
    audio_setting=AudioSetting(format="mp3", sample_rate=16000, bitrate=32000, channel=1),
)
DIALECTS: Final[tuple[Dialect, ...]] = ("plain", "bidi")


def names_of(events: list[Any]) -> list[str]:
    """Return the kinds of events in their order, repetitions left out."""
    names = [type(event).__name__ for event in events]
    return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


def texts_one_after_the_other(dialect: Dialect) -> Callable[[Stage], Any]:
    """Return the scenario of a session."""

    def play(stage: Stage) -> Any:
        voice = stage.socket(SMALL, dialect=dialect)

        first = stage.everything(voice.speak("Good morning!"), [])
        second = stage.everything(voice.speak("How do you do?"), [])
        rest = stage.everything(voice.drain(), [])

        assert {type(event) for event in [*first, *second]} == {AudioChunk}
        assert isinstance(rest[-1], AudioEnd)
        return [first, second, rest]

    play.__doc__ = f"Two texts over one `{dialect}` connection, then its end."
    return play


def a_code(code: int, dialect: Dialect) -> Callable[[Stage], Any]:
    """Return the scenario of a code that ends a session."""

    def play(stage: Stage) -> Any:
        if stage.emulator:
            stage.emulator.fail_next(code, at="mid_stream", after=3)
        voice = stage.socket(SMALL, dialect=dialect)
        seen: list[Any] = []

        with pytest.raises(APIError) as caught:
            stage.everything(voice.speak("A sentence that is not spoken to its end."), seen)

        assert caught.value.code == code
        return [caught.value, seen]

    play.__doc__ = f"Code {code} in the middle of a `{dialect}` session, with the audio so far."
    return play


def a_connection_lost_while_idle(dialect: Dialect) -> Callable[[Stage], Any]:
    """Return the scenario of code 2201."""

    def play(stage: Stage) -> Any:
        voice = stage.socket(SMALL, dialect=dialect)
        first = stage.everything(voice.speak("Hello!"), [])
        if stage.emulator:
            stage.emulator.turn_clock(121)

        silence = stage.everything(voice, [])
        second = stage.everything(voice.speak("Hello!"), [])

        assert not silence
        assert first
        assert second
        return [first, silence, second, stage.everything(voice.drain(), [])]

    play.__doc__ = f"After 2201 an idle `{dialect}` socket connects again with the next text."
    return play


def a_text_that_is_skipped(code: int, text: str, dialect: Dialect) -> Callable[[Stage], Any]:
    """Return the scenario of a soft code that the client prevents, sent all the same."""

    def unchecked(session: SocketSession) -> None:
        session.waiting.append(text)
        session.outbox.append(text_frame(text))

    def play(stage: Stage) -> Any:
        voice = stage.socket(SMALL, dialect=dialect)
        stage.result(voice.open())
        stage.result(voice._driver.run(voice._flow.act(unchecked)))
        stage.result(voice.send("This is spoken."))
        stage.result(voice.finish())

        events = stage.everything(voice, [])

        assert isinstance(events[0], TextSkipped)
        assert events[0].error.code == code
        assert isinstance(events[-1], AudioEnd)
        return events

    play.__doc__ = f"Code {code} skips a text; the `{dialect}` session goes on."
    return play


def a_text_that_comes_too_early(dialect: Dialect) -> Callable[[Stage], Any]:
    """Return the scenario of code 2205."""

    def play(stage: Stage) -> Any:
        if stage.emulator:
            stage.emulator.fail_next(2205)
        voice = stage.socket(SMALL, dialect=dialect)

        spoken = stage.everything(voice.speak("Too much is waiting."), [])

        return [spoken, stage.everything(voice.drain(), [])]

    play.__doc__ = f"After 2205 a text goes to the `{dialect}` socket once more."
    return play


for way in DIALECTS:
    scenario("sockets", name=f"texts_over_{way}")(texts_one_after_the_other(way))
    scenario("sockets", name=f"code_2201_while_idle_{way}", staged=True)(
        a_connection_lost_while_idle(way)
    )
    scenario("sockets", name=f"code_2203_{way}", staged=True)(a_text_that_is_skipped(2203, "", way))
    scenario("sockets", name=f"code_2204_{way}", staged=True)(
        a_text_that_is_skipped(2204, "x" * 10_001, way)
    )
    scenario("sockets", name=f"code_2205_{way}", staged=True)(a_text_that_comes_too_early(way))
    for row in (1000, 2202, 1039):
        scenario("sockets", name=f"code_{row}_{way}", staged=True)(a_code(row, way))
scenario("sockets", name="code_2206_bidi", staged=True)(a_code(2206, "bidi"))


@scenario("sockets")
def a_wrong_key(stage: Stage) -> Any:
    """The handshake succeeds, the first frame refuses."""
    voice = stage.socket(SMALL, client={"api_key": "not-a-key", "max_retries": 0})

    with pytest.raises(APIError) as caught:
        stage.everything(voice.speak("Hello!"), [])

    return caught.value


@scenario("sockets")
def flush(stage: Stage) -> Any:
    """What MiniMax still collects is spoken at once."""
    voice = stage.socket(SMALL, session_id="call-42")
    stage.result(voice.send("One sentence. And half of"))
    stage.result(voice.flush())
    stage.result(voice.send(" another one"))
    stage.result(voice.finish())

    events = stage.everything(voice, [])

    spoken = ["SentenceStarted", "AudioChunk", "SentenceEnded"]
    assert names_of(events) == [*spoken * 2, "TextSpoken", *spoken, "AudioEnd"]
    return events


@scenario("sockets", staged=True)
def cancel(stage: Stage) -> Any:
    """Who is interrupted is silent at once, and can go on."""
    if stage.emulator:
        stage.emulator.quirks = Quirks(frame_delay=0.005)
    voice = stage.socket(SMALL)
    before = stage.first(voice.speak("A long sentence that nobody wants to hear to its end."), 1)

    after = stage.everything(voice.speak("Something else."), [])

    assert len(before) == 1
    assert after
    return [before, after]


@scenario("sockets", staged=True)
def cancel_and_finish(stage: Stage) -> Any:
    """The cancellation is confirmed, and nothing of the text before is heard."""
    if stage.emulator:
        stage.emulator.quirks = Quirks(frame_delay=0.005)
    voice = stage.socket(SMALL)
    stage.result(voice.send("A long sentence that nobody wants to hear to its end. "))
    stage.first(voice, 1)
    stage.result(voice.cancel())
    stage.result(voice.send("Something else."))
    stage.result(voice.finish())

    events = stage.everything(voice, [])

    assert isinstance(events[0], SpeechCanceled)
    assert isinstance(events[-1], AudioEnd)
    return events


@scenario("sockets", staged=True)
def a_connection_breaks(stage: Stage) -> Any:
    """The host hangs up in the middle of a text; the error has the audio so far."""
    if stage.emulator:
        stage.emulator.break_next("close_mid_body", after=5)
    voice = stage.socket(SMALL)
    seen: list[Any] = []

    with pytest.raises(Exception, match="closed before everything was spoken") as caught:
        stage.everything(voice.speak("A sentence that is not spoken to its end."), seen)

    return [caught.value, seen]


def written(stage: Stage, transport: str) -> Any:
    """Return what becomes of a text that is being written."""
    deltas = ["Rivers fl", "ow. Where ", "to? To the", " sea."]
    client = stage.client()
    if transport == "http":
        deltas = ["Rivers fl", "ow."]  # More sentences share a request if they come in time.

    return stage.everything(client.stream_speech_from(deltas, SMALL, transport=transport), [])


@scenario("sockets")
def text_being_written_over_bidi(stage: Stage) -> Any:
    """Each sentence is spoken as soon as it is complete."""
    events = written(stage, "auto")

    assert isinstance(events[-1], AudioEnd)
    assert b"".join(event.data for event in events[:-1]) == events[-1].audio.data
    return events


@scenario("sockets")
def text_being_written_over_plain(stage: Stage) -> Any:
    """The older protocol speaks it too."""
    return written(stage, "plain")


@scenario("sockets")
def text_being_written_over_http(stage: Stage) -> Any:
    """Where there are no sockets, a sentence is a request."""
    return written(stage, "http")


@scenario("sockets", narrow=True)
def llama_index_speech_streamed(stage: Stage) -> Any:
    """LlamaIndex's speech streams over a socket."""
    voice = stage.voice(sample_rate=16000, bitrate=32000)

    return stage.all(voice.stream, "Good morning! How do you do?")


@scenario("sockets", narrow=True)
def langchain_speech_of_a_stream(stage: Stage) -> Any:
    """Behind a chat model, LangChain's speech speaks the first sentence while more is written."""
    speech = stage.speech(sample_rate=16000, bitrate=32000)
    deltas = ["Rivers fl", "ow. Where ", "to? To the", " sea."]

    if stage.colour == "async":
        return stage.everything(speech.atransform(one_by_one(deltas)), [])
    return stage.everything(speech.transform(iter(deltas)), [])


async def one_by_one(texts: list[str]) -> AsyncIterator[str]:
    """Yield `texts` as a model does."""
    for text in texts:
        yield text
