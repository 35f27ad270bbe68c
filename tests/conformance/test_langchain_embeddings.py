"""LangChain's standard suites on `MiniMaxEmbeddings`."""

# ruff: noqa: D102 - the suites say what their properties mean

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from minimax_adapters.langchain import MiniMaxEmbeddings

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from minimax_adapters.emulator import Emulator

KEY = "test-key"


class TestMiniMaxEmbeddingsUnit(EmbeddingsUnitTests):
    """Construction and environment."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return MiniMaxEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "embo-01", "api_key": KEY}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"MINIMAX_API_KEY": KEY}, {"model": "embo-01"}, {"api_key": KEY}


class TestMiniMaxEmbeddings(EmbeddingsIntegrationTests):
    """Calls against the emulator."""

    emulator: Emulator

    @pytest.fixture(autouse=True)
    def _use(self, emulator: Emulator) -> None:
        type(self).emulator = emulator

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return MiniMaxEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"api_key": self.emulator.api_key, "base_url": self.emulator.url}
