"""Laughs, sighs and coughs: short sounds made of breath and voice."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ._sound import band, shape, silence

if TYPE_CHECKING:
    from ._voices import Gender
    from .audio import Samples

HERTZ: Final[dict[Gender, float]] = {"male": 120.0, "female": 210.0}
GAP: Final = 0.045


class Sound(NamedTuple):
    """How a sound is made.

    Attributes:
        bursts: How often.
        seconds: Length of a burst.
        voice: Share of voice in it, the rest is breath.
        pitch: Factor of the fundamental.
        glide: Change of the pitch over a burst, as a factor.
        centre: Middle of the breath's band in hertz.
        attack: Share of a burst in which it swells.
    """

    bursts: int
    seconds: float
    voice: float
    pitch: float = 1.0
    glide: float = 0.9
    centre: float = 1500.0
    attack: float = 0.2


SOUNDS: Final = {
    "laughs": Sound(5, 0.11, 0.75, 1.45, 0.85),
    "chuckle": Sound(3, 0.09, 0.7, 1.1, 0.85),
    "coughs": Sound(2, 0.16, 0.35, 0.9, 0.7, 900, 0.05),
    "clear-throat": Sound(2, 0.22, 0.55, 0.7, 0.9, 700),
    "groans": Sound(1, 0.7, 0.9, 0.8, 0.75),
    "breath": Sound(1, 0.45, 0.0, centre=1300, attack=0.5),
    "pant": Sound(4, 0.17, 0.05, centre=1400, attack=0.4),
    "inhale": Sound(1, 0.5, 0.0, centre=2000, attack=0.7),
    "exhale": Sound(1, 0.6, 0.0, centre=1000, attack=0.15),
    "gasps": Sound(1, 0.3, 0.15, 1.6, 1.3, 1900, 0.3),
    "sniffs": Sound(2, 0.13, 0.0, centre=3200, attack=0.6),
    "sighs": Sound(1, 0.8, 0.3, 1.1, 0.7, 1000, 0.2),
    "snorts": Sound(1, 0.28, 0.3, 0.6, 0.8, 600),
    "burps": Sound(1, 0.32, 0.9, 0.55, 0.7, 400, 0.1),
    "lip-smacking": Sound(2, 0.03, 0.0, centre=2600, attack=0.05),
    "humming": Sound(1, 0.8, 1.0, 1.2, 1.1),
    "hissing": Sound(1, 0.6, 0.0, centre=5500, attack=0.2),
    "emm": Sound(1, 0.5, 1.0, 0.95, 0.93),
    "sneezes": Sound(2, 0.2, 0.4, 1.7, 0.6, 2600, 0.3),
    "whistles": Sound(2, 0.28, 1.0, 7.0, 1.25),
    "crying": Sound(4, 0.24, 0.7, 1.7, 0.8, 1400),
    "applause": Sound(9, 0.06, 0.0, centre=2200, attack=0.05),
}


def interjection(name: str, gender: Gender, rate: int) -> Samples:
    """Return the sound of `(name)`."""
    sound = SOUNDS[name]
    noise = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    gap = silence(GAP, rate)
    bursts: list[Samples] = []
    for number in range(sound.bursts):
        bursts += [burst(sound, gender, rate, noise) * np.float32(0.95**number), gap]
    return np.concatenate(bursts[:-1])


def burst(sound: Sound, gender: Gender, rate: int, noise: np.random.Generator) -> Samples:
    """Return one burst."""
    place = np.linspace(0, 1, round(sound.seconds * rate))
    envelope = np.interp(place, [0, sound.attack, 0.7, 1], [0, 1, 0.6, 0])
    hertz = HERTZ[gender] * sound.pitch * sound.glide**place
    angle = 2 * np.pi * np.cumsum(hertz) / rate
    voice = sum(np.sin(angle * k) / k**1.3 for k in range(1, 9) if hertz.max() * k < rate / 2)
    breath = shape(
        (noise.random(len(place)) * 2 - 1).astype(np.float32),
        rate,
        band(sound.centre * 0.5, min(sound.centre * 1.6, rate * 0.45)),
    )
    mixed = voice * 0.25 * sound.voice + breath * 0.6 * (1 - sound.voice)
    return np.asarray(mixed * (0.5 - 0.5 * np.cos(np.pi * envelope)), dtype=np.float32)
