"""What a listener would notice, measured on the voice that is the same on every machine."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minimax_adapters.emulator._interjections import SOUNDS, interjection
from minimax_adapters.emulator._sound import (
    CEILING,
    EFFECTS,
    band,
    limited,
    resample,
    shape,
    silence,
    trimmed,
)
from minimax_adapters.emulator._speech_text import Sentence, parse_text
from minimax_adapters.emulator._syllables import syllables
from minimax_adapters.emulator._voices import VOICES, language_of, mixed
from minimax_adapters.emulator.voice import MOODS, Manner, Modification, render

if TYPE_CHECKING:
    from minimax_adapters.emulator.audio import Samples
    from minimax_adapters.emulator.voice import Rendering

RATE = 24000
TEXT = "The quick brown fox jumps over the lazy dog, and nobody minds at all."


def spoken(text: str = TEXT, **manner: object) -> Rendering:
    """The synthetic voice, saying `text`."""
    how = dataclasses.replace(Manner(), **manner)  # type: ignore[arg-type]  # The tests name members.
    return render(parse_text(text, interjections=True), how, RATE, "synthetic")


def loudness(samples: Samples) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(samples**2)))


def fundamental(samples: Samples) -> float:
    """The pitch in hertz that most moments share."""
    found = []
    for start in range(0, len(samples) - 2048, 2048):
        moment = samples[start : start + 2048]
        if loudness(moment) > 0.03:
            echo = np.correlate(moment, moment, "full")[2047:]
            shortest = RATE // 500
            found.append(RATE / (shortest + np.argmax(echo[shortest : RATE // 45])))
    return float(np.median(found))


def brightness(samples: Samples) -> float:
    """Centre of the spectrum in hertz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float((np.fft.rfftfreq(len(samples), 1 / RATE) * power).sum() / power.sum())


def longest_silence(samples: Samples) -> float:
    """Seconds of the longest run of zeros."""
    edges = np.flatnonzero(np.diff(np.concatenate([[1], np.abs(samples) > 1e-4, [1]])))
    return float(np.diff(edges)[::2].max(initial=0) / RATE)


def test_fifteen_letters_take_a_second() -> None:
    """The pace of calm reading."""
    assert 13 < len(TEXT) / (len(spoken().samples) / RATE) < 17


def test_four_ideographs_take_a_second() -> None:
    """The pace of calm Chinese."""
    text = "今天的天气很好我们一起去公园散步吧"

    assert 3.5 < len(text) / (len(spoken(text).samples) / RATE) < 5.5


@pytest.mark.parametrize(
    "text", [TEXT, "你好\uff0c世界。", "Привет, мир!", "こんにちは", "12 345", "สวัสดี"]
)
def test_speech_is_heard_and_not_clipped(text: str) -> None:
    """A clear level in every script."""
    samples = spoken(text).samples

    assert 0.25 < np.abs(samples).max() < 0.7
    assert loudness(samples) > 0.04


def test_speech_begins_and_ends_without_a_click() -> None:
    """Zero at both ends, and no jump in between that a voice could not make."""
    samples = spoken("La la la. No no.").samples

    assert samples[0] == samples[-1] == 0
    assert np.abs(np.diff(samples)).max() < 0.25


def test_equal_requests_sound_equal() -> None:
    """Recorded audio can be compared."""
    assert np.array_equal(spoken().samples, spoken().samples)


def test_different_words_sound_different() -> None:
    """A listener can tell that something else is said."""
    first, second = spoken("One two three.").samples, spoken("Six seven eight.").samples

    assert len(first) != len(second) or not np.allclose(first, second)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.5, 2.0])
def test_duration_follows_speed(speed: float) -> None:
    """Twice the speed, half the time."""
    normal, changed = spoken(), spoken(speed=speed)

    assert len(normal.samples) / len(changed.samples) == pytest.approx(speed, rel=0.06)


@pytest.mark.parametrize("pitch", [-12, -5, 4, 12])
def test_pitch_is_in_semitones(pitch: int) -> None:
    """Twelve of them double the fundamental."""
    ratio = fundamental(spoken(pitch=pitch).samples) / fundamental(spoken().samples)

    assert ratio == pytest.approx(2 ** (pitch / 12), rel=0.08)


def test_loudness_follows_volume_without_clipping() -> None:
    """From a murmur to the ceiling."""
    sounds = [spoken(vol=vol).samples for vol in (0.05, 0.5, 1.0, 3.0, 10.0)]

    levels = [loudness(samples) for samples in sounds]
    assert levels == sorted(levels)
    assert levels[-1] > 2 * levels[2]
    assert np.abs(sounds[-1]).max() <= CEILING + 1e-6


