"""The other names that frameworks have for the same calls, in both colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import HumanMessage
from llama_index.core.prompts import PromptTemplate
from operations import _PROMPT, HELLO, Operation, _langchain, _llama
from structured_operations import STRUCTURED

from minimax_adapters.langchain import (
    ChatMiniMax,
    MiniMaxEmbeddings,
    MiniMaxSpeech,
    MiniMaxSpeechTool,
)
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding

if TYPE_CHECKING:
    from collections.abc import Callable


def _chat(call: Callable[[Any, str], Any]) -> Operation:
    return _langchain(ChatMiniMax, lambda m: call(m, ""), lambda m: call(m, "a"))


def _llm(call: Callable[[Any, str], Any]) -> Operation:
    return _llama(MiniMax, lambda m: call(m, ""), lambda m: call(m, "a"))


def _vector(call: Callable[[Any, str], Any]) -> Operation:
    return _llama(MiniMaxEmbedding, lambda m: call(m, ""), lambda m: call(m, "a"))


def _name(operation: str) -> str:
    """Return the name of a structured operation, by which it is known for a stream."""
    streamed = operation.startswith("stream_")
    return "stream_" * streamed + "structured_" + operation.removeprefix("stream_")


# What answers with other words than JSON is no fault of the host's: these are tested elsewhere.
_NEEDS_JSON: Final = {"invoke_json_mode", "stream_json_mode", "predict_text"}

OTHERS: Final[dict[tuple[str, str], Operation]] = {
    ("langchain", "batch"): _chat(lambda m, a: getattr(m, f"{a}batch")([HELLO])),
    ("langchain", "generate"): _chat(
        lambda m, a: getattr(m, f"{a}generate")([[HumanMessage(HELLO)]])
    ),
    ("langchain", "stream_invoked"): _chat(
        lambda m, a: getattr(m, f"{a}invoke")(HELLO, stream=True)
    ),
    ("langchain", "stream_events"): _langchain(
        ChatMiniMax,
        lambda m: iter(m.stream_events(HELLO, version="v3")),
        lambda m: m.astream_events(HELLO, version="v2"),
    ),
    ("langchain", "embed_query"): _langchain(
        MiniMaxEmbeddings, lambda m: m.embed_query(HELLO), lambda m: m.aembed_query(HELLO)
    ),
    ("langchain", "speech_tool"): _langchain(
        MiniMaxSpeech,
        lambda m: MiniMaxSpeechTool(speech=m).invoke(HELLO),
        lambda m: MiniMaxSpeechTool(speech=m).ainvoke(HELLO),
    ),
    ("llama_index", "complete"): _llm(lambda m, a: getattr(m, f"{a}complete")(HELLO)),
    ("llama_index", "stream_complete"): _llm(lambda m, a: getattr(m, f"{a}stream_complete")(HELLO)),
    ("llama_index", "predict"): _llm(lambda m, a: getattr(m, f"{a}predict")(_PROMPT)),
    ("llama_index", "stream_prompt"): _llm(
        lambda m, a: getattr(m, f"{a}stream")(PromptTemplate(HELLO))
    ),
    ("llama_index", "embed_query"): _vector(
        lambda m, a: getattr(m, f"{a}get_query_embedding")(HELLO)
    ),
    ("llama_index", "embed_one"): _vector(lambda m, a: getattr(m, f"{a}get_text_embedding")(HELLO)),
    **{
        (surface, _name(operation)): run
        for (surface, operation), run in STRUCTURED.items()
        if operation not in _NEEDS_JSON
    },
}
