"""Facts about a model as LangChain's `model.profile`, its price, and its tokens."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, cast

from langchain_core.language_models import model_profile

from minimax_adapters.api import Usage, cost_of, profile_of
from minimax_adapters.api.profiles import PROFILES

if TYPE_CHECKING:
    from langchain_core.language_models.model_profile import ModelProfile
    from langchain_core.messages import AIMessage

_EFFORTS: Final = ["low", "medium", "high", "xhigh", "max"]


def langchain_profile(model: str) -> ModelProfile | None:
    """Return what `model` can do in LangChain's words, None for an unknown model.

    `structured_output` is False: MiniMax accepts `response_format` and does not enforce it, so
    agents should ask for structured output through a tool.
    """
    profile = _in_words_of_langchain(model)
    return profile and profile.copy()


@lru_cache(maxsize=64)
def _in_words_of_langchain(model: str) -> ModelProfile | None:
    facts = profile_of(model)
    if facts.model not in PROFILES:
        return None
    profile: dict[str, Any] = {
        "name": facts.model,
        "max_input_tokens": facts.context_window,
        "max_output_tokens": facts.max_output_tokens,
        "text_inputs": True,
        "image_inputs": facts.images,
        "image_url_inputs": facts.images,
        "video_inputs": facts.videos,
        "audio_inputs": False,
        "pdf_inputs": False,
        "image_tool_message": facts.images,
        "pdf_tool_message": False,
        "text_outputs": True,
        "image_outputs": False,
        "audio_outputs": False,
        "video_outputs": False,
        "reasoning_output": facts.thinking != "never",
        "tool_calling": facts.tool_calling,
        "tool_choice": facts.tool_calling,
        "tool_call_streaming": facts.tool_calling,
        "structured_output": False,
        "temperature": True,
        "mid_conversation_system_messages": facts.several_system_messages,
    }
    if facts.reasoning_effort:
        profile |= {"reasoning_effort_levels": _EFFORTS, "reasoning_effort_default": "max"}
    known = model_profile.ModelProfile.__annotations__
    return cast("ModelProfile", {name: v for name, v in profile.items() if name in known})


def cost_of_reply(message: AIMessage, service_tier: str | None = None) -> float | None:
    """Return the price of an answer in US dollars, None without usage or a known price.

    Args:
        message: An answer of `ChatMiniMax`, also one merged from chunks.
        service_tier: `standard` or `priority`; else what MiniMax said about the answer.

    Source: MiniMax's page `pricing-paygo` for the international platform.

    Example:
        >>> from minimax_adapters.langchain import ChatMiniMax, cost_of_reply
        >>> reply = ChatMiniMax(model="MiniMax-M3").invoke("Hello!")
        >>> cost_of_reply(reply) < 0.01
        True
    """
    counts = message.usage_metadata
    model = message.response_metadata.get("model_name")
    if counts is None or not model:
        return None
    details = counts.get("input_token_details", {})
    usage = Usage(
        prompt_tokens=counts["input_tokens"],
        completion_tokens=counts["output_tokens"],
        total_tokens=counts["total_tokens"],
        cached_tokens=details.get("cache_read", 0),
        cache_creation_tokens=details.get("cache_creation", 0),
    )
    tier = service_tier or message.response_metadata.get("service_tier")
    return cost_of(usage, model, "priority" if tier == "priority" else "standard")