@pytest.mark.parametrize("emotion", [name for name in MOODS if name])
def test_every_emotion_is_heard(emotion: str) -> None:
    """None sounds like the neutral voice."""
    neutral, moved = spoken().samples, spoken(emotion=emotion).samples

    assert len(neutral) != len(moved) or not np.allclose(neutral, moved, atol=0.01)


def test_sad_is_slower_and_lower_than_happy() -> None:
    """As people are."""
    sad, happy = spoken(emotion="sad").samples, spoken(emotion="happy").samples

    assert len(sad) > len(happy)
    assert fundamental(sad) < fundamental(happy)


def test_whisper_has_no_fundamental() -> None:
    """Breath in place of voice: no moment repeats itself."""
    samples = spoken(emotion="whisper").samples
    moment = samples[8000:12096]
    echo = np.correlate(moment, moment, "full")[len(moment) - 1 :]

    assert echo[RATE // 300 : RATE // 80].max() < 0.5 * echo[0]
    assert loudness(samples) > 0.02


def test_women_speak_higher_than_men() -> None:
    """Each voice keeps the range of its gender."""
    woman = spoken(voice=VOICES["English_Graceful_Lady"]).samples
    man = spoken(voice=VOICES["English_Insightful_Speaker"]).samples

    assert fundamental(woman) > 1.5 * fundamental(man)


def test_question_ends_higher_than_statement() -> None:
    """Pitch rises before a question mark."""
    tail = RATE // 2
    asked, said = spoken("You are going home?"), spoken("You are going home.")

    assert fundamental(asked.samples[-tail:]) > 1.1 * fundamental(said.samples[-tail:])


@pytest.mark.parametrize("seconds", [0.2, 1.25, 3.0])
def test_pause_is_silence_of_that_length(seconds: float) -> None:
    """Whatever the speed."""
    for speed in (0.5, 1.0, 2.0):
        samples = spoken(f"Before<#{seconds}#>after", speed=speed).samples

        assert longest_silence(samples) == pytest.approx(seconds, abs=0.06)


def test_paragraphs_are_further_apart_than_sentences() -> None:
    """A new line is a longer breath."""
    close, apart = spoken("Yes. No."), spoken("Yes.\nNo.")

    assert len(apart.samples) - len(close.samples) == pytest.approx(0.25 * RATE, abs=2)


@pytest.mark.parametrize("name", list(SOUNDS))
def test_interjection_is_a_short_sound(name: str) -> None:
    """Heard, not clipped, silent at both ends."""
    sound = interjection(name, "female", RATE)

    assert 0.05 < len(sound) / RATE < 1.2
    assert 0.02 < np.abs(sound).max() < 0.9
    assert abs(sound[0]) < 0.02
    assert abs(sound[-1]) < 0.02


def test_interjection_is_not_spoken() -> None:
    """The word in parentheses leaves no sentence behind."""
    rendering = spoken("Well(laughs) yes.")

    assert [timed.sentence.text for timed in rendering.sentences] == ["Well", "yes."]


def test_sentences_know_when_they_sound() -> None:
    """Silence before, after and between, sound in their middle."""
    rendering = spoken("First things first. Then the rest.")

    assert [timed.sentence for timed in rendering.sentences] == [
        Sentence("First things first.", 0),
        Sentence("Then the rest.", 20),
    ]
    quiet = np.ones(len(rendering.samples), dtype=bool)
    for timed in rendering.sentences:
        quiet[timed.begin : timed.end] = False
        assert loudness(rendering.samples[timed.begin : timed.end]) > 0.04
    assert np.abs(rendering.samples[quiet]).max() == 0


@pytest.mark.parametrize("effect", list(EFFECTS))
def test_every_effect_is_heard(effect: str) -> None:
    """Louder or longer or rougher, never clipped."""
    plain = spoken().samples
    changed = spoken(modification=Modification(sound_effects=effect)).samples

    assert not np.allclose(plain, changed[: len(plain)], atol=0.02)
    assert np.abs(changed).max() <= CEILING + 1e-6


def test_telephone_has_no_bass_and_no_treble() -> None:
    """The band of an old line."""
    samples = spoken(modification=Modification(sound_effects="lofi_telephone")).samples

    inside = loudness(shape(samples, RATE, band(300, 3500)))
    outside = loudness(shape(samples, RATE, band(4500, 11000)))
    assert outside < 0.1 * inside


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (Modification(timbre=-100), Modification(timbre=100)),
        (Modification(intensity=-100), Modification(intensity=100)),
    ],
)
def test_modification_brightens(low: Modification, high: Modification) -> None:
    """More timbre or intensity, more high frequencies."""
    dark, bright = spoken(modification=low).samples, spoken(modification=high).samples

    assert brightness(bright) > 1.05 * brightness(dark)


