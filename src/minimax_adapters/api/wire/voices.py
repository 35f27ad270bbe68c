"""`/v1/get_voice`, `/v1/voice_clone`, `/v1/voice_design`, `/v1/delete_voice`.

Source: MiniMax's pages `voice-management-*`, `voice-cloning-clone` and `voice-design-design`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from minimax_adapters.api.wire._base import Request
from minimax_adapters.api.wire.speech_settings import (  # noqa: TC001 - pydantic looks at them
    LanguageBoost,
    SpeechModel,
)

if TYPE_CHECKING:
    from minimax_adapters.api.audio import Audio

VoiceKind: TypeAlias = Literal["system", "voice_cloning", "voice_generation"]
OwnVoiceKind: TypeAlias = Literal["voice_cloning", "voice_generation"]
VoiceId: TypeAlias = Annotated[
    str, Field(min_length=8, max_length=256, pattern=r"^[A-Za-z][A-Za-z0-9_-]*[A-Za-z0-9]$")
]


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice.

    Attributes:
        id: What to pass as `voice_id`.
        kind: `system` for MiniMax's own, `voice_cloning` and `voice_generation` for those of the
            account, which are listed after their first use.
        name: Its name, empty for voices of the account.
        description: What MiniMax says about it.
        created_time: Day as yyyy-mm-dd, empty if unknown.
    """

    id: str
    kind: VoiceKind
    name: str = ""
    description: tuple[str, ...] = ()
    created_time: str = ""


@dataclass(frozen=True, slots=True)
class ClonedVoice:
    """A voice made from a sample.

    It disappears after 7 days unless it has spoken by then; previews do not count.

    Attributes:
        id: What to pass as `voice_id`.
        preview_url: Where the preview can be heard, None unless a text was given for it.
        sensitive: Whether MiniMax found the sample questionable.
    """

    id: str
    preview_url: str | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class DesignedVoice:
    """A voice made from a description.

    It disappears after 7 days unless it has spoken by then; previews do not count.

    Attributes:
        id: What to pass as `voice_id`.
        preview: The preview text in the new voice.
    """

    id: str
    preview: Audio


class ClonePrompt(Request):
    """A second sample that makes the clone more alike.

    Attributes:
        prompt_audio: File id of less than 8 seconds, uploaded for `prompt_audio`.
        prompt_text: What is said in it.
    """

    prompt_audio: int
    prompt_text: Annotated[str, Field(min_length=1)]


class CloneRequest(Request):
    """What makes a voice from a sample.

    Attributes:
        file_id: The sample, uploaded for `voice_clone`: mp3, m4a or wav, 10 seconds to 5
            minutes, at most 20 MB.
        voice_id: The new name: 8 to 256 letters, digits, `-` and `_`, beginning with a letter,
            not ending with `-` or `_`.
        clone_prompt: A second sample.
        text: Up to 1,000 characters for a preview, which needs `model` and is billed.
        model: Which model speaks the preview.
        language_boost: A language to favour.
        text_validation: Up to 200 characters that the sample should say.
        accuracy: How alike they must be, from 0 to 1; MiniMax's default is 0.7.
        need_noise_reduction: Whether to clean the sample.
        need_volume_normalization: Whether to even out its loudness.
        aigc_watermark: An audible mark at the end of the preview.
    """

    file_id: int
    voice_id: VoiceId
    clone_prompt: ClonePrompt | None = None
    text: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    model: SpeechModel | None = None
    language_boost: LanguageBoost | None = None
    text_validation: Annotated[str, Field(max_length=200)] | None = None
    accuracy: Annotated[float, Field(ge=0, le=1)] | None = None
    need_noise_reduction: bool | None = None
    need_volume_normalization: bool | None = None
    aigc_watermark: bool | None = None

    @model_validator(mode="after")
    def _check_preview(self) -> CloneRequest:
        if self.text and not self.model:
            raise ValueError("a preview text needs a model that speaks it")
        return self


class DesignRequest(Request):
    """What makes a voice from a description.

    Attributes:
        prompt: What it should sound like.
        preview_text: 1 to 500 characters; they are billed.
        voice_id: The new name, chosen by MiniMax if left out.
        aigc_watermark: An audible mark at the end of the preview.
    """

    prompt: Annotated[str, Field(min_length=1)]
    preview_text: Annotated[str, Field(min_length=1, max_length=500)]
    voice_id: VoiceId | None = None
    aigc_watermark: bool | None = None
