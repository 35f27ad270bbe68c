"""A text that becomes speech while it is being written: what both colours have in common."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from minimax_adapters.api._join_mp3 import id3_size, length_frame_size
from minimax_adapters.api._partial import with_arrived
from minimax_adapters.api.audio import Audio, AudioChunk, AudioEnd
from minimax_adapters.api.errors import (
    AuthenticationError,
    ConnectionFailedError,
    InvalidInputError,
    InvalidReplyError,
    MiniMaxError,
    NotFoundError,
    ServerError,
)
from minimax_adapters.api.sentences import SentenceStream
from minimax_adapters.api.wire.speech import SpeechOptions

if TYPE_CHECKING:
    from minimax_adapters.api.settings import Settings
    from minimax_adapters.api.wire.speech import SpeechRequest

Transport: TypeAlias = Literal["auto", "bidi", "plain", "http"]

# Chunks that are made before anyone takes them, and sentences that wait to be spoken.
CHUNKS_AHEAD: Final = 64
SENTENCES_AHEAD: Final = 32
# Sentences that wait are spoken with one request, up to this many characters.
_LONGEST_REQUEST: Final = 300
_CJK: Final = "\u2e80"
_STREAMABLE: Final = frozenset({"mp3", "pcm", "pcmu_raw"})


class SpokenText:
    """Sentences of a text that is being written, and the audio that is made of them.

    State: `_chunks` given out so far, `_parts` the facts of finished audio, `_fresh` that the
    next chunk begins a file of its own.

    Args:
        options: How it is spoken.
        markdown: Whether the text is Markdown.
        shortest: Characters below which a sentence is joined with the next.

    Raises:
        InvalidInputError: The format cannot be streamed sentence by sentence.
    """

    def __init__(self, options: SpeechOptions | None, *, markdown: bool, shortest: int) -> None:
        self.options = SpeechOptions.template(options)
        if self.options.audio_format not in _STREAMABLE:
            raise InvalidInputError(
                f"The format {self.options.audio_format!r} cannot be streamed sentence by"
                " sentence, since its header names a length. Use mp3, pcm or pcmu_raw, or"
                " speak_long() for a whole file."
            )
        self._sentences = SentenceStream(markdown=markdown, shortest=shortest)
        self._chunks: list[bytes] = []
        self._parts: list[Audio] = []
        self._fresh = True

    def feed(self, text: str) -> list[str]:
        """Return the sentences that `text` completes; a form feed completes all before it.

        Raises:
            InvalidInputError: It is no text, an event of a chat say.
        """
        if not isinstance(text, str):
            raise InvalidInputError(
                f"Pass pieces of text, not {type(text).__name__}. Of a chat, take those of its"
                " text: (event.text for event in stream if isinstance(event, TextDelta))."
            )
        before, *pages = text.split("\f")
        found = self._sentences.feed(before)
        for page in pages:
            found += [*self._sentences.flush(), *self._sentences.feed(page)]
        return found

    def flush(self) -> list[str]:
        """Return the last sentences."""
        return self._sentences.flush()

    def request(self, sentence: str) -> SpeechRequest:
        """Return the request that has a sentence spoken."""
        return self.options.saying(sentence)

    def begin(self) -> None:
        """Say that the next chunk is the first of a sentence."""
        self._fresh = True

    def take(self, event: AudioChunk | AudioEnd, sentence: str) -> AudioChunk | None:
        """Return the chunk to be given out, None if there is nothing to hear in it."""
        if isinstance(event, AudioEnd):
            self._parts.append(event.audio)
            return None
        data = event.data
        if self.options.audio_format == "mp3":
            # Tags, and frames that state a length, are wrong in the middle of a stream.
            data = data[id3_size(data) :]
            if self._fresh:
                data = data[length_frame_size(data) :]
        if not data:
            return None
        self._fresh = False
        self._chunks.append(data)
        return AudioChunk(data, sentence)

    def audio(self) -> Audio:
        """Return everything that was given out so far as one audio."""
        setting = self.options.audio_setting
        if not self._parts:
            rate = setting.sample_rate if setting else None
            return Audio(b"".join(self._chunks), self.options.audio_format, sample_rate=rate)
        durations = [part.duration for part in self._parts]
        return dataclasses.replace(
            self._parts[0],
            data=b"".join(self._chunks),
            duration=None if None in durations else sum(filter(None, durations)),
            usage_characters=sum(part.usage_characters for part in self._parts),
            subtitle_url=None,
        )

    def failed(self, error: BaseException) -> None:
        """Keep the audio so far on an error of ours."""
        if isinstance(error, MiniMaxError) and not _is_other_partial(error):
            with_arrived(error, self.audio())


def no_texts(given: object) -> InvalidInputError:
    """Return the error that says what is spoken while it is being written."""
    kind = type(given).__name__
    here = " Those of an async iterator are for AsyncClient." if hasattr(given, "__aiter__") else ""
    return InvalidInputError(f"Pass texts, in a list or an iterator, not {kind}.{here}")


def _is_other_partial(error: MiniMaxError) -> bool:
    """Return whether the error is one of the text, and holds what was written of it."""
    return error.partial is not None and not isinstance(error.partial, Audio)


def merge(first: str, second: str) -> str | None:
    """Return two sentences as one text, None if they are to be spoken apart."""
    if len(first) + len(second) >= _LONGEST_REQUEST:
        return None
    return first + ("" if first[-1:] >= _CJK else " ") + second


def is_unavailable(error: MiniMaxError) -> bool:
    """Return whether a socket cannot be had here, so that HTTP is worth a try."""
    if isinstance(error, AuthenticationError):
        return False
    kinds = (ConnectionFailedError, InvalidReplyError, NotFoundError, ServerError)
    return isinstance(error, kinds)


def once(settings: Settings) -> Settings:
    """Return settings without repetitions: there is another way to speak."""
    return dataclasses.replace(settings, max_retries=0)
