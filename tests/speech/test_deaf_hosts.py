"""Hosts that take nothing any more of what is sent to them, and voices that speak to them."""

from __future__ import annotations

import asyncio
import json
import selectors
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from deaf_host import (
    LONG,
    SPOKEN,
    DeafHost,
    connected,
    error_of,
    send_until_it_ends,
    talker_of,
    trusted_tls,
    until_it_waits,
)
from talkers import COLOURS, Colour, audio_of

from minimax_adapters.api import (
    Audio,
    AudioChunk,
    CallTimeoutError,
    MiniMaxError,
)
from minimax_adapters.api import _socket_connections as connections
from minimax_adapters.api import _socket_timed as timed

if TYPE_CHECKING:
    from websockets.sync.server import ServerConnection

    from minimax_adapters.api.wire.speech_socket import Dialect

both = pytest.mark.parametrize("colour", COLOURS)
dialects = pytest.mark.parametrize("dialect", ["plain", "bidi"])


class Waiting(selectors.PollSelector):
    """Knows when somebody waits for room, and what is to happen to them then."""

    begun = threading.Event()
    error: type[BaseException] | None = None

    def select(self, timeout: float | None = None) -> Any:  # noqa: ANN401 - as the base class
        """Wait as the base class does."""
        found = super().select(0)
        if not found:
            self.begun.set()
            if self.error is not None:
                raise self.error
            found = super().select(timeout)
        return found


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> type[Waiting]:
    """Return what says that a thread waits for room."""
    kind = type("Waiting", (Waiting,), {"begun": threading.Event(), "error": None})
    monkeypatch.setattr(timed, "_Selector", kind)
    return kind


