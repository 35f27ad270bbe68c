"""Audio as the client returns it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    import os

MIME_TYPES: Final = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "pcmu_wav": "audio/wav",
    "flac": "audio/flac",
    "opus": "audio/ogg",
    "pcm": "audio/pcm",
    "pcmu_raw": "audio/basic",
}


@dataclass(frozen=True, slots=True)
class Audio:
    """Speech, whole.

    Attributes:
        data: The bytes of the file, empty if MiniMax was asked for a `url`.
        format: `mp3`, `wav`, `flac`, `opus`, `pcm`, `pcmu_raw` or `pcmu_wav`.
        url: Where MiniMax keeps the file for 24 hours, None unless asked for.
        sample_rate: Hertz, None if unknown.
        channels: 1 or 2, None if unknown.
        bitrate: Bits per second, None if unknown.
        duration: Seconds, None if unknown.
        usage_characters: Characters that MiniMax billed.
        subtitle_url: Where the subtitles are, None unless asked for.
        trace_id: To be named when asking MiniMax for support.
    """

    data: bytes
    format: str
    url: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    bitrate: int | None = None
    duration: float | None = None
    usage_characters: int = 0
    subtitle_url: str | None = None
    trace_id: str | None = None

    @property
    def mime_type(self) -> str:
        """The media type of the format."""
        return MIME_TYPES.get(self.format, "application/octet-stream")

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the audio to `path` and return it.

        Raises:
            InvalidInputError: There is no audio, since MiniMax was asked for a `url`.
        """
        if not self.data and self.url:
            raise InvalidInputError(
                "This audio is at its url only. Ask with output_format='hex' to have its bytes."
            )
        target = Path(path)
        target.write_bytes(self.data)
        return target

    def __repr__(self) -> str:
        seconds = "?" if self.duration is None else f"{self.duration:.1f}"
        return f"Audio({self.format}, {seconds} s, {len(self.data):,} bytes)"


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A piece of speech while it is made: append the `data` of all chunks for the file."""

    data: bytes


@dataclass(frozen=True, slots=True)
class AudioEnd:
    """The end of a stream, once and last: the whole speech."""

    audio: Audio
