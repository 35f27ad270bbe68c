"""Audio as the client returns it."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api._file_names import check_file_name
from minimax_adapters.api._wav import wav_of_mulaw, wav_of_pcm
from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.api.joining import before_gap, join_audio
from minimax_adapters.api.subtitles import Subtitle, to_srt, to_webvtt

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
_RAW: Final = {"pcm": wav_of_pcm, "pcmu_raw": wav_of_mulaw}
_DEFAULT_RATES: Final = {"pcm": 32_000, "pcmu_raw": 8_000}


@dataclass(frozen=True, slots=True)
class Audio:
    """Speech, whole.

    `first + second` is one valid file with both; `sum(audios)` works as well. A notebook shows
    a player.

    Attributes:
        data: The bytes of the file, empty if MiniMax was asked for a `url`.
        format: `mp3`, `wav`, `flac`, `opus`, `pcm`, `pcmu_raw` or `pcmu_wav`.
        url: Where MiniMax keeps the file for 24 hours, None unless asked for; see
            `Client.speech.fetch()`.
        sample_rate: Hertz, None if unknown.
        channels: 1 or 2, None if unknown.
        bitrate: Bits per second, None if unknown.
        duration: Seconds, None if unknown.
        usage_characters: Characters that MiniMax billed.
        subtitle_url: Where the subtitles are, None unless asked for; see
            `Client.speech.fetch()`.
        trace_id: To be named when asking MiniMax for support.
        subtitles: The subtitles that are here already.
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
    subtitles: tuple[Subtitle, ...] = ()

    @property
    def mime_type(self) -> str:
        """The media type of the format."""
        return MIME_TYPES.get(self.format, "application/octet-stream")

    @property
    def usage(self) -> int:
        """Characters that MiniMax billed."""
        return self.usage_characters

    @property
    def srt(self) -> str:
        """The subtitles as a SubRip file.

        Raises:
            InvalidInputError: There are none here.
        """
        return to_srt(self._lines())

    @property
    def webvtt(self) -> str:
        """The subtitles as a WebVTT file.

        Raises:
            InvalidInputError: There are none here.
        """
        return to_webvtt(self._lines())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the audio to `path` and return the path.

        Raises:
            InvalidInputError: There is no audio, since MiniMax was asked for a `url`; or `path`
                ends like a file of another format.
        """
        if not self.data and self.url:
            raise InvalidInputError(
                "This audio is at its url only. Ask with output_format='hex' to have its bytes."
            )
        target = Path(path)
        check_file_name(target, self.format)
        target.write_bytes(self.data)
        return target

    def playable(self) -> Audio:
        """Return audio that players know: raw sound with the header of a WAV file."""
        header = _RAW.get(self.format)
        if header is None:
            return self
        rate = self.sample_rate or _DEFAULT_RATES[self.format]
        content = header(self.data, rate, self.channels or 1)
        name = "wav" if self.format == "pcm" else "pcmu_wav"
        return dataclasses.replace(self, data=content, format=name)

    def _lines(self) -> tuple[Subtitle, ...]:
        if self.subtitles:
            return self.subtitles
        if self.subtitle_url:
            raise InvalidInputError(
                "The subtitles of this audio are at its subtitle_url. To have them, pass the audio"
                " to Client.speech.fetch()."
            )
        raise InvalidInputError(
            "This audio has no subtitles. Ask for them with subtitle_enable=True, and have the"
            " text spoken as a whole: what is streamed mostly has none."
        )

    def __add__(self, other: object) -> Audio:
        """Return one audio with the sound of both.

        Raises:
            InvalidInputError: They differ in format, sample rate or channels.
        """
        return join_audio([self, other]) if isinstance(other, Audio) else NotImplemented

    def __radd__(self, other: object) -> Audio:
        # `sum` begins with 0.
        return self if other == 0 else NotImplemented

    def __repr__(self) -> str:
        seconds = "?" if self.duration is None else f"{self.duration:.1f}"
        return f"Audio({self.format}, {seconds} s, {len(self.data):,} bytes)"

    def _repr_html_(self) -> str:
        """Return the player that notebooks show."""
        if not self.data:
            return f"<code>{self!r}</code>"
        shown = self.playable()
        content = base64.b64encode(shown.data).decode("ascii")
        source = f"data:{shown.mime_type};base64,{content}"
        return f'<audio controls preload="metadata" src="{source}"></audio>'


# Where an audio has its bytes.
_DATA: Final[Any] = Audio.__dict__["data"]


@dataclass(frozen=True, repr=False)
class PartialSpeech(Audio):
    """What a long text that failed has of its audio: the sound before the first missing piece.

    Pass the error that holds it to `Client.speak_long(resume=error)` to have the rest spoken.

    Attributes:
        data: The bytes of that sound. They are joined when they are asked for first, which takes
            a second for an hour of sound, and are empty if the pieces cannot be joined.
        pieces: The audio of each piece, as `split_text()` cuts them, None for those that were not
            spoken. One whose sound or subtitles could not be fetched has their addresses.
        job: What tells the pieces and the options of the job from those of another.
    """

    pieces: tuple[Audio | None, ...] = ()
    job: str = ""

    @property  # type: ignore[misc]  # mypy knows no field that is made when it is asked for
    def data(self) -> bytes:
        """The bytes of the sound before the first missing piece."""
        # Not joined on a failure: that may be one in an event loop, which would stand still.
        known: bytes = _DATA.__get__(self)
        if not known:
            # What cannot be joined has ended the job, and is paid for all the same.
            with contextlib.suppress(Exception):
                known = join_audio(before_gap(self.pieces)).data
            _DATA.__set__(self, known)
        return known

    @data.setter
    def data(self, data: bytes) -> None:
        _DATA.__set__(self, data)

    def __getstate__(self) -> list[object]:
        """Return the members in order, as other audios do, the bytes only if they are here."""
        names = [field.name for field in dataclasses.fields(self)]
        return [_DATA.__get__(self) if name == "data" else getattr(self, name) for name in names]

    def __repr__(self) -> str:
        spoken = len(self.pieces) - self.pieces.count(None)
        return f"Audio({self.format}, {spoken} of {len(self.pieces)} pieces)"


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A piece of speech while it is made: append the `data` of all chunks for the file.

    Attributes:
        data: Bytes of the file.
        text: The sentence that is spoken, where it is known: from `Client.stream_speech_from()`.
    """

    data: bytes
    text: str = ""

    def __add__(self, other: object) -> AudioChunk:
        return (
            AudioChunk(self.data + other.data) if isinstance(other, AudioChunk) else NotImplemented
        )

    def __radd__(self, other: object) -> AudioChunk:
        # `sum` begins with 0.
        return self if other == 0 else NotImplemented


@dataclass(frozen=True, slots=True)
class AudioEnd:
    """The end of a stream, once and last: the whole speech."""

    audio: Audio
