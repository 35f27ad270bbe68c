"""`POST /v1/t2a_v2`: text to audio.

Source: MiniMax's page `speech-t2a-http`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, Unpack

from pydantic import Field, field_validator, model_validator

from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.api.speech_text import check_pauses
from minimax_adapters.api.wire._base import Request
from minimax_adapters.api.wire._problems import refusal
from minimax_adapters.api.wire.speech_settings import (
    AudioFormat,
    AudioSetting,
    LanguageBoost,
    PronunciationDict,
    SpeechModel,
    TimbreWeight,
    VoiceModify,
    VoiceSetting,
    check_with_model,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from minimax_adapters.api.wire._problems import Problem
    from minimax_adapters.api.wire.arguments import (
        SpeechOptionsArguments,
        SpeechRequestArguments,
    )

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
    def of(cls, owner: str, settings: Mapping[str, Any], /, **members: Any) -> Self:  # noqa: ANN401 - any JSON
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
