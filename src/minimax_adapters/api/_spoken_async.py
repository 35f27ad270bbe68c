"""Text stream to audio stream for asynchronous code: one task reads, one has it spoken."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Protocol

from minimax_adapters.api._spoken import CHUNKS_AHEAD, SENTENCES_AHEAD, is_unavailable, merge
from minimax_adapters.api.audio import AudioChunk, AudioEnd
from minimax_adapters.api.errors import MiniMaxError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Sequence

    from minimax_adapters.api._held import Held
    from minimax_adapters.api._spoken import SpokenText
    from minimax_adapters.api._streams import AsyncEventStream
    from minimax_adapters.api.sockets import AsyncSpeechSocket
    from minimax_adapters.api.wire.speech import SpeechRequest


class AsyncSpeaker(Protocol):
    """Who has sentences spoken, one after the other."""

    @property
    def merges(self) -> bool: ...

    async def open(self) -> None: ...
    def speak(self, sentence: str) -> AsyncGenerator[AudioChunk | AudioEnd, None]: ...
    def finish(self) -> AsyncGenerator[AudioChunk | AudioEnd, None]: ...
    async def close(self) -> None: ...


class AsyncHTTPSpeaker:
    """A stream of its own for each sentence."""

    merges = True

    def __init__(
        self,
        stream: Callable[[SpeechRequest], AsyncEventStream[AudioChunk | AudioEnd]],
        spoken: SpokenText,
    ) -> None:
        self._stream = stream
        self._spoken = spoken

    async def open(self) -> None:
        """Do nothing: connections are kept by the client."""

    async def speak(self, sentence: str) -> AsyncGenerator[AudioChunk | AudioEnd, None]:
        """Yield the audio of a sentence."""
        async with self._stream(self._spoken.request(sentence)) as events:
            async for event in events:
                yield event

    async def finish(self) -> AsyncGenerator[AudioChunk | AudioEnd, None]:
        """Yield nothing: every sentence had its own end."""
        return
        yield

    async def close(self) -> None:
        """Do nothing: the stream under way is closed with the task that reads it."""


class AsyncSocketSpeaker:
    """One socket for all sentences; HTTP instead if there is none and it may be."""

    def __init__(self, socket: AsyncSpeechSocket, otherwise: AsyncSpeaker | None) -> None:
        self._socket = socket
        self._otherwise = otherwise
        self._chosen: AsyncSpeaker | None = None

    @property
    def merges(self) -> bool:
        """Whether sentences that wait are spoken together."""
        return self._chosen is not None

    async def open(self) -> None:
        """Connect while the first sentence is still being written."""
        try:
            await self._socket.open()
        except MiniMaxError as error:
            if self._otherwise is None or not is_unavailable(error):
                raise
            self._chosen = self._otherwise

    def speak(self, sentence: str) -> AsyncGenerator[AudioChunk | AudioEnd, None]:
        """Yield the audio of a sentence."""
        return (self._chosen or self._socket).speak(sentence)

    def finish(self) -> AsyncGenerator[AudioChunk | AudioEnd, None]:
        """Yield what comes late."""
        return self._chosen.finish() if self._chosen else self._socket.drain()

    async def close(self) -> None:
        """Close the connection at once."""
        await self._socket.aclose()


async def aspeak_texts(
    texts: AsyncIterable[str] | Iterable[str],
    spoken: SpokenText,
    speaker: AsyncSpeaker,
    held: Held,
) -> AsyncGenerator[AudioChunk | AudioEnd, None]:
    """Yield the audio of `texts` while they are being written; ends with `AudioEnd`.

    It ends without one where another task closes what is `held`.
    """
    sentences: asyncio.Queue[str | None] = asyncio.Queue(SENTENCES_AHEAD)
    chunks: asyncio.Queue[AudioChunk | None] = asyncio.Queue(CHUNKS_AHEAD)
    reading = asyncio.ensure_future(_read(texts, spoken, sentences))
    speaking = asyncio.ensure_future(_speak(sentences, chunks, spoken, speaker))
    held.keep(partial(_stop, (reading, speaking), chunks))
    try:
        while (chunk := await chunks.get()) is not None:
            yield chunk
        if held.is_closed:
            return
        await speaking
        await reading
        yield AudioEnd(spoken.audio())
    except MiniMaxError as error:
        spoken.failed(error)
        raise
    finally:
        await held.aclose()
        # They hold the error, whose frames hold this one and all the audio.
        del reading, speaking


async def _stop(
    tasks: Sequence[asyncio.Task[None]], chunks: asyncio.Queue[AudioChunk | None]
) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    while not chunks.empty():
        chunks.get_nowait()
    chunks.put_nowait(None)  # For who waits for a chunk.


async def _read(
    texts: AsyncIterable[str] | Iterable[str],
    spoken: SpokenText,
    sentences: asyncio.Queue[str | None],
) -> None:
    try:
        async with aclosing(_each(texts)) as each:
            async for text in each:
                for sentence in spoken.feed(text):
                    await sentences.put(sentence)
        for sentence in spoken.flush():
            await sentences.put(sentence)
    except Exception:
        await sentences.put(None)
        raise
    await sentences.put(None)


async def _each(texts: AsyncIterable[str] | Iterable[str]) -> AsyncGenerator[str, None]:
    if hasattr(texts, "__aiter__"):
        try:
            async for text in texts:
                yield text
        finally:
            close = getattr(texts, "aclose", None)
            if callable(close):
                await close()
        return
    for text in texts:
        yield text
        # A plain iterable never waits: let what it gave be spoken.
        await asyncio.sleep(0)


async def _speak(
    sentences: asyncio.Queue[str | None],
    chunks: asyncio.Queue[AudioChunk | None],
    spoken: SpokenText,
    speaker: AsyncSpeaker,
) -> None:
    try:
        await speaker.open()
        following: str | None = None
        while (sentence := following or await sentences.get()) is not None:
            following, ended = None, False
            while speaker.merges and not sentences.empty() and following is None and not ended:
                waiting = sentences.get_nowait()
                merged = merge(sentence, waiting) if waiting is not None else None
                ended = waiting is None
                if merged is None:
                    following = waiting
                else:
                    sentence = merged
            spoken.begin()
            await _pass_on(speaker.speak(sentence), sentence, chunks, spoken)
            if ended:
                break
        await _pass_on(speaker.finish(), "", chunks, spoken)
    except Exception:
        await chunks.put(None)
        raise
    else:
        await chunks.put(None)
    finally:
        # A program that ends stops its tasks first, while a connection can still say goodbye.
        await speaker.close()


async def _pass_on(
    events: AsyncGenerator[AudioChunk | AudioEnd, None],
    sentence: str,
    chunks: asyncio.Queue[AudioChunk | None],
    spoken: SpokenText,
) -> None:
    async with aclosing(events):
        async for event in events:
            chunk = spoken.take(event, sentence)
            if chunk is not None:
                await chunks.put(chunk)
