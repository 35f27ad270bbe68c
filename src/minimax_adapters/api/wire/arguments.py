"""What the constructors of requests take, for type checkers and editors only.

A dict does as well as the class of a member, and pydantic makes the class of it. Its own signature
would let type checkers refuse the dict; these say what holds. The members are explained where the
requests are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Required, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minimax_adapters.api.wire.chat import (
        Effort,
        Message,
        NamedToolChoice,
        ServiceTier,
        Thinking,
        Tool,
    )
    from minimax_adapters.api.wire.speech_settings import (
        AudioSetting,
        LanguageBoost,
        PronunciationDict,
        SpeechModel,
        TimbreWeight,
        VoiceModify,
        VoiceSetting,
    )
    from minimax_adapters.api.wire.speech_tasks import TaskAudioSetting


class ChatRequestArguments(TypedDict, total=False):
    """Of `ChatRequest`."""

    messages: Required[Sequence[Message | dict[str, Any]]]
    model: str
    max_completion_tokens: int | None
    temperature: float | None
    top_p: float | None
    thinking: Thinking | dict[str, Any] | None
    reasoning_effort: Effort | None
    reasoning_split: bool
    tools: Sequence[Tool | dict[str, Any]] | None
    tool_choice: Literal["none", "auto", "required"] | NamedToolChoice | dict[str, Any] | None
    stop: Sequence[str] | None
    seed: int | None
    response_format: dict[str, Any] | None
    service_tier: ServiceTier | None
    extra_body: dict[str, Any] | None


class _Spoken(TypedDict, total=False):
    """Of all that is spoken."""

    model: SpeechModel
    voice_setting: VoiceSetting | dict[str, Any]
    pronunciation_dict: PronunciationDict | dict[str, Any] | None
    language_boost: LanguageBoost | None
    voice_modify: VoiceModify | dict[str, Any] | None
    extra_body: dict[str, Any] | None


class SpeechOptionsArguments(_Spoken, total=False):
    """Of `SpeechOptions`."""

    audio_setting: AudioSetting | dict[str, Any] | None
    timbre_weights: Sequence[TimbreWeight | dict[str, Any]] | None
    subtitle_enable: bool | None
    subtitle_type: Literal["sentence", "word", "word_streaming"] | None


class SpeechRequestArguments(SpeechOptionsArguments, total=False):
    """Of `SpeechRequest`."""

    text: Required[str]
    output_format: Literal["hex", "url"]
    aigc_watermark: bool | None


class SpeechTaskOptionsArguments(_Spoken, total=False):
    """Of `SpeechTaskOptions`."""

    audio_setting: TaskAudioSetting | dict[str, Any] | None
    aigc_watermark: bool | None


class SpeechTaskRequestArguments(SpeechTaskOptionsArguments, total=False):
    """Of `SpeechTaskRequest`."""

    text: str | None
    text_file_id: int | None
