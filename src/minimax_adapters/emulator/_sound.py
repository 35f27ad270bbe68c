"""What is done to samples after they are spoken: rates, levels, colours, echoes."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from .audio import Samples

KNEE: Final = 0.6
CEILING: Final = 0.9
FADE_SECONDS: Final = 0.008
# Below this share of the peak a recording counts as silent.
SILENT: Final = 0.02

# Wider than the distance between two harmonics of a high voice.
WHISPER_HERTZ: Final = 260.0
WHISPER_LEVEL: Final = 0.8

SPACIOUS: Final = ((0.24, 0.45), (0.48, 0.22), (0.72, 0.1))
AUDITORIUM: Final = tuple(
    (0.031 * step + 0.003 * (step % 3), 0.5 * 0.78**step) for step in range(1, 13)
)


def silence(seconds: float, rate: int) -> Samples:
    """Return `seconds` without sound."""
    return np.zeros(round(seconds * rate), dtype=np.float32)


def resample(samples: Samples, have: Fraction | int, want: int) -> Samples:
    """Return `samples` of `have` hertz at `want` hertz, band-limited."""
    ratio = Fraction(want) / have
    if ratio == 1 or not len(samples):
        return samples
    # Zeros behind the end keep the transform's wrap-around away from the sound.
    blocks = smooth(-(-(len(samples) + 256) // ratio.denominator))
    padded, length = blocks * ratio.denominator, blocks * ratio.numerator
    spectrum = np.fft.rfft(samples, padded)[: length // 2 + 1]
    result = np.fft.irfft(spectrum, length) * (length / padded)
    return result[: round(len(samples) * ratio)].astype(np.float32)


def smooth(number: int) -> int:
    """Return the next number whose prime factors are small, which transforms are fast for."""
    rest = number
    for prime in (2, 3, 5, 7):
        while rest % prime == 0:
            rest //= prime
    return number if rest == 1 else smooth(number + 1)


def shape(samples: Samples, rate: int, gain: Callable[[Samples], Samples]) -> Samples:
    """Return `samples` filtered by `gain`, a function from hertz to a factor."""
    padded = smooth(len(samples) + 512)
    hertz = np.fft.rfftfreq(padded, 1 / rate).astype(np.float32)
    result = np.fft.irfft(np.fft.rfft(samples, padded) * gain(hertz), padded)
    return result[: len(samples)].astype(np.float32)


def tilt(amount: float) -> Callable[[Samples], Samples]:
    """Return a gain that favours high (positive) or low (negative) frequencies."""

    def gain(hertz: Samples) -> Samples:
        return (np.clip((hertz + 50) / 1000, 0.1, 4.0) ** amount).astype(np.float32)

    return gain


def band(low: float, high: float) -> Callable[[Samples], Samples]:
    """Return a gain that keeps the frequencies from `low` to `high`."""

    def gain(hertz: Samples) -> Samples:
        return (1 / (1 + (low / (hertz + 1)) ** 8) / (1 + (hertz / high) ** 8)).astype(np.float32)

    return gain


def trimmed(samples: Samples, rate: int) -> Samples:
    """Return `samples` without the silence at both ends, faded so that nothing clicks."""
    loud = np.abs(samples)
    heard = np.flatnonzero(loud > SILENT * loud.max(initial=0.0))
    if not len(heard):
        return samples[:0]
    margin = round(FADE_SECONDS * rate)
    kept = samples[max(0, heard[0] - margin) : heard[-1] + margin]
    distance = np.arange(len(kept), dtype=np.float32)
    fade = np.minimum(distance, distance[::-1]) / np.float32(margin)
    return (kept * np.minimum(fade, 1)).astype(np.float32)


def limited(samples: Samples) -> Samples:
    """Return `samples` bent below the ceiling, so that loud speech does not clip."""
    loud = np.abs(samples)
    if loud.max(initial=0.0) <= KNEE:
        return samples
    room = CEILING - KNEE
    bent = np.sign(samples) * (KNEE + room * np.tanh((loud - KNEE) / room))
    return np.where(loud > KNEE, bent, samples).astype(np.float32)


def whispered(samples: Samples, rate: int) -> Samples:
    """Return `samples` with breath in place of voice.

    The spectrum of every moment is kept, smoothed until its harmonics are gone, and given random
    phases. The same noise every time, so that equal speech stays equal.
    """
    hop = round(rate * 0.006)
    size = 4 * hop
    padded = np.concatenate([np.zeros(size), samples, np.zeros(size + -len(samples) % hop)])
    moments = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    window = np.hanning(size + 1)[:-1]
    power = np.cumsum(np.abs(np.fft.rfft(moments * window)) ** 2, axis=1)
    reach = max(1, round(WHISPER_HERTZ * size / rate))
    smooth = np.sqrt(np.maximum(power[:, reach:] - power[:, :-reach], 0) / reach)
    bent = np.pad(smooth, ((0, 0), (reach // 2, reach - reach // 2)), mode="edge")
    noise = np.random.Generator(np.random.PCG64(1)).random(bent.shape)
    breath = np.fft.irfft(bent * np.exp(2j * np.pi * noise), size) * window
    result = np.zeros(len(padded))
    for start, moment in zip(range(0, len(padded), hop), breath, strict=False):
        result[start : start + size] += moment
    return (result[size : size + len(samples)] * WHISPER_LEVEL).astype(np.float32)


def echoed(samples: Samples, rate: int, taps: tuple[tuple[float, float], ...]) -> Samples:
    """Return `samples` followed by weaker repetitions.

    Args:
        samples: Dry sound.
        rate: Its hertz.
        taps: Seconds and factor of each repetition.
    """
    tail = round(max(seconds for seconds, _ in taps) * rate)
    wet = np.concatenate([samples, np.zeros(tail, dtype=np.float32)])
    for seconds, factor in taps:
        begin = round(seconds * rate)
        wet[begin : begin + len(samples)] += samples * np.float32(factor)
    return wet


def telephone(samples: Samples, rate: int) -> Samples:
    """Return `samples` as over an old line: a narrow band in coarse steps."""
    narrow = shape(samples, rate, band(350, 3200)) * np.float32(1.6)
    return (np.round(narrow * 64) / 64).astype(np.float32)


def robot(samples: Samples, rate: int) -> Samples:
    """Return `samples` with the buzz of a machine."""
    clock = np.arange(len(samples), dtype=np.float32) / np.float32(rate)
    buzz = 0.55 + 0.45 * np.sign(np.sin(2 * np.pi * 55 * clock))
    return shape((samples * buzz).astype(np.float32), rate, band(80, 6000))


EFFECTS: Final[dict[str, Callable[[Samples, int], Samples]]] = {
    "spacious_echo": lambda samples, rate: echoed(samples, rate, SPACIOUS),
    "auditorium_echo": lambda samples, rate: echoed(samples, rate, AUDITORIUM),
    "lofi_telephone": telephone,
    "robotic": robot,
}
