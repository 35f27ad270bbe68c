"""LangChain's standard suites on `ChatMiniMax`, with every capability that MiniMax documents."""

# ruff: noqa: D102 - the suites say what their properties mean

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Literal

import httpx
import pytest
from langchain_core.messages import AIMessage, message_chunk_to_message
from langchain_tests.integration_tests import ChatModelIntegrationTests, chat_models
from langchain_tests.unit_tests import ChatModelUnitTests

from minimax_adapters.api import InvalidInputError
from minimax_adapters.langchain import ChatMiniMax

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from minimax_adapters.emulator import Emulator

KEY = "test-key"
ONLY_PARTS = "MiniMax's page text-chat-openai has text, image_url and video_url parts only"
# The suite loads a picture from the network; one pixel says as much here.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class Capabilities:
    """What MiniMax documents, and what we do without: PDF and audio are expected to fail."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatMiniMax

    @property
    def has_tool_choice(self) -> bool:
        return True

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def supports_image_inputs(self) -> bool:
        return True

    @property
    def supports_image_urls(self) -> bool:
        return True

    @property
    def supports_image_tool_message(self) -> bool:
        return True

    @property
    def supports_video_inputs(self) -> bool:
        return True

    @property
    def supports_pdf_inputs(self) -> bool:
        return True

    @property
    def supports_pdf_tool_message(self) -> bool:
        return True

    @property
    def supports_audio_inputs(self) -> bool:
        return True

    @property
    def supports_anthropic_inputs(self) -> bool:
        return True

    @property
    def supports_model_override(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "MiniMax-M3.1-Flash"

    @property
    def enable_vcr_tests(self) -> bool:
        return True

    @property
    def supported_usage_metadata_details(self) -> dict[Literal["invoke", "stream"], list[Any]]:
        details = ["reasoning_output", "cache_read_input"]
        return {"invoke": details, "stream": details}


class TestChatMiniMaxUnit(Capabilities, ChatModelUnitTests):
    """Construction, environment, serialisation, binding."""

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": "MiniMax-M3", "api_key": KEY, "base_url": "https://api.minimax.io"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"MINIMAX_API_KEY": KEY}, {"model": "MiniMax-M3"}, {"api_key": KEY}


@pytest.mark.benchmark(max_time=0.05, min_rounds=1)
class TestChatMiniMax(Capabilities, ChatModelIntegrationTests):
    """Calls against the emulator."""

    emulator: Emulator

    @pytest.fixture(autouse=True)
    def _use(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        type(self).emulator = emulator
        monkeypatch.setattr(httpx, "get", lambda *_, **__: httpx.Response(200, content=PNG))
        monkeypatch.setattr(chat_models, "_get_base64_from_url", lambda _: "UklGRg==")

    @pytest.fixture(scope="class")
    @classmethod
    def vcr_config(cls) -> dict[str, Any]:
        """Record and play without the key, whatever the port of the emulator."""
        return {
            "match_on": ["method", "path", "body"],
            "filter_headers": ["authorization"],
            "allow_playback_repeats": True,
        }

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {
            "model": "MiniMax-M3",
            "api_key": self.emulator.api_key,
            "base_url": self.emulator.url,
        }

    @pytest.fixture
    def default_cassette_name(self) -> str:
        return "langchain_stream_time"

    def invoke_with_reasoning_output(self, *, stream: bool = False) -> AIMessage:
        return self._answer("Which river flows through Paris?", stream=stream)

    def invoke_with_cache_read_input(self, *, stream: bool = False) -> AIMessage:
        prompt = "Tell me about rivers. " * 100
        self._answer(prompt, stream=stream)
        return self._answer(prompt, stream=stream)

    def _answer(self, prompt: str, *, stream: bool) -> AIMessage:
        model = ChatMiniMax(**self.chat_model_params)
        if not stream:
            return model.invoke(prompt)
        first, *rest = model.stream(prompt)
        message = message_chunk_to_message(first + rest)
        assert isinstance(message, AIMessage)
        return message

    @pytest.mark.xfail(reason=ONLY_PARTS, raises=InvalidInputError)
    def test_pdf_inputs(self, model: BaseChatModel) -> None:
        super().test_pdf_inputs(model)

    @pytest.mark.xfail(reason=ONLY_PARTS, raises=InvalidInputError)
    def test_audio_inputs(self, model: BaseChatModel) -> None:
        super().test_audio_inputs(model)

    @pytest.mark.xfail(reason=ONLY_PARTS, raises=InvalidInputError)
    def test_pdf_tool_message(self, model: BaseChatModel) -> None:
        super().test_pdf_tool_message(model)


class TestChatMiniMaxBlocks(TestChatMiniMax):
    """The same calls with standard blocks as content."""

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {**super().chat_model_params, "output_version": "v1"}
