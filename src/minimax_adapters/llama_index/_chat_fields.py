"""Fields of the LLM: what is asked for with every call."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal

from llama_index.core.base.llms.types import LLMMetadata, MessageRole
from llama_index.core.llms.function_calling import FunctionCallingLLM
from pydantic import Field, field_validator

from minimax_adapters.llama_index._connection import Connected, ConnectionOptions

DEFAULT_MODEL: Final = "MiniMax-M3"
Effort = Literal["low", "medium", "high", "xhigh", "max"]
_THINKING: Final = ("adaptive", "disabled", "enabled")
# Arguments of OpenAILike that MiniMax has no use for.
WITHOUT_EFFECT: Final = frozenset(
    {
        "api_version",
        "audio_config",
        "logprobs",
        "modalities",
        "should_use_structured_outputs",
        "strict",
        "tokenizer",
        "top_logprobs",
    }
)


class ChatOptions(ConnectionOptions, total=False):
    """Arguments of `MiniMax`; its fields describe them."""

    model_name: str | None
    temperature: float | None
    top_p: float | None
    max_tokens: int | None
    max_completion_tokens: int | None
    max_new_tokens: int | None
    stop: list[str] | str | None
    stop_sequences: list[str] | str | None
    seed: int | None
    thinking: Literal["adaptive", "disabled"] | bool | dict[str, Any] | None
    reasoning_effort: Effort | None
    service_tier: Literal["standard", "priority"] | None
    additional_kwargs: dict[str, Any] | None
    context_window: int | None
    is_chat_model: bool
    is_function_calling_model: bool | None
    system_prompt: str | None
    callback_manager: Any
    rate_limiter: Any
    messages_to_prompt: Any
    completion_to_prompt: Any
    output_parser: Any
    pydantic_program_mode: Any
    query_wrapper_prompt: Any
    tokenizer: Any
    strict: bool
    api_version: str | None
    logprobs: bool | None
    top_logprobs: int
    modalities: list[str] | None
    audio_config: dict[str, Any] | None
    should_use_structured_outputs: bool


class ChatFields(Connected, FunctionCallingLLM):
    """The fields of `MiniMax`, and what follows from them."""

    model: str = Field(
        default=DEFAULT_MODEL, min_length=1, description="Id of the chat model, case-sensitive."
    )
    temperature: float = Field(default=1.0, ge=0, le=2, description="From 0 to 2.")
    top_p: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="From 0 to 1; MiniMax's default is 0.95, or 0.9 on M2 models.",
    )
    max_tokens: int | None = Field(
        default=None, gt=0, description="Output limit in tokens, thinking included."
    )
    stop: list[str] | None = Field(
        default=None, description="Texts at which the answer ends; cut here, not by MiniMax."
    )
    seed: int | None = Field(default=None, description="A number; M3 obeys it (observed).")
    thinking: dict[str, Any] | None = Field(
        default=None,
        description="`adaptive`, `disabled`, True, False, or MiniMax's dict; M3 obeys it.",
    )
    reasoning_effort: Effort | None = Field(
        default=None,
        description="`low`, `medium`, `high`, `xhigh` or `max`: how deep M3.1-Flash thinks.",
    )
    service_tier: Literal["standard", "priority"] | None = Field(
        default=None,
        description="`standard` or `priority`, which costs 1.5 times the standard price.",
    )
    additional_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="More members of the request; they win over the fields."
    )
    context_window: int | None = Field(
        default=None, gt=0, description="Tokens that the model reads, if not as in the catalogue."
    )
    is_chat_model: Literal[True] = Field(
        default=True, description="Every MiniMax model is a chat model."
    )
    is_function_calling_model: bool | None = Field(
        default=None, description="Whether it calls tools, if not as in the catalogue."
    )

    _own_synonyms: ClassVar[dict[str, str]] = {"model_name": "model"}

    @field_validator("stop", mode="before")
    @classmethod
    def _one_stop(cls, stop: object) -> object:
        return [stop] if isinstance(stop, str) else stop

    @field_validator("thinking", mode="before")
    @classmethod
    def _thinking_member(cls, thinking: object) -> object:
        if isinstance(thinking, bool):
            thinking = "adaptive" if thinking else "disabled"
        if isinstance(thinking, str) and thinking not in _THINKING:
            known = ", ".join(map(repr, _THINKING))
            raise ValueError(f"thinking is {thinking!r}. Use one of {known}, or True or False.")
        return {"type": thinking} if isinstance(thinking, str) else thinking

    @classmethod
    def class_name(cls) -> str:
        """Return the name in serialised form, that of the published class."""
        return "MiniMax"

    @property
    def metadata(self) -> LLMMetadata:
        """Return what the catalogue and the fields say about the model."""
        from minimax_adapters.api import profile_of  # noqa: PLC0415 - brings httpx, which is slow to import

        profile = profile_of(self.model)
        window = self.context_window or profile.context_window
        tools = self.is_function_calling_model
        return LLMMetadata(
            context_window=window,
            # LlamaIndex subtracts it from the window, which may have been set to a small one.
            num_output=self.max_tokens or min(profile.recommended_output_tokens, window // 4),
            is_chat_model=True,
            is_function_calling_model=profile.tool_calling if tools is None else tools,
            model_name=self.model,
            system_role=MessageRole.SYSTEM,
        )

    def _request_fields(self) -> dict[str, Any]:
        """Return the fields that are members of a request."""
        return {
            "model": self.model,
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_completion_tokens": self.max_tokens,
            "stop": self.stop,
            "seed": self.seed,
            "thinking": self.thinking,
            "reasoning_effort": self.reasoning_effort,
            "service_tier": self.service_tier,
        }
