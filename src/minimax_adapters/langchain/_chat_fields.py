"""Fields of the chat model: what is asked for with every call."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field, model_validator

from minimax_adapters.langchain._unobserved import UnobservedCalls

OF_THE_MODEL: Final = (
    "model",
    "temperature",
    "top_p",
    "max_tokens",
    "stop",
    "seed",
    "thinking",
    "reasoning_effort",
    "service_tier",
)
_NO_WORDS: Final = (None, None, None)


class ChatFields(UnobservedCalls):
    """The fields of `ChatMiniMax`."""

    model: str = Field(
        default="MiniMax-M3",
        min_length=1,
        description="Id of a chat model, case-sensitive. Also `model_name`.",
    )
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="From 0 to 2; MiniMax's default is 1."
    )
    top_p: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="From 0 to 1; MiniMax's default is 0.95, or 0.9 on M2 models.",
    )
    max_tokens: int | None = Field(
        default=None,
        ge=1,
        description="Tokens of the answer, thinking included; also `max_completion_tokens`.",
    )
    stop: str | list[str] | None = Field(
        default=None,
        description="Texts at which the answer ends. MiniMax ignores them, so they are cut here.",
    )
    seed: int | None = Field(default=None, description="A number; M3 obeys it (observed).")
    thinking: dict[str, Any] | str | bool | None = Field(
        default=None,
        description="`adaptive`, `disabled`, True, False, or MiniMax's dict; M3 obeys it.",
    )
    reasoning_effort: str | None = Field(
        default=None,
        description="`low`, `medium`, `high`, `xhigh` or `max`: how deep M3.1-Flash thinks.",
    )
    service_tier: str | None = Field(
        default=None,
        description="`standard` or `priority`, which costs 1.5 times the standard price.",
    )
    streaming: bool = Field(
        default=False,
        description="Stream under the hood of `invoke()`, too; for one call also as `stream`.",
    )
    stream_usage: bool = Field(
        default=True, description="Accepted from ChatOpenAI; the last chunk always has the usage."
    )
    extra_body: dict[str, Any] | None = Field(
        default=None, description="Members added to each request as they are."
    )
    model_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="The same, by ChatOpenAI's name."
    )

    @model_validator(mode="after")
    def _check_words(self) -> ChatFields:
        """Refuse words that MiniMax does not know here, not at the first call."""
        if (self.thinking, self.reasoning_effort, self.service_tier) != _NO_WORDS:
            from minimax_adapters.langchain._requests import check_words  # noqa: PLC0415 - slow to import

            check_words(self.__dict__)
        return self

    def _parameters(self) -> dict[str, Any]:
        return {name: value for name in OF_THE_MODEL if (value := getattr(self, name)) is not None}

    def _stops(self) -> list[str] | None:
        return [self.stop] if isinstance(self.stop, str) else self.stop
