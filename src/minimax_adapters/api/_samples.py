"""Voice samples, checked before they are uploaded.

MiniMax takes mp3, m4a and wav of 10 seconds to 5 minutes and at most 20 MB, and less than 8
seconds for a prompt. The duration is read by mutagen, which is an extra; without it, that of wav is
read all the same and others are left for MiniMax to check.
"""

from __future__ import annotations

import importlib
import io
import wave
from pathlib import PurePosixPath
from typing import Any, Final

from minimax_adapters.api.errors import InvalidInputError

MAX_BYTES: Final = 20 * 1024 * 1024
SHORTEST, LONGEST = 10.0, 300.0
LONGEST_PROMPT: Final = 8.0
_SUFFIXES: Final = frozenset({".mp3", ".m4a", ".wav"})


def check_sample(filename: str, content: bytes, *, prompt: bool = False) -> None:
    """Check a voice sample.

    Args:
        filename: Its end says what it is.
        content: The file.
        prompt: Whether it is the second, short sample of a clone.

    Raises:
        InvalidInputError: The kind, the size or the duration is none that MiniMax takes.
    """
    if PurePosixPath(filename).suffix.lower() not in _SUFFIXES:
        raise InvalidInputError(f"A voice sample is an mp3, m4a or wav file, not {filename!r}.")
    if len(content) > MAX_BYTES:
        megabytes = len(content) / (1024 * 1024)
        raise InvalidInputError(f"A voice sample has at most 20 MB, not {megabytes:.1f}.")
    seconds = duration_of(filename, content)
    if seconds is None:
        return
    if prompt and seconds >= LONGEST_PROMPT:
        raise InvalidInputError(
            f"The prompt audio must be shorter than 8 seconds; it lasts {seconds:.1f}."
        )
    if not prompt and not SHORTEST <= seconds <= LONGEST:
        raise InvalidInputError(
            f"A voice sample lasts 10 seconds to 5 minutes; this one lasts {seconds:.1f} seconds."
        )


def duration_of(filename: str, content: bytes) -> float | None:
    """Return the seconds of an audio file, None if they cannot be read here.

    Raises:
        InvalidInputError: It is no such file.
    """
    is_wav = PurePosixPath(filename).suffix.lower() == ".wav"
    library: Any = None
    try:
        library = importlib.import_module("mutagen")
    except ImportError:
        return _wav_duration(filename, content) if is_wav else None
    try:
        found = library.File(io.BytesIO(content), filename=filename)
    except library.MutagenError:
        found = None
    if found is None or not found.info:
        raise _unreadable(filename)
    return float(found.info.length)


def _wav_duration(filename: str, content: bytes) -> float:
    try:
        with wave.open(io.BytesIO(content)) as file:
            return float(file.getnframes() / file.getframerate())
    except (wave.Error, EOFError) as error:
        raise _unreadable(filename) from error


def _unreadable(filename: str) -> InvalidInputError:
    return InvalidInputError(f"{filename!r} cannot be read as audio. Record or convert it again.")
