"""Plain calls, construction, and requests of long histories."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from llama_index.core.llms import ChatMessage

from benchmarks import fakes, models, raw
from benchmarks.measure import OURS, OURS_HTTPX, RAW, Row, compare
from benchmarks.plan import BARE, CHAT_OPENAI, LANGCHAIN, LLAMA_INDEX, LLAMA_MINIMAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from langchain_core.messages import BaseMessage

    from benchmarks.plan import Scale

_NEAR = 1.15
_AHEAD = 2
# Ten would take a third of a millisecond, right after a collection: too short to be alike twice.
_MODELS = 100


def calls(base: str, scale: Scale, run: Callable[[Any], Any]) -> Iterable[Row]:
    """Yield rows for `invoke` and `chat` in both colours."""
    url = f"{base}/large/0/v1"
    langchain = {
        LANGCHAIN: fakes.FakeLangChain(texts=["It opens at nine."]),
        OURS: models.our_langchain(url),
        CHAT_OPENAI: models.peer_langchain(url),
        OURS_HTTPX: models.our_langchain(url, **models.HTTPX),
    }
    bare = fakes.BareLangChain(texts=[], url=url, http=raw.client())
    sync = _sync({**langchain, BARE: bare}, "invoke", "hi", scale)
    yield _promised("LangChain invoke", url, scale, sync)
    arun = _async(langchain, "ainvoke", "hi", run, scale)
    yield _promised("LangChain ainvoke", url, scale, arun, run)
    asked = [ChatMessage(content="hi")]
    llama_index = {
        LLAMA_INDEX: fakes.FakeLlamaIndex(texts=["It opens at nine."]),
        OURS: models.our_llama_index(url),
        LLAMA_MINIMAX: models.peer_llama_index(url),
        OURS_HTTPX: models.our_llama_index(url, **models.HTTPX),
    }
    yield _promised("LlamaIndex chat", url, scale, _sync(llama_index, "chat", asked, scale))
    arun = _async(llama_index, "achat", asked, run, scale)
    yield _promised("LlamaIndex achat", url, scale, arun, run)


def construction(base: str, scale: Scale) -> Iterable[Row]:
    """Yield rows for making a model when one was made before."""
    url = f"{base}/large/0/v1"
    for framework, ours, peer, name, floor in (
        ("LangChain", models.our_langchain, models.peer_langchain, CHAT_OPENAI, _fake),
        ("LlamaIndex", models.our_llama_index, models.peer_llama_index, LLAMA_MINIMAX, None),
    ):
        makers = {OURS: ours, name: peer} | ({LANGCHAIN: floor} if floor else {})
        row = compare(
            f"{framework} construction",
            "model",
            {who: _repeated(partial(make, url), _MODELS) for who, make in makers.items()},
            units=_MODELS,
            rounds=scale.rounds,
        )
        if framework == "LangChain":
            row.promise(f"faster than {name}", row.ratio(name, OURS), 10, "at least")
        yield row


def _fake(_: str) -> fakes.FakeLangChain:
    return fakes.FakeLangChain(texts=[])


def history(base: str, scale: Scale) -> Row:
    """Return the row of a call with a long agent history, less a call with a short one.

    What is left is what the messages cost: checked, converted, encoded and sent.
    """
    url = f"{base}/large/0/v1"
    chat = {OURS: models.our_langchain(url), CHAT_OPENAI: models.peer_langchain(url)}
    samples: dict[str, list[float]] = {}
    for length in scale.history:
        messages = agent_history(length)
        contenders: dict[str, Callable[[], object]] = {
            f"{name}{kind}": partial(model.invoke, asked)
            for name, model in chat.items()
            for kind, asked in (("", messages), (" short", messages[:1]))
        }
        row = compare("", "", contenders, units=1, rounds=scale.rounds)
        for name in chat:
            short = row.cost(f"{name} short")
            costs = [(cost - short) / length for cost in row.samples[name]]
            samples[f"{name}, {length:,}"] = costs
    row = Row("request of an agent history", "message", samples)
    few, many = (f", {length:,}" for length in scale.history)
    row.promise(
        f"{few[2:]} messages, {CHAT_OPENAI}", row.ratio(OURS + few, CHAT_OPENAI + few), 1 / 3
    )
    row.promise(
        f"{many[2:]} messages, {CHAT_OPENAI}", row.ratio(OURS + many, CHAT_OPENAI + many), 1 / 3
    )
    row.promise("growth per message", row.ratio(OURS + many, OURS + few), 1.2)
    return row


def agent_history(length: int) -> list[BaseMessage]:
    """Return a conversation of `length` messages: questions, thinking, tool calls, results."""
    messages: list[BaseMessage] = []
    for turn in range(length // 4):
        entry = {
            "type": "reasoning.text",
            "id": "reasoning-text-1",
            "format": "MiniMax-response-v1",
            "index": 0,
            "text": f"The reader asks for shelf {turn}. The catalogue has a tool for that. " * 3,
        }
        thought = {"additional_kwargs": {"reasoning_details": [entry]}}
        provider = {"response_metadata": {"model_provider": "minimax"}}
        call = {"name": "find_shelf", "args": {"number": turn}, "id": f"call_{turn}"}
        messages += [
            HumanMessage(f"Which books stand on shelf {turn} of the gallery?"),
            AIMessage("", tool_calls=[call], **thought, **provider),
            ToolMessage(f"Shelf {turn}: geography, travel, maps." * 5, tool_call_id=f"call_{turn}"),
            AIMessage(f"Shelf {turn} holds geography, travel and maps.", **thought, **provider),
        ]
    return [*messages, HumanMessage("And the next one?")]


def _promised(
    work: str,
    url: str,
    scale: Scale,
    contenders: dict[str, Callable[[], object]],
    run: Callable[[Any], Any] | None = None,
) -> Row:
    floor, _, peer, *_ = contenders
    if run is None:
        bare = _repeated(partial(raw.ask, raw.client(), url), scale.calls)
    else:
        bare = _arepeated(partial(raw.aask, raw.async_client(), url), scale.calls, run)
    contenders = {RAW: bare, **contenders}
    row = compare(work, "call", contenders, units=scale.calls, rounds=scale.rounds)
    row.promise_between(floor, _NEAR, peer, _AHEAD)
    return row


def _sync(
    models: dict[str, Any], method: str, asked: Any, scale: Scale
) -> dict[str, Callable[[], object]]:
    return {
        name: _repeated(partial(getattr(model, method), asked), scale.calls)
        for name, model in models.items()
    }


def _async(
    models: dict[str, Any], method: str, asked: Any, run: Callable[[Any], Any], scale: Scale
) -> dict[str, Callable[[], object]]:
    return {
        name: _arepeated(partial(getattr(model, method), asked), scale.calls, run)
        for name, model in models.items()
    }


def _repeated(once: Callable[[], object], times: int) -> Callable[[], object]:
    def repeat() -> None:
        for _ in range(times):
            once()

    return repeat


def _arepeated(
    once: Callable[[], Any], times: int, run: Callable[[Any], Any]
) -> Callable[[], object]:
    async def repeat() -> None:
        for _ in range(times):
            await once()

    return lambda: run(repeat())
