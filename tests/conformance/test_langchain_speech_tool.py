"""LangChain's standard suites on `MiniMaxSpeechTool`."""

# ruff: noqa: D102 - the suites say what their properties mean

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from minimax_adapters.langchain import MiniMaxSpeechTool

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from minimax_adapters.emulator import Emulator

KEY = "test-key"


class TestMiniMaxSpeechToolUnit(ToolsUnitTests):
    """Construction, environment, schema."""

    @property
    def tool_constructor(self) -> type[BaseTool]:
        return MiniMaxSpeechTool

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {"api_key": KEY}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"text": "Good morning!"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"MINIMAX_API_KEY": KEY}, {}, {"name": "text_to_speech"}


class TestMiniMaxSpeechTool(ToolsIntegrationTests):
    """Calls against the emulator."""

    emulator: Emulator

    @pytest.fixture(autouse=True)
    def _use(self, emulator: Emulator) -> None:
        type(self).emulator = emulator

    @property
    def tool_constructor(self) -> type[BaseTool]:
        return MiniMaxSpeechTool

    @property
    def tool_constructor_params(self) -> dict[str, Any]:
        return {"api_key": self.emulator.api_key, "base_url": self.emulator.url}

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"text": "Good morning!"}
