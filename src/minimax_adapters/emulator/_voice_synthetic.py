"""A voice that says no words, but sounds like someone speaking: for machines without a synthesiser.

A line becomes syllables; each is one of five vowels, read from wavetables whose harmonics follow
the formants of that vowel, behind a hiss or a stop. Pitch falls over a sentence and rises before a
question mark. Equal lines give equal samples.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ._syllables import VOWELS, Syllable, syllables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._lines import Line
    from ._voices import Gender
    from .audio import Samples

Curve = npt.NDArray[np.float64]

RATE: Final = 16000
TABLE_SIZE: Final = 2048
HIGHEST_HARMONIC: Final = 5500.0
HERTZ: Final[dict[Gender, float]] = {"male": 112.0, "female": 198.0}
# Formants in hertz for a male voice, and their bandwidths.
FORMANTS: Final = {
    "a": (730, 1150, 2450),
    "e": (530, 1800, 2500),
    "i": (290, 2200, 2950),
    "o": (480, 880, 2400),
    "u": (320, 780, 2250),
}
BANDWIDTHS: Final = (90, 110, 170)
STRENGTHS: Final = (1.0, 0.6, 0.35)
FEMALE_TRACT: Final = 1.17
LEVEL: Final = 0.17
# Strength and seconds of the noise that opens a syllable.
NOISES: Final = {"hiss": (1.0, 0.07), "stop": (0.7, 0.022), "soft": (0.0, 0.02)}
QUESTION: Final = re.compile(r"[?\uff1f]\W*$")
HISS: Final = 0.07


class SyntheticVoice:
    """Speaks lines with the voice of this module."""

    rate = RATE
    level = 1.0

    def say(self, lines: Sequence[Line]) -> list[Samples]:
        """Return the sound of each line."""
        return [speak(line) for line in lines]


def speak(line: Line) -> Samples:
    """Return the sound of `line`."""
    beats = syllables(line.text)
    if not beats:
        return np.zeros(0, dtype=np.float32)
    lengths = np.array([beat.seconds for beat in beats]) / line.speed
    gaps = np.array([beat.gap for beat in beats]) / line.speed
    begins = np.concatenate([[0.0], np.cumsum(lengths + gaps)[:-1]]) + 0.02
    clock = np.arange(round((begins[-1] + lengths[-1] + 0.06) * RATE)) / RATE
    noise = np.random.Generator(np.random.PCG64(zlib.crc32(line.text.encode())))
    hiss = np.diff(noise.random(len(clock) + 1) * 2 - 1)
    loud = loudness(clock, beats, begins, lengths)
    hertz = pitch(clock, beats, begins, lengths, line)
    tables = wavetables(line.gender, round(line.semitones))
    voiced = vowels(clock, beats, begins, hertz, tables) * loud
    sound = voiced + hiss * HISS * hissing(clock, beats, begins)
    return sound.astype(np.float32)


def loudness(clock: Curve, beats: list[Syllable], begins: Curve, lengths: Curve) -> Curve:
    """Return the envelope: every syllable swells, and sinks to nothing where a word ends."""
    times: list[float] = [0.0]
    values: list[float] = [0.0]
    for beat, begin, length in zip(beats, begins, lengths, strict=True):
        low = 0.0 if beat.onset == "stop" else 0.3
        peak = 1.0 if beat.stressed else 0.82
        times += [begin + length * share for share in (0.0, 0.06, 0.3, 0.7, 0.97)]
        values += [low if values[-1] else 0.0, low, peak, peak * 0.8, 0.0 if beat.gap else 0.3]
        if beat.gap:
            times.append(begin + length * 0.97 + 0.004)
            values.append(0.0)
    times.append(begins[-1] + lengths[-1] + 0.02)
    values.append(0.0)
    envelope = np.interp(clock, times, values)
    # A raised cosine has no corners, and corners are heard as clicks.
    rounded: Curve = 0.5 - 0.5 * np.cos(np.pi * envelope)
    return rounded


def hissing(clock: Curve, beats: list[Syllable], begins: Curve) -> Curve:
    """Return the envelope of the noise that opens syllables."""
    times: list[float] = [0.0]
    values: list[float] = [0.0]
    for beat, begin in zip(beats, begins, strict=True):
        strength, length = NOISES[beat.onset]
        start = max(begin - 0.01, times[-1] + 1e-4)
        times += [start, start + length * 0.4, start + length]
        values += [0.0, strength, 0.0]
    return np.interp(clock, times, values)


def pitch(clock: Curve, beats: list[Syllable], begins: Curve, lengths: Curve, line: Line) -> Curve:
    """Return the fundamental in hertz at every sample."""
    base = HERTZ[line.gender] * 2 ** (line.semitones / 12)
    fall = np.linspace(1.12, 0.88, len(beats)) if len(beats) > 1 else np.ones(1)
    stress = np.array([0.08 if beat.stressed else 0.0 for beat in beats])
    tones = np.array([0.09 * beat.tone for beat in beats])
    if QUESTION.search(line.text):
        fall[-2:] = (1.05, 1.22)[-len(fall[-2:]) :]
    starts = 1 + (fall + stress - tones - 1) * line.liveliness
    ends = 1 + (fall + tones - 1) * line.liveliness
    times = np.stack([begins + 0.2 * lengths, begins + 0.9 * lengths], axis=1).ravel()
    contour = np.interp(clock, times, np.stack([starts, ends], axis=1).ravel())
    vibrato = 1 + 0.006 * np.sin(2 * np.pi * 5.1 * clock)
    hertz: Curve = base * np.maximum(contour, 0.5) * vibrato
    return hertz


def vowels(
    clock: Curve, beats: list[Syllable], begins: Curve, hertz: Curve, tables: Curve
) -> Curve:
    """Return the vowels at full loudness, each gliding into the next."""
    order = np.array([beat.vowel for beat in beats])
    place = np.interp(clock, begins, np.arange(len(beats), dtype=np.float64))
    here = np.minimum(place.astype(np.int64), len(beats) - 1)
    after = np.minimum(here + 1, len(beats) - 1)
    glide = np.clip((place - here - 0.75) / 0.25, 0.0, 1.0)
    cycle = np.cumsum(hertz / RATE)
    index = ((cycle % 1.0) * TABLE_SIZE).astype(np.int64) % TABLE_SIZE
    gliding: Curve = tables[order[here], index] * (1 - glide) + tables[order[after], index] * glide
    return gliding


@lru_cache(maxsize=64)
def wavetables(gender: Gender, semitones: int) -> Curve:
    """Return one period of each vowel, of equal loudness.

    Formants belong to the mouth and do not move with pitch, so every pitch has its own tables.
    """
    base = HERTZ[gender] * 2 ** (semitones / 12)
    angle = 2 * np.pi * np.arange(TABLE_SIZE) / TABLE_SIZE
    harmonics = np.arange(1.0, max(1, int(HIGHEST_HARMONIC / base)) + 1)
    tables = []
    for vowel in VOWELS:
        strengths = resonance(harmonics * base, vowel, gender) / harmonics**0.6
        # Quadratic phases spread the energy over the period: less peak for the same loudness.
        phases = np.pi * harmonics**2 / len(harmonics)
        waves = strengths[:, None] * np.sin(harmonics[:, None] * angle + phases[:, None])
        period = waves.sum(axis=0)
        tables.append(period * LEVEL / np.sqrt(np.mean(period**2)))
    return np.stack(tables)


def resonance(hertz: Curve, vowel: str, gender: Gender) -> Curve:
    """Return how strongly the tract of `gender`, set for `vowel`, sounds at `hertz`."""
    tract = FEMALE_TRACT if gender == "female" else 1.0
    total = np.full(hertz.shape, 0.012)
    for centre, width, strength in zip(FORMANTS[vowel], BANDWIDTHS, STRENGTHS, strict=True):
        total += strength / (1 + ((hertz - centre * tract) / width) ** 2)
    return total
