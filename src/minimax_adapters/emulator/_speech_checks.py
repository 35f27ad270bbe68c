"""What the members of a speech request may be: types, ranges and words, as a table.

Only documented members are looked at; MiniMax ignores the others. `null` is no value for any of
them except `language_boost`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from ._errors import invalid
from ._voices import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Callable[[Any, str], None]

MODELS: Final = tuple(
    f"speech-{family}-{size}" for family in ("2.8", "2.6", "02", "01") for size in ("hd", "turbo")
)
EMOTIONS: Final = (
    "happy",
    "sad",
    "angry",
    "fearful",
    "disgusted",
    "surprised",
    "calm",
    "fluent",
    "whisper",
)
FORMATS: Final = ("mp3", "pcm", "flac", "wav", "pcmu_raw", "pcmu_wav", "opus")
TONE_RULE: Final = re.compile(r"[^/]+/.+", re.DOTALL)
MAX_TIMBRES: Final = 4


def is_number(value: object) -> TypeGuard[float]:
    """Tell whether `value` is a JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: object) -> TypeGuard[float]:
    """Tell whether `value` is a number without fraction, 1.0 included."""
    return is_number(value) and value == value // 1


def boolean(value: object, name: str) -> None:
    """Refuse what is neither true nor false."""
    if not isinstance(value, bool):
        raise invalid(f"{name} must be a boolean")


def string(value: object, name: str) -> None:
    """Refuse what is no text."""
    if not isinstance(value, str):
        raise invalid(f"{name} must be a string")


def numbers(low: float, high: float, *, above_low: bool = False) -> Check:
    """Return a check for numbers from `low` (or just above it) to `high`."""
    opening = "(" if above_low else "["

    def check(value: object, name: str) -> None:
        if not is_number(value) or not low <= value <= high or (above_low and value == low):
            raise invalid(f"{name} must be a number in {opening}{low:g}, {high:g}]")

    return check


def integers(low: int, high: int) -> Check:
    """Return a check for whole numbers from `low` to `high`."""

    def check(value: object, name: str) -> None:
        if not is_whole(value) or not low <= value <= high:
            raise invalid(f"{name} must be an integer in [{low}, {high}]")

    return check


def one_of(*values: str | int) -> Check:
    """Return a check for a fixed choice."""
    words = ", ".join(map(str, values))

    def check(value: object, name: str) -> None:
        # True is 1 to Python, and no sample rate to anyone.
        if isinstance(value, bool) or value not in values:
            raise invalid(f"{name} must be one of {words}")

    return check


def optional(inner: Check) -> Check:
    """Return a check that also lets null pass."""

    def check(value: object, name: str) -> None:
        if value is not None:
            inner(value, name)

    return check


def members(checks: Mapping[str, Check], *, required: tuple[str, ...] = ()) -> Check:
    """Return a check for objects whose members pass `checks`."""

    def check(value: object, name: str) -> None:
        if not isinstance(value, dict):
            raise invalid(f"{name} must be an object")
        path = f"{name}." if name else ""
        for member in required:
            if member not in value:
                raise invalid(f"{path}{member} is required")
        for member, inner in checks.items():
            if member in value:
                inner(value[member], f"{path}{member}")

    return check


def timbres(value: object, name: str) -> None:
    """Refuse what is no list of one to four weighted voices."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_TIMBRES:
        raise invalid(f"{name} must hold 1 to {MAX_TIMBRES} voices")
    for position, item in enumerate(value):
        TIMBRE(item, f"{name}[{position}]")
        if not item["voice_id"]:
            raise invalid(f"{name}[{position}].voice_id is empty")


def tones(value: object, name: str) -> None:
    """Refuse what is no list of `original/replacement` rules."""
    if not isinstance(value, list):
        raise invalid(f"{name} must be an array")
    for rule in value:
        if not isinstance(rule, str) or not TONE_RULE.match(rule):
            raise invalid(f"{name} holds a rule that is not original/replacement")


TIMBRE: Final = members(
    {"voice_id": string, "weight": integers(1, 100)}, required=("voice_id", "weight")
)
VOICE_SETTING: Final = members(
    {
        "voice_id": string,
        "speed": numbers(0.5, 2),
        "vol": numbers(0, 10, above_low=True),
        "pitch": integers(-12, 12),
        "emotion": one_of(*EMOTIONS),
        "text_normalization": boolean,
        "english_normalization": boolean,
        "latex_read": boolean,
    },
    required=("voice_id",),
)
AUDIO_SETTING: Final = members(
    {
        "sample_rate": one_of(8000, 16000, 22050, 24000, 32000, 44100),
        "bitrate": one_of(32000, 64000, 128000, 256000),
        "format": one_of(*FORMATS),
        "channel": one_of(1, 2),
        "force_cbr": boolean,
    }
)
PERCENT: Final = integers(-100, 100)
EFFECT_NAMES: Final = ("spacious_echo", "auditorium_echo", "lofi_telephone", "robotic")
VOICE_MODIFY: Final = members(
    {
        "pitch": PERCENT,
        "intensity": PERCENT,
        "timbre": PERCENT,
        "sound_effects": one_of(*EFFECT_NAMES),
    }
)
REQUEST: Final = members(
    {
        "model": one_of(*MODELS),
        "text": string,
        "stream": boolean,
        "stream_options": members({"exclude_aggregated_audio": boolean}),
        "voice_setting": VOICE_SETTING,
        "audio_setting": AUDIO_SETTING,
        "pronunciation_dict": members({"tone": tones}),
        "timbre_weights": timbres,
        "timber_weights": timbres,
        "language_boost": optional(one_of("auto", *LANGUAGES)),
        "voice_modify": VOICE_MODIFY,
        "subtitle_enable": boolean,
        "subtitle_type": one_of("sentence", "word", "word_streaming"),
        "output_format": one_of("hex", "url"),
        "aigc_watermark": boolean,
    },
    required=("model", "text"),
)
