"""No frame of this package holds the key in the clear: crash reports print what frames hold."""

# ruff: noqa: ANN401 - models and errors of any kind

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from secret_frames import SECRET, Interrupted, ended, shown

from minimax_adapters import langchain, llama_index
from minimax_adapters.api import (
    AsyncClient,
    Audio,
    ChatRequest,
    Client,
    Settings,
    _urllib3_connection,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fault_server import FaultServer

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
KINDS: Final[list[Any]] = [
    Settings.resolve,
    Client,
    AsyncClient,
    langchain.ChatMiniMax,
    langchain.MiniMaxEmbeddings,
    langchain.MiniMaxSpeech,
    langchain.MiniMaxSpeechTool,
    llama_index.MiniMax,
    llama_index.MiniMaxEmbedding,
    llama_index.MiniMaxSpeech,
    llama_index.MiniMaxToolSpec,
]
MISTAKES: Final[list[dict[str, Any]]] = [
    {"max_retries": -1},
    {"max_retries": "many"},
    {"nonsense": 1},
    {"base_url": "http://host.example"},
    {"region": "mars"},
    {"timeout": -1},
    {"api_key": SECRET + '"'},
    {"api_key": SECRET.encode()},
    {"apikey": SECRET, "api_key": None},
    {"minimax_api_key": SECRET, "api_key": "another"},
]
_TOKENS: Final = itertools.count()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__qualname__)
@pytest.mark.parametrize("mistake", MISTAKES, ids="-".join)
@pytest.mark.sampled(share=0.25)
def test_no_frame_of_a_wrong_setting_holds_the_key(kind: Any, mistake: dict[str, Any]) -> None:
    """Many crash reports are about settings, and these errors are raised with them at hand."""
    error = ended(lambda: kind(**{"api_key": SECRET, **mistake}))

    assert isinstance(error, ValueError | TypeError)
    assert shown(error) == []


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_no_frame_of_a_key_without_its_name_holds_it(kind: Any) -> None:
    """Other clients take it as their first argument."""
    error = ended(lambda: kind(SECRET))

    assert isinstance(error, TypeError)
    assert "api_key=" in str(error)
    assert shown(error) == []


@pytest.mark.parametrize(
    "call",
    [
        lambda: langchain.ChatMiniMax(api_key="another").invoke("Hello", api_key=SECRET),
        lambda: asyncio.run(langchain.ChatMiniMax(api_key="another").ainvoke("Hi", api_key=SECRET)),
        lambda: list(langchain.ChatMiniMax(api_key="another").stream("Hello", api_key=SECRET)),
        lambda: list(llama_index.MiniMax(api_key="another").stream_chat([], api_key=SECRET)),
        lambda: asyncio.run(llama_index.MiniMax(api_key="another").acomplete("Hi", api_key=SECRET)),
        lambda: llama_index.MiniMax(api_key="another").complete("Hello", api_key=SECRET),
    ],
    ids=["invoke", "ainvoke", "stream", "stream_chat", "acomplete", "complete"],
)
def test_no_frame_of_a_call_holds_a_key_that_belongs_elsewhere(call: Callable[[], Any]) -> None:
    """It is an argument of the constructor; frames of the frameworks keep what they were given."""
    error = ended(call)

    assert isinstance(error, ValueError | TypeError)
    assert shown(error) == []


class _OwnModel(langchain.ChatMiniMax):
    partition_key: str = ""


class _OwnEmbedding(llama_index.MiniMaxEmbedding):
    partition_key: str = ""


@pytest.mark.parametrize("kind", [_OwnModel, _OwnEmbedding])
def test_a_field_of_a_subclass_is_what_it_was_given(kind: Any) -> None:
    """Only its name is that of a secret."""
    assert kind(api_key=SECRET, partition_key="north").partition_key == "north"


def test_no_frame_of_a_wrong_variable_holds_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of the environment is read by us."""
    monkeypatch.setenv("MINIMAX_API_KEY", SECRET + '"')

    assert shown(ended(Client)) == []


@pytest.mark.parametrize("answer", [SECRET + '"', SECRET.encode()])
def test_no_frame_holds_what_a_provider_answered(answer: Any) -> None:
    """In either colour."""

    async def provide() -> Any:
        return answer

    async def call() -> None:
        async with AsyncClient(api_key=provide) as client:
            await client.chat(HELLO)

    sync = ended(lambda: Client(api_key=lambda: answer).chat(HELLO))
    # The frame of the provider is the user's.
    assert shown(sync) == []
    assert shown(ended(lambda: asyncio.run(call()))) == []


def _interrupt(_: httpx.Request) -> httpx.Response:
    raise Interrupted


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.chat(HELLO),
        lambda client: list(client.stream_chat(HELLO)),
        lambda client: client.embed(["text"], type="db"),
        lambda client: client.voices.list(),
        lambda client: client.speech.fetch(
            Audio(data=b"", format="mp3", url="https://api.minimax.io/a.mp3")
        ),
    ],
    ids=["chat", "stream", "embed", "voices", "fetch"],
)
def test_no_frame_holds_the_key_when_a_signal_ends_a_call(call: Callable[[Client], Any]) -> None:
    """As Ctrl-C does, and the soft time limit of a task queue."""
    client = Client(api_key=SECRET, transport=httpx.MockTransport(_interrupt))

    error = ended(lambda: call(client))

    assert isinstance(error, Interrupted)
    assert shown(error) == []


class _NeverSending:
    """A socket whose host takes nothing."""

    def settimeout(self, _: float | None) -> None:
        """Take any."""

    def send(self, _: memoryview) -> int:
        """Be interrupted."""
        raise Interrupted

    def close(self) -> None:
        """Close."""


def test_no_frame_holds_the_key_while_urllib3_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head of the request is written by us there."""
    monkeypatch.setattr(_urllib3_connection, "_opened", lambda *_: _NeverSending())
    client = Client(api_key=SECRET, sync_http="urllib3", max_retries=0)

    with client:
        error = ended(lambda: client.chat(HELLO))

    assert isinstance(error, Interrupted)
    assert shown(error) == []


async def _cut_short(waiting: Coroutine[Any, Any, Any], seen: Callable[[], int]) -> None:
    """Let the time of the caller be over when the request has arrived."""

    async def end() -> None:
        await asyncio.to_thread(seen)
        limit.reschedule(asyncio.get_running_loop().time())

    async with asyncio.timeout(None) as limit:
        ending = asyncio.ensure_future(end())
        await waiting
    await ending


async def _waiting(kind: str, **options: Any) -> None:
    async with AsyncClient(api_key=SECRET, max_retries=0, **options) as client:
        if kind == "chat":
            await client.chat(HELLO)
        elif kind == "stream":
            await anext(client.stream_chat(HELLO))
        else:
            async with client.speech.connect() as voice:
                await voice.open()


@pytest.mark.parametrize(
    ("kind", "library"),
    [("chat", "httpx"), ("stream", "httpx"), ("socket", "httpx"), ("chat", "asyncio")],
)
def test_no_frame_holds_the_key_when_the_caller_waits_no_longer(
    fault_server: FaultServer, kind: str, library: Any
) -> None:
    """`asyncio.timeout()` is how asynchronous code limits a wait."""
    token = f"frames-{next(_TOKENS)}"
    waiting = _waiting(kind, base_url=fault_server.url("silent", token), async_http=library)

    error = ended(lambda: asyncio.run(_cut_short(waiting, lambda: fault_server.seen(token, 1))))

    assert isinstance(error, TimeoutError)
    assert shown(error, everywhere=kind == "socket") == []
