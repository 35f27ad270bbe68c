"""Where scenarios play: clients and adapters of either colour, with or without an emulator."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias, TypeVar

from minimax_adapters.api import AsyncClient, Client
from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings
from minimax_adapters.langchain.speech import MiniMaxSpeech as LangChainSpeech
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding
from minimax_adapters.llama_index import MiniMaxSpeech as LlamaIndexSpeech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from minimax_adapters.emulator import Emulator

A = TypeVar("A", ChatMiniMax, MiniMaxEmbeddings, LangChainSpeech)
Colour: TypeAlias = Literal["sync", "async"]
HOST: Final = "https://api.minimax.io"
SPARE: Final = "https://api.minimax.chat"


class Stage:
    """What a scenario plays with. Ends its clients and its event loop with the `with` block.

    With an emulator, a scenario is recorded; without, it plays from its cassette. An `emulator`
    of None in a scenario means that nothing has to be prepared.
    """

    def __init__(
        self, colour: Colour, url: str = HOST, key: str = "key", emulator: Emulator | None = None
    ) -> None:
        self.colour = colour
        self.emulator = emulator
        self.url = url
        self.key = key
        self.spare = url.replace("127.0.0.1", "localhost") if emulator else SPARE
        self._runner = asyncio.Runner()
        self._clients: list[Any] = []
        self._sockets: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for owned in [*self._sockets, *self._clients]:
            self.result(owned.aclose() if hasattr(owned, "aclose") else owned.close())
        self._runner.close()

    # What is played with

    def client(self, **options: Any) -> Any:  # noqa: ANN401 - of either colour
        """Return a client that does not wait between attempts."""
        kind: Any = Client if self.colour == "sync" else AsyncClient
        options = {"base_url": self.url, "api_key": self.key, "backoff": no_wait, **options}
        self._clients.append(kind(**options))
        return self._clients[-1]

    def socket(self, *arguments: Any, client: Any = None, **options: Any) -> Any:  # noqa: ANN401 - passed on as it came
        """Return a speech socket of a client with the options `client`."""
        speech = self.client(**(client or {})).speech
        self._sockets.append(speech.connect(*arguments, **options))
        return self._sockets[-1]

    def chat(self, **options: Any) -> ChatMiniMax:  # noqa: ANN401 - passed on as it came
        """Return LangChain's chat model."""
        return _patient(ChatMiniMax(**self._langchain(options)))

    def embeddings(self, **options: Any) -> MiniMaxEmbeddings:  # noqa: ANN401 - passed on as it came
        """Return LangChain's embeddings."""
        return _patient(MiniMaxEmbeddings(**self._langchain(options)))

    def speech(self, **options: Any) -> LangChainSpeech:  # noqa: ANN401 - passed on as it came
        """Return LangChain's speech."""
        return _patient(LangChainSpeech(**self._langchain(options)))

    def _langchain(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"base_url": self.url, "api_key": self.key, **options}

    def llm(self, **options: Any) -> MiniMax:  # noqa: ANN401 - passed on as it came
        """Return LlamaIndex's chat model."""
        return MiniMax(**self._llama_index(options))

    def embedding(self, **options: Any) -> MiniMaxEmbedding:  # noqa: ANN401 - passed on as it came
        """Return LlamaIndex's embeddings."""
        return MiniMaxEmbedding(**self._llama_index(options))

    def voice(self, **options: Any) -> LlamaIndexSpeech:  # noqa: ANN401 - passed on as it came
        """Return LlamaIndex's speech."""
        return LlamaIndexSpeech(**self._llama_index(options))

    def _llama_index(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"api_base": self.url, "api_key": self.key, "backoff": no_wait, **options}

    # How it is called

    def call(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on as it came
        """Call `method`, or its twin in the asynchronous colour, and return its result."""
        outcome = self._twin(method)(*arguments, **options)
        return self.result(outcome)

    def all(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> list[Any]:  # noqa: ANN401 - passed on as it came
        """Call `method`, or its twin, and return everything that it yields."""
        return self.everything(self._twin(method)(*arguments, **options), [])

    def result(self, outcome: Any) -> Any:  # noqa: ANN401 - any result
        """Return `outcome`, awaited if it has to be."""
        return self._runner.run(_awaited(outcome)) if hasattr(outcome, "__await__") else outcome

    def everything(self, stream: Any, seen: list[Any]) -> list[Any]:  # noqa: ANN401 - of any events
        """Append all of `stream` to `seen`; with an error, it has what came before."""
        if hasattr(stream, "__await__") or hasattr(stream, "__aiter__"):
            self._runner.run(_collect(stream, seen))
        else:
            for event in stream:
                seen.append(event)  # noqa: PERF402 - an error must leave those before it
        return seen

    def first(self, stream: Any, count: int) -> list[Any]:  # noqa: ANN401 - of any events
        """Return the first events of `stream`, which is left then."""
        if hasattr(stream, "__aiter__"):
            return self._runner.run(_leave_early(stream, count))
        events = iter(stream)
        seen = list(itertools.islice(events, count))
        events.close()
        return seen

    def _twin(self, method: Callable[..., Any]) -> Callable[..., Any]:
        owner = getattr(method, "__self__", None)
        if self.colour == "sync" or isinstance(owner, AsyncClient):
            return method
        name = method.__name__
        twin = f"_a{name[1:]}" if name.startswith("_") else f"a{name}"
        found: Callable[..., Any] = getattr(owner, twin)
        return found


def _patient(adapter: A) -> A:
    """Return `adapter`, which does not wait between attempts."""
    adapter.backoff = no_wait
    return adapter


def no_wait() -> Iterator[float]:
    """Return waits of no length."""
    return itertools.repeat(0.0)


async def _awaited(outcome: Any) -> Any:  # noqa: ANN401 - any result
    return await outcome


async def _leave_early(stream: Any, count: int) -> list[Any]:  # noqa: ANN401 - as above
    events = aiter(stream)
    seen = [await anext(events) for _ in range(count)]
    await events.aclose()
    return seen


async def _collect(stream: Any, seen: list[Any]) -> None:  # noqa: ANN401 - of any events
    if hasattr(stream, "__await__"):
        stream = await stream
    async for event in stream:
        seen.append(event)  # noqa: PERF401 - an error must leave those before it
