"""The floor of each framework: models that answer from memory with as little as it asks for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms.callbacks import llm_chat_callback
from llama_index.core.llms.llm import LLM
from llama_index_instrumentation.event_handlers import BaseEventHandler

from benchmarks import raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class FakeLangChain(BaseChatModel):
    """Yields `texts`, and `thinking` before them."""

    texts: list[str]
    thinking: tuple[str, ...] = ()

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        message = AIMessage(content=self.texts[0])
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(self, *_: Any, **__: Any) -> ChatResult:
        return self._generate()

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        for text in self.thinking:
            members = {"reasoning_content": text}
            yield ChatGenerationChunk(message=AIMessageChunk(content="", additional_kwargs=members))
        for text in self.texts:
            yield ChatGenerationChunk(message=AIMessageChunk(content=text))

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream():
            yield chunk


class PacedLangChain(FakeLangChain):
    """Yields 50 texts a second, as the server of the crowd does."""

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream():
            await asyncio.sleep(0.02)
            yield chunk


class BareLangChain(FakeLangChain):
    """The least a provider can do: raw httpx and json inside a model of LangChain."""

    url: str
    http: Any

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        message = AIMessage(content=raw.ask(self.http, self.url))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        for text in raw.texts(self.http, self.url):
            yield ChatGenerationChunk(message=AIMessageChunk(content=text))


class FakeLangChainBlocks(FakeLangChain):
    """Yields standard content blocks, as `output_version="v1"` has them."""

    def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
        for text in self.texts:
            content: list[str | dict[Any, Any]] = [{"type": "text", "text": text, "index": 0}]
            members = {"output_version": "v1"}
            message = AIMessageChunk(content=content, response_metadata=members)
            yield ChatGenerationChunk(message=message)


class FakeLangChainEvents(FakeLangChain):
    """Yields protocol events, as `version="v3"` has them."""

    def _stream_chat_model_events(self, *_: Any, **__: Any) -> Iterator[dict[str, Any]]:
        block = {"type": "text", "text": ""}
        yield {"event": "message-start", "role": "ai", "id": "fake", "metadata": {}}
        yield {"event": "content-block-start", "index": 0, "content": block}
        for text in self.texts:
            delta = {"type": "text-delta", "text": text}
            yield {"event": "content-block-delta", "index": 0, "delta": delta}
        whole = {"type": "text", "text": "".join(self.texts)}
        yield {"event": "content-block-finish", "index": 0, "content": whole}
        yield {"event": "message-finish", "metadata": {}}

    async def _astream_chat_model_events(self, *_: Any, **__: Any) -> AsyncIterator[dict[str, Any]]:
        for event in self._stream_chat_model_events():
            yield event


class FakeLlamaIndex(LLM):
    """Yields `texts` in messages that hold all text so far."""

    texts: list[str]

    @property
    def metadata(self) -> LLMMetadata:
        """Say that it is a chat model."""
        return LLMMetadata(is_chat_model=True)

    @llm_chat_callback()
    def chat(self, messages: Any, **_: Any) -> ChatResponse:
        """Return the first text."""
        message = ChatMessage(role=MessageRole.ASSISTANT, content=self.texts[0])
        return ChatResponse(message=message)

    @llm_chat_callback()
    async def achat(self, messages: Any, **_: Any) -> ChatResponse:
        """Return the first text."""
        message = ChatMessage(role=MessageRole.ASSISTANT, content=self.texts[0])
        return ChatResponse(message=message)

    @llm_chat_callback()
    def stream_chat(self, messages: Any, **_: Any) -> Any:
        """Yield the texts."""
        return self._responses()

    @llm_chat_callback()
    async def astream_chat(self, messages: Any, **_: Any) -> Any:
        """Yield the texts."""
        return self._aresponses()

    def _responses(self) -> Iterator[ChatResponse]:
        content = ""
        for text in self.texts:
            content += text
            message = ChatMessage(role=MessageRole.ASSISTANT, content=content)
            yield ChatResponse(message=message, delta=text)

    async def _aresponses(self) -> AsyncIterator[ChatResponse]:
        for response in self._responses():
            yield response

    def complete(self, *_: Any, **__: Any) -> CompletionResponse:
        """Refuse: nothing here completes."""
        raise NotImplementedError

    async def acomplete(self, *_: Any, **__: Any) -> CompletionResponse:
        """Refuse: nothing here completes."""
        raise NotImplementedError

    def stream_complete(self, *_: Any, **__: Any) -> Any:
        """Refuse: nothing here completes."""
        raise NotImplementedError

    async def astream_complete(self, *_: Any, **__: Any) -> Any:
        """Refuse: nothing here completes."""
        raise NotImplementedError


class Observer(BaseEventHandler):
    """Is told of LlamaIndex's events, and does nothing with them."""

    @classmethod
    def class_name(cls) -> str:
        """Return the name."""
        return "Observer"

    def handle(self, event: Any, **_: Any) -> None:
        """Do nothing."""
