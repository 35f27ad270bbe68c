"""A client of either colour that speaks, behind one set of methods."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias, Unpack

from minimax_adapters.api import AsyncClient, AudioChunk, AudioEnd, Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator

    from minimax_adapters.api.settings import SettingOptions
    from minimax_adapters.emulator import Emulator

Colour: TypeAlias = Literal["sync", "async"]
COLOURS: tuple[Colour, ...] = ("sync", "async")
TRANSPORTS: Final = ("auto", "bidi", "plain", "http")
TEXT: Final = "**Hello** there. How is it going? <think>Hidden. Words.</think>It is fine. Good bye!"
SENTENCES: Final = ["Hello there.", "How is it going?", "It is fine.", "Good bye!"]


class Talker:
    """A client and, if it is asynchronous, its event loop; both end with the `with` block."""

    def __init__(
        self, colour: Colour, emulator: Emulator | None, **options: Unpack[SettingOptions]
    ) -> None:
        if emulator is not None:
            options.setdefault("base_url", emulator.url)
            options.setdefault("api_key", emulator.api_key)
        options.setdefault("backoff", lambda: itertools.repeat(0.0, 3))
        self.client: Any = (Client if colour == "sync" else AsyncClient)(**options)
        self._voices: list[Any] = []
        self._runner = asyncio.Runner() if colour == "async" else None

    def __enter__(self) -> Self:
        return self

    def connect(self, *arguments: object, **options: object) -> Any:  # noqa: ANN401 - either colour
        """Return a socket that is closed with the block."""
        voice = self.client.speech.connect(*arguments, **options)
        self._voices.append(voice)
        return voice

    def __exit__(self, *_: object) -> None:
        for voice in self._voices:
            self.call(voice.aclose if self._runner else voice.close)
        if self._runner:
            self._runner.run(self.client.aclose())
            self._runner.close()
        else:
            self.client.close()

    def call(self, function: Callable[..., Any], *arguments: object, **options: object) -> Any:  # noqa: ANN401 - any result
        """Call a method and wait for its result."""
        outcome = function(*arguments, **options)
        return self._runner.run(_awaited(outcome)) if self._runner else outcome

    def all(self, stream: Any, seen: list[Any] | None = None) -> list[Any]:  # noqa: ANN401 - either colour
        """Return everything that a stream yields; with an error, `seen` has what came before."""
        found: list[Any] = [] if seen is None else seen
        if self._runner:
            self._runner.run(_collect(stream, found))
        else:
            for event in stream:
                found.append(event)  # noqa: PERF402 - an error must leave those before it
        return found

    def speak_from(
        self, texts: Iterable[str], seen: list[Any] | None = None, **options: object
    ) -> list[Any]:
        """Return the events of `stream_speech_from()`."""
        return self.all(self.client.stream_speech_from(texts, **options), seen)

    def listen(
        self,
        text: Iterable[str] | AsyncIterable[str],
        heard: threading.Event,
        *,
        enough: int = 1,
        **options: object,
    ) -> list[Any]:
        """Return the events of `text`; `heard` is set when there are `enough` bytes of audio."""
        seen = _Heard(heard, enough)
        return self.all(self.client.stream_speech_from(text, **options), seen)


class _Heard(list[Any]):
    """Events; those that bring the audio to `enough` bytes set `heard`."""

    def __init__(self, heard: threading.Event, enough: int) -> None:
        super().__init__()
        self._heard = heard
        self._enough = enough

    def append(self, event: object) -> None:
        super().append(event)
        if len(audio_of(self)) >= self._enough:
            self._heard.set()


async def _awaited(outcome: Any) -> Any:  # noqa: ANN401 - any awaitable
    return await outcome


async def _collect(stream: Any, seen: list[Any]) -> None:  # noqa: ANN401 - of any events
    async for event in stream:
        seen.append(event)  # noqa: PERF401 - an error must leave those before it


def audio_of(events: Iterable[Any]) -> bytes:
    """Return the bytes of all chunks."""
    return b"".join(event.data for event in events if isinstance(event, AudioChunk))


def end_of(events: list[Any]) -> AudioEnd:
    """Return the last event, which must be the end."""
    assert isinstance(events[-1], AudioEnd)
    return events[-1]


def deltas(text: str, size: int = 3) -> Iterator[str]:
    """Yield `text` as a model writes it."""
    for begin in range(0, len(text), size):
        yield text[begin : begin + size]


def written(colour: Colour, *steps: str | threading.Event | Callable[[], object]) -> Any:  # noqa: ANN401 - either colour
    """Return a text that is being written: it waits for events, and calls what can be called."""

    def text() -> Iterator[str]:
        for step in steps:
            if isinstance(step, str):
                yield step
            elif isinstance(step, threading.Event):
                assert step.wait(5), "no audio came while the text was being written"
            else:
                step()

    async def atext() -> AsyncIterator[str]:
        each = text()
        while (piece := await asyncio.to_thread(next, each, None)) is not None:
            yield piece

    return text() if colour == "sync" else atext()
