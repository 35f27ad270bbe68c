"""Sockets, tasks, files and voices that are cancelled at any await point, and both adapters'."""

# ruff: noqa: ANN401 - results of any kind

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import pytest
from account_operations import SAMPLE
from cancelling import Cancellable, cancel_everywhere
from operations import HELLO

from minimax_adapters.langchain import MiniMaxSpeech as LangChainSpeech
from minimax_adapters.llama_index import MiniMaxEmbedding
from minimax_adapters.llama_index import MiniMaxSpeech as LlamaIndexSpeech

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from minimax_adapters.api import AsyncClient
    from minimax_adapters.emulator import Emulator

_NUMBERS: Final = itertools.count()


async def _socket(client: AsyncClient, dialect: Any) -> None:
    async with client.speech.connect(dialect=dialect) as voice:
        assert [chunk async for chunk in voice.speak(HELLO)]
        await voice.send(HELLO)
        assert [chunk async for chunk in voice.drain()]


async def _stored(client: AsyncClient) -> None:
    stored = await client.files.upload(b"A text.", "t2a_async_input", filename="a.txt")
    await client.files.retrieve(stored.file_id)
    await client.files.delete(stored.file_id, "t2a_async_input")


async def _voices(client: AsyncClient) -> None:
    name = f"my-voice-{next(_NUMBERS)}"
    await client.voices.clone(SAMPLE, name, filename="a.wav")
    await client.voices.design("A calm man", HELLO)
    await client.voices.delete(name)


async def _task(client: AsyncClient, emulator: Emulator) -> None:
    task = await client.speech.submit(HELLO)
    emulator.turn_clock(3600)
    assert (await client.speech.result(await client.speech.wait(task))).data


async def _texts() -> AsyncIterator[str]:
    yield HELLO


async def _chunks(stream: Any) -> None:
    assert [chunk async for chunk in stream]


def _langchain(emulator: Emulator, transport: Any) -> Any:
    known: dict[str, Any] = {"base_url": emulator.url, "api_key": emulator.api_key}
    return LangChainSpeech(**known, transport=transport).atransform(_texts())


def _llama_index(emulator: Emulator, transport: Any) -> Any:
    known: dict[str, Any] = {"api_base": emulator.url, "api_key": emulator.api_key}
    return LlamaIndexSpeech(**known, transport=transport).astream(_texts())


def _embedding(emulator: Emulator) -> Any:
    model = MiniMaxEmbedding(
        api_base=emulator.url, api_key=emulator.api_key, embed_batch_size=1, num_workers=2
    )
    return model.aget_text_embedding_batch(["a", "b", "c"])


CALLS: Final[dict[str, Cancellable]] = {
    "socket_plain": lambda client, _: _socket(client, "plain"),
    "socket_bidi": lambda client, _: _socket(client, "bidi"),
    "files": lambda client, _: _stored(client),
    "voices": lambda client, _: _voices(client),
    "task": _task,
    "long_speech": lambda client, _: client.speak_long("A sentence. " * 40),
    "langchain_http": lambda _, emulator: _chunks(_langchain(emulator, "http")),
    "langchain_plain": lambda _, emulator: _chunks(_langchain(emulator, "plain")),
    "langchain_bidi": lambda _, emulator: _chunks(_langchain(emulator, "bidi")),
    "llama_index_http": lambda _, emulator: _chunks(_llama_index(emulator, "http")),
    "llama_index_plain": lambda _, emulator: _chunks(_llama_index(emulator, "plain")),
    "llama_index_bidi": lambda _, emulator: _chunks(_llama_index(emulator, "bidi")),
}
SIDE_BY_SIDE: Final[dict[str, Cancellable]] = {
    "client_embedding": lambda client, _: client.embed(list("abc"), type="db", max_batch_size=1),
    "llama_index_embedding": lambda _, emulator: _embedding(emulator),
}


@pytest.mark.sampled(share=0.17)
@pytest.mark.parametrize("name", CALLS)
def test_speech_and_accounts_may_be_cancelled_at_any_await(emulator: Emulator, name: str) -> None:
    """No task, connection or warning is left, and the next call works."""
    assert cancel_everywhere(emulator, CALLS[name]) >= 3


@pytest.mark.sampled(share=0.4)
@pytest.mark.parametrize("name", SIDE_BY_SIDE)
def test_tasks_side_by_side_may_be_cancelled_at_any_moment(emulator: Emulator, name: str) -> None:
    """None of them goes on."""
    assert cancel_everywhere(emulator, SIDE_BY_SIDE[name], side_by_side=True) >= 3
