"""What imports and construction cost: every process pays for the first, some apps for each request.

Times are compared by `make bench`, never here.
"""

from __future__ import annotations

import pickle
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest
from counting import calls_of
from langchain_core.language_models import GenericFakeChatModel

from minimax_adapters.api import Client
from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech
from minimax_adapters.langchain._connection import Connection
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from pydantic import BaseModel


def test_constructing_a_model_takes_few_calls() -> None:
    """Some apps make one for each request; a third of the calls are for its settings."""
    floor = calls_of(lambda: GenericFakeChatModel(messages=iter(())))

    assert calls_of(lambda: ChatMiniMax(api_key="key")) <= 3.6 * floor


def test_constructing_models_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Apps make models while they are imported, and fork afterwards."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket or TLS context was made")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(httpx, "create_ssl_context", refuse)

    ChatMiniMax(api_key="key")
    MiniMax(api_key="key")
    pickle.dumps(Client(api_key="key"))


@pytest.mark.parametrize(
    ("imports", "absent"),
    [
        ("minimax_adapters", "httpx langchain_core llama_index pydantic"),
        ("minimax_adapters.api", "langchain_core llama_index uvicorn starlette numpy openai"),
        (
            "minimax_adapters.langchain",
            "minimax_adapters.api httpx llama_index langgraph langchain uvicorn openai numpy",
        ),
        ("minimax_adapters.langchain", "minimax_adapters.langchain.embeddings"),
        (
            "minimax_adapters.llama_index.llm, minimax_adapters.llama_index.embedding",
            "minimax_adapters.api httpx langchain_core uvicorn starlette openai",
        ),
    ],
)
def test_an_import_brings_only_what_it_needs(imports: str, absent: str) -> None:
    """Every second of a cold start is paid for by someone."""
    code = f"import sys, {imports}; print([m for m in {absent.split()} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("owner", [ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech])
def test_only_a_class_that_has_objects_is_built(owner: type[BaseModel]) -> None:
    """Pydantic takes as long for each of its bases, and that was half of importing it."""
    ours = [kind for kind in owner.__mro__ if issubclass(kind, Connection)]

    assert [kind for kind in ours if kind.__pydantic_complete__] == [owner]
