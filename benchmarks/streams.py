"""Streams: what a chunk costs, and how long the first one takes."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import BaseCallbackHandler
from llama_index.core.llms import ChatMessage
from llama_index_instrumentation import get_dispatcher

from benchmarks import fakes, models, raw
from benchmarks.frames import words
from benchmarks.measure import OURS, OURS_HTTPX, RAW, Row, compare
from benchmarks.plan import BARE, CHAT_OPENAI, LANGCHAIN, LLAMA_INDEX, LLAMA_MINIMAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.plan import Scale

_NEAR = 1.15
_AHEAD = 6


def langchain(base: str, scale: Scale, run: Callable[[Any], Any]) -> Iterable[Row]:
    """Yield rows for `stream` and `astream`, with each form of output.

    Args:
        base: Address of the server.
        scale: How much to measure.
        run: Runs a coroutine on the event loop that all rows share.
    """
    forms: dict[str, tuple[type[fakes.FakeLangChain], dict[str, Any], bool]] = {
        "": (fakes.FakeLangChain, {}, False),
        " v1": (fakes.FakeLangChainBlocks, {"output_version": "v1"}, False),
        " v3": (fakes.FakeLangChainEvents, {}, True),
    }
    for serving in ("large", "small"):
        url = f"{base}/{serving}/{scale.chunks}/v1"
        for form, (fake, options, v3) in forms.items():
            chat = {
                LANGCHAIN: fake(texts=words(scale.chunks), **options),
                OURS: models.our_langchain(url, **options),
                CHAT_OPENAI: models.peer_langchain(url, **options),
                OURS_HTTPX: models.our_langchain(url, **options, **models.HTTPX),
            }
            sync = {name: _draining(model, v3=v3) for name, model in chat.items()}
            if not form:
                bare = fakes.BareLangChain(texts=[], url=url, http=raw.client())
                sync[BARE] = _draining(bare, v3=False)
            yield _promised(f"LangChain stream{form}, {serving}", sync, url, scale)
            colour = {name: _adraining(model, run, v3=v3) for name, model in chat.items()}
            yield _promised(f"LangChain astream{form}, {serving}", colour, url, scale, run)


def thinking(base: str, scale: Scale) -> Row:
    """Return the row of a stream that is half thinking."""
    half = scale.chunks // 2
    url = f"{base}/large/{half}-{half}/v1"
    fake = fakes.FakeLangChain(texts=words(half), thinking=tuple(words(half)))
    chat = {
        LANGCHAIN: fake,
        OURS: models.our_langchain(url),
        CHAT_OPENAI: models.peer_langchain(url),
    }
    contenders = {name: _draining(model, v3=False) for name, model in chat.items()}
    return _promised("LangChain stream, half thinking, large", contenders, url, scale)


def llama_index(base: str, scale: Scale, run: Callable[[Any], Any]) -> Iterable[Row]:
    """Yield rows for `stream_chat` and `astream_chat`; arguments as in `langchain()`."""
    asked = [ChatMessage(content=str(raw.MESSAGES[0]["content"]))]
    for serving in ("large", "small"):
        url = f"{base}/{serving}/{scale.chunks}/v1"
        chat: dict[str, Any] = {
            LLAMA_INDEX: fakes.FakeLlamaIndex(texts=words(scale.chunks)),
            OURS: models.our_llama_index(url),
            LLAMA_MINIMAX: models.peer_llama_index(url),
            OURS_HTTPX: models.our_llama_index(url, **models.HTTPX),
        }
        sync = {name: _consuming(llm, asked) for name, llm in chat.items()}
        yield _promised(f"LlamaIndex stream_chat, {serving}", sync, url, scale)
        colour = {name: _aconsuming(llm, asked, run) for name, llm in chat.items()}
        yield _promised(f"LlamaIndex astream_chat, {serving}", colour, url, scale, run)


def observed(base: str, scale: Scale) -> Iterable[Row]:
    """Yield rows for streams whose chunks are told to somebody, by the frameworks' own code."""
    url = f"{base}/large/{scale.chunks}/v1"
    callbacks = {"callbacks": [BaseCallbackHandler()]}
    langchain = {
        LANGCHAIN: fakes.FakeLangChain(texts=words(scale.chunks), **callbacks),
        OURS: models.our_langchain(url, **callbacks),
        CHAT_OPENAI: models.peer_langchain(url, **callbacks),
    }
    sync = {name: _draining(model, v3=False) for name, model in langchain.items()}
    yield _promised("LangChain stream, observed, large", sync, url, scale)
    llama_index = {
        LLAMA_INDEX: fakes.FakeLlamaIndex(texts=words(scale.chunks)),
        OURS: models.our_llama_index(url),
        LLAMA_MINIMAX: models.peer_llama_index(url),
    }
    asked = [ChatMessage(content=str(raw.MESSAGES[0]["content"]))]
    sync = {name: _consuming(llm, asked) for name, llm in llama_index.items()}
    dispatcher, observer = get_dispatcher(), fakes.Observer()
    dispatcher.add_event_handler(observer)
    yield _promised("LlamaIndex stream_chat, observed, large", sync, url, scale)
    dispatcher.event_handlers.remove(observer)


