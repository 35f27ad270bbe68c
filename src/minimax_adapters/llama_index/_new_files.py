"""Files that an agent may write: new ones, of audio, inside one folder."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING

from minimax_adapters.api._file_names import audio_name
from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def new_file(folder: Path, file_name: str, audio_format: str) -> Iterator[Path]:
    """Make an empty file before anything is spoken and paid for; remove it if speaking fails.

    Args:
        folder: The file is inside of it.
        file_name: Chosen by a model. It gets a suffix of the format if it has another one, and a
            number if there is a file of this name, which is never written over.
        audio_format: As in `AudioSetting`.

    Raises:
        InvalidInputError: The name leads out of the folder, or cannot be written.
    """
    try:
        path = _made(_inside(folder, file_name), audio_format)
    except InvalidInputError:
        raise
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        raise InvalidInputError(
            f"The file {file_name!r} cannot be written: {why}. Pass another file name."
        ) from error
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _inside(folder: Path, file_name: str) -> Path:
    root = folder.resolve()
    path = (root / file_name).resolve() if isinstance(file_name, str) else root
    if path == root or not path.is_relative_to(root):
        raise InvalidInputError(f"{file_name!r} is not inside the folder. Pass a plain file name.")
    return path


def _made(path: Path, audio_format: str) -> Path:
    wanted = free = audio_name(path, audio_format)
    wanted.parent.mkdir(parents=True, exist_ok=True)
    numbers = itertools.count(2)
    while True:
        try:
            # Neither a file that somebody else makes meanwhile nor the target of a link is opened.
            with free.open("xb"):
                return free
        except FileExistsError:
            free = wanted.with_stem(f"{wanted.stem}-{next(numbers)}")
