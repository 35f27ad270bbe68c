"""What can be set for speech: models, languages, and how and in which form a text is spoken.

Source: MiniMax's page `speech-t2a-http`; ranges and conditions per model are its own.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias, get_args

from pydantic import Field

from minimax_adapters.api.wire._base import Request

AudioFormat: TypeAlias = Literal["mp3", "pcm", "flac", "wav", "pcmu_raw", "pcmu_wav", "opus"]
Emotion: TypeAlias = Literal[
    "happy",
    "sad",
    "angry",
    "fearful",
    "disgusted",
    "surprised",
    "calm",
    "fluent",
    "whisper",
]
KnownSpeechModel: TypeAlias = Literal[
    "speech-2.8-hd",
    "speech-2.8-turbo",
    "speech-2.6-hd",
    "speech-2.6-turbo",
    "speech-02-hd",
    "speech-02-turbo",
    "speech-01-hd",
    "speech-01-turbo",
]
# A new model of MiniMax must not need a new version of this package.
SpeechModel: TypeAlias = KnownSpeechModel | Annotated[str, Field(min_length=1)]
LanguageBoost: TypeAlias = Literal[
    "auto",
    "Chinese",
    "Chinese,Yue",
    "English",
    "Arabic",
    "Russian",
    "Spanish",
    "French",
    "Portuguese",
    "German",
    "Turkish",
    "Dutch",
    "Ukrainian",
    "Vietnamese",
    "Indonesian",
    "Japanese",
    "Italian",
    "Korean",
    "Thai",
    "Polish",
    "Romanian",
    "Greek",
    "Czech",
    "Finnish",
    "Hindi",
    "Bulgarian",
    "Danish",
    "Hebrew",
    "Malay",
    "Persian",
    "Slovak",
    "Swedish",
    "Croatian",
    "Filipino",
    "Hungarian",
    "Norwegian",
    "Slovenian",
    "Catalan",
    "Nynorsk",
    "Tamil",
    "Afrikaans",
]
SoundEffect: TypeAlias = Literal["spacious_echo", "auditorium_echo", "lofi_telephone", "robotic"]
_Shift: TypeAlias = Annotated[int, Field(ge=-100, le=100)]

DEFAULT_VOICE: Final = "English_Graceful_Lady"
KNOWN_MODELS: Final = frozenset(get_args(KnownSpeechModel))
_NOT_ON_OLD_MODELS: Final = frozenset({"Persian", "Filipino", "Tamil"})


class VoiceSetting(Request):
    """How it is said.

    Attributes:
        voice_id: A voice of MiniMax or of the account; empty only with `timbre_weights`.
        speed: From 0.5 to 2.
        vol: Above 0, up to 10.
        pitch: Semitones from -12 to 12.
        emotion: Chosen from the text if left out. `whisper` exists on the 2.6 models only,
            `fluent` from 2.6 on.
        text_normalization: Read numbers of Chinese and English better, somewhat slower.
        latex_read: Read formulas between `$$`; Chinese only.
    """

    voice_id: str = DEFAULT_VOICE
    speed: Annotated[float, Field(ge=0.5, le=2)] | None = None
    vol: Annotated[float, Field(gt=0, le=10)] | None = None
    pitch: Annotated[int, Field(ge=-12, le=12)] | None = None
    emotion: Emotion | None = None
    text_normalization: bool | None = None
    latex_read: bool | None = None


class AudioSetting(Request):
    """What kind of audio.

    Attributes:
        format: MiniMax's default is mp3. `pcm` is 16-bit little endian without a header; the
            `pcmu` forms are G.711 at 8 kHz; `opus` is Ogg.
        sample_rate: Hertz; MiniMax's default is 32,000.
        bitrate: Bits per second, mp3 only; MiniMax's default is 128,000.
        channel: 1 or 2; MiniMax's default is 1.
        force_cbr: Constant bit rate, for streamed mp3 only.
    """

    format: AudioFormat | None = None
    sample_rate: Literal[8000, 16000, 22050, 24000, 32000, 44100] | None = None
    bitrate: Literal[32000, 64000, 128000, 256000] | None = None
    channel: Literal[1, 2] | None = None
    force_cbr: bool | None = None


class PronunciationDict(Request):
    """Rules `original/replacement`; a replacement is text, pinyin, IPA or kana."""

    tone: list[Annotated[str, Field(pattern=r"^[^/]+/.+$")]]


class TimbreWeight(Request):
    """A voice in a mix, with an integer weight from 1 to 100."""

    voice_id: Annotated[str, Field(min_length=1)]
    weight: Annotated[int, Field(ge=1, le=100)]


class VoiceModify(Request):
    """Effects on the voice: integers from -100 to 100, and one sound effect."""

    pitch: _Shift | None = None
    intensity: _Shift | None = None
    timbre: _Shift | None = None
    sound_effects: SoundEffect | None = None


def check_with_model(model: str, emotion: str | None, language: str | None) -> None:
    """Check what only some of the known models have.

    Raises:
        ValueError: `model` is known not to have the emotion or the language.
    """
    if model not in KNOWN_MODELS:
        return
    old = model.startswith(("speech-01", "speech-02"))
    if emotion == "whisper" and not model.startswith("speech-2.6"):
        raise ValueError("the emotion 'whisper' exists on speech-2.6-hd and -turbo only")
    if emotion == "fluent" and old:
        raise ValueError("the emotion 'fluent' exists on the 2.6 and 2.8 models only")
    if old and language in _NOT_ON_OLD_MODELS:
        raise ValueError(f"{model} does not know the language {language}")