def first_chunk(base: str, scale: Scale) -> Iterable[Row]:
    """Yield rows for the time to the first chunk, by the clock on the wall."""
    for serving, after in (("slow", "a model that takes 50 ms"), ("small", "an instant model")):
        url = f"{base}/{serving}/20/v1"
        http = raw.client()
        chat = {
            LANGCHAIN: fakes.FakeLangChain(texts=words(20)),
            OURS: models.our_langchain(url),
            CHAT_OPENAI: models.peer_langchain(url),
        }
        contenders: dict[str, Callable[[], object]] = {
            RAW: partial(raw.stream, http, url, most=1),
            **{name: _first_of(model) for name, model in chat.items()},
        }
        row = compare(
            f"first chunk of {after}",
            "first chunk",
            contenders,
            units=1,
            rounds=2 * scale.rounds,
            clock=time.perf_counter,
        )
        if serving == "slow":
            row.promise("raw httpx", row.ratio(OURS, RAW), 1.1)
        yield row


def growth(base: str, scale: Scale) -> Row:
    """Return the row of a very long stream in LlamaIndex, where each message is cumulative."""
    asked = [ChatMessage(content="Tell me everything.")]
    samples: dict[str, list[float]] = {}
    for length in (scale.long_stream // 10, scale.long_stream):
        url = f"{base}/large/{length}/v1"
        contenders = {
            LLAMA_INDEX: _consuming(fakes.FakeLlamaIndex(texts=words(length)), asked),
            OURS: _consuming(models.our_llama_index(url), asked),
        }
        row = compare("", "", contenders, units=length, rounds=3)
        samples |= {f"{name}, {length:,}": costs for name, costs in row.samples.items()}
    row = Row("LlamaIndex stream_chat, very long", "chunk", samples)
    short, long = (f", {length:,}" for length in (scale.long_stream // 10, scale.long_stream))
    # In time: as a factor, it would be the larger the less a chunk costs otherwise.
    ours = row.cost(OURS + long) - row.cost(OURS + short)
    floor = row.cost(LLAMA_INDEX + long) - row.cost(LLAMA_INDEX + short)
    row.promise("growth of llama-index-core", ours / floor, 1)
    return row


def _promised(
    work: str,
    contenders: dict[str, Callable[[], object]],
    url: str,
    scale: Scale,
    run: Callable[[Any], Any] | None = None,
) -> Row:
    """Return the row of `contenders` (floor, ours, peer, others) with raw httpx beside them."""
    floor, _, peer, *_ = contenders
    bare = {RAW: _bare(url, run)}
    row = compare(work, "chunk", bare | contenders, units=scale.chunks, rounds=scale.rounds)
    row.promise_between(floor, _NEAR, peer, _AHEAD)
    return row


def _bare(url: str, run: Callable[[Any], Any] | None) -> Callable[[], object]:
    if run is None:
        return partial(raw.stream, raw.client(), url)
    http = raw.async_client()
    return lambda: run(raw.astream(http, url))


def _draining(model: Any, *, v3: bool) -> Callable[[], object]:
    def drain() -> None:
        for _ in model.stream_events("hi", version="v3") if v3 else model.stream("hi"):
            pass

    return drain


def _adraining(model: Any, run: Callable[[Any], Any], *, v3: bool) -> Callable[[], object]:
    async def drain() -> None:
        chunks = await model.astream_events("hi", version="v3") if v3 else model.astream("hi")
        async for _ in chunks:
            pass

    return lambda: run(drain())


def _consuming(llm: Any, messages: Any) -> Callable[[], object]:
    def consume() -> None:
        for _ in llm.stream_chat(messages):
            pass

    return consume


def _aconsuming(llm: Any, messages: Any, run: Callable[[Any], Any]) -> Callable[[], object]:
    async def consume() -> None:
        async for _ in await llm.astream_chat(messages):
            pass

    return lambda: run(consume())


def _first_of(model: Any) -> Callable[[], object]:
    def first() -> None:
        chunks = model.stream("hi")
        next(chunks)
        chunks.close()

    return first
