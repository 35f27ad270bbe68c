"""`POST /v1/t2a_v2`: text to audio.

Source: MiniMax's page `speech-t2a-http`; ranges and conditions per model are its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, TypeAlias, Unpack, get_args

from pydantic import Field, field_validator, model_validator

from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.api.speech_text import check_pauses
from minimax_adapters.api.wire._base import Request
from minimax_adapters.api.wire._problems import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from minimax_adapters.api.wire._problems import Problem
    from minimax_adapters.api.wire.arguments import (
        SpeechOptionsArguments,
        SpeechRequestArguments,
    )

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


_GROUPS: Final[dict[str, type[Request]]] = {
    "voice_setting": VoiceSetting,
    "audio_setting": AudioSetting,
}


class SpeechOptions(Request):
    """How texts are spoken, without a text; what all ways to speak have in common.

    Attributes:
        model: `speech-2.8-hd` sounds best, the turbo models answer sooner. Other names than the
            known ones are sent as they are, and not checked with emotions and languages.
        voice_setting: How it is said.
        audio_setting: What kind of audio.
        pronunciation_dict: How single words are said.
        timbre_weights: 1 to 4 voices to be mixed.
        language_boost: A language to favour, or `auto`.
        voice_modify: Effects; mp3, wav and flac only, and mp3 only when streamed.
        subtitle_enable: Whether MiniMax makes subtitles.
        subtitle_type: What they are cut into; `word_streaming` only when streamed.
        extra_body: Members added to the request as they are.
    """

    if TYPE_CHECKING:

        def __init__(self, **members: Unpack[SpeechOptionsArguments]) -> None: ...

    model: SpeechModel = "speech-2.8-hd"
    voice_setting: VoiceSetting = VoiceSetting()
    audio_setting: AudioSetting | None = None
    pronunciation_dict: PronunciationDict | None = None
    timbre_weights: Annotated[list[TimbreWeight], Field(min_length=1, max_length=4)] | None = None
    language_boost: LanguageBoost | None = None
    voice_modify: VoiceModify | None = None
    subtitle_enable: bool | None = None
    subtitle_type: Literal["sentence", "word", "word_streaming"] | None = None
    extra_body: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _check_model(self) -> Self:
        check_with_model(self.model, self.voice_setting.emotion, self.language_boost)
        if not self.voice_setting.voice_id and not self.timbre_weights:
            raise ValueError("voice_id may be empty only with timbre_weights")
        return self

    @classmethod
    def of(cls, owner: str, settings: Mapping[str, Any], /, **members: Any) -> Self:
        """Return what the settings of a speech class say, all of which stand side by side.

        Args:
            owner: The class; errors name it.
            settings: What its fields hold, `speed` and `format` as well as `model`. None leaves
                one out, and what is no setting of MiniMax's is left alone.
            members: Members as they stand here; they come before `settings`.

        Raises:
            InvalidInputError: One is unknown or out of its range; it is named as in `settings`.
        """
        given = {name: value for name, value in settings.items() if value is not None}
        own = {name: given[name] for name in cls.model_fields.keys() & given.keys()}
        for member, kind in _GROUPS.items():
            if group := {name: given[name] for name in kind.model_fields.keys() & given.keys()}:
                own[member] = group
        try:
            return cls(**(own | members))
        except InvalidInputError as error:
            raise refusal(owner, map(_side_by_side, error.problems)) from None

    @classmethod
    def elsewhere(cls, name: str) -> str | None:
        """Return how to write a setting that stands one level deeper than people look for it."""
        name = "voice_id" if name == "voice" else name
        for member, kind in _GROUPS.items():
            if name in kind.model_fields:
                return f'{member}={{"{name}": ...}}'
        return None

    @classmethod
    def template(cls, options: SpeechOptions | None) -> SpeechOptions:
        """Return the settings of `options`, which may be a request, without its text.

        Raises:
            InvalidInputError: They are something else, a dict say.
        """
        if options is None:
            return SpeechOptions()
        given = SpeechOptions.checked(options)
        return SpeechOptions(**{name: getattr(given, name) for name in SpeechOptions.model_fields})

    @property
    def audio_format(self) -> AudioFormat:
        """The format that the audio will have."""
        return (self.audio_setting and self.audio_setting.format) or "mp3"

    def saying(self, text: str) -> SpeechRequest:
        """Return the request that has `text` spoken this way.

        Raises:
            InvalidInputError: `text` cannot be spoken.
        """
        return SpeechRequest(**{**dict(self), "text": text})


def _side_by_side(problem: Problem) -> Problem:
    """Return `problem` without the group that its setting is sent in."""
    place, why = problem
    return (place[1:] if len(place) > 1 and place[0] in _GROUPS else place), why


class SpeechRequest(SpeechOptions):
    """A text to be spoken.

    Attributes:
        text: 1 to 9,999 characters. Paragraphs are lines, `<#0.5#>` is a pause of 0.5 seconds
            (0.01 to 99.99) between two texts, `(laughs)` and its like are sounds on the 2.8
            models; see `pause()` and `interjection()`.
        output_format: `hex` for the audio itself, `url` for an address that is valid for 24
            hours; streams are always `hex`.
        aigc_watermark: An audible mark at the end; plain calls only.

    Source: `POST /v1/t2a_v2`.
    """

    if TYPE_CHECKING:

        def __init__(self, **members: Unpack[SpeechRequestArguments]) -> None: ...

    text: Annotated[str, Field(min_length=1, max_length=9999)]
    output_format: Literal["hex", "url"] = "hex"
    aigc_watermark: bool | None = None

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        check_pauses(text)
        return text
