"""From the pieces of a text to samples: who speaks, in which mood, with which pauses.

The words come from a `Synthesizer`: espeak-ng where there is one, else a voice of our own that
says none. What a request can set about the sound is done here, the same for all of them.
"""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from ._interjections import interjection
from ._lines import Line, SynthesisError, Synthesizer
from ._sound import EFFECTS, limited, resample, shape, silence, tilt, trimmed, whispered
from ._speech_text import Pause, Piece, Sentence, pronounced
from ._voice_espeak import EspeakExecutable, EspeakLibrary
from ._voice_synthetic import SyntheticVoice
from ._voices import DEFAULT_VOICE, VoiceProfile, language_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .audio import Samples

VoiceChoice = Literal["auto", "synthetic", "espeak"]

EDGE_SECONDS: Final = 0.04
SENTENCE_GAP: Final = 0.3
PARAGRAPH_GAP: Final = 0.55
NOTHING_SECONDS: Final = 0.3
# Factors of small primes only: resampling by others takes several times as long.
TRACTS: Final = tuple(Fraction(size, 64) for size in (54, 56, 60, 63, 64, 66, 70, 72, 75))
SLOWEST, FASTEST = 0.4, 2.6
MARK_HERTZ: Final = (1320.0, 1760.0)


class Mood(NamedTuple):
    """What an emotion does to a voice: semitones, and factors of speed, liveliness and loudness."""

    semitones: float = 0.0
    speed: float = 1.0
    liveliness: float = 1.0
    loudness: float = 1.0
    breathy: bool = False