def test_modified_pitch_adds_to_pitch() -> None:
    """A hundred is eight semitones."""
    higher = spoken(modification=Modification(pitch=100)).samples

    assert fundamental(higher) / fundamental(spoken().samples) == pytest.approx(1.59, rel=0.08)


def test_watermark_is_heard_at_the_end() -> None:
    """Two tones after the last word."""
    plain, marked = spoken().samples, spoken(watermark=True).samples

    assert np.array_equal(marked[: len(plain)], plain)
    assert np.abs(marked[len(plain) :]).max() > 0.1


def test_text_without_anything_to_say_is_silence() -> None:
    """Punctuation alone makes no sound, but a file."""
    for text, rules in (("?!", ()), ("omg", (("omg", "!"),))):
        samples = spoken(text, rules=rules).samples

        assert 0 < len(samples) < RATE
        assert not samples.any()


def test_longest_text_is_spoken() -> None:
    """9,999 characters, about eleven minutes."""
    pieces = parse_text(("A long story goes on and never ends. " * 300)[:9999], interjections=True)

    rendering = render(pieces, Manner(), 8000, "synthetic")

    assert 600 < len(rendering.samples) / 8000 < 780


def test_mixture_lies_between_its_voices() -> None:
    """Weights bend the heaviest voice towards the others."""
    deep, high = VOICES["English_ManWithDeepVoice"], VOICES["English_Lucky_Robot"]

    between = mixed([(deep, 75), (high, 25)])

    assert deep.semitones < between.semitones < high.semitones
    assert between.voice_id == deep.voice_id


@pytest.mark.parametrize(
    ("text", "boost", "native", "language"),
    [
        ("Good morning", None, "cmn", "en-us"),
        ("Buenos días", None, "es", "es"),
        ("Guten Tag", "German", "en-us", "de"),
        ("早上好", None, "en-us", "cmn"),
        ("早上好", "Chinese,Yue", "cmn", "yue"),
        ("早上好", None, "yue", "yue"),
        ("東京です", None, "en-us", "ja"),
        ("東京", "Japanese", "cmn", "ja"),
        ("Привет", None, "en-us", "ru"),
        ("Привіт", "Ukrainian", "en-us", "uk"),
        ("سلام", "Persian", "ar", "fa"),
        ("Hello", "Chinese", "cmn", "en-us"),
    ],
)
def test_language_follows_letters_then_wish_then_voice(
    text: str, boost: str | None, native: str, language: str
) -> None:
    """No voice reads ideographs as English, or English as Chinese."""
    assert language_of(text, boost, native) == language


@given(st.text(min_size=1, max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_said(text: str) -> None:
    """No letter of any script stops the voice."""
    samples = spoken(text.replace("<#", "")).samples

    assert np.isfinite(samples).all()
    assert np.abs(samples).max(initial=0) <= CEILING + 1e-6


@given(
    have=st.sampled_from([16000, 22050, 24000]),
    want=st.sampled_from([8000, 16000, 22050, 24000, 32000, 44100, 48000]),
    seconds=st.floats(0.05, 0.6),
)
@settings(max_examples=40, deadline=None)
def test_resampling_keeps_length_and_tone(have: int, want: int, seconds: float) -> None:
    """A tone stays the tone it was."""
    clock = np.arange(round(seconds * have)) / have
    tone = (0.5 * np.sin(2 * np.pi * 440 * clock)).astype(np.float32)

    result = resample(tone, have, want)

    assert len(result) == round(len(tone) * want / have)
    middle = slice(len(result) // 4, len(result) // 2)
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(len(result)) / want)
    assert np.abs(result[middle] - expected[middle]).max() < 0.05


def test_limiter_leaves_quiet_sound_alone() -> None:
    """Only what is loud is bent."""
    quiet = np.array([0.1, -0.5], dtype=np.float32)

    assert limited(quiet) is quiet
    assert np.abs(limited(np.array([3.0, -9.0], dtype=np.float32))).max() <= CEILING + 1e-6


def test_silence_is_trimmed_to_nothing() -> None:
    """A synthesiser that said nothing leaves nothing."""
    assert len(trimmed(silence(0.5, RATE), RATE)) == 0


def test_syllables_follow_vowels() -> None:
    """As a reader would clap them."""
    assert [len(syllables(word)) for word in ("banana", "strength", "你好", "42")] == [3, 1, 2, 2]
    assert syllables(", ...") == []
