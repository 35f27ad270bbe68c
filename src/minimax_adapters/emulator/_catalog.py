"""The chat models, as far as the server treats them differently."""

from __future__ import annotations

import dataclasses
from typing import Final, Literal

Thinking = Literal["always", "switchable", "never"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ChatModel:
    """What one model takes and does.

    Attributes:
        context: Tokens of prompt that fit.
        max_output: Largest `max_completion_tokens` accepted.
        sees: Takes images and videos.
        several_systems: Takes system messages anywhere and more than one.
        thinking: Whether it thinks, and whether `thinking.type` matters.
        split_by_default: Thinking is apart from the content unless `reasoning_split` is false.
        uses_effort: Obeys `reasoning_effort`.
        created: Unix seconds in the models list; None for a model that is not listed.
    """

    context: int = 204_800
    max_output: int = 204_800
    sees: bool = False
    several_systems: bool = False
    thinking: Thinking = "always"
    split_by_default: bool = False
    uses_effort: bool = False
    created: int | None = None


M3: Final = ChatModel(
    context=1_000_000,
    max_output=524_288,
    sees=True,
    several_systems=True,
    thinking="switchable",
    created=1780272000,
)
FLASH: Final = dataclasses.replace(
    M3, thinking="always", split_by_default=True, uses_effort=True, created=1792368000
)


def m2(created: int | None) -> ChatModel:
    """Return a model of the text-only generation."""
    return ChatModel(created=created)


HER: Final = "M2-her"

# In the order of the recorded list. Retired models stay callable: plans serve them still.
CHAT_MODELS: Final[dict[str, ChatModel]] = {
    "MiniMax-M3.1-Flash": FLASH,
    "MiniMax-M3.1-Flash-Preview": dataclasses.replace(FLASH, created=None),
    "MiniMax-M3": M3,
    "MiniMax-M2.7": m2(1773799200),
    "MiniMax-M2.7-highspeed": m2(1773799200),
    "MiniMax-M2.5": m2(1770948000),
    "MiniMax-M2.5-highspeed": m2(1770948000),
    "MiniMax-M2.1": m2(1766455200),
    "MiniMax-M2.1-highspeed": m2(1766455200),
    "MiniMax-M2.1-lightning": m2(None),
    "MiniMax-M2": m2(1761530400),
    HER: ChatModel(context=65_536, max_output=2_048, thinking="never"),
}
