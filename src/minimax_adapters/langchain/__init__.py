"""MiniMax for LangChain: chat model, embeddings and speech.

Names are imported when they are first used, so that importing this package costs little more
than LangChain itself.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

try:
    # First, and from here: CPython 3.11 needs a third longer for it inside deeper imports.
    import langchain_core.language_models.chat_models  # noqa: F401 - for what it imports
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"{error}. Install the extra: pip install 'minimax-adapters[langchain]'", name=error.name
    ) from error

from minimax_adapters.langchain.chat_model import ChatMiniMax

if TYPE_CHECKING:
    from minimax_adapters.langchain._audio_blocks import audio_block
    from minimax_adapters.langchain._profiles import cost_of_reply
    from minimax_adapters.langchain.embeddings import MiniMaxEmbeddings
    from minimax_adapters.langchain.errors import (
        MiniMaxAPIError,
        MiniMaxAuthenticationError,
        MiniMaxConfigurationError,
        MiniMaxConnectionError,
        MiniMaxContentFilterError,
        MiniMaxContextWindowError,
        MiniMaxError,
        MiniMaxInsufficientBalanceError,
        MiniMaxInterruptedReplyError,
        MiniMaxInvalidInputError,
        MiniMaxInvalidReplyError,
        MiniMaxInvalidRequestError,
        MiniMaxInvalidVoiceError,
        MiniMaxNotFoundError,
        MiniMaxOverloadedError,
        MiniMaxPermissionDeniedError,
        MiniMaxQuotaExceededError,
        MiniMaxRateLimitError,
        MiniMaxReplyTooLargeError,
        MiniMaxServerError,
        MiniMaxTimeoutError,
    )
    from minimax_adapters.langchain.registration import register_with_langchain
    from minimax_adapters.langchain.speech import MiniMaxSpeech
    from minimax_adapters.langchain.speech_tool import MiniMaxSpeechTool

__all__ = [
    "ChatMiniMax",
    "MiniMaxAPIError",
    "MiniMaxAuthenticationError",
    "MiniMaxConfigurationError",
    "MiniMaxConnectionError",
    "MiniMaxContentFilterError",
    "MiniMaxContextWindowError",
    "MiniMaxEmbeddings",
    "MiniMaxError",
    "MiniMaxInsufficientBalanceError",
    "MiniMaxInterruptedReplyError",
    "MiniMaxInvalidInputError",
    "MiniMaxInvalidReplyError",
    "MiniMaxInvalidRequestError",
    "MiniMaxInvalidVoiceError",
    "MiniMaxNotFoundError",
    "MiniMaxOverloadedError",
    "MiniMaxPermissionDeniedError",
    "MiniMaxQuotaExceededError",
    "MiniMaxRateLimitError",
    "MiniMaxReplyTooLargeError",
    "MiniMaxServerError",
    "MiniMaxSpeech",
    "MiniMaxSpeechTool",
    "MiniMaxTimeoutError",
    "audio_block",
    "cost_of_reply",
    "register_with_langchain",
]

_ELSEWHERE: Final = {
    "MiniMaxEmbeddings": "embeddings",
    "MiniMaxSpeech": "speech",
    "MiniMaxSpeechTool": "speech_tool",
    "audio_block": "_audio_blocks",
    "cost_of_reply": "_profiles",
    "register_with_langchain": "registration",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_ELSEWHERE.get(name, 'errors')}")
    found = globals()[name] = getattr(module, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
