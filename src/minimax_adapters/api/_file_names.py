"""How files of audio are called, so that no name misleads whoever opens the file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from pathlib import Path

# The first one is that which is meant when a name has none.
_SUFFIXES: Final = {
    "mp3": (".mp3",),
    "wav": (".wav", ".wave"),
    "pcmu_wav": (".wav", ".wave"),
    "flac": (".flac",),
    "opus": (".opus", ".ogg", ".oga"),
    "pcm": (".pcm", ".raw"),
    "pcmu_raw": (".ulaw", ".ul", ".raw"),
}
_OF_OTHERS: Final = frozenset({".aac", ".aif", ".aiff", ".m4a", ".mp4", ".webm", ".wma"})
_OF_AUDIO: Final = _OF_OTHERS.union(*_SUFFIXES.values())
_RAW: Final = frozenset({"pcm", "pcmu_raw"})


def audio_name(path: Path, audio_format: str) -> Path:
    """Return `path` with a suffix of a format: in place of one of another format, else added.

    What is no suffix of audio stays in the name, so that no name is one of a program, say.
    """
    suffix = path.suffix.lower()
    own = _SUFFIXES[audio_format]
    if suffix in own:
        return path
    return path.with_suffix(own[0]) if suffix in _OF_AUDIO else path.with_name(path.name + own[0])


def check_file_name(path: Path, audio_format: str) -> None:
    """Refuse the suffix of another format; suffixes that are not of audio are the user's own.

    Raises:
        InvalidInputError: `path` would mislead; it says what to do.
    """
    if not _misleads(path, audio_format):
        return
    wanted = next((name for name, own in _SUFFIXES.items() if path.suffix.lower() in own), None)
    if wanted == "wav" and audio_format in _RAW:
        way = f"Write audio.playable().save({path.name!r})"
    elif wanted:
        way = f"Ask for format={wanted!r}"
    else:
        way = "Convert it with another program"
    raise InvalidInputError(
        f"This audio is {audio_format}, so the name {path.name!r} would mislead. {way}, or let the"
        f" name end with {_SUFFIXES[audio_format][0]}."
    )


def _misleads(path: Path, audio_format: str) -> bool:
    suffix = path.suffix.lower()
    return suffix in _OF_AUDIO and suffix not in _SUFFIXES.get(audio_format, _OF_AUDIO)
