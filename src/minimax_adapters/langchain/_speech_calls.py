"""The hooks that LangChain calls on a runnable that speaks: whole audio, and chunks of it.

LangChain's own `transform()` waits for the whole input; these speak while it is written. Its helper
for streams reads the rest of its input when somebody stops listening, so it gets only the text for
its trace, not the stream.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import RunnableSerializable
from typing_extensions import override

from minimax_adapters.api import Audio, AudioChunk
from minimax_adapters.langchain._speech_audio import SpokenAudio
from minimax_adapters.langchain._spoken import Speakable, Written
from minimax_adapters.langchain._traced_audio import HandedOn, TracedChunk, TracedChunks
from minimax_adapters.langchain.errors import translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

    from langchain_core.runnables import RunnableConfig

    from minimax_adapters.api.wire.voices import Voice


class SpeechCalls(SpokenAudio, RunnableSerializable[Speakable, Any]):
    """A runnable that speaks; its settings are those of a subclass."""

    @override
    def invoke(
        self,
        input: Speakable,
        config: RunnableConfig | None = None,
        **kwargs: Any,
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

    @override
    async def ainvoke(
        self,
        input: Speakable,
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Audio:
        """Return the whole audio; see `invoke()`."""
        audio: Audio = await self._acall_with_config(
            self._aspeak, input, config, run_type="tool", **kwargs
        )
        return audio

    @override
    def stream(
        self,
        input: Speakable,
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[AudioChunk]:
        """Yield the audio as it is made; leaving early closes the connection."""
        yield from self._traced(iter([input]), self._chunks(input, kwargs), config)

    @override
    def astream(
        self,
        input: Speakable,
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AudioChunk]:
        """Yield the audio as it is made; see `stream()`."""

        async def inputs() -> AsyncIterator[Speakable]:
            yield input

        return self._atraced(inputs(), self._achunks(input, kwargs), config)

    @override
    def transform(
        self,
        input: Iterator[Any],
        config: RunnableConfig | None = None,
        **kwargs: Any,
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

    @override
    def atransform(
        self,
        input: AsyncIterator[Any],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AudioChunk]:
        """Speak an answer while it is written; see `transform()`."""
        written = Written()
        chunks = self._achunks_of(written.of_async(input), kwargs)
        return self._atraced(written.traced_async(), chunks, config)

    def voices(self) -> list[Voice]:
        """Return the voices that the key may use, MiniMax's own first."""
        with translated():
            return self._client.voices.list()

    async def avoices(self) -> list[Voice]:
        """Return the voices that the key may use, MiniMax's own first."""
        with translated():
            return await self._async_client.voices.list()

    def _traced(
        self,
        inputs: Iterator[Any],
        chunks: Generator[AudioChunk, None, None],
        config: RunnableConfig | None,
    ) -> Iterator[AudioChunk]:
        """Yield `chunks` with LangChain's callbacks, and close them."""
        with contextlib.closing(chunks):
            for chunk in self._transform_stream_with_config(
                inputs, lambda _: map(TracedChunk.of, chunks), config, run_type="tool"
            ):
                yield AudioChunk(chunk.data, chunk.text)

    def _atraced(
        self, inputs: AsyncIterator[Any], chunks: TracedChunks, config: RunnableConfig | None
    ) -> HandedOn:
        """Return `chunks` with LangChain's callbacks, which close them."""
        traced: Any = self._atransform_stream_with_config(
            inputs, lambda _: chunks, config, run_type="tool"
        )
        return HandedOn(traced)
