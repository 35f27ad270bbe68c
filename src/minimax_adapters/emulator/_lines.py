"""The contract between text and voice: one line to say, and whoever can say it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._voices import Gender
    from .audio import Samples


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """A sentence with everything that shapes its sound except loudness.

    Attributes:
        text: What to say.
        language: Espeak's name of the language.
        gender: Range of the fundamental.
        variant: Which of several sounds of the gender.
        semitones: Offset of the fundamental.
        speed: 1 is normal, 2 twice as fast.
        liveliness: How far pitch moves; 1 is normal, 0 monotone.
    """

    text: str
    language: str
    gender: Gender
    variant: int = 1
    semitones: float = 0.0
    speed: float = 1.0
    liveliness: float = 1.0


class SynthesisError(RuntimeError):
    """Who was to speak is not there, or failed. Choose another voice."""


class Synthesizer(Protocol):
    """Speaks lines. Equal lines give equal samples, in every process."""

    @property
    def rate(self) -> int:
        """Hertz of the samples."""

    @property
    def level(self) -> float:
        """Factor that brings the samples to the loudness of `vol` 1."""

    def say(self, lines: Sequence[Line]) -> list[Samples]:
        """Return the sound of each line.

        Raises:
            SynthesisError: The synthesiser failed.
        """
