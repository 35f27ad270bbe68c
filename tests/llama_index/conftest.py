"""Adapters that talk to the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding, MiniMaxSpeech

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator


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
