"""`MiniMax`, a LlamaIndex LLM that thinks, calls functions and streams."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003 - instrumentation reads the annotations
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    ChatResponseAsyncGen,
    ChatResponseGen,
    CompletionResponse,
    CompletionResponseAsyncGen,
    CompletionResponseGen,
    MessageRole,
)
from llama_index.core.llms.callbacks import llm_chat_callback, llm_completion_callback
from llama_index.core.llms.llm import ToolSelection  # noqa: TC002 - instrumentation reads the annotations
from llama_index.core.types import PydanticProgramMode
from pydantic import PrivateAttr
from typing_extensions import override

from minimax_adapters._docstrings import with_arguments
from minimax_adapters._sealing import seal
from minimax_adapters.llama_index._arguments import drop_without_effect
from minimax_adapters.llama_index._chat_fields import (
    WITHOUT_EFFECT,
    ChatFields,
    ChatOptions,
)
from minimax_adapters.llama_index._observed import observable
from minimax_adapters.llama_index._recall import Recall

if TYPE_CHECKING:
    from llama_index.core.prompts import BasePromptTemplate
    from llama_index.core.tools.types import BaseTool
    from llama_index.core.types import BasePydanticProgram
    from pydantic import BaseModel

    from minimax_adapters.api import ChatReply
    from minimax_adapters.llama_index._requests import Question
    from minimax_adapters.llama_index._responses import ChunkBuilder
    from minimax_adapters.llama_index._structured import StructuredStream

_TOOL_MODES = (PydanticProgramMode.DEFAULT, PydanticProgramMode.FUNCTION)


@with_arguments
class MiniMax(ChatFields):
    """MiniMax's chat models as a LlamaIndex LLM.

    Takes the arguments of `OpenAILike` and of the published `MiniMax` class under their names.
    Thinking is a `ThinkingBlock`, never text, and goes back to MiniMax with every message of the
    history that has one. See `Connected` for keys, hosts, threads, event loops and pickling.

    Every method raises a `MiniMaxError` of `minimax_adapters.api`.

    Example:
        >>> from minimax_adapters.llama_index import MiniMax
        >>> llm = MiniMax(model="MiniMax-M3")
        >>> print(llm.complete("Hello!").text)
        Hello! How can I help you?
    """

    _recall: Recall = PrivateAttr(default_factory=Recall)

    def __init__(self, model: str | None = None, **options: Unpack[ChatOptions]) -> None:
        seal(options, type(self))
        super().__init__(
            model=model, **drop_without_effect(type(self).__name__, options, WITHOUT_EFFECT)
        )

    @observable(llm_chat_callback())
    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:  # noqa: ANN401 - passed on as it came
        """Return the answer to a conversation.

        Args:
            messages: The conversation; it is not changed.
            **kwargs: Members of the request, such as `max_tokens`, `stop`, `tools` or
                `tool_choice`; they win over the fields.
        """
        return self._chat(messages, kwargs)

    @observable(llm_chat_callback())
    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:  # noqa: ANN401 - passed on as it came
        """Return the answer to a conversation; see `chat()`."""
        return await self._achat(messages, kwargs)

    @observable(llm_chat_callback())
    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponseGen:  # noqa: ANN401 - passed on as it came
        """Yield the answer as it is written; see `chat()`.

        Each response has the message so far, `delta` is the new text, and new thinking is in
        `additional_kwargs["thinking_delta"]`. The last one has all blocks, and the usage in `raw`;
        text before a `</think>` whose `<think>` never came is thinking there.
        """
        return self._stream(self._question(messages, kwargs))

    @observable(llm_chat_callback())
    async def astream_chat(
        self,
        messages: Sequence[ChatMessage],
        **kwargs: Any,  # noqa: ANN401 - passed on as it came
    ) -> ChatResponseAsyncGen:
        """Yield the answer as it is written; see `stream_chat()`."""
        return self._astream(self._question(messages, kwargs))

    @observable(llm_completion_callback())
    @override
    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Return the answer to a prompt, without thinking; see `chat()`."""
        from minimax_adapters.llama_index._responses import completion  # noqa: PLC0415 - slow to import

        return completion(self._chat(self._prompted(prompt, formatted=formatted), kwargs))

    @observable(llm_completion_callback())
    @override
    async def acomplete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponse:
        """Return the answer to a prompt, without thinking; see `chat()`."""
        from minimax_adapters.llama_index._responses import completion  # noqa: PLC0415 - slow to import

        return completion(await self._achat(self._prompted(prompt, formatted=formatted), kwargs))

    @observable(llm_completion_callback())
    @override
    def stream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseGen:
        """Yield the answer to a prompt as it is written, without thinking."""
        question = self._question(self._prompted(prompt, formatted=formatted), kwargs)
        return self._stream_text(question)

    @observable(llm_completion_callback())
    @override
    async def astream_complete(
        self, prompt: str, formatted: bool = False, **kwargs: Any
    ) -> CompletionResponseAsyncGen:
        """Yield the answer to a prompt as it is written, without thinking."""
        question = self._question(self._prompted(prompt, formatted=formatted), kwargs)
        return self._astream_text(question)

    @override
    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any
    ) -> list[ToolSelection]:
        """Return the tool calls of an answer; of a chunk, with the arguments that have come.

        A call whose arguments are no JSON object is not run with others: if a call is needed, it is
        an error, else the name of the tool is one that no tool has, which tells an agent's model
        what is wrong.

        Raises:
            NoToolCallError: There are none, and that is an error; its `text` is what the model
                said. It is a ValueError, too.
            BrokenToolCallError: The arguments of one are no JSON object; it is a ValueError, too.
        """
        from minimax_adapters.llama_index._selections import selections_of  # noqa: PLC0415 - slow to import

        return selections_of(response, needed=error_on_no_tool_call)

    @override
    def _prepare_chat_with_tools(
        self,
        tools: Sequence[BaseTool],
        user_msg: str | ChatMessage | None = None,
        chat_history: list[ChatMessage] | None = None,
        verbose: bool = False,
        allow_parallel_tool_calls: bool = False,
        tool_required: bool = False,
        tool_choice: str | dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        from minimax_adapters.llama_index._tool_calls import tool_to_wire  # noqa: PLC0415 - slow to import

        messages = list(chat_history or ())
        if isinstance(user_msg, str):
            user_msg = ChatMessage(role=MessageRole.USER, content=user_msg)
        if user_msg is not None:
            messages.append(user_msg)
        prepared = {"messages": messages, **kwargs}
        if tools:
            prepared["tools"] = [tool_to_wire(tool) for tool in tools]
            prepared["tool_choice"] = tool_choice or ("required" if tool_required else "auto")
            # MiniMax does not obey it, so further calls are dropped when the answer comes.
            prepared["parallel_tool_calls"] = allow_parallel_tool_calls
        return prepared

    @override
    def _structured_stream_call(
        self, output_cls: Any, prompt: Any, llm_kwargs: dict[str, Any] | None = None, **args: Any
    ) -> Any:
        from minimax_adapters.llama_index._structured import StructuredStream  # noqa: PLC0415 - slow to import

        program = self._program(output_cls, prompt)
        written: Any = program.stream_call(llm_kwargs=llm_kwargs, **args)
        return StructuredStream(self, output_cls).objects(written)

    @override
    async def _structured_astream_call(
        self, output_cls: Any, prompt: Any, llm_kwargs: dict[str, Any] | None = None, **args: Any
    ) -> Any:
        from minimax_adapters.llama_index._structured import StructuredStream  # noqa: PLC0415 - slow to import

        program = self._program(output_cls, prompt)
        asked: Any = program.astream_call(llm_kwargs=llm_kwargs, **args)
        return await StructuredStream(self, output_cls).aobjects(asked)

    def _program(
        self, output_cls: type[BaseModel], prompt: BasePromptTemplate
    ) -> BasePydanticProgram[BaseModel]:
        from llama_index.core.program.utils import get_program_for_llm  # noqa: PLC0415 - slow to import, and seldom needed

        mode = self.pydantic_program_mode
        forced = self.metadata.is_function_calling_model and mode in _TOOL_MODES
        # Unlike its plain twin, a streaming program does not require the call by itself.
        options: dict[str, Any] = {"tool_choice": "required"} if forced else {}
        return get_program_for_llm(output_cls, prompt, self, pydantic_program_mode=mode, **options)

    def _prompted(self, prompt: str, *, formatted: bool) -> list[ChatMessage]:
        if not formatted and self.completion_to_prompt is not None:
            prompt = self.completion_to_prompt(prompt)
        return [ChatMessage(role=MessageRole.USER, content=prompt)]

    def _question(self, messages: Sequence[ChatMessage], arguments: dict[str, Any]) -> Question:
        from minimax_adapters.llama_index._requests import build_question  # noqa: PLC0415 - slow to import

        fields = self._request_fields()
        return build_question(messages, fields, self.additional_kwargs, arguments, self._recall)

    def _chat(self, messages: Sequence[ChatMessage], arguments: dict[str, Any]) -> ChatResponse:
        from minimax_adapters.llama_index._responses import chat_response  # noqa: PLC0415 - slow to import

        question = self._question(messages, arguments)
        reply = self._client().chat(question.request)
        self._recall.keep(question.conversation, reply)
        return chat_response(
            reply, several_calls=question.several_calls, call_required=question.call_required
        )

    async def _achat(
        self, messages: Sequence[ChatMessage], arguments: dict[str, Any]
    ) -> ChatResponse:
        from minimax_adapters.llama_index._responses import chat_response  # noqa: PLC0415 - slow to import

        question = self._question(messages, arguments)
        reply = await self._aclient().chat(question.request)
        self._recall.keep(question.conversation, reply)
        return chat_response(
            reply, several_calls=question.several_calls, call_required=question.call_required
        )

    def _stream(self, question: Question) -> ChatResponseGen:
        chunks, asked = self._chunks(question), self._client().stream_chat(question.request)
        del question  # It may be long, and nobody needs it while the answer comes.
        # Leaving the loop early closes the connection, and MiniMax stops writing.
        with asked as events:
            for event in events:
                if (response := chunks.take(event)) is not None:
                    yield response

    async def _astream(self, question: Question) -> ChatResponseAsyncGen:
        chunks, asked = self._chunks(question), self._aclient().stream_chat(question.request)
        del question  # As in `_stream()`.
        async with asked as events:
            async for event in events:
                if (response := chunks.take(event)) is not None:
                    yield response

    def _chunks(self, question: Question) -> ChunkBuilder:
        from minimax_adapters.llama_index._responses import ChunkBuilder  # noqa: PLC0415 - slow to import
        from minimax_adapters.llama_index._structured import beginning_of  # noqa: PLC0415 - slow to import

        for_object = beginning_of(self)
        return ChunkBuilder(
            several_calls=question.several_calls,
            call_required=question.call_required,
            on_end=partial(self._ended, question.conversation, for_object),
        )

    def _ended(
        self, conversation: bytes, for_object: StructuredStream | None, reply: ChatReply
    ) -> None:
        self._recall.keep(conversation, reply)
        if for_object is not None:
            for_object.keep(reply)

    def _stream_text(self, question: Question) -> CompletionResponseGen:
        from minimax_adapters.llama_index._responses import completion  # noqa: PLC0415 - slow to import

        responses = self._stream(question)
        del question  # As there.
        for response in responses:
            if response.delta or response.raw is not None:
                yield completion(response)

    async def _astream_text(self, question: Question) -> CompletionResponseAsyncGen:
        from minimax_adapters.llama_index._responses import completion  # noqa: PLC0415 - slow to import

        responses = self._astream(question)
        del question  # As there.
        async for response in responses:
            if response.delta or response.raw is not None:
                yield completion(response)
