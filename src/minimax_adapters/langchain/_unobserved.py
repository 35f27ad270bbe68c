"""Calls that nobody observes, without what LangChain does for callbacks if there are none.

Its `stream()` holds every chunk until the end, merges them, and offers each to handlers: half of
the memory of many streams at once, and a third of the work. Its `ainvoke()` begins a task, and
describes call and answer. Without a handler nobody would see any of it. Wherever there is one,
tracing and debugging included, LangChain does all of it.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any, Final, NamedTuple

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

from minimax_adapters._originals import Originals
from minimax_adapters._sealing import seal
from minimax_adapters.langchain._arguments import refuse_of_config
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


class _Way(NamedTuple):
    """One of the four ways to call a model, and whose methods LangChain calls then.

    Attributes:
        managers: What finds the observers.
        called: The method itself, as the class behind this one has it.
        inside: What LangChain calls in it, and is left out.
        own: What is called in both cases; where a subclass has another, LangChain completes that.
        telling: What observers are told by.
        streams: Whether the answer comes in chunks.
    """

    managers: type[CallbackManager | AsyncCallbackManager]
    called: Originals
    inside: Originals
    own: str
    telling: tuple[Originals, Originals]
    streams: bool

    def is_langchains(self, behind: Any, model: ChatCalls) -> bool:  # noqa: ANN401 - what super() is
        """Return whether a call of `model` is LangChain's own, with nothing of others in it."""
        cls = type(model)
        return (
            self.called.are_in(behind)
            and getattr(cls, self.own) is getattr(ChatCalls, self.own)
            and self.own not in vars(model)
            and self.inside.are_in(cls)
            and self.inside.are_of_class(model)
            and all(each.are_in() for each in self.telling)
        )


# What LangChain calls in each call, and in those whose answer comes whole.
_EACH: Final = ("_get_invocation_params",)
_WHOLE: Final = ("_combine_llm_outputs",)
_EVENTS: Final = ("on_llm_new_token", "on_llm_end", "on_llm_error")
_TELLING: Final = (
    Originals(CallbackManager, "on_chat_model_start"),
    Originals(CallbackManagerForLLMRun, *_EVENTS),
)
_ATELLING: Final = (
    Originals(AsyncCallbackManager, "on_chat_model_start"),
    Originals(AsyncCallbackManagerForLLMRun, *_EVENTS),
)
_INVOKE: Final = _Way(
    CallbackManager,
    Originals(BaseChatModel, "invoke"),
    Originals(
        BaseChatModel, "generate", "generate_prompt", "_generate_with_cache", *_EACH, *_WHOLE
    ),
    "_generate",
    _TELLING,
    streams=False,
)
_AINVOKE: Final = _Way(
    AsyncCallbackManager,
    Originals(BaseChatModel, "ainvoke"),
    Originals(
        BaseChatModel, "agenerate", "agenerate_prompt", "_agenerate_with_cache", *_EACH, *_WHOLE
    ),
    "_agenerate",
    _ATELLING,
    streams=False,
)
_STREAM: Final = _Way(
    CallbackManager,
    Originals(BaseChatModel, "stream"),
    Originals(BaseChatModel, *_EACH),
    "_stream",
    _TELLING,
    streams=True,
)
_ASTREAM: Final = _Way(
    AsyncCallbackManager,
    Originals(BaseChatModel, "astream"),
    Originals(BaseChatModel, *_EACH),
    "_astream",
    _ATELLING,
    streams=True,
)


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
        message_id = self._unobserved(_INVOKE, config, kwargs)
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
        message_id = self._unobserved(_AINVOKE, config, kwargs)
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
        message_id = self._unobserved(_STREAM, config, kwargs)
        if message_id is None:
            yield from super().stream(input, config, stop=stop, **kwargs)
            return
        asked = self._asked(self._input_messages(input, kwargs), stop, kwargs)
        if self.rate_limiter:
            self.rate_limiter.acquire(blocking=True)
        yield from self._written(asked, _as_it_is, message_id)

    @override
    async def astream(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AIMessageChunk]:
        message_id = self._unobserved(_ASTREAM, config, kwargs)
        written: AsyncIterator[AIMessageChunk]
        if message_id is None:
            written = super().astream(input, config, stop=stop, **kwargs)
        else:
            asked = self._aasked(self._input_messages(input, kwargs), stop, kwargs)
            if self.rate_limiter:
                await self.rate_limiter.aacquire(blocking=True)
            written = self._awritten(asked, _as_it_is, message_id)
        try:
            async for message in written:
                yield message
        finally:
            await _close(written)

    def _unobserved(
        self, way: _Way, config: RunnableConfig | None, arguments: dict[str, Any]
    ) -> str | None:
        """Return the id of the message, None if LangChain has to make the call."""
        seal(arguments, type(self))  # No argument of a call is a key, so one will be refused.
        refuse_of_config("A call of ChatMiniMax", arguments)
        if _normalized is None or not self._is_langchains(way):
            return None
        if self._is_streamed(way, arguments) != way.streams:
            return None
        if not (way.streams or self._is_asked()):
            return None
        config = ensure_config(config)
        run_id = config.get("run_id")
        if not isinstance(run_id, uuid.UUID | None):
            return None  # LangChain says what is wrong with it.
        if way.managers.configure(config.get("callbacks"), self.callbacks, self.verbose).handlers:
            return None
        return f"lc_run--{run_id or uuid7()}"

    def _is_langchains(self, way: _Way) -> bool:
        return way.is_langchains(super(UnobservedCalls, type(self)), self)

    def _is_streamed(self, way: _Way, arguments: dict[str, Any]) -> bool:
        wanted = {**arguments, "stream": True} if way.streams else arguments
        return self._should_stream(async_api=way.managers is AsyncCallbackManager, **wanted)

    def _is_asked(self) -> bool:
        """Return whether MiniMax is asked in any case, as no cache may know the answer."""
        return self.cache is False or (self.cache is None and get_llm_cache() is None)

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
