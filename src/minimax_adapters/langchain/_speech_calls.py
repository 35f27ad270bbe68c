"""The hooks that LangChain calls on a runnable that speaks: whole audio, and chunks of it.

LangChain's own `transform()` waits for the whole input; these speak while it is written. Both
colours are a few lines over the client. LangChain's helper for streams reads the rest of its
input when somebody stops listening, so it gets only the text for its trace, not the stream.
"""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Final

from langchain_core.runnables import RunnableSerializable

from minimax_adapters.api import Audio, AudioChunk
from minimax_adapters.api.sentences import MAX_CHARACTERS
from minimax_adapters.api.speaking import awith_subtitles, with_subtitles
from minimax_adapters.langchain._connection import Connection
from minimax_adapters.langchain._spoken import Speakable, Written, plain_text
from minimax_adapters.langchain.errors import translated

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Generator,
        Iterator,
        Mapping,
    )

    from langchain_core.runnables import RunnableConfig

    from minimax_adapters.api import SpeechOptions, SpeechRequest
    from minimax_adapters.api.wire.voices import Voice

# Shorter sentences are spoken with the next: a call for every "Yes." sounds choppy.
_SHORTEST: Final = 20
# The header of the others names a length, so sentences cannot simply follow each other.
_BY_SENTENCE: Final = frozenset({"mp3", "pcm", "pcmu_raw"})

Fields = dict[str, Any]


