"""What the speech classes of both frameworks need: the words of a text, and its subtitles."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from typing import TYPE_CHECKING

from minimax_adapters.api.errors import InvalidInputError, MiniMaxError
from minimax_adapters.api.sentences import MAX_CHARACTERS, split_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.api.audio import Audio
    from minimax_adapters.api.client import AsyncClient, Client

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
