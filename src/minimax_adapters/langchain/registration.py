"""Makes `minimax:` a provider of LangChain's `init_chat_model` and `init_embeddings`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters._sealing import seal
from minimax_adapters.langchain._reasoning import PROVIDER
from minimax_adapters.langchain.errors import MiniMaxConfigurationError

if TYPE_CHECKING:
    from pydantic import BaseModel

_PACKAGE: Final = "minimax_adapters.langchain"
_MEMBERS: Final = 3
_REGISTRIES: Final = (
    ("langchain.chat_models.base", "_get_chat_model_creator", "ChatMiniMax"),
    ("langchain.embeddings.base", "_get_embeddings_class_creator", "MiniMaxEmbeddings"),
)


def register_with_langchain() -> None:
    """Make `minimax:<model>` known to `init_chat_model`, `create_agent` and `init_embeddings`.

    LangChain's list of providers is fixed and private, so this is for you to call, once per
    process. An entry for `minimax` that LangChain has already is left as it is.

    Raises:
        MiniMaxConfigurationError: `langchain` is not installed, or keeps its list elsewhere.

    Example:
        >>> from minimax_adapters.langchain import register_with_langchain
        >>> register_with_langchain()
        >>> from langchain.chat_models import init_chat_model
        >>> init_chat_model("minimax:MiniMax-M3").model
        'MiniMax-M3'
    """
    found = [_registry(module, creator) for module, creator, _ in _REGISTRIES]
    for (providers, creator), (_, _, name) in zip(found, _REGISTRIES, strict=True):
        if PROVIDER not in providers:
            providers[PROVIDER] = (_PACKAGE, name, _create)
            creator.cache_clear()


def _registry(module_name: str, creator_name: str) -> tuple[dict[str, Any], Any]:
    """Return LangChain's list of providers, and the cached function that reads it."""
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise MiniMaxConfigurationError(
            "register_with_langchain() needs the package langchain: pip install langchain"
        ) from error
    providers: Any = getattr(module, "_BUILTIN_PROVIDERS", None)
    creator = getattr(module, creator_name, None)
    if not _is_registry(providers) or not hasattr(creator, "cache_clear"):
        raise MiniMaxConfigurationError(
            f"This LangChain keeps its providers elsewhere than {module_name}. Make the model"
            " yourself, ChatMiniMax(model=...), and pass the object in place of 'minimax:...'."
        )
    return providers, creator


def _is_registry(providers: object) -> bool:
    """Return whether `providers` has the known shape: module, class and creator by name."""
    if not isinstance(providers, dict) or not providers:
        return False
    return all(isinstance(entry, tuple) and len(entry) == _MEMBERS for entry in providers.values())


def _create(cls: type[BaseModel], **arguments: Any) -> object:  # noqa: ANN401 - passed on as it came
    seal(arguments, cls)
    return cls(**arguments)
