"""Several audios made one: a single valid file of the same format."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from minimax_adapters.api._gathering import gathered
from minimax_adapters.api._join_flac import join_flac
from minimax_adapters.api._join_mp3 import join_mp3
from minimax_adapters.api._join_opus import join_opus
from minimax_adapters.api._measure import seconds_when_joined
from minimax_adapters.api._wav import join_wav
from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from minimax_adapters.api.audio import Audio
    from minimax_adapters.api.subtitles import Subtitle

_JOIN: Final[dict[str, Callable[[Sequence[bytes]], bytes]]] = {
    "mp3": join_mp3,
    "wav": join_wav,
    "pcmu_wav": join_wav,
    "flac": join_flac,
    "opus": join_opus,
    "pcm": gathered,
    "pcmu_raw": gathered,
}


# Bytes of a sample of raw sound.
_WIDTHS: Final = {"pcm": 2, "pcmu_raw": 1}
# The same files have the same length in whichever steps they are joined.
_DIGITS: Final = 6


def join_audio(parts: Iterable[Audio]) -> Audio:
    """Return one audio with the sound of `parts` in order, without decoding it.

    Args:
        parts: At least one, all of the same format, sample rate and channels, with `data`.

    Returns:
        An audio whose file is valid as a whole: one header, no tag in the middle, lengths that
        are true. `usage_characters` is a sum, `duration` that of the whole file, and subtitles
        are moved along.

    Raises:
        InvalidInputError: There is none, one is at its `url` only, or they do not fit together.
    """
    audios = _checked(parts)
    if len(audios) == 1:
        return audios[0]
    facts = joined_facts(audios, [seconds_when_joined(audio) for audio in audios])
    join = _JOIN[facts.format]
    files = [_in_samples(audio) for audio in audios if audio.data]
    return dataclasses.replace(facts, data=join(files))


def joined_facts(audios: Sequence[Audio], seconds: Sequence[float | None] | None = None) -> Audio:
    """Return what `join_audio()` does, but with the bytes of the first only, which takes no time.

    Args:
        audios: At least one.
        seconds: How long each lasts; what MiniMax stated if left out.

    Raises:
        InvalidInputError: They do not fit together.
    """
    first = audios[0]
    if len(audios) == 1:
        return first
    for name in ("format", "sample_rate", "channels"):
        known = {getattr(audio, name) for audio in audios} - {None}
        if len(known) > 1:
            raise InvalidInputError(
                f"Audio with different values of {name} cannot be joined: ask for one of them."
            )
    if first.format not in _JOIN:
        raise InvalidInputError(f"Audio of the format {first.format!r} cannot be joined.")
    lengths = [audio.duration for audio in audios] if seconds is None else seconds
    return dataclasses.replace(
        first,
        duration=None if None in lengths else round(sum(filter(None, lengths)), _DIGITS),
        usage_characters=sum(audio.usage_characters for audio in audios),
        subtitles=_moved(audios, lengths),
        subtitle_url=None,
    )


def before_gap(pieces: Iterable[Audio | None]) -> list[Audio]:
    """Return the pieces of a text before the first that has no sound."""
    with_sound = itertools.takewhile(lambda piece: piece and piece.data, pieces)
    return [piece for piece in with_sound if piece]


def _checked(parts: Iterable[Audio]) -> list[Audio]:
    from minimax_adapters.api.audio import Audio, PartialSpeech  # noqa: PLC0415 - add by this module

    if not isinstance(parts, Iterable):
        raise InvalidInputError(f"Pass a list of Audio, not {type(parts).__name__}.")
    audios = list(parts)
    for audio in audios:
        if not isinstance(audio, Audio):
            raise InvalidInputError(f"Pass a list of Audio, not of {type(audio).__name__}.")
    if not audios:
        raise InvalidInputError("There is no audio to join: give at least one.")
    if any(audio.url and not audio.data for audio in audios):
        raise InvalidInputError("An audio at its url only cannot be joined: fetch it first.")
    # Of what is joined, nobody can say any more which pieces of the text it has.
    names = [field.name for field in dataclasses.fields(Audio)]
    return [
        Audio(*(getattr(audio, name) for name in names))
        if isinstance(audio, PartialSpeech)
        else audio
        for audio in audios
    ]


def _in_samples(audio: Audio) -> bytes:
    """Return raw sound without a sample that breaks off, behind which all would be noise."""
    width = _WIDTHS.get(audio.format, 0) * (audio.channels or 1)
    return audio.data[: len(audio.data) - len(audio.data) % width] if width else audio.data


def _moved(audios: Iterable[Audio], lengths: Sequence[float | None]) -> tuple[Subtitle, ...]:
    """Return all subtitles, each later by what was spoken before its audio."""
    found: list[Subtitle] = []
    begin = 0.0
    for audio, length in zip(audios, lengths, strict=True):
        found += [subtitle.later(round(begin, _DIGITS)) for subtitle in audio.subtitles]
        begin += length or 0.0
    return tuple(found)
