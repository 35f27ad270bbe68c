"""What watches and slows calls: callbacks, events, token counters, rate limiters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from listening import Listener, listening
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.callbacks.token_counting import TokenCountingHandler
from llama_index.core.llms import ChatMessage
from llama_index.core.rate_limiter import BaseRateLimiter
from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.span_handlers import SimpleSpanHandler

from minimax_adapters.api import RateLimitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.emulator import Emulator
    from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding

ASK = [ChatMessage(role="user", content="Hello!")]


class Counter(BaseRateLimiter):
    """A limiter that only counts."""

    def __init__(self) -> None:
        self.asked = 0

    def acquire(self, num_tokens: int = 0) -> None:  # noqa: ARG002 - as the base class
        """Count."""
        self.asked += 1

    async def async_acquire(self, num_tokens: int = 0) -> None:  # noqa: ARG002 - as the base class
        """Count."""
        self.asked += 1


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Return a listener to all events of LlamaIndex."""
    with listening() as listener:
        yield listener


async def each_way(llm: MiniMax) -> None:
    """Call all eight methods once."""
    llm.chat(ASK)
    await llm.achat(ASK)
    list(llm.stream_chat(ASK))
    [_ async for _ in await llm.astream_chat(ASK)]
    llm.complete("Hello!")
    await llm.acomplete("Hello!")
    list(llm.stream_complete("Hello!"))
    [_ async for _ in await llm.astream_complete("Hello!")]


async def test_each_call_asks_the_limiter_once(llm: MiniMax) -> None:
    """A limiter that is asked twice halves the rate."""
    llm.rate_limiter = limiter = Counter()

    await each_way(llm)

    assert limiter.asked == 8


async def test_each_call_is_one_event_for_callbacks(llm: MiniMax) -> None:
    """With a start and an end."""
    debug = LlamaDebugHandler(print_trace_on_end=False)
    llm.callback_manager = CallbackManager([debug])

    await each_way(llm)

    assert len(debug.get_event_pairs(CBEventType.LLM)) == 8


async def test_token_counters_count_what_minimax_counts(llm: MiniMax, emulator: Emulator) -> None:
    """In each method; without usage they would guess with another model's tokenizer."""
    counter = TokenCountingHandler()
    llm.callback_manager = CallbackManager([counter])
    usage = llm.chat(ASK).raw["usage"]
    counter.reset_counts()

    await each_way(llm)

    assert counter.prompt_llm_token_count == 8 * usage["prompt_tokens"]
    assert counter.completion_llm_token_count == 8 * usage["completion_tokens"]
    assert len(emulator.requests) == 9


def test_a_chat_is_told_to_instrumentation(llm: MiniMax, listener: Listener) -> None:
    """With the model and without the key."""
    llm.chat(ASK)

    assert listener.names == ["LLMChatStartEvent", "LLMChatEndEvent"]
    assert listener._events[0].model_dict["model_name"] == "MiniMax-M3"
    assert "emulator-key" not in str([event.model_dump() for event in listener._events])


def test_a_stream_is_told_to_instrumentation(llm: MiniMax, listener: Listener) -> None:
    """Each chunk is."""
    list(llm.stream_chat(ASK))

    assert listener.names == ["LLMChatStartEvent", "LLMChatInProgressEvent", "LLMChatEndEvent"]


def test_a_completion_is_told_to_instrumentation(llm: MiniMax, listener: Listener) -> None:
    """As a completion, not as a chat within one."""
    llm.complete("Hello!")

    assert listener.names == ["LLMCompletionStartEvent", "LLMCompletionEndEvent"]


def test_an_error_is_told_to_callbacks(llm: MiniMax, emulator: Emulator) -> None:
    """And raised."""
    debug = LlamaDebugHandler(print_trace_on_end=False)
    llm.callback_manager = CallbackManager([debug])
    emulator.fail_next(1002)

    with pytest.raises(RateLimitError):
        llm.chat(ASK)

    assert len(debug.get_event_pairs(CBEventType.LLM)) == 1


def test_embeddings_are_told_to_instrumentation(
    embedding: MiniMaxEmbedding, listener: Listener
) -> None:
    """Queries, texts and batches."""
    embedding.get_query_embedding("Where?")
    embedding.get_text_embedding_batch(["Here.", "There."])

    assert listener.names == ["EmbeddingStartEvent", "EmbeddingEndEvent"] * 2
    assert listener._events[1].chunks == ["Where?"]
    assert "emulator-key" not in str([event.model_dump() for event in listener._events])


async def test_an_embedding_is_one_span(embedding: MiniMaxEmbedding) -> None:
    """Methods that are overridden would have two, and tracers would show each call twice."""
    spans = SimpleSpanHandler()
    dispatcher = get_dispatcher()
    dispatcher.add_span_handler(spans)

    embedding.get_query_embedding("Where?")
    await embedding.aget_query_embedding("Where?")
    embedding.get_text_embedding_batch(["Here."])
    await embedding.aget_text_embedding_batch(["Here."])
    dispatcher.span_handlers.remove(spans)

    names = [span.id_.partition("-")[0].rpartition(".")[2] for span in spans.completed_spans]
    for name in ("get_query_embedding", "get_text_embedding_batch"):
        assert (names.count(name), names.count(f"a{name}")) == (1, 1)
