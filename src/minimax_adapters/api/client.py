"""The clients: one method per capability, each a line over the flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from minimax_adapters._sealing import seal, sealed
from minimax_adapters.api._chat import chat_call, chat_stream_call
from minimax_adapters.api._clients import ThreadClient
from minimax_adapters.api._drivers import AsyncDriver, SyncDriver
from minimax_adapters.api._embedding_client import AsyncEmbeddingMethods, EmbeddingMethods
from minimax_adapters.api._flow import Policy
from minimax_adapters.api._keys import KeySource
from minimax_adapters.api._loop_clients import LoopClients
from minimax_adapters.api._models import models_call
from minimax_adapters.api._speech import speech_call, speech_stream_call
from minimax_adapters.api._speech_client import AsyncSpeechMethods, SpeechMethods
from minimax_adapters.api._streams import AsyncEventStream, EventStream
from minimax_adapters.api.settings import SettingOptions, Settings

if TYPE_CHECKING:
    import httpx

    from minimax_adapters.api._call import Call
    from minimax_adapters.api._speech import SpeechEvent
    from minimax_adapters.api.audio import Audio
    from minimax_adapters.api.wire.chat import ChatRequest
    from minimax_adapters.api.wire.chat_reply import ChatEvent, ChatReply
    from minimax_adapters.api.wire.models import ModelCard
    from minimax_adapters.api.wire.speech import SpeechRequest

T = TypeVar("T")


def _settings(settings: Settings | None, options: SettingOptions) -> Settings:
    if settings is None:
        return Settings.resolve(**options)
    if not isinstance(settings, Settings):
        raise TypeError("Pass the options by name: api_key=... for the key.")
    if options:
        raise TypeError("Give a Settings or its options, not both.")
    return settings


class Client(EmbeddingMethods, SpeechMethods):
    """MiniMax for synchronous code.

    Give a `Settings`, or its options. Safe to share between threads; survives `fork` and
    `pickle`; opens nothing before the first call. Close it, or use it in a `with` block, to
    close its connections at once; otherwise they are closed with the process.

    Every method raises a `MiniMaxError`: `APIError` and its subclasses for what MiniMax
    answers, `ConnectionFailedError`, `InterruptedReplyError` or `InvalidReplyError` otherwise.
    What passes is retried first, as `Settings` says.

    Example:
        >>> from minimax_adapters.api import ChatRequest, Client
        >>> with Client() as client:
        ...     reply = client.chat(ChatRequest(messages=[{"role": "user", "content": "Hello!"}]))
        >>> print(reply.content)
        Hello! How can I help you?
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        **options: Unpack[SettingOptions],
    ) -> None:
        seal(options)
        if isinstance(settings, str):  # A key without its name, which is refused.
            settings = sealed(settings)
        self.settings = _settings(settings, options)
        self._open(transport)

    def _open(self, transport: httpx.BaseTransport | None) -> None:
        self._policy = Policy(self.settings)
        self._clients = ThreadClient(
            transport, self.settings.sync_http, in_time=self.settings.deadline is not None
        )
        self._driver = SyncDriver(self._clients, KeySource(self.settings.api_key))

    def chat(self, request: ChatRequest) -> ChatReply:
        """Ask a chat model and wait for the whole answer.

        What MiniMax is known to refuse is mended first: several system messages on models that
        take one, tools without parameters, broken arguments of earlier calls, empty contents.

        Raises:
            InvalidInputError: Tool calls and their results do not belong together.
            MiniMaxError: See the class.
        """
        return self._run(chat_call(request))

    def stream_chat(self, request: ChatRequest) -> EventStream[ChatEvent]:
        """Ask a chat model and receive the answer as it is written; ends with `ChatEnd`.

        Until the first event a failure is retried like that of any call. After it, an error
        carries the answer so far in `partial`.

        Raises:
            InvalidInputError: Tool calls and their results do not belong together.
            MiniMaxError: See the class; while iterating.
        """
        return self._stream(chat_stream_call(request))

    def speak(self, request: SpeechRequest) -> Audio:
        """Turn text into speech and wait for the whole audio.

        Raises:
            InvalidInputError: Settings that do not go together.
            MiniMaxError: See the class.
        """
        return self._run(speech_call(request))

    def stream_speech(self, request: SpeechRequest) -> EventStream[SpeechEvent]:
        """Turn text into speech and receive the audio as it is made; ends with `AudioEnd`.

        Raises:
            InvalidInputError: Settings that do not go together.
            MiniMaxError: See the class; while iterating.
        """
        return self._stream(speech_stream_call(request))

    def models(self) -> list[ModelCard]:
        """Return the chat models that MiniMax lists for this key.

        Raises:
            MiniMaxError: See the class.
        """
        return self._run(models_call())

    def close(self) -> None:
        """Close the connections, from any thread; the next call opens new ones.

        A call that another thread has begun gets its answer, and its connection is closed behind
        it. A stream that has begun is broken off: its reader gets an `InterruptedReplyError`.
        """
        self._clients.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {"settings": self.settings}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.settings = state["settings"]
        self._open(None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings.base_urls[0]!r})"

    def _run(self, call: Call[T]) -> T:
        return self._driver.run(self._policy.call(call))

    def _stream(self, call: Call[Any]) -> EventStream[Any]:
        return EventStream(self._driver, self._policy.stream(call))


class AsyncClient(AsyncEmbeddingMethods, AsyncSpeechMethods):
    """MiniMax for asynchronous code; the same as `Client`, to be awaited.

    It may be used from any number of event loops, at once or one after the other: each loop has
    its own connections, which are closed when the loop shuts down. Survives `fork` and
    `pickle`; opens nothing before the first call.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[SettingOptions],
    ) -> None:
        seal(options)
        if isinstance(settings, str):  # A key without its name, which is refused.
            settings = sealed(settings)
        self.settings = _settings(settings, options)
        self._open(transport)

    def _open(self, transport: httpx.AsyncBaseTransport | None) -> None:
        self._policy = Policy(self.settings)
        self._clients = LoopClients(transport, self.settings.async_http)
        self._driver = AsyncDriver(self._clients, KeySource(self.settings.api_key))

    async def chat(self, request: ChatRequest) -> ChatReply:
        """Ask a chat model and wait for the whole answer; see `Client.chat()`."""
        return await self._run(chat_call(request))

    def stream_chat(self, request: ChatRequest) -> AsyncEventStream[ChatEvent]:
        """Receive the answer as it is written; see `Client.stream_chat()`."""
        return self._stream(chat_stream_call(request))

    async def speak(self, request: SpeechRequest) -> Audio:
        """Turn text into speech and wait for the whole audio; see `Client.speak()`."""
        return await self._run(speech_call(request))

    def stream_speech(self, request: SpeechRequest) -> AsyncEventStream[SpeechEvent]:
        """Receive the audio as it is made; see `Client.stream_speech()`."""
        return self._stream(speech_stream_call(request))

    async def models(self) -> list[ModelCard]:
        """Return the chat models that MiniMax lists for this key; see `Client.models()`."""
        return await self._run(models_call())

    async def aclose(self) -> None:
        """Close the connections of the running event loop; see `Client.close()`."""
        await self._clients.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __getstate__(self) -> dict[str, Any]:
        return {"settings": self.settings}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.settings = state["settings"]
        self._open(None)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings.base_urls[0]!r})"

    async def _run(self, call: Call[T]) -> T:
        return await self._driver.run(self._policy.call(call))

    def _stream(self, call: Call[Any]) -> AsyncEventStream[Any]:
        return AsyncEventStream(self._driver, self._policy.stream(call))
