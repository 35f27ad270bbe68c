"""What happens on a speech socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from minimax_adapters.api.audio import AudioChunk, AudioEnd

if TYPE_CHECKING:
    from minimax_adapters.api.errors import APIError


@dataclass(frozen=True, slots=True)
class SentenceStarted:
    """MiniMax begins to speak a sentence; bidirectional sockets only."""


@dataclass(frozen=True, slots=True)
class SentenceEnded:
    """A sentence has been spoken; bidirectional sockets only."""


@dataclass(frozen=True, slots=True)
class TextSpoken:
    """A text, or what was flushed, has been answered completely.

    Attributes:
        texts: How many texts that is; 0 for a flush that found nothing.
    """

    texts: int = 1


@dataclass(frozen=True, slots=True)
class SpeechCanceled:
    """A cancellation took effect: no audio of the texts before it follows."""


@dataclass(frozen=True, slots=True)
class TextSkipped:
    """MiniMax did not take a text; the session goes on.

    Attributes:
        error: Code 2203 for an empty text, 2204 for one that is too long, 2205 if too much is
            waiting: send it again later.
        text: The text, None if it is unknown which one.
    """

    error: APIError
    text: str | None


SocketEvent: TypeAlias = (
    AudioChunk
    | SentenceStarted
    | SentenceEnded
    | TextSpoken
    | SpeechCanceled
    | TextSkipped
    | AudioEnd
)
