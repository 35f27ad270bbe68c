"""Voices that stay connected: how long a text may take, and how much is held for it."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from talkers import COLOURS, Colour, Talker, audio_of, end_of
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from minimax_adapters.api import Audio, CallTimeoutError, ReplyTooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from websockets.sync.server import ServerConnection

    from minimax_adapters.api.wire.speech_socket import Dialect

both = pytest.mark.parametrize("colour", COLOURS)
dialects = pytest.mark.parametrize("dialect", ["plain", "bidi"])


def spoken(size: int, *, final: bool = False) -> str:
    """Return a frame with so many bytes of audio."""
    return json.dumps(
        {"event": "task_continued", "data": {"audio": "aa" * size}, "is_final": final}
    )


@contextlib.contextmanager
def host(answer: Callable[[ServerConnection], None]) -> Iterator[str]:
    """Serve a host that gives `answer` to each text, or its flush, and yield its base URL."""

    def talk(connection: ServerConnection) -> None:
        asked = "task_flush" if "_bidi" in connection.request.path else "task_continue"  # type: ignore[union-attr]  # there is one
        with contextlib.suppress(ConnectionClosed, OSError):
            connection.send(json.dumps({"event": "connected_success"}))
            for message in connection:
                event = json.loads(message)["event"]
                if event == "task_start":
                    connection.send(json.dumps({"event": "task_started"}))
                elif event == asked:
                    answer(connection)
                elif event == "task_finish":
                    connection.send(json.dumps({"event": "task_finished"}))

    with serve(talk, "127.0.0.1", 0, close_timeout=0.1) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def talker_of(colour: Colour, url: str, **options: Any) -> Talker:  # noqa: ANN401 - passed on
    """Return a client that tries once."""
    return Talker(colour, None, base_url=url, api_key="k", max_retries=0, **options)


@both
@dialects
def test_a_text_that_comes_drop_by_drop_meets_the_deadline(
    colour: Colour, dialect: Dialect
) -> None:
    """No read time-out would end it; what was heard is kept."""
    over = threading.Event()

    def drip(connection: ServerConnection) -> None:
        while not over.wait(0.02):
            connection.send(spoken(1))

    with host(drip) as url, talker_of(colour, url, deadline=0.3) as talker:
        with pytest.raises(CallTimeoutError, match="deadline") as caught:
            talker.all(talker.connect(dialect=dialect).speak("Hello."))
        over.set()

    assert isinstance(caught.value.partial, Audio)
    assert caught.value.partial.data


@both
@dialects
def test_audio_that_nobody_asked_for_is_counted(colour: Colour, dialect: Dialect) -> None:
    """A host may not go on for ever where nothing waits."""

    def flood(connection: ServerConnection) -> None:
        connection.send(spoken(1, final=True))
        if dialect == "bidi":
            connection.send(json.dumps({"event": "task_flushed"}))
        for _ in range(200):
            connection.send(spoken(1000))

    with host(flood) as url, talker_of(colour, url, max_reply_bytes=20_000) as talker:
        voice = talker.connect(dialect=dialect)
        talker.call(voice.send, "Hello.")
        if dialect == "bidi":
            talker.call(voice.flush)
        seen: list[Any] = []
        with pytest.raises(ReplyTooLargeError):
            talker.all(voice, seen)

    assert len(audio_of(seen)) <= 10_000


@both
@dialects
def test_a_voice_that_speaks_for_hours_keeps_the_newest_texts(
    colour: Colour, dialect: Dialect
) -> None:
    """Each text has its own bounds, and the end holds as much as one may have."""

    def answer(connection: ServerConnection) -> None:
        connection.send(spoken(3000, final=True))
        if dialect == "bidi":
            connection.send(json.dumps({"event": "task_flushed"}))

    with host(answer) as url, talker_of(colour, url, max_reply_bytes=10_000) as talker:
        voice = talker.connect(dialect=dialect)
        sizes = [len(audio_of(talker.all(voice.speak("Hello.")))) for _ in range(8)]
        kept = len(end_of(talker.all(voice.drain())).audio.data)

    assert sizes == [3000] * 8
    assert kept == 9000
