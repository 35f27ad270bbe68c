"""Text stream to audio stream for synchronous code: one thread reads, one has it spoken."""

from __future__ import annotations

import contextvars
import os
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from minimax_adapters.api._pipe import Pipe
from minimax_adapters.api._spoken import CHUNKS_AHEAD, SENTENCES_AHEAD, is_unavailable, merge
from minimax_adapters.api.audio import AudioChunk, AudioEnd
from minimax_adapters.api.errors import InvalidInputError, MiniMaxError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from minimax_adapters.api._spoken import SpokenText
    from minimax_adapters.api._streams import EventStream
    from minimax_adapters.api.sockets import SpeechSocket
    from minimax_adapters.api.wire.speech import SpeechRequest


class Speaker(Protocol):
    """Who has sentences spoken, one after the other."""

    @property
    def merges(self) -> bool: ...

    def open(self) -> None: ...
    def speak(self, sentence: str) -> Iterator[AudioChunk | AudioEnd]: ...
    def finish(self) -> Iterator[AudioChunk | AudioEnd]: ...
    def close(self) -> None: ...


class HTTPSpeaker:
    """A stream of its own for each sentence."""

    merges = True

    def __init__(
        self,
        stream: Callable[[SpeechRequest], EventStream[AudioChunk | AudioEnd]],
        spoken: SpokenText,
    ) -> None:
        self._stream = stream
        self._spoken = spoken
        self._stopped = False

    def open(self) -> None:
        """Do nothing: connections are kept by the client."""

    def speak(self, sentence: str) -> Iterator[AudioChunk | AudioEnd]:
        """Yield the audio of a sentence, until somebody closes."""
        with closing(self._stream(self._spoken.request(sentence))) as events:
            for event in events:
                if self._stopped:
                    return
                yield event

    def finish(self) -> Iterator[AudioChunk | AudioEnd]:
        """Yield nothing: every sentence had its own end."""
        return iter(())

    def close(self) -> None:
        """Stop after the chunk that is being received."""
        self._stopped = True


class SocketSpeaker:
    """One socket for all sentences; HTTP instead if there is none and it may be."""

    def __init__(self, socket: SpeechSocket, otherwise: Speaker | None) -> None:
        self._socket = socket
        self._otherwise = otherwise
        self._chosen: Speaker | None = None

    @property
    def merges(self) -> bool:
        """Whether sentences that wait are spoken together."""
        return self._chosen is not None

    def open(self) -> None:
        """Connect while the first sentence is still being written."""
        try:
            self._socket.open()
        except MiniMaxError as error:
            if self._otherwise is None or not is_unavailable(error):
                raise
            self._chosen = self._otherwise

    def speak(self, sentence: str) -> Iterator[AudioChunk | AudioEnd]:
        """Yield the audio of a sentence."""
        return (self._chosen or self._socket).speak(sentence)

    def finish(self) -> Iterator[AudioChunk | AudioEnd]:
        """Yield what comes late."""
        return self._chosen.finish() if self._chosen else self._socket.drain()

    def close(self) -> None:
        """Close the connection at once, in the middle of a sentence too."""
        self._socket.close()
        if self._chosen:
            self._chosen.close()


def speak_texts(
    texts: Iterable[str], spoken: SpokenText, speaker: Speaker
) -> Generator[AudioChunk | AudioEnd, None, None]:
    """Yield the audio of `texts` while they are being written; ends with `AudioEnd`."""
    process = os.getpid()
    sentences: Pipe[str] = Pipe(SENTENCES_AHEAD)
    chunks: Pipe[AudioChunk] = Pipe(CHUNKS_AHEAD)
    _start("speech-reader", _read, texts, spoken, sentences)
    _start("speech-speaker", _speak, sentences, chunks, spoken, speaker)
    try:
        while (chunk := chunks.get()) is not None:
            yield chunk
        yield AudioEnd(spoken.audio())
    except MiniMaxError as error:
        spoken.failed(error)
        raise
    finally:
        # A forked child has neither the threads nor, perhaps, the locks that they held; nor has a
        # program that ends, where the threads stay wherever they are, and the system hangs up.
        if process == os.getpid() and not sys.is_finalizing():
            sentences.break_off()
            chunks.break_off()
            speaker.close()


def _start(name: str, function: Callable[..., None], *arguments: object) -> None:
    # What the text comes from may look at context variables, as callbacks of LangChain do.
    context = contextvars.copy_context()
    threading.Thread(
        target=context.run, args=(function, *arguments), name=name, daemon=True
    ).start()


def _read(texts: Iterable[str], spoken: SpokenText, sentences: Pipe[str]) -> None:
    try:
        try:
            for text in texts:
                if not all(map(sentences.put, spoken.feed(text))) or sentences.broken:
                    _close(texts)
                    return
        except InvalidInputError:
            # Whoever keeps the error keeps the text and its connection as well.
            _close(texts)
            raise
        all(map(sentences.put, spoken.flush()))
    except BaseException as error:  # noqa: BLE001 - raised again where the audio is taken
        sentences.end(error)
    else:
        sentences.end()


def _close(texts: object) -> None:
    close = getattr(texts, "close", None)
    if callable(close):
        close()


def _speak(
    sentences: Pipe[str], chunks: Pipe[AudioChunk], spoken: SpokenText, speaker: Speaker
) -> None:
    try:
        speaker.open()
        while (sentence := sentences.get()) is not None:
            while speaker.merges and (following := sentences.peek()):
                merged = merge(sentence, following)
                if merged is None:
                    break
                sentence = merged
                sentences.get()
            spoken.begin()
            _pass_on(speaker.speak(sentence), sentence, chunks, spoken)
        if not sentences.broken:
            _pass_on(speaker.finish(), "", chunks, spoken)
    except BaseException as error:  # noqa: BLE001 - raised again where the audio is taken
        chunks.end(error)
    else:
        chunks.end()


def _pass_on(
    events: Iterator[AudioChunk | AudioEnd],
    sentence: str,
    chunks: Pipe[AudioChunk],
    spoken: SpokenText,
) -> None:
    try:
        for event in events:
            chunk = spoken.take(event, sentence)
            if chunk is not None and not chunks.put(chunk):
                return
    finally:
        _close(events)
