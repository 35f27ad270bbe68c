"""Fields of speech that mean the same in each framework."""

from __future__ import annotations

from pydantic import BaseModel, Field


class SpeechFields(BaseModel):
    """How a voice sounds and how its audio is made; what is None, MiniMax chooses.

    `minimax_adapters.api.VoiceSetting` and `AudioSetting` say where the ranges are from.
    """

    speed: float | None = Field(default=None, description="From 0.5 to 2; MiniMax's default is 1.")
    pitch: int | None = Field(
        default=None, description="Semitones from -12 to 12; MiniMax's default is 0."
    )
    emotion: str | None = Field(
        default=None,
        description=(
            "`happy`, `sad`, `angry`, `fearful`, `disgusted`, `surprised`, `calm`, `fluent` or"
            " `whisper`; from the text if left out."
        ),
    )
    format: str | None = Field(
        default=None,
        description="`mp3` by default; `wav`, `flac`, `opus`, `pcm`, `pcmu_raw` or `pcmu_wav`.",
    )
    sample_rate: int | None = Field(
        default=None,
        description="Hertz: 8000, 16000, 22050, 24000, 32000 (MiniMax's default) or 44100.",
    )
    bitrate: int | None = Field(
        default=None,
        description="Bits per second, mp3 only: 32000, 64000, 128000 (the default) or 256000.",
    )
    channel: int | None = Field(default=None, description="1 (MiniMax's default) or 2.")
    language_boost: str | None = Field(
        default=None, description="A language to favour such as `English`, or `auto`."
    )
