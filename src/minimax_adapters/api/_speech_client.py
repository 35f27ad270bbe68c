"""The speech methods of the clients that need more than one call."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Final, get_args

from minimax_adapters.api._arguments import at_least
from minimax_adapters.api._call_group import CallGroup
from minimax_adapters.api._flow import Policy
from minimax_adapters.api._long_speech import LongSpeech
from minimax_adapters.api._partial import keeping_partial_of
from minimax_adapters.api._socket_drivers import AsyncSocketDriver, SyncSocketDriver
from minimax_adapters.api._socket_flow import SocketFlow
from minimax_adapters.api._socket_library import has_websockets
from minimax_adapters.api._speech import speech_stream_call
from minimax_adapters.api._speech_namespace import AsyncSpeech, Speech
from minimax_adapters.api._spoken import SpokenText, Transport, no_texts, once
from minimax_adapters.api._spoken_async import (
    AsyncHTTPSpeaker,
    AsyncSocketSpeaker,
    AsyncSpeaker,
    aspeak_texts,
)
from minimax_adapters.api._spoken_sync import HTTPSpeaker, SocketSpeaker, Speaker, speak_texts
from minimax_adapters.api._streams import AsyncEventStream, EventStream
from minimax_adapters.api._threads import Threads
from minimax_adapters.api._voice_client import AsyncFiles, AsyncVoices, Files, Voices
from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.api.sockets import AsyncSpeechSocket, SpeechSocket

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api._clients import ThreadClient
    from minimax_adapters.api._drivers import AsyncDriver, SyncDriver
    from minimax_adapters.api._loop_clients import LoopClients
    from minimax_adapters.api._speech import SpeechEvent
    from minimax_adapters.api.audio import Audio
    from minimax_adapters.api.settings import Settings
    from minimax_adapters.api.wire.speech import SpeechOptions


# Characters that are cut into pieces in hundredths of a second; of a book, it takes a second.
_QUICKLY_CUT: Final = 20_000


def _socket_flow(
    settings: Settings, spoken: SpokenText, transport: Transport, *, replaced: bool
) -> SocketFlow | None:
    """Return the flow of a socket that is to be tried; a replaced network has none.

    Raises:
        InvalidInputError: There is no such transport.
    """
    if transport not in get_args(Transport):
        known = ", ".join(map(repr, get_args(Transport)))
        raise InvalidInputError(f"transport is one of {known}, not {transport!r}.")
    if transport == "http" or (transport == "auto" and (replaced or not has_websockets())):
        return None
    policy = Policy(once(settings) if transport == "auto" else settings)
    return SocketFlow(policy, spoken.options, "plain" if transport == "plain" else "bidi")


class SpeechMethods:
    """Long texts, and texts that become speech while they are written, for `Client`."""

    settings: Settings
    _policy: Policy
    _driver: SyncDriver
    _clients: ThreadClient

    @property
    def speech(self) -> Speech:
        """Sockets, long texts as tasks, and downloads."""
        return Speech(self.settings, self._policy, self._driver)

    @property
    def voices(self) -> Voices:
        """List, clone, design and delete voices."""
        return Voices(self._policy, self._driver)

    @property
    def files(self) -> Files:
        """Upload, list, get and delete files."""
        return Files(self._policy, self._driver)

    def speak_long(  # noqa: PLR0913 - the settings of a job; all have defaults
        self,
        text: str,
        options: SpeechOptions | None = None,
        *,
        markdown: bool = True,
        piece_length: int = 1_500,
        max_concurrency: int = 4,
        on_progress: Callable[[int, int], object] | None = None,
        resume: BaseException | None = None,
    ) -> Audio:
        """Turn a text of any length into one audio file of any format.

        The text is cut at sentence ends, the pieces are spoken side by side and joined in order.

        Args:
            text: Plain text, or Markdown, which is read without its marks.
            options: How it is spoken.
            markdown: Whether the text is Markdown.
            piece_length: Characters of a request at most, from 20 to 9,999.
            max_concurrency: Requests at the same time.
            on_progress: Called with the pieces that are done and the number of all, from the
                thread that did one, and never from two at once.
            resume: The error that ended this job before: what it holds is not spoken again.

        Raises:
            InvalidInputError: Nothing in the text can be spoken, a setting is wrong, or `resume`
                is no error of a job with this text and these settings.
            MiniMaxError: See the class. `partial` is a `PartialSpeech`: the audio before the first
                missing piece, and all pieces that are there; also on an error of `on_progress`,
                a time-out or a signal.
        """
        at_least(1, "max_concurrency", max_concurrency)
        job = LongSpeech(text, options, piece_length, on_progress, markdown=markdown, resume=resume)

        def speak(number: int) -> Audio:
            return self._driver.run(job.flow(self._policy, number))

        with job.keeping_partial():
            # Ctrl-C comes to the thread that waits for the others.
            with Threads() as threads, job.speaking():
                for _ in job.missing[:max_concurrency]:
                    # Whose key it is may stand in a context variable, and what a bar belongs to.
                    context = contextvars.copy_context()
                    threads.start(partial(context.run, job.work, speak))
                threads.wait()
            return job.result()

    def stream_speech_from(
        self,
        texts: Iterable[str],
        options: SpeechOptions | None = None,
        *,
        transport: Transport = "auto",
        markdown: bool = True,
        shortest: int = 1,
    ) -> EventStream[SpeechEvent]:
        """Speak a text while it is being written: the first sentence before the second is there.

        The texts are read on a thread of their own; they are paused when too many sentences or
        too much audio wait. Leaving the loop, or closing the stream, stops everything within a
        frame.

        Args:
            texts: Deltas of any size, such as those of an answer. Thinking in `<think>` tags is
                not spoken. A form feed says that an answer is complete and another may follow,
                as agents give several.
            options: How it is spoken; the format must be mp3, pcm or pcmu_raw.
            transport: `bidi` or `plain` for a socket, `http` for a request per sentence, `auto`
                for a bidirectional socket where there is one.
            markdown: Whether the text is Markdown, which is read without its marks.
            shortest: A sentence with fewer characters is joined with the next.

        Returns:
            A stream of `AudioChunk` that ends with `AudioEnd`.

        Raises:
            InvalidInputError: The format cannot be streamed, or `texts` or `transport` is none.
            ConfigurationError: A socket was asked for and `websockets` is not installed.
            MiniMaxError: See the class; while iterating, with the audio so far in `partial`. An
                error of `texts` is raised as it is, behind the audio of what came before.
        """
        if not isinstance(texts, Iterable):
            raise no_texts(texts)
        spoken = SpokenText(options, markdown=markdown, shortest=shortest)
        speaker: Speaker = HTTPSpeaker(
            lambda request: EventStream(
                self._driver, self._policy.stream(speech_stream_call(request))
            ),
            spoken,
        )
        flow = _socket_flow(self.settings, spoken, transport, replaced=self._clients.is_replaced)
        if flow is not None:
            socket = SpeechSocket(SyncSocketDriver(self.settings), flow)
            speaker = SocketSpeaker(socket, speaker if transport == "auto" else None)
        return EventStream.of(speak_texts(texts, spoken, speaker))


class AsyncSpeechMethods:
    """Long texts, and texts that become speech while they are written, for `AsyncClient`."""

    settings: Settings
    _policy: Policy
    _driver: AsyncDriver
    _clients: LoopClients

    @property
    def speech(self) -> AsyncSpeech:
        """Sockets, long texts as tasks, and downloads."""
        return AsyncSpeech(self.settings, self._policy, self._driver)

    @property
    def voices(self) -> AsyncVoices:
        """List, clone, design and delete voices."""
        return AsyncVoices(self._policy, self._driver)

    @property
    def files(self) -> AsyncFiles:
        """Upload, list, get and delete files."""
        return AsyncFiles(self._policy, self._driver)

    async def speak_long(  # noqa: PLR0913 - as Client.speak_long()
        self,
        text: str,
        options: SpeechOptions | None = None,
        *,
        markdown: bool = True,
        piece_length: int = 1_500,
        max_concurrency: int = 4,
        on_progress: Callable[[int, int], object] | None = None,
        resume: BaseException | None = None,
    ) -> Audio:
        """Turn a text of any length into one audio file; see `Client.speak_long()`."""
        at_least(1, "max_concurrency", max_concurrency)
        cut = partial(LongSpeech, markdown=markdown, resume=resume)
        given = text, options, piece_length, on_progress
        if isinstance(text, str) and len(text) > _QUICKLY_CUT:
            with keeping_partial_of(resume):
                job = await asyncio.to_thread(cut, *given)
        else:
            job = cut(*given)
        calls = CallGroup()

        async def speak(number: int) -> None:
            job.take(number, await self._driver.run(job.flow(self._policy, number, calls)))

        with job.keeping_partial():
            works = [partial(speak, number) for number in job.missing]
            await calls.run(works, max_concurrency)
            # Of hours of sound, this is work for a second or two.
            return await asyncio.to_thread(job.result)

    def stream_speech_from(
        self,
        texts: AsyncIterable[str] | Iterable[str],
        options: SpeechOptions | None = None,
        *,
        transport: Transport = "auto",
        markdown: bool = True,
        shortest: int = 1,
    ) -> AsyncEventStream[SpeechEvent]:
        """Speak a text while it is being written; see `Client.stream_speech_from()`."""
        if not isinstance(texts, AsyncIterable | Iterable):
            raise no_texts(texts)
        spoken = SpokenText(options, markdown=markdown, shortest=shortest)
        speaker: AsyncSpeaker = AsyncHTTPSpeaker(
            lambda request: AsyncEventStream(
                self._driver, self._policy.stream(speech_stream_call(request))
            ),
            spoken,
        )
        flow = _socket_flow(self.settings, spoken, transport, replaced=self._clients.is_replaced)
        if flow is not None:
            socket = AsyncSpeechSocket(AsyncSocketDriver(self.settings), flow)
            speaker = AsyncSocketSpeaker(socket, speaker if transport == "auto" else None)
        return AsyncEventStream.of(partial(aspeak_texts, texts, spoken, speaker))