@both
@dialects
@pytest.mark.parametrize("limit", ["WriteTimeout", "deadline"])
@pytest.mark.sampled(share=0.25)
@pytest.mark.parametrize("secure", [False, True])
def test_a_text_that_is_not_taken_is_a_time_out(
    colour: Colour, dialect: Dialect, limit: str, *, secure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the limits ends first."""
    theirs = trusted_tls(monkeypatch) if secure else None
    options: dict[str, Any] = {"timeout": 30, "deadline": 0.4}
    if limit == "WriteTimeout":
        options = {"timeout": httpx.Timeout(30, write=0.1)}

    with DeafHost(tls=theirs) as host, talker_of(colour, host, **options) as talker:
        error = send_until_it_ends(talker, connected(talker, dialect))

    assert isinstance(error, CallTimeoutError)
    assert limit in str(error)
    assert isinstance(error.partial, Audio)


@both
@dialects
def test_what_came_before_is_kept_and_what_follows_has_a_connection_of_its_own(
    colour: Colour, dialect: Dialect
) -> None:
    """Behind half a frame nothing can be said."""
    frame = json.dumps(SPOKEN)
    host = DeafHost(1, meanwhile=lambda connection: connection.send(frame))

    with host, talker_of(colour, host, timeout=httpx.Timeout(30, write=0.1)) as talker:
        voice = connected(talker, dialect)
        events = aiter(voice) if colour == "async" else iter(voice)
        if colour == "async":
            assert isinstance(talker.call(anext_of, events), AudioChunk)
        else:
            assert isinstance(next(events), AudioChunk)
        error = send_until_it_ends(talker, voice)
        following = audio_of(talker.all(voice.speak("Two.")))
        talker.call(events.aclose if colour == "async" else events.close)

    assert isinstance(error.partial, Audio)
    assert error.partial.data == b"\xaa"
    assert (following, host.heard) == (b"\xaa", ["Two."])


async def anext_of(events: Any) -> Any:  # noqa: ANN401 - any events
    """Return the next one."""
    return await anext(events)


@dialects
def test_a_voice_is_closed_while_another_thread_sends(
    dialect: Dialect, waiting: type[Waiting]
) -> None:
    """It does not wait until the host takes the text; whoever sends it returns."""
    with DeafHost() as host, talker_of("sync", host, timeout=30) as talker:
        voice = connected(talker, dialect)
        sending = threading.Thread(target=voice.send, args=(LONG,))
        sending.start()
        assert waiting.begun.wait(5)
        voice.close()
        sending.join(5)

        assert not sending.is_alive()


@dialects
def test_a_voice_is_closed_while_another_task_sends(dialect: Dialect) -> None:
    """As with threads."""

    async def close_it(voice: Any) -> None:  # noqa: ANN401 - a voice
        sending = asyncio.ensure_future(voice.send(LONG))
        await until_it_waits(voice, sending)
        await voice.aclose()
        await sending

    with DeafHost() as host, talker_of("async", host, timeout=30) as talker:
        talker.call(close_it, connected(talker, dialect))


@both
@dialects
def test_whoever_listens_is_told_as_well(colour: Colour, dialect: Dialect) -> None:
    """One listens while another sends; each of them gets the error."""

    def listen(voice: Any) -> MiniMaxError:  # noqa: ANN401 - a voice
        return error_of(lambda: list(voice))

    async def both_ways(voice: Any) -> list[BaseException | None]:  # noqa: ANN401 - a voice
        listening = asyncio.ensure_future(anext(aiter(voice)))
        sending = asyncio.ensure_future(voice.send(LONG))
        await asyncio.wait([listening, sending])
        return [sending.exception(), listening.exception()]

    limits = httpx.Timeout(30, write=0.1)
    with DeafHost() as host, talker_of(colour, host, timeout=limits) as talker:
        voice = connected(talker, dialect)
        if colour == "async":
            errors = talker.call(both_ways, voice)
        else:
            with ThreadPoolExecutor() as threads:
                listening = threads.submit(listen, voice)
                errors = [send_until_it_ends(talker, voice), listening.result()]

    assert [type(error) for error in errors] == [CallTimeoutError, CallTimeoutError]


@dialects
def test_an_interrupted_text_is_not_heard_with_the_next(
    dialect: Dialect, waiting: type[Waiting]
) -> None:
    """Ctrl-C in the middle of a frame: the next one goes over another connection."""
    with DeafHost(1) as host, talker_of("sync", host, timeout=30) as talker:
        voice = connected(talker, dialect)
        waiting.error = KeyboardInterrupt
        with pytest.raises(KeyboardInterrupt):
            talker.all(voice.speak(LONG))
        following = audio_of(talker.all(voice.speak("Two.")))

    assert (following, host.heard) == (b"\xaa", ["Two."])


@dialects
def test_a_cancelled_text_is_not_heard_with_the_next(dialect: Dialect) -> None:
    """As with Ctrl-C, in a task."""

    async def cancel_it(voice: Any) -> None:  # noqa: ANN401 - a voice
        speaking = asyncio.ensure_future(anext(voice.speak(LONG)))
        await until_it_waits(voice, speaking)
        speaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await speaking

    with DeafHost(1) as host, talker_of("async", host, timeout=30) as talker:
        voice = connected(talker, dialect)
        talker.call(cancel_it, voice)
        following = audio_of(talker.all(voice.speak("Two.")))

    assert (following, host.heard) == (b"\xaa", ["Two."])


@both
@dialects
def test_a_connection_that_is_lost_while_a_text_is_sent_is_made_again(
    colour: Colour, dialect: Dialect, waiting: type[Waiting]
) -> None:
    """As any other that is lost before something was heard."""
    leave = threading.Event()

    def reset(connection: ServerConnection) -> None:
        leave.wait(5)
        at_once = struct.pack("ii", 1, 0)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        connection.close_socket()

    async def send(voice: Any) -> None:  # noqa: ANN401 - a voice
        sending = asyncio.ensure_future(voice.send(LONG))
        await until_it_waits(voice, sending)
        leave.set()
        await sending

    def leave_then() -> None:
        waiting.begun.wait(5)
        leave.set()

    with DeafHost(1, reset) as host, talker_of(colour, host, timeout=30) as talker:
        voice = connected(talker, dialect)
        if colour == "async":
            talker.call(send, voice)
        else:
            leaving = threading.Thread(target=leave_then)
            leaving.start()
            voice.send(LONG)
            leaving.join()
        talker.all(voice.drain())

    assert host.heard == [LONG]


class Pings:
    """Pings that a host sends when it may, more than it takes answers to."""

    def __init__(self) -> None:
        self.may = threading.Event()

    def __call__(self, connection: ServerConnection) -> None:
        """Send them as bytes: `ping()` might wait for the thread that is deaf."""
        self.may.wait(5)
        connection.socket.sendall((b"\x89\x64" + b"." * 100) * 400)


@dialects
def test_answers_to_pings_that_are_not_taken_keep_nobody_waiting(
    dialect: Dialect, waiting: type[Waiting]
) -> None:
    """The library gives them on a thread of its own, which holds up whoever sends."""
    limits, pings = httpx.Timeout(30, write=0.1), Pings()
    with DeafHost(1, pings) as host, talker_of("sync", host, timeout=limits) as talker:
        voice = connected(talker, dialect)
        pings.may.set()
        assert waiting.begun.wait(5)
        assert isinstance(send_until_it_ends(talker, voice), CallTimeoutError)


@dialects
def test_answers_to_pings_that_are_not_taken_are_not_kept_without_end(
    dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a task they wait in memory, of which a host could have any amount."""
    monkeypatch.setattr(connections, "_MOST_UNSENT", 10_000)
    pings = Pings()
    with DeafHost(1, pings) as host, talker_of("async", host, timeout=30) as talker:
        voice = connected(talker, dialect)
        pings.may.set()
        heard = audio_of(talker.all(voice.speak("One.")))

    assert (heard, host.heard) == (b"\xaa", ["One."])
