"""Streams that nobody observes: LangChain keeps all chunks for callbacks, also if there are none.

Its `stream()` holds every chunk until the end, merges them, and offers each to handlers: half of
the memory of many streams at once, and a third of the work. Without a handler nobody would see it,
so the chunks pass through here. Wherever there is one, tracing included, LangChain does it all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_core.callbacks import AsyncCallbackManager, CallbackManager
from langchain_core.language_models import chat_models
from langchain_core.runnables.config import ensure_config
from langchain_core.utils.uuid import uuid7
from typing_extensions import override

from minimax_adapters.langchain._chat_calls import ChatCalls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_core.runnables import RunnableConfig

# Private to LangChain: where it is missing, LangChain streams as it thinks best.
_normalized: Final[Any] = getattr(chat_models, "_normalize_messages", None)
_FOR_TRACES: Final = ("ls_structured_output_format", "structured_output_format")


class UnobservedStreams(ChatCalls):
    """A chat model whose streams cost what they must, and what observers need if there are any."""

    @override
    def stream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessageChunk]:
        message_id = self._unobserved(CallbackManager, config, kwargs, async_api=False)
        if message_id is None:
            yield from super().stream(input, config, stop=stop, **kwargs)
            return
        messages = self._input_messages(input, kwargs)
        if self.rate_limiter:
            self.rate_limiter.acquire(blocking=True)
        yield from self._written(_as_it_is, messages, stop, kwargs, message_id)

    @override
    async def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        message_id = self._unobserved(AsyncCallbackManager, config, kwargs, async_api=True)
        if message_id is None:
            async for message in super().astream(input, config, stop=stop, **kwargs):
                yield message
            return
        messages = self._input_messages(input, kwargs)
        if self.rate_limiter:
            await self.rate_limiter.aacquire(blocking=True)
        async for message in self._awritten(_as_it_is, messages, stop, kwargs, message_id):
            yield message

    def _unobserved(
        self,
        managers: type[CallbackManager | AsyncCallbackManager],
        config: RunnableConfig | None,
        arguments: dict[str, Any],
        *,
        async_api: bool,
    ) -> str | None:
        """Return the id of the messages, None if LangChain has to stream them."""
        if _normalized is None or self._is_streamed_otherwise():
            return None
        if not self._should_stream(async_api=async_api, **{**arguments, "stream": True}):
            return None
        config = ensure_config(config)
        if managers.configure(config.get("callbacks"), self.callbacks, self.verbose).handlers:
            return None
        return f"lc_run--{config.get('run_id') or uuid7()}"

    @classmethod
    def _is_streamed_otherwise(cls) -> bool:
        """Return whether a subclass makes chunks, which LangChain completes where needed."""
        theirs = (ChatCalls._stream, ChatCalls._astream)  # noqa: SLF001 - of the base class
        return (cls._stream, cls._astream) != theirs

    def _input_messages(
        self, model_input: LanguageModelInput, arguments: dict[str, Any]
    ) -> list[BaseMessage]:
        for name in _FOR_TRACES:
            arguments.pop(name, None)
        messages: list[BaseMessage] = _normalized(self._convert_input(model_input).to_messages())
        return messages


def _as_it_is(message: AIMessageChunk) -> AIMessageChunk:
    return message
