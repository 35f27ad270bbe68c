"""Facts per chat model: what it reads, how much, how it thinks, what it costs.

Source: MiniMax's model and price pages up to November 2026; facts of M3.1-Flash and of
M2-her come from catalogues of resellers. Prices are US dollars per million tokens.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from minimax_adapters.api._arguments import text_of

if TYPE_CHECKING:
    from minimax_adapters.api.wire.chat import ServiceTier
    from minimax_adapters.api.wire.chat_reply import Usage


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens; a cache write of 0 is not billed apart."""

    prompt: float
    completion: float
    cache_read: float
    cache_write: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """What a chat model can do.

    Attributes:
        model: Its id.
        context_window: Tokens that it reads at most.
        max_output_tokens: Tokens that it writes at most, thinking included.
        recommended_output_tokens: Tokens that MiniMax recommends as the limit.
        images: Whether it reads images.
        videos: Whether it reads videos.
        thinking: Whether it thinks `always`, `never`, or as the request's `thinking` says.
        reasoning_effort: Whether it obeys `reasoning_effort`.
        several_system_messages: Whether it accepts system messages other than one at the start.
        min_temperature: The lowest temperature that it accepts on every host.
        tool_calling: Whether it calls tools.
        price: What it costs, None if unknown.
        long_price: What it costs above 512,000 prompt tokens, if that differs.
    """

    model: str
    context_window: int
    max_output_tokens: int
    recommended_output_tokens: int
    images: bool = False
    videos: bool = False
    thinking: Literal["always", "switchable", "never"] = "always"
    reasoning_effort: bool = False
    several_system_messages: bool = False
    min_temperature: float = 0.01
    tool_calling: bool = True
    price: Price | None = None
    long_price: Price | None = None


_M2: Final = ModelProfile(
    model="MiniMax-M2",
    context_window=204_800,
    max_output_tokens=204_800,
    recommended_output_tokens=65_536,
    price=Price(0.3, 1.2, 0.03, 0.375),
)
_M3: Final = ModelProfile(
    model="MiniMax-M3",
    context_window=1_000_000,
    max_output_tokens=524_288,
    recommended_output_tokens=131_072,
    images=True,
    videos=True,
    thinking="switchable",
    several_system_messages=True,
    min_temperature=0.0,
    price=Price(0.3, 1.2, 0.06),
    long_price=Price(0.6, 2.4, 0.12),
)
_FLASH: Final = replace(
    _M3,
    model="MiniMax-M3.1-Flash",
    thinking="always",
    reasoning_effort=True,
    price=Price(0.15, 0.6, 0.015),
    long_price=None,
)
_HIGHSPEED_25: Final = Price(0.6, 2.4, 0.03, 0.375)

PROFILES: Final = {
    profile.model: profile
    for profile in (
        _FLASH,
        replace(_FLASH, model="MiniMax-M3.1-Flash-Preview"),
        _M3,
        replace(_M2, model="MiniMax-M2.7", price=Price(0.3, 1.2, 0.06, 0.375)),
        replace(_M2, model="MiniMax-M2.7-highspeed", price=Price(0.6, 2.4, 0.06, 0.375)),
        replace(_M2, model="MiniMax-M2.5"),
        replace(_M2, model="MiniMax-M2.5-highspeed", price=_HIGHSPEED_25),
        replace(_M2, model="MiniMax-M2.1"),
        replace(_M2, model="MiniMax-M2.1-highspeed", price=_HIGHSPEED_25),
        _M2,
        ModelProfile(
            model="M2-her",
            context_window=65_536,
            max_output_tokens=2_048,
            recommended_output_tokens=2_048,
            thinking="never",
            tool_calling=False,
        ),
    )
}
_BY_FOLDED_NAME: Final = {name.lower(): profile for name, profile in PROFILES.items()}
_LONG_PROMPT: Final = 512_000
_PRIORITY_FACTOR: Final = 1.5


def profile_of(model: str) -> ModelProfile:
    """Return the profile of `model`.

    Gateways and self-hosted servers write ids in lower case or with an owner in front
    (`MiniMaxAI/MiniMax-M2`). A model that is not known is treated with the caution that the
    oldest ones need: one system message, text only.

    Raises:
        InvalidInputError: `model` is no text.
    """
    text_of("model", model)
    name = model.rpartition("/")[2].lower()
    return _BY_FOLDED_NAME.get(name) or replace(_M2, model=model, price=None)


def near_name(model: str) -> str | None:
    """Return the known model that `model` was probably meant to be; None if it is known itself."""
    if model in PROFILES:
        return None
    near = difflib.get_close_matches(model.lower(), _BY_FOLDED_NAME, n=1, cutoff=0.8)
    return _BY_FOLDED_NAME[near[0]].model if near else None


def cost_of(
    usage: Usage | None, model: str, service_tier: ServiceTier = "standard"
) -> float | None:
    """Return the price of a call in US dollars, None if the usage or the price is not known.

    Source: MiniMax's page `pricing-paygo` for the international platform.
    """
    profile = profile_of(model)
    price = profile.price
    if usage is None or price is None:
        return None
    if profile.long_price and usage.prompt_tokens > _LONG_PROMPT:
        price = profile.long_price
    written = usage.cache_creation_tokens if price.cache_write else 0
    plain = max(0, usage.prompt_tokens - usage.cached_tokens - written)
    dollars = (
        plain * price.prompt
        + usage.cached_tokens * price.cache_read
        + written * price.cache_write
        + usage.completion_tokens * price.completion
    ) / 1_000_000
    return dollars * _PRIORITY_FACTOR if service_tier == "priority" else dollars
