"""`/v1/t2a_async_v2` and its query: long texts that MiniMax speaks in its own time.

Source: MiniMax's pages `speech-t2a-async-create` and `speech-t2a-async-query`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self, TypeAlias, Unpack

from pydantic import Field, field_validator, model_validator

from minimax_adapters.api.speech_text import check_pauses
from minimax_adapters.api.wire._base import Reply, Request
from minimax_adapters.api.wire.speech_settings import (
    AudioFormat,
    LanguageBoost,
    PronunciationDict,
    SpeechModel,
    VoiceModify,
    VoiceSetting,
    check_with_model,
)

if TYPE_CHECKING:
    from minimax_adapters.api.wire.arguments import (
        SpeechTaskOptionsArguments,
        SpeechTaskRequestArguments,
    )

LONGEST_TEXT: Final = 50_000
LONGEST_FILE: Final = 1_000_000
_OPUS_RATES: Final = frozenset({8000, 12000, 16000, 24000, 48000})
_OTHER_RATES: Final = frozenset({8000, 16000, 22050, 24000, 32000, 44100})
_MODIFIABLE: Final = frozenset({"mp3", "wav", "flac"})
TaskStatus: TypeAlias = Literal["processing", "success", "failed", "expired"]


class TaskAudioSetting(Request):
    """What kind of audio a task makes.

    Attributes:
        format: MiniMax's default is mp3.
        sample_rate: Hertz; MiniMax's default is 32,000. Opus has 8, 12, 16, 24 and 48 kHz, the
            others 8, 16, 22.05, 24, 32 and 44.1 kHz.
        bitrate: Bits per second, mp3 only; MiniMax's default is 128,000.
        channel: 1 or 2; MiniMax's default is 2.
    """

    format: AudioFormat | None = None
    sample_rate: int | None = None
    bitrate: Literal[32000, 64000, 128000, 256000] | None = None
    channel: Literal[1, 2] | None = None

    @model_validator(mode="after")
    def _check_rate(self) -> Self:
        rates = _OPUS_RATES if self.format == "opus" else _OTHER_RATES
        if self.sample_rate is not None and self.sample_rate not in rates:
            listed = ", ".join(map(str, sorted(rates)))
            raise ValueError(f"sample_rate of {self.format or 'mp3'} must be one of {listed}")
        return self


class SpeechTaskOptions(Request):
    """How a long text is spoken.

    Attributes:
        model: `speech-2.8-hd` sounds best.
        voice_setting: How it is said.
        audio_setting: What kind of audio.
        pronunciation_dict: How single words are said.
        language_boost: A language to favour, or `auto`.
        voice_modify: Effects; mp3, wav and flac only.
        aigc_watermark: An audible mark at the end.
        extra_body: Members added to the request as they are.
    """

    if TYPE_CHECKING:

        def __init__(self, **members: Unpack[SpeechTaskOptionsArguments]) -> None: ...

    model: SpeechModel = "speech-2.8-hd"
    voice_setting: VoiceSetting = VoiceSetting()
    audio_setting: TaskAudioSetting | None = None
    pronunciation_dict: PronunciationDict | None = None
    language_boost: LanguageBoost | None = None
    voice_modify: VoiceModify | None = None
    aigc_watermark: bool | None = None
    extra_body: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _check_model(self) -> Self:
        check_with_model(self.model, self.voice_setting.emotion, self.language_boost)
        if not self.voice_setting.voice_id:
            raise ValueError("voice_id may not be empty here")
        if self.voice_modify and self.audio_format not in _MODIFIABLE:
            raise ValueError("voice_modify works with the formats mp3, wav and flac only")
        return self

    @property
    def audio_format(self) -> AudioFormat:
        """The format that the audio will have."""
        return (self.audio_setting and self.audio_setting.format) or "mp3"

    def saying(
        self, text: str | None = None, *, text_file_id: int | None = None
    ) -> SpeechTaskRequest:
        """Return the request that has a text or an uploaded file spoken this way.

        Raises:
            InvalidInputError: The text cannot be spoken.
        """
        own = {name: getattr(self, name) for name in SpeechTaskOptions.model_fields}
        return SpeechTaskRequest(**own, text=text, text_file_id=text_file_id)


class SpeechTaskRequest(SpeechTaskOptions):
    """A long text to be spoken; give exactly one of `text` and `text_file_id`.

    Attributes:
        text: 1 to 50,000 characters.
        text_file_id: A file uploaded for `t2a_async_input`: a txt, or a zip of txt or json files,
            with fewer than 1,000,000 characters.
    """

    if TYPE_CHECKING:

        def __init__(self, **members: Unpack[SpeechTaskRequestArguments]) -> None: ...

    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)] | None = None
    text_file_id: int | None = None

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str | None) -> str | None:
        check_pauses(text or "")
        return text

    @model_validator(mode="after")
    def _check_source(self) -> Self:
        if (self.text is None) == (self.text_file_id is None):
            raise ValueError("give exactly one of text and text_file_id")
        return self


class SpeechTask(Reply):
    """A long text on its way; keep `task_id` to go on after a restart.

    Attributes:
        task_id: What `check()` and `wait()` take.
        status: `processing`, then `success`, `failed` or `expired`.
        file_id: The audio, once it is made.
        usage_characters: Characters that MiniMax billed; 0 if only the task id was known.
        trace_id: To be named when asking MiniMax for support.
    """

    task_id: str
    status: TaskStatus = "processing"
    file_id: int | None = None
    usage_characters: int = 0
    trace_id: str | None = None

    @property
    def done(self) -> bool:
        """Whether the status will not change any more."""
        return self.status != "processing"
