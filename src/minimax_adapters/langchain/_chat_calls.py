"""The hooks that LangChain calls on a chat model: whole answers, chunks, and protocol events.

Each exists in both colours and is a few lines over the client; what it says is made by
`_requests`, `_replies` and `_events`, which are imported with the first call.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from minimax_adapters.langchain._connection import Connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.messages import BaseMessage
    from langchain_protocol.protocol import MessagesData

    from minimax_adapters.api import ChatReply, ChatRequest


class ChatCalls(Connection, BaseChatModel):
    """A chat model whose requests are made by a subclass."""

    @abstractmethod
    def _request(
        self, messages: list[BaseMessage], stop: list[str] | None, arguments: Mapping[str, Any]
    ) -> ChatRequest:
        """Return the request of one call."""

    def _result(self, reply: ChatReply) -> ChatResult:
        from minimax_adapters.langchain._replies import message_from  # noqa: PLC0415

        message = message_from(reply, as_blocks=self.output_version == "v1")
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> ChatResult:
        with _translated():
            return self._result(self._client.chat(self._request(messages, stop, kwargs)))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> ChatResult:
        with _translated():
            request = self._request(messages, stop, kwargs)
            return self._result(await self._async_client.chat(request))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> Iterator[ChatGenerationChunk]:
        from minimax_adapters.langchain._replies import ChunkBuilder  # noqa: PLC0415

        builder = ChunkBuilder(as_blocks=self.output_version == "v1")
        with (
            _translated(),
            self._client.stream_chat(self._request(messages, stop, kwargs)) as events,
        ):
            for event in events:
                yield builder.chunk(event)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> AsyncIterator[ChatGenerationChunk]:
        from minimax_adapters.langchain._replies import ChunkBuilder  # noqa: PLC0415

        builder = ChunkBuilder(as_blocks=self.output_version == "v1")
        with _translated():
            request = self._request(messages, stop, kwargs)
            async with self._async_client.stream_chat(request) as events:
                async for event in events:
                    yield builder.chunk(event)

    def _stream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> Iterator[MessagesData]:
        from minimax_adapters.langchain._events import EventBuilder  # noqa: PLC0415

        with _translated():
            request = self._request(messages, stop, kwargs)
            builder = EventBuilder(_message_id(run_manager), request.model)
            with self._client.stream_chat(request) as events:
                for event in events:
                    yield from builder.events(event)

    async def _astream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> AsyncIterator[MessagesData]:
        from minimax_adapters.langchain._events import EventBuilder  # noqa: PLC0415

        with _translated():
            request = self._request(messages, stop, kwargs)
            builder = EventBuilder(_message_id(run_manager), request.model)
            async with self._async_client.stream_chat(request) as events:
                async for event in events:
                    for protocol_event in builder.events(event):
                        yield protocol_event


def _translated() -> Any:  # noqa: ANN401 - a context manager
    from minimax_adapters.langchain.errors import translated  # noqa: PLC0415

    return translated()


def _message_id(
    run_manager: CallbackManagerForLLMRun | AsyncCallbackManagerForLLMRun | None,
) -> str | None:
    return f"lc_run--{run_manager.run_id}" if run_manager else None
