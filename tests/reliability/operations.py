"""Every operation on every surface, in both colours, behind one signature.

`OPERATIONS[surface, operation](options, colour)` runs one call to its end and returns what it
gave. Streams are read to their end; what came before an error is lost here on purpose, since the
error's `partial` has to hold it.
"""

# ruff: noqa: ANN401 - models, arguments and results of any kind

from __future__ import annotations

import asyncio
import itertools
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import httpx
from llama_index.core.llms import ChatMessage
from llama_index.core.prompts import PromptTemplate
from pydantic import BaseModel

from minimax_adapters.api import AsyncClient, ChatRequest, Client, SpeechRequest
from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings
from minimax_adapters.langchain import MiniMaxSpeech as LangChainSpeech
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding
from minimax_adapters.llama_index import MiniMaxSpeech as LlamaIndexSpeech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Colour: TypeAlias = Literal["sync", "async"]
Operation: TypeAlias = "Callable[[dict[str, Any], Colour], Any]"
KEY: Final = "key-that-must-not-be-seen"
HELLO: Final = "Where are we?"
MESSAGES: Final = [{"role": "user", "content": HELLO}]
TEXTS: Final = ["one", "two"]
STREAMED: Final = "stream"  # How the names of streams begin.


class City(BaseModel):
    """A city."""

    name: str


def no_wait() -> Iterator[float]:
    """Return waits of no length."""
    return itertools.repeat(0.0)


def finished(outcome: Any, colour: Colour) -> Any:
    """Return what a call or a stream of either colour gives in the end."""
    if colour == "sync":
        return list(outcome) if hasattr(outcome, "__next__") else outcome
    return asyncio.run(_finished(outcome))


async def _finished(outcome: Any) -> Any:
    if asyncio.iscoroutine(outcome):
        outcome = await outcome
    if hasattr(outcome, "__anext__"):
        return [item async for item in outcome]
    return outcome


def _client(call: Callable[[Any], Any]) -> Operation:
    def run(options: dict[str, Any], colour: Colour) -> Any:
        if colour == "async":
            return finished(call(AsyncClient(**options, backoff=no_wait)), colour)
        with Client(**options, backoff=no_wait) as client:
            return finished(call(client), colour)

    return run


def _langchain(kind: type, call: Callable[[Any], Any], acall: Callable[[Any], Any]) -> Operation:
    def run(options: dict[str, Any], colour: Colour) -> Any:
        model: Any = kind(**options)
        model.backoff = no_wait
        return finished((call if colour == "sync" else acall)(model), colour)

    return run


def _llama(
    kind: Callable[..., Any], call: Callable[[Any], Any], acall: Callable[[Any], Any]
) -> Operation:
    def run(options: dict[str, Any], colour: Colour) -> Any:
        renamed = for_llama_index(options)
        model = kind(**renamed, backoff=no_wait)
        try:
            return finished((call if colour == "sync" else acall)(model), colour)
        finally:
            model.close()

    return run


def _chat(**members: Any) -> ChatRequest:
    return ChatRequest(messages=MESSAGES, **members)


def _tools() -> list[dict[str, Any]]:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    return [{"type": "function", "function": {"name": "visit", "parameters": schema}}]


def visit(name: str) -> str:
    """Visit a city."""
    return name


def _llama_tools(model: Any, verb: str, stream: str) -> Any:
    from llama_index.core.tools import FunctionTool  # noqa: PLC0415 - slow, and only here

    tools = [FunctionTool.from_defaults(visit)]
    return getattr(model, f"{verb}{stream}chat_with_tools")(tools, HELLO)


_SPEECH: Final = SpeechRequest(text=HELLO)
_PROMPT: Final = PromptTemplate(HELLO)
_ASK: Final = [ChatMessage(role="user", content=HELLO)]

