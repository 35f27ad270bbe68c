"""Structured output in each way that the adapters offer, in both colours."""

# ruff: noqa: ANN401 - models and results of any kind

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llama_index.core.types import PydanticProgramMode
from operations import _ASK, _PROMPT, HELLO, City, Operation, _langchain, _llama

from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS: Final = ("json_schema", "function_calling", "json_mode")


def _of_langchain(method: str, verb: str) -> Operation:
    def ask(model: Any, prefix: str) -> Any:
        chain = model.with_structured_output(City, method=method)
        return getattr(chain, prefix + verb)(HELLO)

    return _langchain(ChatMiniMax, lambda m: ask(m, ""), lambda m: ask(m, "a"))


def _of_llama(call: Callable[[Any, str], Any], **options: Any) -> Operation:
    def make(**known: Any) -> Any:
        return MiniMax(**known, **options)

    return _llama(make, lambda m: call(m, ""), lambda m: call(m, "a"))


STRUCTURED: Final[dict[tuple[str, str], Operation]] = {
    **{
        ("langchain", f"{verb}_{method}"): _of_langchain(method, verb)
        for method in METHODS
        for verb in ("invoke", "stream")
    },
    ("llama_index", "predict"): _of_llama(
        lambda m, a: getattr(m, f"{a}structured_predict")(City, _PROMPT)
    ),
    ("llama_index", "stream_predict"): _of_llama(
        lambda m, a: getattr(m, f"{'a' if a else ''}stream_structured_predict")(City, _PROMPT)
    ),
    ("llama_index", "predict_text"): _of_llama(
        lambda m, a: getattr(m, f"{a}structured_predict")(City, _PROMPT),
        pydantic_program_mode=PydanticProgramMode.LLM,
    ),
    ("llama_index", "chat"): _of_llama(
        lambda m, a: getattr(m.as_structured_llm(City), f"{a}chat")(_ASK)
    ),
    ("llama_index", "stream_chat"): _of_llama(
        lambda m, a: getattr(m.as_structured_llm(City), f"{a}stream_chat")(_ASK)
    ),
}
