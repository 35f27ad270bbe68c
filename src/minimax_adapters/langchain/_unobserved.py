"""Calls that nobody observes, without what LangChain does for callbacks if there are none.

Its `stream()` holds every chunk until the end, merges them, and offers each to handlers: half of
the memory of many streams at once, and a third of the work. Its `ainvoke()` begins a task, and
describes call and answer. Without a handler nobody would see any of it. Wherever there is one,
tracing and debugging included, LangChain does all of it.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any, Final

from langchain_core.callbacks import (
    AsyncCallbackManager,
    AsyncCallbackManagerForLLMRun,
    CallbackManager,
    CallbackManagerForLLMRun,
)
from langchain_core.globals import get_llm_cache
from langchain_core.language_models import BaseChatModel, chat_models
from langchain_core.runnables.config import ensure_config
from langchain_core.utils.uuid import uuid7
from typing_extensions import override

from minimax_adapters._sealing import seal
from minimax_adapters.langchain._chat_calls import ChatCalls
from minimax_adapters.langchain._originals import Originals

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
    from langchain_core.outputs import ChatResult
    from langchain_core.runnables import RunnableConfig

# Private to LangChain: where it is missing, LangChain calls as it thinks best.
_normalized: Final[Any] = getattr(chat_models, "_normalize_messages", None)
_FOR_TRACES: Final = ("ls_structured_output_format", "structured_output_format")
# What is left out, by what is called, where a class may have other methods, and what observers are
# told by. The first are those of the class behind this one, which `super()` calls.
_CALLED: Final = {
    name: Originals(BaseChatModel, name) for name in ("invoke", "ainvoke", "stream", "astream")
}
_INSIDE: Final = {
    "invoke": Originals(BaseChatModel, "generate", "generate_prompt", "_generate_with_cache"),
    "ainvoke": Originals(BaseChatModel, "agenerate", "agenerate_prompt", "_agenerate_with_cache"),
}
_OURS: Final = {
    "invoke": "_generate",
    "ainvoke": "_agenerate",
    "stream": "_stream",
    "astream": "_astream",
}
_TELLING: Final = {
    CallbackManager: (
        Originals(CallbackManager, "on_chat_model_start"),
        Originals(CallbackManagerForLLMRun, "on_llm_new_token", "on_llm_end", "on_llm_error"),
    ),
    AsyncCallbackManager: (
        Originals(AsyncCallbackManager, "on_chat_model_start"),
        Originals(AsyncCallbackManagerForLLMRun, "on_llm_new_token", "on_llm_end", "on_llm_error"),
    ),
}


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
        seal(kwargs, type(self))  # No argument of a call is a key, so one will be refused.
        message_id = None
        if not (self._is_cached() or self._should_stream(async_api=False, **kwargs)):
            message_id = self._unobserved(CallbackManager, "invoke", config)
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
        seal(kwargs, type(self))  # No argument of a call is a key, so one will be refused.
        message_id = None
        if not (self._is_cached() or self._should_stream(async_api=True, **kwargs)):
            message_id = self._unobserved(AsyncCallbackManager, "ainvoke", config)
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
        seal(kwargs, type(self))  # No argument of a call is a key, so one will be refused.
        message_id = None
        if self._should_stream(async_api=False, **{**kwargs, "stream": True}):
            message_id = self._unobserved(CallbackManager, "stream", config)
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
        seal(kwargs, type(self))  # No argument of a call is a key, so one will be refused.
        message_id = None
        if self._should_stream(async_api=True, **{**kwargs, "stream": True}):
            message_id = self._unobserved(AsyncCallbackManager, "astream", config)
        written: AsyncIterator[AIMessageChunk]
        if message_id is None:
            written = super().astream(input, config, stop=stop, **kwargs)
        else:
            messages = self._input_messages(input, kwargs)
            if self.rate_limiter:
                await self.rate_limiter.aacquire(blocking=True)
            written = self._awritten(_as_it_is, messages, stop, kwargs, message_id)
        try:
            async for message in written:
                yield message
        finally:
            await _close(written)

    def _unobserved(
        self,
        managers: type[CallbackManager | AsyncCallbackManager],
        method: str,
        config: RunnableConfig | None,
    ) -> str | None:
        """Return the id of the message, None if LangChain has to make the call."""
        if _normalized is None or not self._is_langchains(managers, method):
            return None
        config = ensure_config(config)
        run_id = config.get("run_id")
        if not isinstance(run_id, uuid.UUID | None):
            return None  # LangChain says what is wrong with it.
        if managers.configure(config.get("callbacks"), self.callbacks, self.verbose).handlers:
            return None
        return f"lc_run--{run_id or uuid7()}"

    @classmethod
    def _is_langchains(
        cls, managers: type[CallbackManager | AsyncCallbackManager], method: str
    ) -> bool:
        """Return whether the call is LangChain's own, with nothing of others in it."""
        own = _OURS[method]
        return (
            _CALLED[method].are_in(super())
            and getattr(cls, own) is getattr(ChatCalls, own)
            and (method not in _INSIDE or _INSIDE[method].are_in(cls))
            and all(each.are_in() for each in _TELLING[managers])
        )

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


async def _close(written: AsyncIterator[AIMessageChunk]) -> None:
    """Close what a stream is made of, unless the event loop is just closing it, too."""
    generator: Any = written
    # Python refuses to close a generator that is being closed; a loop that ends closes all.
    if not getattr(asyncio.get_running_loop(), "_asyncgens_shutdown_called", True):
        await generator.aclose()
