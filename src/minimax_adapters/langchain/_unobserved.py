"""Calls that nobody observes, without what LangChain does for callbacks if there are none.

Its `stream()` holds every chunk until the end, merges them, and offers each to handlers: half of
the memory of many streams at once, and a third of the work. Its `ainvoke()` begins a task, and
describes call and answer. Without a handler nobody would see any of it. Wherever there is one,
tracing and debugging included, LangChain does all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_core.callbacks import AsyncCallbackManager, CallbackManager
from langchain_core.globals import get_llm_cache
from langchain_core.language_models import chat_models
from langchain_core.runnables.config import ensure_config
from langchain_core.utils.uuid import uuid7
from typing_extensions import override

from minimax_adapters.langchain._chat_calls import ChatCalls

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
    from langchain_core.outputs import ChatResult
    from langchain_core.runnables import RunnableConfig

# Private to LangChain: where it is missing, LangChain calls as it thinks best.
_normalized: Final[Any] = getattr(chat_models, "_normalize_messages", None)
_FOR_TRACES: Final = ("ls_structured_output_format", "structured_output_format")
# The methods that are left out: where a subclass has others, those are called.
_OF_INVOKE: Final = ("generate", "generate_prompt", "_generate")
_OF_AINVOKE: Final = ("agenerate", "agenerate_prompt", "_agenerate")
_OF_STREAM: Final = ("_stream",)
_OF_ASTREAM: Final = ("_astream",)


class UnobservedCalls(ChatCalls):
    """A chat model whose calls cost what they must, and what observers need if there are any."""

    @override
    def invoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        message_id = None
        if not (self._is_cached() or self._should_stream(async_api=False, **kwargs)):
            message_id = self._unobserved(CallbackManager, config, _OF_INVOKE)
        if message_id is None:
            return super().invoke(input, config, stop=stop, **kwargs)
        messages = self._input_messages(input, kwargs)
        if self.rate_limiter:
            self.rate_limiter.acquire(blocking=True)
        return _answer(self._generate(messages, stop=stop, **kwargs), message_id)

    @override
    async def ainvoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AIMessage:
        message_id = None
        if not (self._is_cached() or self._should_stream(async_api=True, **kwargs)):
            message_id = self._unobserved(AsyncCallbackManager, config, _OF_AINVOKE)
        if message_id is None:
            return await super().ainvoke(input, config, stop=stop, **kwargs)
        messages = self._input_messages(input, kwargs)
        if self.rate_limiter:
            await self.rate_limiter.aacquire(blocking=True)
        return _answer(await self._agenerate(messages, stop=stop, **kwargs), message_id)

    @override
    def stream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> Iterator[AIMessageChunk]:
        message_id = None
        if self._should_stream(async_api=False, **{**kwargs, "stream": True}):
            message_id = self._unobserved(CallbackManager, config, _OF_STREAM)
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
        message_id = None
        if self._should_stream(async_api=True, **{**kwargs, "stream": True}):
            message_id = self._unobserved(AsyncCallbackManager, config, _OF_ASTREAM)
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
        left_out: tuple[str, ...],
    ) -> str | None:
        """Return the id of the message, None if LangChain has to make the call."""
        own = type(self)
        if _normalized is None or any(
            getattr(own, name) is not getattr(ChatCalls, name) for name in left_out
        ):
            return None
        config = ensure_config(config)
        if managers.configure(config.get("callbacks"), self.callbacks, self.verbose).handlers:
            return None
        return f"lc_run--{config.get('run_id') or uuid7()}"

    def _is_cached(self) -> bool:
        return self.cache is not False and (self.cache is not None or get_llm_cache() is not None)

    def _input_messages(
        self, model_input: LanguageModelInput, arguments: dict[str, Any]
    ) -> list[BaseMessage]:
        for name in _FOR_TRACES:
            arguments.pop(name, None)
        messages: list[BaseMessage] = _normalized(self._convert_input(model_input).to_messages())
        return messages


def _answer(result: ChatResult, message_id: str) -> AIMessage:
    message = result.generations[0].message
    message.id = f"{message_id}-0"
    return message  # type: ignore[return-value]  # models write nothing else


def _as_it_is(message: AIMessageChunk) -> AIMessageChunk:
    return message
