"""Audio as LangChain's standard block, and back."""

from __future__ import annotations

import base64
import dataclasses
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api import Audio
from minimax_adapters.api.subtitles import Subtitle, Word

if TYPE_CHECKING:
    from langchain_core.messages.content import AudioContentBlock

_FACTS: Final = tuple(
    field.name
    for field in dataclasses.fields(Audio)
    if field.name not in {"data", "url", "subtitles"}
)


def audio_block(audio: Audio) -> AudioContentBlock:
    """Return audio as LangChain's standard content block, for messages to other models.

    The block is plain JSON: checkpointers and histories keep it. What is known of the audio
    (format, sample rate, duration, subtitles) is in its `extras`.

    Example:
        >>> from minimax_adapters.langchain import MiniMaxSpeech, audio_block
        >>> block = audio_block(MiniMaxSpeech().invoke("Good morning!"))
        >>> block["type"], block["mime_type"]
        ('audio', 'audio/mpeg')
    """
    block: AudioContentBlock = {"type": "audio", "mime_type": audio.mime_type}
    if audio.data:
        block["base64"] = base64.b64encode(audio.data).decode("ascii")
    elif audio.url:
        block["url"] = audio.url
    facts: dict[str, Any] = {
        name: value for name in _FACTS if (value := getattr(audio, name)) is not None
    }
    if audio.subtitles:
        facts["subtitles"] = [_plain(line) for line in audio.subtitles]
    block["extras"] = facts
    return block


def audio_in(block: dict[str, Any]) -> Audio:
    """Return the audio of a block that `audio_block()` made."""
    facts = dict(block.get("extras") or {})
    subtitles = tuple(_subtitle(line) for line in facts.pop("subtitles", ()))
    content = base64.b64decode(block.get("base64") or "")
    return Audio(data=content, url=block.get("url"), subtitles=subtitles, **facts)


def _plain(line: Subtitle) -> dict[str, Any]:
    return {**dataclasses.asdict(line), "words": [dataclasses.asdict(word) for word in line.words]}


def _subtitle(line: dict[str, Any]) -> Subtitle:
    words = tuple(Word(**word) for word in line.get("words", ()))
    return Subtitle(**{**line, "words": words})