MOODS: Final[dict[str | None, Mood]] = {
    None: Mood(),
    "happy": Mood(2.0, 1.06, 1.4, 1.1),
    "sad": Mood(-2.0, 0.88, 0.6, 0.8),
    "angry": Mood(1.0, 1.08, 1.3, 1.3),
    "fearful": Mood(3.0, 1.12, 1.3, 0.85),
    "disgusted": Mood(-1.0, 0.93, 0.8, 1.0),
    "surprised": Mood(4.0, 1.0, 1.7, 1.1),
    "calm": Mood(-0.5, 0.95, 0.75, 0.95),
    "fluent": Mood(0.0, 1.05, 1.1, 1.0),
    "whisper": Mood(0.0, 0.93, 0.6, 0.8, breathy=True),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Modification:
    """`voice_modify`: integers in [-100, 100], and one of the effects."""

    pitch: int = 0
    intensity: int = 0
    timbre: int = 0
    sound_effects: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manner:
    """How a request wants its text said; members as on the wire."""

    voice: VoiceProfile = DEFAULT_VOICE
    speed: float = 1.0
    vol: float = 1.0
    pitch: int = 0
    emotion: str | None = None
    language_boost: str | None = None
    rules: tuple[tuple[str, str], ...] = ()
    modification: Modification = Modification()
    watermark: bool = False

    @property
    def mood(self) -> Mood:
        """What the emotion does."""
        return MOODS[self.emotion]

    @property
    def tract(self) -> Fraction:
        """Size of the mouth that the timbre means: above 1 is smaller and brighter."""
        wanted = 2 ** ((self.voice.timbre * 2 + self.modification.timbre * 0.03) / 12)
        return min(TRACTS, key=lambda tract: abs(tract - wanted))

    @property
    def semitones(self) -> float:
        """What the request adds to the pitch of the voice."""
        return self.pitch + self.mood.semitones + self.modification.pitch * 0.08

    @property
    def gain(self) -> float:
        """Loudness; its square root follows `vol` so that 10 is loud without distortion."""
        return float(self.vol**0.5 * self.mood.loudness * 2 ** (self.modification.intensity / 150))


@dataclasses.dataclass(frozen=True)
class Timed:
    """A sentence, what was read for it, and the samples where it begins and ends."""

    sentence: Sentence
    pronounced: str
    begin: int
    end: int


@dataclasses.dataclass(frozen=True)
class Rendering:
    """Mono sound of `rate` hertz and the place of every sentence in it."""

    samples: Samples
    rate: int
    sentences: tuple[Timed, ...]


@cache
def synthesizer(choice: VoiceChoice) -> Synthesizer:
    """Return who speaks.

    Args:
        choice: `espeak` insists on words, `synthetic` sounds the same everywhere, `auto` takes
            words where it can.

    Raises:
        SynthesisError: `espeak` was asked for and there is none.
    """
    if choice == "synthetic":
        return SyntheticVoice()
    try:
        return EspeakLibrary()
    except SynthesisError:
        pass
    try:
        return EspeakExecutable()
    except SynthesisError:
        if choice == "espeak":
            raise
    return SyntheticVoice()


def render(
    pieces: Sequence[Piece], manner: Manner, rate: int, choice: VoiceChoice = "auto"
) -> Rendering:
    """Return the sound of `pieces` at `rate` hertz."""
    speaker = synthesizer(choice)
    sentences = [piece for piece in pieces if isinstance(piece, Sentence)]
    texts = [pronounced(sentence.text, manner.rules) for sentence in sentences]
    spoken = speaker.say([line_for(text, manner) for text in texts]) if texts else []
    finished = (finish(sound, speaker, manner, rate) for sound in spoken)
    parts: list[Samples] = []
    timed: list[Timed] = []
    position = 0
    for part, said in assemble(pieces, finished, manner, rate):
        if said is not None:
            text = texts[len(timed)]
            timed.append(Timed(said, text, position, position + len(part)))
        parts.append(part)
        position += len(part)
    whole = np.concatenate(parts) if parts else silence(NOTHING_SECONDS, rate)
    return Rendering(finishing_touches(whole, manner, rate), rate, tuple(timed))


def line_for(text: str, manner: Manner) -> Line:
    """Return what the synthesizer is told to say."""
    voice, mood = manner.voice, manner.mood
    shift = 12 * math.log2(manner.tract)
    return Line(
        text=text,
        language=language_of(text, manner.language_boost, voice.language),
        gender=voice.gender,
        variant=voice.variant,
        # `finish` plays the line faster and higher by the size of the tract.
        semitones=voice.semitones + manner.semitones - shift,
        speed=min(FASTEST, max(SLOWEST, manner.speed * mood.speed)) / float(manner.tract),
        liveliness=mood.liveliness,
    )


def finish(samples: Samples, speaker: Synthesizer, manner: Manner, rate: int) -> Samples:
    """Return what the synthesizer said at the right rate, colour and loudness."""
    kept = trimmed(samples, speaker.rate)
    if manner.voice.breathy or manner.mood.breathy:
        kept = trimmed(whispered(kept, speaker.rate), speaker.rate)
    at_rate = resample(kept, speaker.rate * manner.tract, rate)
    intensity = manner.modification.intensity
    if intensity:
        at_rate = shape(at_rate, rate, tilt(intensity / 250))
    return limited(at_rate * np.float32(speaker.level * manner.gain))


def assemble(
    pieces: Sequence[Piece], finished: Iterator[Samples], manner: Manner, rate: int
) -> Iterator[tuple[Samples, Sentence | None]]:
    """Yield sounds and silences in order, each sentence with its own sound."""
    edge = silence(EDGE_SECONDS, rate)
    before: Piece | None = None
    yield edge, None
    for piece in pieces:
        if isinstance(piece, Sentence):
            if isinstance(before, Sentence):
                gap = PARAGRAPH_GAP if before.ends_paragraph else SENTENCE_GAP
                yield silence(gap / manner.speed, rate), None
            yield next(finished), piece
        elif isinstance(piece, Pause):
            yield silence(piece.seconds, rate), None
        else:
            sound = interjection(piece.name, manner.voice.gender, rate)
            yield np.concatenate([edge, limited(sound * np.float32(manner.gain)), edge]), None
        before = piece
    yield edge, None


def finishing_touches(samples: Samples, manner: Manner, rate: int) -> Samples:
    """Return the whole sound with its effect and its mark."""
    effect = manner.modification.sound_effects
    if effect is not None:
        samples = limited(EFFECTS[effect](samples, rate))
    if manner.watermark:
        samples = np.concatenate([samples, mark(rate)])
    return samples


def mark(rate: int) -> Samples:
    """Return the two tones that say a machine has spoken."""
    clock = np.arange(round(0.12 * rate)) / rate
    swell = np.sin(np.pi * clock / 0.12) ** 2
    tones = [np.sin(2 * np.pi * hertz * clock) * swell * 0.2 for hertz in MARK_HERTZ]
    return np.concatenate([silence(0.2, rate), *tones, silence(0.05, rate)]).astype(np.float32)
