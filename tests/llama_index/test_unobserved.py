"""Calls that nobody observes are described to nobody; whoever observes is told all."""

# ruff: noqa: ANN401 - answers and events have no common type
from __future__ import annotations

import inspect
from contextlib import nullcontext
from itertools import chain
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock

import pytest
from listening import listening
from llama_index.core.callbacks import CallbackManager, LlamaDebugHandler
from llama_index.core.llms import ChatMessage
from llama_index.core.storage.kvstore import SimpleKVStore
from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.base import BaseEvent
from llama_index_instrumentation.dispatcher import Dispatcher
from llama_index_instrumentation.span_handlers import SimpleSpanHandler

from minimax_adapters.emulator import Reply
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.emulator import Emulator

ASK = [ChatMessage(role="user", content="Hello!")]
METHODS = [
    f"{prefix}{name}"
    for name in ("chat", "complete")
    for prefix in ("", "a", "stream_", "astream_")
]


async def called(llm: MiniMax, method: str) -> list[Any]:
    """Return what one of the eight methods answers, chunk by chunk."""
    answer = getattr(llm, method)(ASK if "chat" in method else "Hello!")
    if inspect.isawaitable(answer):
        answer = await answer
    if hasattr(answer, "__aiter__"):
        return [chunk async for chunk in answer]
    return list(answer) if inspect.isgenerator(answer) else [answer]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of all events that are made from here on."""
    names: list[str] = []
    make: Callable[..., None] = BaseEvent.__init__

    def counted(self: BaseEvent, **members: Any) -> None:
        names.append(type(self).__name__)
        make(self, **members)

    monkeypatch.setattr(BaseEvent, "__init__", counted)
    return names


@pytest.mark.parametrize("method", METHODS)
async def test_no_event_is_made_for_nobody(llm: MiniMax, made: list[str], method: str) -> None:
    """Each has all messages, those of chunks all text so far, and pydantic checks them."""
    await called(llm, method)

    assert made == []


@pytest.mark.parametrize("to", ["root", "llama_index.core.llms.callbacks"])
@pytest.mark.parametrize("method", METHODS)
async def test_a_listener_changes_no_answer(
    llm: MiniMax, emulator: Emulator, method: str, to: str
) -> None:
    """And is told of the call and of each chunk."""
    emulator.script(*[Reply(text="An answer of some words.", thinking="Think.")] * 2)

    unheard = await called(llm, method)
    with listening(to) as listener:
        heard = await called(llm, method)

    assert [_without_ids(one) for one in heard] == [_without_ids(one) for one in unheard]
    kind = "Chat" if "chat" in method else "Completion"
    chunks = [f"LLM{kind}InProgressEvent"] * (len(heard) * ("stream" in method))
    names = [type(event).__name__ for event in listener._events]
    assert names == [f"LLM{kind}StartEvent", *chunks, f"LLM{kind}EndEvent"]


def _without_ids(answer: Any) -> dict[str, Any]:
    members: dict[str, Any] = answer.model_dump()
    members.pop("raw")
    return members


@pytest.mark.parametrize("method", METHODS)
async def test_spans_are_told_of(llm: MiniMax, method: str) -> None:
    """To a handler of spans alone, once for each call."""
    spans, dispatcher = SimpleSpanHandler(), get_dispatcher()
    dispatcher.add_span_handler(spans)

    await called(llm, method)
    dispatcher.span_handlers.remove(spans)

    names = [span.id_.partition("-")[0] for span in spans.completed_spans]
    assert names == [f"MiniMax.{method}"]


@pytest.mark.parametrize("method", METHODS)
def test_signatures_are_those_of_the_methods(method: str) -> None:
    """Editors and tools that inspect them see no wrapper."""
    found = getattr(MiniMax, method)
    first = "messages" if "chat" in method else "prompt"

    assert list(inspect.signature(found).parameters)[:2] == ["self", first]
    assert inspect.iscoroutinefunction(found) == method.startswith("a")
    assert found.__name__ == method
    assert found.__doc__


def test_a_manager_that_was_taken_away_is_missed_by_nobody(llm: MiniMax) -> None:
    """LlamaIndex's decorators make a new one."""
    object.__setattr__(llm, "callback_manager", None)

    assert llm.chat(ASK).message.content


