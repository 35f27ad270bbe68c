"""The hooks that LangChain calls on a chat model: whole answers, chunks, and protocol events.

Each exists in both colours and is a few lines over the client; what it says is made by
`_requests`, `_replies` and `_events`, which are imported with the first call.

The end of a stream is said after its connection is given back: LangChain leaves the generator
where it is after the last event, and the collector would close the connection at a moment when
the pool of connections may be locked.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.outputs import ChatGeneration, ChatResult
from typing_extensions import override

from minimax_adapters.langchain._connection import Connection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_core.outputs import ChatGenerationChunk
    from langchain_protocol.protocol import MessagesData

    from minimax_adapters.api import ChatEvent, ChatReply, ChatRequest
    from minimax_adapters.api._streams import AsyncEventStream, EventStream

C = TypeVar("C")


class ChatCalls(Connection, BaseChatModel):
    """A chat model whose requests are made by a subclass."""

    @abstractmethod
    def _request(
        self, messages: list[BaseMessage], stop: list[str] | None, arguments: Mapping[str, Any]
    ) -> ChatRequest:
        """Return the request of one call."""

    def _result(self, reply: ChatReply) -> ChatResult:
        from minimax_adapters.langchain._replies import message_from  # noqa: PLC0415 - slow to import

        message = message_from(reply, as_blocks=self.output_version == "v1")
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _should_stream(
        self,
        *,
        async_api: bool,
        run_manager: CallbackManagerForLLMRun | AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - passed on as it came
    ) -> bool:
        # LangChain knows `streaming` as a field only, and `stream` for a call.
        if (streaming := kwargs.get("streaming")) is not None:
            kwargs.setdefault("stream", streaming)
        return super()._should_stream(async_api=async_api, run_manager=run_manager, **kwargs)

    @override
    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with _translated():
            return self._result(self._client.chat(self._request(messages, stop, kwargs)))

    @override
    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with _translated():
            request = self._request(messages, stop, kwargs)
            return self._result(await self._async_client.chat(request))

    @override
    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        from minimax_adapters.langchain._chunks import generation_of  # noqa: PLC0415 - slow to import

        return self._written(self._asked(messages, stop, kwargs), generation_of)

    @override
    def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        from minimax_adapters.langchain._chunks import generation_of  # noqa: PLC0415 - slow to import

        return self._awritten(self._aasked(messages, stop, kwargs), generation_of)

    def _asked(
        self, messages: list[BaseMessage], stop: list[str] | None, arguments: Mapping[str, Any]
    ) -> EventStream[ChatEvent]:
        with _translated():
            return self._client.stream_chat(self._request(messages, stop, arguments))

    def _aasked(
        self, messages: list[BaseMessage], stop: list[str] | None, arguments: Mapping[str, Any]
    ) -> AsyncEventStream[ChatEvent]:
        with _translated():
            return self._async_client.stream_chat(self._request(messages, stop, arguments))

    def _written(
        self,
        asked: EventStream[ChatEvent],
        shown: Callable[[AIMessageChunk], C],
        message_id: str | None = None,
    ) -> Iterator[C]:
        """Yield the answer as it is written, each chunk as `shown` makes it."""
        from minimax_adapters.langchain._replies import ChunkBuilder  # noqa: PLC0415 - slow to import

        builder = ChunkBuilder(as_blocks=self.output_version == "v1", message_id=message_id)
        end = None
        with _translated():
            with asked as events:
                for event in events:
                    if not builder.ends(event):
                        yield shown(builder.message(event))
                    else:
                        end = event
            if end is not None:
                yield shown(builder.message(end))

    async def _awritten(
        self,
        asked: AsyncEventStream[ChatEvent],
        shown: Callable[[AIMessageChunk], C],
        message_id: str | None = None,
    ) -> AsyncIterator[C]:
        """Yield the answer as it is written; see `_written()`."""
        from minimax_adapters.langchain._replies import ChunkBuilder  # noqa: PLC0415 - slow to import

        builder = ChunkBuilder(as_blocks=self.output_version == "v1", message_id=message_id)
        end = None
        with _translated():
            async with asked as events:
                async for event in events:
                    if not builder.ends(event):
                        yield shown(builder.message(event))
                    else:
                        end = event
            if end is not None:
                yield shown(builder.message(end))

    def _stream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - passed on as it came
    ) -> Iterator[MessagesData]:
        from minimax_adapters.langchain._events import EventBuilder  # noqa: PLC0415 - slow to import

        with _translated():
            request = self._request(messages, stop, kwargs)
            builder, end = EventBuilder(_message_id(run_manager), request.model), None
            with self._client.stream_chat(request) as events:
                for event in events:
                    if not builder.ends(event):
                        yield from builder.events(event)
                    else:
                        end = event
            if end is not None:
                yield from builder.events(end)

    async def _astream_chat_model_events(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - passed on as it came
    ) -> AsyncIterator[MessagesData]:
        from minimax_adapters.langchain._events import EventBuilder  # noqa: PLC0415 - slow to import

        with _translated():
            request = self._request(messages, stop, kwargs)
            builder, end = EventBuilder(_message_id(run_manager), request.model), None
            async with self._async_client.stream_chat(request) as events:
                async for event in events:
                    if builder.ends(event):
                        end = event
                        continue
                    for protocol_event in builder.events(event):
                        yield protocol_event
            for protocol_event in builder.events(end) if end is not None else ():
                yield protocol_event


def _translated() -> AbstractContextManager[None]:
    from minimax_adapters.langchain.errors import translated  # noqa: PLC0415 - slow to import

    return translated()


def _message_id(
    run_manager: CallbackManagerForLLMRun | AsyncCallbackManagerForLLMRun | None,
) -> str | None:
    return f"lc_run--{run_manager.run_id}" if run_manager else None
