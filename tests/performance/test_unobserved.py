"""What nobody observes must not be paid for; counted in calls, which are the same everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from counting import calls_of
from langchain_core.callbacks import BaseCallbackHandler
from llama_index.core.callbacks import CallbackManager, LlamaDebugHandler
from llama_index.core.llms import ChatMessage

from minimax_adapters.emulator import Reply
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.emulator import Emulator

WORDS = 500
RUNS = 3


def least_calls_of(run: Callable[[], object]) -> int:
    """Return the calls of `run` where its answer came in the fewest reads."""
    return min(calls_of(run) for _ in range(RUNS))


def of_langchain(emulator: Emulator, method: str, *, observed: bool) -> int:
    """Return the calls of a stream or a plain call."""
    emulator.script(*[Reply(text="word " * WORDS)] * 2 * RUNS)
    callbacks: Any = [BaseCallbackHandler()] if observed else []
    known: Any = {"base_url": emulator.url, "api_key": emulator.api_key}
    model = ChatMiniMax(**known, callbacks=callbacks)
    model.invoke("Hello")  # Imports and connection.
    if method == "invoke":
        return least_calls_of(lambda: model.invoke("Hello"))
    return least_calls_of(lambda: list(model.stream("Hello")))


def of_llama_index(emulator: Emulator, method: str, *, observed: bool) -> int:
    """Return the calls of a stream or a plain call."""
    emulator.script(*[Reply(text="word " * WORDS)] * 2 * RUNS)
    handlers: Any = [LlamaDebugHandler(print_trace_on_end=False)] if observed else []
    known: Any = {"api_base": emulator.url, "api_key": emulator.api_key}
    model = MiniMax(**known, callback_manager=CallbackManager(handlers))
    asked = [ChatMessage("Hello")]
    model.chat(asked)
    if method == "invoke":
        return least_calls_of(lambda: model.chat(asked))
    return least_calls_of(lambda: list(model.stream_chat(asked)))


@pytest.mark.parametrize(
    ("count", "method", "most"),
    [
        (of_langchain, "invoke", 0.85),
        (of_langchain, "stream", 0.75),
        (of_llama_index, "invoke", 0.92),
        (of_llama_index, "stream", 0.9),
    ],
)
def test_no_observer_no_cost(
    emulator: Emulator, count: Callable[..., int], method: str, most: float
) -> None:
    """A call without one, by the same call with one."""
    ratio = count(emulator, method, observed=False) / count(emulator, method, observed=True)

    assert ratio < most


def test_vectors_are_validated_for_observers_only(emulator: Emulator) -> None:
    """LlamaIndex reads every float once more."""
    observer: Any = LlamaDebugHandler(print_trace_on_end=False)

    assert _calls_of_vectors(emulator, []) < _calls_of_vectors(emulator, [observer])


def _calls_of_vectors(emulator: Emulator, handlers: list[Any]) -> int:
    known: Any = {"api_base": emulator.url, "api_key": emulator.api_key}
    texts = [f"shelf {number}" for number in range(32)]
    model = MiniMaxEmbedding(**known, callback_manager=CallbackManager(handlers))
    model.get_text_embedding_batch(texts)
    return calls_of(lambda: model.get_text_embedding_batch(texts))
