"""`/v1/files/...`: files that voices and long texts need.

Source: MiniMax's pages `file-management-*`.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import field_validator

from minimax_adapters.api.wire._base import Reply

UploadPurpose: TypeAlias = Literal[
    "voice_clone",
    "prompt_audio",
    "t2a_async_input",
    "video_understanding",
    "video_generation_input",
]
ListPurpose: TypeAlias = Literal[
    "voice_clone", "prompt_audio", "t2a_async_input", "video_generation_input"
]
DeletePurpose: TypeAlias = Literal[
    "voice_clone", "prompt_audio", "t2a_async", "t2a_async_input", "video_generation"
]


class StoredFile(Reply):
    """A file that MiniMax keeps.

    Attributes:
        file_id: A 64-bit number.
        bytes: Its size.
        created_at: Unix seconds.
        filename: Its name.
        purpose: What it is for.
        download_url: Where it can be had, from `retrieve()` only; it expires after hours.
    """

    file_id: int
    bytes: int = 0
    created_at: int = 0
    filename: str = ""
    purpose: str = ""
    download_url: str | None = None

    @field_validator("bytes", "created_at", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return value or 0

    @field_validator("filename", "purpose", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        return value or ""