class SpeechCalls(Connection, RunnableSerializable[Speakable, Any]):
    """A runnable that speaks; its settings are those of a subclass."""

    @abstractmethod
    def _fields(self, changes: Mapping[str, Any]) -> Fields:
        """Return the settings of a call."""

    @abstractmethod
    def _request(self, text: str, fields: Fields) -> SpeechRequest:
        """Return the request that has a text spoken."""

    @abstractmethod
    def _options(self, fields: Fields) -> SpeechOptions:
        """Return the settings for a text of any length."""

    def invoke(
        self,
        input: Speakable,  # noqa: A002 - LangChain's own signature
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> Audio:
        """Return the whole audio. More than 9,999 characters are spoken in pieces, and joined.

        With `subtitle_enable`, the subtitles are fetched as well. If that fails, the audio has
        none, and its `subtitle_url` says where they are.

        Raises:
            InvalidInputError: There is nothing to say, or a setting is out of its range.
            MiniMaxError: The call failed; `partial` holds the audio so far of a long text.
        """
        audio: Audio = self._call_with_config(self._speak, input, config, run_type="tool", **kwargs)
        return audio

    async def ainvoke(
        self,
        input: Speakable,  # noqa: A002 - LangChain's own signature
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> Audio:
        """Return the whole audio; see `invoke()`."""
        audio: Audio = await self._acall_with_config(
            self._aspeak, input, config, run_type="tool", **kwargs
        )
        return audio

    def stream(
        self,
        input: Speakable,  # noqa: A002 - LangChain's own signature
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> Iterator[AudioChunk]:
        """Yield the audio as it is made; leaving early closes the connection."""
        yield from self._traced(iter([input]), self._chunks(input, kwargs), config)

    async def astream(
        self,
        input: Speakable,  # noqa: A002 - LangChain's own signature
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> AsyncIterator[AudioChunk]:
        """Yield the audio as it is made; see `stream()`."""

        async def inputs() -> AsyncIterator[Speakable]:
            yield input

        chunks = self._achunks(input, kwargs)
        async with contextlib.aclosing(self._atraced(inputs(), chunks, config)) as traced:
            async for chunk in traced:
                yield chunk

    def transform(
        self,
        input: Iterator[Any],  # noqa: A002 - LangChain's own signature
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> Iterator[AudioChunk]:
        """Speak an answer while it is written: the first sentence before the second is there.

        This is what `(chat | speech).stream()` calls. Leaving early closes the connection, and
        closes `input`. mp3, pcm and pcmu_raw begin with the first sentence; other formats wait
        for the whole answer.

        Args:
            input: Texts, messages or their chunks, or what an agent's
                `stream(..., stream_mode="messages")` yields. Thinking, tool calls and results
                of tools are not spoken.
            config: LangChain's.
            **kwargs: Fields that differ for this call.

        Raises:
            MiniMaxError: The call failed; `partial` holds the audio so far. An error of `input`
                is raised as it is, behind the audio of what came before.
        """
        written = Written()
        chunks = self._chunks_of(written.of(iter(input)), kwargs)
        yield from self._traced(written.traced(), chunks, config)

    async def atransform(
        self,
        input: AsyncIterator[Any],  # noqa: A002 - LangChain's own signature
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> AsyncIterator[AudioChunk]:
        """Speak an answer while it is written; see `transform()`."""
        written = Written()
        chunks = self._achunks_of(written.of_async(input), kwargs)
        traced = self._atraced(written.traced_async(), chunks, config)
        async with contextlib.aclosing(traced):
            async for chunk in traced:
                yield chunk

    def voices(self) -> list[Voice]:
        """Return the voices that the key may use, MiniMax's own first."""
        with translated():
            return self._client.voices.list()

    async def avoices(self) -> list[Voice]:
        """Return the voices that the key may use, MiniMax's own first."""
        with translated():
            return await self._async_client.voices.list()

    def _speak(self, spoken: Speakable, **changes: Any) -> Audio:  # noqa: ANN401 - fields
        with translated():
            fields = self._fields(changes)
            text = plain_text(spoken, markdown=fields["markdown"])
            if len(text) > MAX_CHARACTERS:
                return self._client.speak_long(text, self._options(fields), markdown=False)
            audio = self._client.speak(self._request(text, fields))
            return with_subtitles(self._client, audio)

    async def _aspeak(self, spoken: Speakable, **changes: Any) -> Audio:  # noqa: ANN401 - fields
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

    async def _achunks(
        self, spoken: Speakable, changes: Mapping[str, Any]
    ) -> AsyncGenerator[AudioChunk, None]:
        with translated():
            fields = self._fields(changes)
            text = plain_text(spoken, markdown=fields["markdown"])
            client = self._async_client
            if len(text) > MAX_CHARACTERS and not _by_sentence(fields):
                audio = await client.speak_long(text, self._options(fields), markdown=False)
                yield AudioChunk(audio.data)
                return
            async with self._events(client, text, fields) as events:
                async for event in events:
                    if isinstance(event, AudioChunk):
                        yield event

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

    async def _achunks_of(
        self, texts: AsyncIterator[str], changes: Mapping[str, Any]
    ) -> AsyncGenerator[AudioChunk, None]:
        with translated():
            fields = self._fields(changes)
            if _by_sentence(fields):
                async with self._events_of(self._async_client, texts, fields) as events:
                    async for event in events:
                        if isinstance(event, AudioChunk):
                            yield event
            elif text := "".join([text async for text in texts]).strip():
                async with contextlib.aclosing(self._achunks(text, changes)) as chunks:
                    async for chunk in chunks:
                        yield chunk

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

    def _traced(
        self,
        inputs: Iterator[Any],
        chunks: Generator[AudioChunk, None, None],
        config: RunnableConfig | None,
    ) -> Iterator[AudioChunk]:
        """Yield `chunks` with LangChain's callbacks, and close them."""
        with contextlib.closing(chunks):
            for chunk in self._transform_stream_with_config(
                inputs, lambda _: map(_Traced.of, chunks), config, run_type="tool"
            ):
                yield AudioChunk(chunk.data, chunk.text)

    async def _atraced(
        self,
        inputs: AsyncIterator[Any],
        chunks: AsyncGenerator[AudioChunk, None],
        config: RunnableConfig | None,
    ) -> AsyncGenerator[AudioChunk, None]:
        """Yield `chunks` with LangChain's callbacks, and close them."""

        async def each() -> AsyncGenerator[AudioChunk, None]:
            async for chunk in chunks:
                yield _Traced.of(chunk)

        traced: Any = self._atransform_stream_with_config(
            inputs, lambda _: each(), config, run_type="tool"
        )
        async with contextlib.aclosing(chunks), contextlib.aclosing(traced):
            async for chunk in traced:
                yield AudioChunk(chunk.data, chunk.text)


class _Traced(AudioChunk):
    """A chunk that cannot be added: LangChain would copy the audio so far with each of them."""

    __slots__ = ()

    @classmethod
    def of(cls, chunk: AudioChunk) -> _Traced:
        """Return `chunk` as one."""
        return cls(chunk.data, chunk.text)

    def __add__(self, other: object) -> AudioChunk:
        return NotImplemented


def _by_sentence(fields: Fields) -> bool:
    return (fields["format"] or "mp3") in _BY_SENTENCE
