"""A client of either colour behind one set of methods, so that a test is written once."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, Unpack

import httpx

from minimax_adapters.api import AsyncClient, Client

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from minimax_adapters.api import (
        Audio,
        AudioChunk,
        AudioEnd,
        ChatEvent,
        ChatReply,
        ChatRequest,
        Embeddings,
        ModelCard,
        SpeechRequest,
    )
    from minimax_adapters.api.settings import SettingOptions

Colour: TypeAlias = Literal["sync", "async"]
URL = "https://api.minimax.io"
KEY = "key-of-a-test"


class Caller:
    """A client and, if it is asynchronous, its event loop; both end with the `with` block.

    Waits between attempts are 0 seconds unless `backoff` is given. With a `handler`, nothing
    leaves the process and each request is kept in `sent`.
    """

    def __init__(
        self,
        colour: Colour,
        handler: Callable[[httpx.Request], httpx.Response] | None = None,
        **options: Unpack[SettingOptions],
    ) -> None:
        self.sent: list[httpx.Request] = []
        transport = httpx.MockTransport(self._keep(handler)) if handler else None
        options.setdefault("api_key", KEY)
        options.setdefault("base_url", URL)
        options.setdefault("backoff", lambda: itertools.repeat(0.0))
        self.client: Any
        if colour == "sync":
            self.client = Client(transport=transport, **options)
            self._runner = None
        else:
            self.client = AsyncClient(transport=transport, **options)
            self._runner = asyncio.Runner()

    def _keep(
        self, handler: Callable[[httpx.Request], httpx.Response]
    ) -> Callable[[httpx.Request], httpx.Response]:
        def keep(request: httpx.Request) -> httpx.Response:
            self.sent.append(request)
            return handler(request)

        return keep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._runner:
            self._runner.run(self.client.aclose())
            self._runner.close()
        else:
            self.client.close()

    def chat(self, request: ChatRequest) -> ChatReply:
        """Call `chat()`."""
        reply: ChatReply = self._call("chat", request)
        return reply

    def stream_chat(
        self, request: ChatRequest, seen: list[ChatEvent] | None = None
    ) -> list[ChatEvent]:
        """Return all events of `stream_chat()`; with an error, `seen` has those before it."""
        return self._all(self.client.stream_chat(request), [] if seen is None else seen)

    def embed(self, texts: Sequence[str], **options: Any) -> Embeddings:  # noqa: ANN401 - passed on as it came
        """Call `embed()`."""
        embeddings: Embeddings = self._call("embed", texts, **options)
        return embeddings

    def speak(self, request: SpeechRequest) -> Audio:
        """Call `speak()`."""
        audio: Audio = self._call("speak", request)
        return audio

    def stream_speech(
        self, request: SpeechRequest, seen: list[AudioChunk | AudioEnd] | None = None
    ) -> list[AudioChunk | AudioEnd]:
        """Return all events of `stream_speech()`; with an error, `seen` has those before it."""
        return self._all(self.client.stream_speech(request), [] if seen is None else seen)

    def models(self) -> list[ModelCard]:
        """Call `models()`."""
        models: list[ModelCard] = self._call("models")
        return models

    def _call(self, name: str, *arguments: object, **options: object) -> Any:  # noqa: ANN401 - any result
        outcome = getattr(self.client, name)(*arguments, **options)
        return self._runner.run(outcome) if self._runner else outcome

    def _all(self, stream: Any, seen: list[Any]) -> list[Any]:  # noqa: ANN401 - either colour
        if self._runner:
            self._runner.run(_collect(stream, seen))
            return seen
        for event in stream:
            seen.append(event)  # noqa: PERF402 - an error must leave those before it
        return seen


async def _collect(stream: Any, seen: list[Any]) -> None:  # noqa: ANN401 - of any events
    async for event in stream:
        seen.append(event)  # noqa: PERF401 - an error must leave those before it
