"""`register_with_langchain()`: an explicit opt-in, and a clear word if LangChain changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import langchain.chat_models.base as chat_registry
import langchain.embeddings.base as embeddings_registry
import pytest
from langchain.agents import create_agent
from langchain.chat_models import init_chat_model
from langchain.embeddings import init_embeddings
from langchain_core.messages import HumanMessage

from minimax_adapters.langchain import (
    ChatMiniMax,
    MiniMaxConfigurationError,
    MiniMaxEmbeddings,
    register_with_langchain,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.emulator import Emulator


@pytest.fixture(autouse=True)
def _own_registries(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> Iterator[None]:
    """Leave LangChain's lists as they were."""
    creators = (
        chat_registry._get_chat_model_creator,
        embeddings_registry._get_embeddings_class_creator,
    )
    for registry in (chat_registry, embeddings_registry):
        known = {k: v for k, v in registry._BUILTIN_PROVIDERS.items() if k != "minimax"}
        monkeypatch.setattr(registry, "_BUILTIN_PROVIDERS", known)
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    for creator in creators:
        creator.cache_clear()
    yield
    for creator in creators:
        creator.cache_clear()


def test_names_work_after_registration() -> None:
    """For the model, for embeddings, and for agents."""
    with pytest.raises(ValueError, match="minimax"):
        init_chat_model("MiniMax-M3", model_provider="minimax")

    register_with_langchain()
    register_with_langchain()

    assert isinstance(init_chat_model("minimax:MiniMax-M3", temperature=0.1), ChatMiniMax)
    assert isinstance(init_chat_model("MiniMax-M3", model_provider="minimax"), ChatMiniMax)
    assert isinstance(init_embeddings("minimax:embo-01"), MiniMaxEmbeddings)
    state = create_agent("minimax:MiniMax-M3").invoke({"messages": [HumanMessage("Hello")]})
    assert state["messages"][-1].content


def test_entry_of_langchain_itself_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A future LangChain may have one."""
    theirs: Any = ("langchain_minimax", "ChatMiniMax", None)
    monkeypatch.setitem(chat_registry._BUILTIN_PROVIDERS, "minimax", theirs)

    register_with_langchain()

    assert chat_registry._BUILTIN_PROVIDERS["minimax"] == theirs


@pytest.mark.parametrize("providers", [None, {}, {"openai": "langchain_openai"}])
def test_changed_langchain_is_reported(monkeypatch: pytest.MonkeyPatch, providers: object) -> None:
    """Nothing is written to a place that may mean something else now."""
    monkeypatch.setattr(chat_registry, "_BUILTIN_PROVIDERS", providers)

    with pytest.raises(MiniMaxConfigurationError, match=r"ChatMiniMax\(model"):
        register_with_langchain()

    assert "minimax" not in embeddings_registry._BUILTIN_PROVIDERS


def test_missing_langchain_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The adapters need `langchain-core` only."""
    monkeypatch.setitem(__import__("sys").modules, "langchain.chat_models.base", None)

    with pytest.raises(MiniMaxConfigurationError, match="pip install langchain"):
        register_with_langchain()
