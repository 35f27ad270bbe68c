"""How long a listener waits for an answer of ten sentences, by the clock on the wall."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.measure import OURS, Row
from minimax_adapters.api import (
    AudioChunk,
    ChatRequest,
    Client,
    SentenceStream,
    SpeechRequest,
    TextDelta,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from benchmarks.plan import Scale
    from minimax_adapters.api._spoken import Transport

WAITING: Final = "the whole answer, then synthesise"
WHOLE_FILE: Final = "the whole answer, then a file"
_LIMIT: Final = 1 / 4
_QUESTION: Final = ChatRequest(messages=[{"role": "user", "content": "Tell me all about it."}])


class Waits(NamedTuple):
    """Seconds that a listener waits for the first sound."""

    from_first_token: float
    from_first_sentence: float


class Answer:
    """An answer that is being written, with the moments that count.

    State: `first_token`, and `first_sentence` when its first sentence was complete.
    """

    def __init__(self, client: Client) -> None:
        self.first_token = 0.0
        self.first_sentence = 0.0
        self._client = client

    def texts(self) -> Iterator[str]:
        """Yield what is written."""
        sentences = SentenceStream()
        with self._client.stream_chat(_QUESTION) as events:
            for event in events:
                if isinstance(event, TextDelta):
                    now = time.perf_counter()
                    self.first_token = self.first_token or now
                    if not self.first_sentence and sentences.feed(event.text):
                        self.first_sentence = now
                    yield event.text

    def heard(self) -> Waits:
        """Return how long it took until now."""
        now = time.perf_counter()
        return Waits(now - self.first_token, now - self.first_sentence)


def first_sound(scale: Scale) -> Iterable[Row]:
    """Yield rows for the time from the first token, and from the end of the first sentence."""
    with _server() as server:
        if server.stdout is None:
            raise RuntimeError("The server has no standard output.")
        url, key = server.stdout.readline().split()
        with Client(base_url=url, api_key=key) as client:
            found = _measure(client, scale)
        server.terminate()
    ours = [name for name in found if name.startswith(OURS)]
    for part, work in enumerate(("first token", "end of the first sentence")):
        samples = {name: [waits[part] for waits in all_waits] for name, all_waits in found.items()}
        row = Row(f"{work} to first sound", "answer", samples)
        for name in ours:
            row.promise(f"{WAITING} ({name})", row.ratio(name, WAITING), _LIMIT)
        yield row


def _server() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.voice_server"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _measure(client: Client, scale: Scale) -> dict[str, list[Waits]]:
    contenders: dict[str, Callable[[], Waits]] = {
        WAITING: partial(_wait_then_stream, client),
        WHOLE_FILE: partial(_wait_then_speak, client),
    }
    transports: tuple[Transport, ...] = ("bidi", "plain", "http")
    contenders |= {f"{OURS}, {way}": partial(_while_written, client, way) for way in transports}
    for run in contenders.values():
        run()
    return {name: [run() for _ in range(scale.answers)] for name, run in contenders.items()}


def _wait_then_stream(client: Client) -> Waits:
    answer = Answer(client)
    request = SpeechRequest(text="".join(answer.texts()))
    with client.stream_speech(request) as events:
        next(events)
        return answer.heard()


def _wait_then_speak(client: Client) -> Waits:
    answer = Answer(client)
    client.speak(SpeechRequest(text="".join(answer.texts())))
    return answer.heard()


def _while_written(client: Client, transport: Transport) -> Waits:
    answer = Answer(client)
    with client.stream_speech_from(answer.texts(), transport=transport) as events:
        next(event for event in events if isinstance(event, AudioChunk))
        return answer.heard()
