"""Audio as LangChain's callbacks see it while it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from minimax_adapters.api import AudioChunk
from minimax_adapters.api.speaking import AsyncAudioChunks
from minimax_adapters.langchain.errors import translated

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class TracedChunk(AudioChunk):
    """A chunk that cannot be added: LangChain would copy the audio so far with each of them."""

    __slots__ = ()

    @classmethod
    def of(cls, chunk: AudioChunk) -> TracedChunk:
        """Return `chunk` as one."""
        return cls(chunk.data, chunk.text)

    def __add__(self, other: object) -> AudioChunk:
        return NotImplemented


class TracedChunks(AsyncAudioChunks[TracedChunk]):
    """What LangChain is to hand on; errors are those of LangChain as well."""

    @override
    async def __anext__(self) -> TracedChunk:
        with translated():
            return await super().__anext__()


class HandedOn:
    """Chunks that LangChain has handed on. It is no generator, as `AsyncAudioChunks` is none."""

    def __init__(self, traced: AsyncGenerator[AudioChunk, None]) -> None:
        self._traced = traced

    def __aiter__(self) -> HandedOn:
        return self

    async def __anext__(self) -> AudioChunk:
        chunk = await anext(self._traced)
        return AudioChunk(chunk.data, chunk.text)

    async def aclose(self) -> None:
        """Close the stream and end the run."""
        await self._traced.aclose()
