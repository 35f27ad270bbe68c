"""MiniMax behind LlamaIndex's interfaces: chat, embeddings and speech.

The classes are imported when they are first asked for, so that an app pays for what it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from minimax_adapters.llama_index.embedding import MiniMaxEmbedding
    from minimax_adapters.llama_index.errors import (
        BrokenToolCallError,
        NoToolCallError,
        UnknownArgumentError,
        UnspeakableError,
    )
    from minimax_adapters.llama_index.llm import MiniMax
    from minimax_adapters.llama_index.speech import MiniMaxSpeech
    from minimax_adapters.llama_index.tool_spec import MiniMaxToolSpec

__all__ = [
    "BrokenToolCallError",
    "MiniMax",
    "MiniMaxEmbedding",
    "MiniMaxSpeech",
    "MiniMaxToolSpec",
    "NoToolCallError",
    "UnknownArgumentError",
    "UnspeakableError",
]

_HOMES: Final = {
    "BrokenToolCallError": "errors",
    "MiniMax": "llm",
    "MiniMaxEmbedding": "embedding",
    "MiniMaxSpeech": "speech",
    "MiniMaxToolSpec": "tool_spec",
    "NoToolCallError": "errors",
    "UnknownArgumentError": "errors",
    "UnspeakableError": "errors",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        home = import_module(f"{__name__}.{_HOMES[name]}")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{error}. Install the extra: pip install 'minimax-adapters[llama-index]'",
            name=error.name,
        ) from error
    value = getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
