"""What the speech classes of both frameworks need: words of a text, subtitles, and streams."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from typing import TYPE_CHECKING, Generic, TypeVar

from minimax_adapters.api.audio import AudioChunk
from minimax_adapters.api.errors import InvalidInputError, MiniMaxError
from minimax_adapters.api.sentences import MAX_CHARACTERS, split_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from minimax_adapters.api._streams import AsyncEventStream
    from minimax_adapters.api.audio import Audio, AudioEnd
    from minimax_adapters.api.client import AsyncClient, Client

T = TypeVar("T")

_logger = logging.getLogger("minimax_adapters")


def spoken_text(text: str, *, markdown: bool) -> str:
    """Return `text` as it is read aloud.

    Args:
        text: A text of any length.
        markdown: Whether it is Markdown, which is read without marks and code blocks.

    Raises:
        InvalidInputError: There are no words in it.
    """
    spoken = "\n".join(split_text(text, limit=MAX_CHARACTERS, markdown=markdown))
    if spoken:
        return spoken
    if not text.strip():
        raise InvalidInputError(
            "There is nothing to say: the text is empty. A message that only calls tools has none."
        )
    left_out = ", marks or code" if markdown else ""
    raise InvalidInputError(
        f"There is nothing to say: the text has no words, only symbols{left_out}."
        + (" Code is read with markdown=False." if markdown else "")
    )


def with_subtitles(client: Client, audio: Audio) -> Audio:
    """Return `audio` with the subtitles that it only names the address of.

    If they cannot be had, the audio is returned without them: it is paid for.
    """
    if audio.subtitle_url and not audio.subtitles:
        with _keeping_audio():
            fetched = client.speech.fetch(_without_url(audio))
            return dataclasses.replace(audio, subtitles=fetched.subtitles)
    return audio


async def awith_subtitles(client: AsyncClient, audio: Audio) -> Audio:
    """Return `audio` with its subtitles; see `with_subtitles()`."""
    if audio.subtitle_url and not audio.subtitles:
        with _keeping_audio():
            fetched = await client.speech.fetch(_without_url(audio))
            return dataclasses.replace(audio, subtitles=fetched.subtitles)
    return audio


class AsyncAudioChunks(Generic[T]):
    """The chunks of audio in a stream, which is opened when the first is asked for.

    It is no generator. An event loop that ends closes all generators side by side, and one that
    closes another would be told that this is already being closed.

    Args:
        opening: Opens the stream; called once.
        read: What is given out for a chunk.
    """

    def __init__(
        self,
        opening: Callable[[], Awaitable[AsyncEventStream[AudioChunk | AudioEnd]]],
        read: Callable[[AudioChunk], T],
    ) -> None:
        self._opening: Callable[..., Awaitable[AsyncEventStream[AudioChunk | AudioEnd]]] | None
        self._opening = opening
        self._events: AsyncEventStream[AudioChunk | AudioEnd] | None = None
        self._read = read

    def __aiter__(self) -> AsyncAudioChunks[T]:
        return self

    async def __anext__(self) -> T:
        opening, self._opening = self._opening, None
        if opening is not None:
            self._events = await opening()
        if self._events is not None:
            async for event in self._events:
                if isinstance(event, AudioChunk):
                    return self._read(event)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Close the stream, if it is open."""
        self._opening = None
        if self._events is not None:
            await self._events.aclose()


def _without_url(audio: Audio) -> Audio:
    """Return `audio` as one whose bytes are not to be fetched as well."""
    return dataclasses.replace(audio, url=None)


@contextlib.contextmanager
def _keeping_audio() -> Iterator[None]:
    try:
        yield
    except MiniMaxError as error:
        _logger.warning(
            "minimax_adapters.subtitles_not_fetched", extra={"error": type(error).__name__}
        )
