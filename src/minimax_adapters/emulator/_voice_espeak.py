"""Voices that say the words: espeak-ng as a library from PyPI, or as an executable on PATH.

Both run in processes of their own (see `_espeak_worker`), and both give the same samples for the
same lines.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import importlib.util
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ._lines import SynthesisError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ._lines import Line
    from .audio import Samples

WORDS_PER_MINUTE: Final = 172
SLOWEST, FASTEST = 80, 450
MIDDLE: Final = 50
HIGHEST: Final = 99
# None of those with breath: espeak makes it from the time of day, so no two runs would be equal.
VARIANTS: Final = {
    "female": ("f1", "f4", "steph", "linda"),
    "male": ("m1", "m2", "m3", "m4", "m7"),
}
# Espeak keeps the path of its data in 160 bytes and cuts longer ones.
LONGEST_DATA_PATH: Final = 140
WORKER: Final = Path(__file__).with_name("_espeak_worker.py")
EXECUTABLES: Final = ("espeak-ng", "espeak")
TIMEOUT_SECONDS: Final = 60
PROCESSES: Final = 4
WAV_HEADER: Final = 44


class EspeakLibrary:
    """Speaks with the library that the package `espeakng_loader` brings.

    Raises:
        SynthesisError: The package is not there, or its library does not work on this machine.
    """

    level = 0.8

    def __init__(self) -> None:
        if importlib.util.find_spec("espeakng_loader") is None:
            raise SynthesisError("espeakng_loader is not installed. Install it, or espeak-ng.")
        import espeakng_loader  # noqa: PLC0415  # Optional; no stubs.

        self._library = str(espeakng_loader.get_library_path())
        self._data = str(espeakng_loader.get_data_path())
        self.rate, _ = self._run([])

    def say(self, lines: Sequence[Line]) -> list[Samples]:
        """Return the sound of each line."""
        return self._run([settings(line) for line in lines])[1]

    def _run(self, lines: list[dict[str, Any]]) -> tuple[int, list[Samples]]:
        with short_path(self._data) as data:
            request = {"library": self._library, "data": data, "lines": lines}
            answer = run([sys.executable, "-I", "-S", str(WORKER)], json.dumps(request).encode())
        (rate,) = struct.unpack_from("=I", answer)
        return rate, list(unpack(answer[4:]))


class EspeakExecutable:
    """Speaks with `espeak-ng` or `espeak`, one process per line.

    Raises:
        SynthesisError: There is no such executable, or it does not work.
    """

    level = 0.8

    def __init__(self) -> None:
        found = (shutil.which(name) for name in EXECUTABLES)
        path = next((path for path in found if path), None)
        if path is None:
            raise SynthesisError("Neither espeak-ng nor espeak is on PATH. Install one of them.")
        self._path = path
        silence = run([path, "--stdin", "--stdout"], b".")
        (self.rate,) = struct.unpack_from("<I", silence, 24)

    def say(self, lines: Sequence[Line]) -> list[Samples]:
        """Return the sound of each line."""
        with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
            return list(pool.map(self._say, lines))

    def _say(self, line: Line) -> Samples:
        chosen = settings(line)
        numbers = ["-s", str(chosen["rate"]), "-p", str(chosen["pitch"])]
        for voice in chosen["voices"]:
            command = [self._path, "-v", voice, *numbers, "-b", "1", "--stdin", "--stdout"]
            with contextlib.suppress(SynthesisError):
                wav = run(command, line.text.encode())
                return from_int16(wav[WAV_HEADER:])
        raise SynthesisError(f"espeak has no voice for {line.language}. Install its data.")


def settings(line: Line) -> dict[str, Any]:
    """Return `line` in espeak's units."""
    names = VARIANTS[line.gender]
    variant = names[(line.variant - 1) % len(names)]
    return {
        "text": line.text,
        "voices": [f"{line.language}+{variant}", line.language, "en"],
        "rate": min(FASTEST, max(SLOWEST, round(WORDS_PER_MINUTE * line.speed))),
        # Espeak's scale doubles the pitch over 50 steps.
        "pitch": min(HIGHEST, max(0, round(MIDDLE * (1 + line.semitones / 12)))),
        "range": min(HIGHEST, max(0, round(MIDDLE * line.liveliness))),
    }


def run(command: list[str], stdin: bytes) -> bytes:
    """Return what `command` writes."""
    try:
        done = subprocess.run(  # noqa: S603  # Ours, with text as data only.
            command, input=stdin, capture_output=True, check=True, timeout=TIMEOUT_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SynthesisError(f"{Path(command[0]).name} failed. Choose another voice.") from error
    return done.stdout


def unpack(answer: bytes) -> Iterator[Samples]:
    """Read the worker's lines."""
    position = 0
    while position < len(answer):
        (size,) = struct.unpack_from("=I", answer, position)
        yield from_int16(answer[position + 4 : position + 4 + size])
        position += 4 + size


def from_int16(content: bytes) -> Samples:
    """Return 16-bit samples in [-1, 1]."""
    whole = content[: len(content) // 2 * 2]
    return np.frombuffer(whole, dtype="<i2").astype(np.float32) / np.float32(32768)


@contextlib.contextmanager
def short_path(data: str) -> Iterator[str]:
    """Give a path to `data` that espeak can hold, by a link if need be."""
    if len(os.fsencode(data)) <= LONGEST_DATA_PATH:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="espeak") as folder:
        link = Path(folder, "espeak-ng-data")
        try:
            link.symlink_to(data, target_is_directory=True)
        except OSError as error:
            raise SynthesisError("The path of espeak's data is too long. Shorten it.") from error
        yield str(link)
