"""Plays samples while they come, and shows how loud they are."""

from __future__ import annotations

import contextlib
import shutil
import struct
import subprocess
import time
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

PLAYERS: Final = {
    "ffplay": "-nodisp -autoexit -loglevel quiet -probesize 64 -",
    "mpv": "--no-video --really-quiet -",
    "aplay": "-q -",
    "play": "-q -t wav -",
}
_WIDTH: Final = 2
_BLOCKS_PER_SECOND: Final = 20
_QUIETEST: Final = -50.0
_BAR: Final = 24


def find_player() -> list[str] | None:
    """Return the command of a program that plays its standard input, None if there is none."""
    for name, options in PLAYERS.items():
        if path := shutil.which(name):
            return [path, *options.split()]
    return None


def endless_header(rate: int) -> bytes:
    """Return the header of a WAV file of one channel whose length is not known yet."""
    unknown = 0xFFFFFFFF
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * _WIDTH, _WIDTH, 8 * _WIDTH)
    return struct.pack("<4sI4s", b"RIFF", unknown, b"WAVE") + form + b"data\xff\xff\xff\xff"


class Player:
    """A program that plays samples; without one, their time is kept all the same.

    State: `_process` while it plays, `_ends` when what was given is played to its end, `failed`
    once it has ended by itself before that.

    Args:
        command: The program, None for silence.
        rate: Samples per second, of 16 bits and one channel.
        clock: Seconds, as `time.monotonic()` gives them.
    """

    def __init__(
        self, command: list[str] | None, rate: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._command = command
        self._rate = rate
        self._clock = clock
        self.failed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._ends = 0.0
        self._given = 0.0

    def __enter__(self) -> Self:
        if self._command:
            # In a session of its own: Ctrl-C in the terminal is ours to understand.
            self._process = subprocess.Popen(  # noqa: S603 - a player of the list above
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._write(endless_header(self._rate))
        return self

    def __exit__(self, *_: object) -> None:
        self._given = self.played
        self._kill()

    def _kill(self) -> None:
        if self._process:
            self._process.kill()
            with contextlib.suppress(OSError):
                self._process.communicate()
            self._process = None

    @property
    def played(self) -> float:
        """Seconds of sound that were heard; all that came, if nothing plays it."""
        return self._given - (max(0.0, self._ends - self._clock()) if self._process else 0.0)

    def give(self, samples: bytes) -> None:
        """Have `samples` played behind those before them; waits while the player has enough."""
        seconds = len(samples) / _WIDTH / self._rate
        self._ends = max(self._ends, self._clock()) + seconds
        self._given += seconds
        self._write(samples)

    def wait(self) -> None:
        """Wait until everything is played."""
        if self._process and self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            self.failed = self._process.wait() != 0
            self._process = None

    def _write(self, content: bytes) -> None:
        if self._process is None or self._process.stdin is None:
            return
        try:
            self._process.stdin.write(content)
            self._process.stdin.flush()
        except OSError:
            # There is no sound card, say: the answer is shown and saved without it.
            self.failed = True
            self._kill()


class Meter:
    """How loud each twentieth of a second is.

    State: `levels` from 0 to 1, `_rest` of samples that fill no block yet.
    """

    def __init__(self, rate: int) -> None:
        self.levels: list[float] = []
        self._size = rate // _BLOCKS_PER_SECOND * _WIDTH
        self._rest = b""

    def take(self, samples: bytes) -> None:
        """Measure `samples`, which follow those before."""
        self._rest += samples
        while len(self._rest) >= self._size:
            self.levels.append(loudness(self._rest[: self._size]))
            self._rest = self._rest[self._size :]

    @property
    def seconds(self) -> float:
        """Seconds that were measured."""
        return len(self.levels) / _BLOCKS_PER_SECOND

    def at(self, seconds: float) -> float:
        """Return the level at a moment, 0 where there is no sound."""
        block = int(seconds * _BLOCKS_PER_SECOND)
        return self.levels[block] if 0 <= block < len(self.levels) else 0.0

    def bar(self, seconds: float) -> str:
        """Return the level at a moment as a bar of text."""
        full = round(self.at(seconds) * _BAR)
        return "█" * full + "·" * (_BAR - full)


def loudness(samples: bytes) -> float:
    """Return how loud 16-bit samples are: 0 is -50 dB or less, 1 is as loud as can be."""
    values: Any = np.frombuffer(samples, dtype="<i2").astype(np.float64) / 32768
    power = float(np.mean(values**2)) if len(values) else 0.0
    if power <= 0:
        return 0.0
    return min(1.0, max(0.0, 1 - 10 * float(np.log10(power)) / _QUIETEST))
