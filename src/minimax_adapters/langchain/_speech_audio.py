"""How a text or an answer becomes audio: in one request, in pieces, or sentence by sentence.

Both colours are a few lines over the client.
"""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from minimax_adapters.api import AsyncEventStream, Audio, AudioChunk
from minimax_adapters.api.sentences import MAX_CHARACTERS
from minimax_adapters.api.speaking import awith_subtitles, with_subtitles
from minimax_adapters.langchain._connection import Connection
from minimax_adapters.langchain._spoken import Speakable, plain_text
from minimax_adapters.langchain._traced_audio import TracedChunk, TracedChunks
from minimax_adapters.langchain.errors import translated

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterator, Mapping

    from minimax_adapters.api import AudioEnd, SpeechOptions, SpeechRequest

Fields: TypeAlias = dict[str, Any]

# Shorter sentences are spoken with the next: a call for every "Yes." sounds choppy.
_SHORTEST: Final = 20
# The header of the others names a length, so sentences cannot simply follow each other.
_BY_SENTENCE: Final = frozenset({"mp3", "pcm", "pcmu_raw"})


class SpokenAudio(Connection):
    """Makes audio of what is to be spoken; the settings are those of a subclass."""

    @abstractmethod
    def _fields(self, changes: Mapping[str, Any]) -> Fields:
        """Return the settings of a call."""

    @abstractmethod
    def _request(self, text: str, fields: Fields) -> SpeechRequest:
        """Return the request that has a text spoken."""

    @abstractmethod
    def _options(self, fields: Fields) -> SpeechOptions:
        """Return the settings for a text of any length."""

    def _speak(self, spoken: Speakable, **changes: Any) -> Audio:  # noqa: ANN401 - any JSON
        with translated():
            fields = self._fields(changes)
            text = plain_text(spoken, markdown=fields["markdown"])
            if len(text) > MAX_CHARACTERS:
                return self._client.speak_long(text, self._options(fields), markdown=False)
            audio = self._client.speak(self._request(text, fields))
            return with_subtitles(self._client, audio)

    async def _aspeak(self, spoken: Speakable, **changes: Any) -> Audio:  # noqa: ANN401 - any JSON
        with translated():
            fields = self._fields(changes)
            text = plain_text(spoken, markdown=fields["markdown"])
            if len(text) > MAX_CHARACTERS:
                options = self._options(fields)
                return await self._async_client.speak_long(text, options, markdown=False)
            audio = await self._async_client.speak(self._request(text, fields))
            return await awith_subtitles(self._async_client, audio)

    def _chunks(
        self, spoken: Speakable, changes: Mapping[str, Any]
    ) -> Generator[AudioChunk, None, None]:
        with translated():
            fields = self._fields(changes)
            text = plain_text(spoken, markdown=fields["markdown"])
            if len(text) > MAX_CHARACTERS and not _by_sentence(fields):
                options = self._options(fields)
                yield AudioChunk(self._client.speak_long(text, options, markdown=False).data)
                return
            with self._events(self._client, text, fields) as events:
                yield from (event for event in events if isinstance(event, AudioChunk))

    def _achunks(self, spoken: Speakable, changes: Mapping[str, Any]) -> TracedChunks:
        return TracedChunks(partial(self._aopened, spoken, changes), TracedChunk.of)

    async def _aopened(
        self, spoken: Speakable, changes: Mapping[str, Any]
    ) -> AsyncEventStream[AudioChunk | AudioEnd]:
        fields = self._fields(changes)
        text = plain_text(spoken, markdown=fields["markdown"])
        client = self._async_client
        if len(text) > MAX_CHARACTERS and not _by_sentence(fields):
            audio = await client.speak_long(text, self._options(fields), markdown=False)
            return AsyncEventStream.of(lambda _: _given(AudioChunk(audio.data)))
        opened: AsyncEventStream[AudioChunk | AudioEnd] = self._events(client, text, fields)
        return opened

    def _chunks_of(
        self, texts: Iterator[str], changes: Mapping[str, Any]
    ) -> Generator[AudioChunk, None, None]:
        with translated():
            fields = self._fields(changes)
            if _by_sentence(fields):
                with self._events_of(self._client, texts, fields) as events:
                    yield from (event for event in events if isinstance(event, AudioChunk))
            elif text := "".join(texts).strip():
                yield from self._chunks(text, changes)

    def _achunks_of(
        self, texts: AsyncGenerator[str, None], changes: Mapping[str, Any]
    ) -> TracedChunks:
        return TracedChunks(partial(self._aopened_of, texts, changes), TracedChunk.of)

    async def _aopened_of(
        self, texts: AsyncGenerator[str, None], changes: Mapping[str, Any]
    ) -> AsyncEventStream[AudioChunk | AudioEnd]:
        fields = self._fields(changes)
        opened: AsyncEventStream[AudioChunk | AudioEnd]
        if _by_sentence(fields):
            opened = self._events_of(self._async_client, texts, fields)
            return opened
        async with contextlib.aclosing(texts):
            text = "".join([text async for text in texts]).strip()
        if not text:
            return AsyncEventStream.of(lambda _: _given())
        return await self._aopened(text, changes)

    def _events(self, client: Any, text: str, fields: Fields) -> Any:  # noqa: ANN401 - of both colours
        if len(text) > MAX_CHARACTERS:
            return self._events_of(client, [text], {**fields, "markdown": False})
        return client.stream_speech(self._request(text, fields))

    def _events_of(self, client: Any, texts: Any, fields: Fields) -> Any:  # noqa: ANN401 - of both colours
        return client.stream_speech_from(
            texts,
            # The audio of streams has no address.
            self._options({**fields, "output_format": "hex"}),
            transport=fields["transport"],
            markdown=fields["markdown"],
            shortest=_SHORTEST,
        )


async def _given(*events: AudioChunk) -> AsyncGenerator[AudioChunk, None]:
    for event in events:
        yield event


def _by_sentence(fields: Fields) -> bool:
    return (fields["format"] or "mp3") in _BY_SENTENCE