OPERATIONS: Final[dict[tuple[str, str], Operation]] = {
    ("client", "chat"): _client(lambda c: c.chat(_chat())),
    ("client", "stream"): _client(lambda c: c.stream_chat(_chat())),
    ("client", "tools"): _client(lambda c: c.chat(_chat(tools=_tools()))),
    ("client", "stream_tools"): _client(lambda c: c.stream_chat(_chat(tools=_tools()))),
    ("client", "embed"): _client(lambda c: c.embed(TEXTS, type="db")),
    ("client", "speech"): _client(lambda c: c.speak(_SPEECH)),
    ("client", "stream_speech"): _client(lambda c: c.stream_speech(_SPEECH)),
    ("client", "models"): _client(lambda c: c.models()),
    ("langchain", "chat"): _langchain(
        ChatMiniMax, lambda m: m.invoke(HELLO), lambda m: m.ainvoke(HELLO)
    ),
    ("langchain", "stream"): _langchain(
        ChatMiniMax, lambda m: m.stream(HELLO), lambda m: m.astream(HELLO)
    ),
    ("langchain", "tools"): _langchain(
        ChatMiniMax,
        lambda m: m.bind_tools([visit]).invoke(HELLO),
        lambda m: m.bind_tools([visit]).ainvoke(HELLO),
    ),
    ("langchain", "stream_tools"): _langchain(
        ChatMiniMax,
        lambda m: m.bind_tools([visit]).stream(HELLO),
        lambda m: m.bind_tools([visit]).astream(HELLO),
    ),
    ("langchain", "structured"): _langchain(
        ChatMiniMax,
        lambda m: m.with_structured_output(City).invoke(HELLO),
        lambda m: m.with_structured_output(City).ainvoke(HELLO),
    ),
    ("langchain", "embed"): _langchain(
        MiniMaxEmbeddings,
        lambda m: m.embed_documents(TEXTS),
        lambda m: m.aembed_documents(TEXTS),
    ),
    ("langchain", "speech"): _langchain(
        LangChainSpeech, lambda m: m.invoke(HELLO), lambda m: m.ainvoke(HELLO)
    ),
    ("langchain", "stream_speech"): _langchain(
        LangChainSpeech, lambda m: m.stream(HELLO), lambda m: m.astream(HELLO)
    ),
    ("llama_index", "chat"): _llama(MiniMax, lambda m: m.chat(_ASK), lambda m: m.achat(_ASK)),
    ("llama_index", "stream"): _llama(
        MiniMax, lambda m: m.stream_chat(_ASK), lambda m: m.astream_chat(_ASK)
    ),
    ("llama_index", "tools"): _llama(
        MiniMax, lambda m: _llama_tools(m, "", ""), lambda m: _llama_tools(m, "a", "")
    ),
    ("llama_index", "stream_tools"): _llama(
        MiniMax, lambda m: _llama_tools(m, "", "stream_"), lambda m: _llama_tools(m, "a", "stream_")
    ),
    ("llama_index", "structured"): _llama(
        MiniMax,
        lambda m: m.structured_predict(City, _PROMPT),
        lambda m: m.astructured_predict(City, _PROMPT),
    ),
    ("llama_index", "embed"): _llama(
        MiniMaxEmbedding,
        lambda m: m.get_text_embedding_batch(TEXTS),
        lambda m: m.aget_text_embedding_batch(TEXTS),
    ),
    ("llama_index", "speech"): _llama(
        LlamaIndexSpeech, lambda m: m.speak(HELLO), lambda m: m.aspeak(HELLO)
    ),
    ("llama_index", "stream_speech"): _llama(
        partial(LlamaIndexSpeech, transport="http"),
        lambda m: m.stream(HELLO),
        lambda m: m.astream(HELLO),
    ),
}


def for_llama_index(options: dict[str, Any]) -> dict[str, Any]:
    """Return options by LlamaIndex's names; there, one time-out is that of each phase."""
    renamed = {"api_base" if name == "base_url" else name: options[name] for name in options}
    if isinstance(timeout := options.get("timeout"), httpx.Timeout):
        renamed["timeout"] = 4 * (timeout.read or 0)  # Enough to connect on a busy machine.
    return renamed