def test_a_subclass_is_observed_once(emulator: Emulator) -> None:
    """Its own method has a span of its own, and calls ours."""

    class Polite(MiniMax):
        def chat(self, messages: Any, **kwargs: Any) -> Any:
            return super().chat([*messages, ChatMessage("Please.")], **kwargs)

    debug = LlamaDebugHandler(print_trace_on_end=False)
    llm = Polite(api_key=emulator.api_key, api_base=emulator.url)
    llm.callback_manager = CallbackManager([debug])

    llm.chat(ASK)

    assert len(debug.get_llm_inputs_outputs()) == 1


@pytest.mark.parametrize("observed", [False, True])
def test_messages_may_be_an_iterator(llm: MiniMax, *, observed: bool) -> None:
    """Events read it, and so does the call."""
    with listening() if observed else nullcontext():
        answers = [llm.chat(iter(ASK)), llm.chat(messages=iter(ASK))]

    assert all(answer.message.content for answer in answers)


def test_a_manager_of_ones_own_is_told(llm: MiniMax) -> None:
    """It may do without handlers."""

    class Counting(CallbackManager):
        told = 0

        def on_event_end(self, *args: Any, **kwargs: Any) -> None:
            Counting.told += 1
            super().on_event_end(*args, **kwargs)

    llm.callback_manager = Counting([])

    llm.chat(ASK)

    assert Counting.told == 1


@pytest.mark.parametrize("replaced", ["event", "on_event_start", "on_event_end"])
def test_whoever_took_the_place_of_what_tells_is_told(
    llm: MiniMax, monkeypatch: pytest.MonkeyPatch, replaced: str
) -> None:
    """Tests and tools watch calls so, without a handler."""
    told = MagicMock()
    owner = Dispatcher if replaced == "event" else CallbackManager
    monkeypatch.setattr(owner, replaced, told)

    llm.chat(ASK)

    assert told.called


def test_whoever_took_the_place_in_one_manager_is_told(
    llm: MiniMax, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And of no other."""
    told = MagicMock()
    monkeypatch.setattr(llm.callback_manager, "on_event_end", told)

    llm.chat(ASK)

    assert told.call_count == 1


def test_a_chunk_says_whose_it_is(llm: MiniMax) -> None:
    """Also where only what was set is kept: without a role, it would be the user's."""
    for chunk in llm.stream_chat(ASK):
        assert chunk.message.model_dump(exclude_unset=True)["role"] == "assistant"


@pytest.mark.parametrize("observed", [False, True])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_a_subclass_has_the_last_word_on_vectors(
    emulator: Emulator, *, observed: bool, asynchronous: bool
) -> None:
    """What its hooks return is what comes back, in the order of the texts."""

    class Short(MiniMaxEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return [vector[:3] for vector in super()._get_text_embeddings(texts)]

        async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return [vector[:3] for vector in await super()._aget_text_embeddings(texts)]

    known: Any = {"api_key": emulator.api_key, "api_base": emulator.url, "embed_batch_size": 2}
    short, whole = Short(**known), MiniMaxEmbedding(**known)
    texts = [f"shelf {number}" for number in range(5)]
    with listening() if observed else nullcontext():
        if asynchronous:
            vectors = await short.aget_text_embedding_batch(texts)
        else:
            vectors = short.get_text_embedding_batch(texts)

    assert vectors == [vector[:3] for vector in whole.get_text_embedding_batch(texts)]


def test_hooks_that_lose_texts_are_named(emulator: Emulator) -> None:
    """The texts of an index would stand beside the vectors of others."""

    class Lossy(MiniMaxEmbedding):
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return super()._get_text_embeddings(texts)[1:]

    lossy = Lossy(api_key=emulator.api_key, api_base=emulator.url)

    with pytest.raises(ValueError, match="vector"):
        lossy.get_text_embedding_batch(["one", "two"])


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_observers_and_caches_get_vectors(
    embedding: MiniMaxEmbedding, *, asynchronous: bool
) -> None:
    """All floats of them; those that nobody observes come back all the same."""
    texts = [f"shelf {number}" for number in range(70)]

    async def embed(model: MiniMaxEmbedding) -> list[list[float]]:
        if asynchronous:
            return await model.aget_text_embedding_batch(texts)
        return model.get_text_embedding_batch(texts)

    unobserved = await embed(embedding)
    with listening() as listener:
        observed = await embed(embedding)
    cached = embedding.model_copy(update={"embeddings_cache": SimpleKVStore()})
    twice = [await embed(cached) for _ in range(2)]

    assert [len(vector) for vector in unobserved] == [1536] * len(texts)
    assert observed == unobserved
    shown = [event.embeddings for event in listener._events if hasattr(event, "embeddings")]
    assert list(chain.from_iterable(shown)) == unobserved
    assert twice == [unobserved, unobserved]
