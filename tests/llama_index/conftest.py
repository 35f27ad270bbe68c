"""Adapters that talk to the emulator."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding, MiniMaxSpeech

# Test folders are no packages, so that the module they share is found by this.
sys.path.insert(0, str(Path(__file__).parent))

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

# What LlamaIndex does to pydantic and to its own workflows; warnings of ours stay errors.
OF_THE_CORE: Final = (
    "ignore:Skipping serialization of known unserializable key",
    "ignore:is_running called from within a step:DeprecationWarning",
    "ignore:The `__fields__` attribute:pydantic.warnings.PydanticDeprecatedSince20",
    "ignore:The `__fields_set__` attribute:pydantic.warnings.PydanticDeprecatedSince20",
    "ignore:The `json` method is deprecated:pydantic.warnings.PydanticDeprecatedSince20",
    "ignore:Accessing the 'model_:pydantic.warnings.PydanticDeprecatedSince211",
)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the core's own warnings pass in this folder, the only one that pytest asks here for."""
    for warning in OF_THE_CORE:
        item.add_marker(pytest.mark.filterwarnings(warning))


@pytest.fixture
def llm(emulator: Emulator) -> MiniMax:
    """Return a chat model that does not retry."""
    return MiniMax(api_key=emulator.api_key, api_base=emulator.url, max_retries=0)


@pytest.fixture
def embedding(emulator: Emulator) -> MiniMaxEmbedding:
    """Return an embedding model that does not retry."""
    return MiniMaxEmbedding(api_key=emulator.api_key, api_base=emulator.url, max_retries=0)


@pytest.fixture
def speech(emulator: Emulator) -> MiniMaxSpeech:
    """Return a voice that does not retry."""
    return MiniMaxSpeech(api_key=emulator.api_key, api_base=emulator.url, max_retries=0)
