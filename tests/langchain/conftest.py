"""Adapters that call the emulator, without waits between attempts."""

from __future__ import annotations

import itertools
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# Test folders are no packages: modules of shared code are found by this.
sys.path.insert(0, str(Path(__file__).parent))

from plain_server import PlainServer

from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech

if TYPE_CHECKING:
    from collections.abc import Iterator

    from makers import Make

    from minimax_adapters.emulator import Emulator


def no_wait() -> Iterator[float]:
    """Return waits of no length."""
    return itertools.repeat(0.0)


@pytest.fixture
def chat(emulator: Emulator) -> Make:
    """Return what makes chat models."""

    def make(**arguments: Any) -> ChatMiniMax:  # noqa: ANN401 - passed on as it came
        model = ChatMiniMax(**{"base_url": emulator.url, "api_key": emulator.api_key, **arguments})
        model.backoff = no_wait
        return model

    return make


@pytest.fixture
def embeddings(emulator: Emulator) -> Make:
    """Return what makes embeddings."""

    def make(**arguments: Any) -> MiniMaxEmbeddings:  # noqa: ANN401 - passed on as it came
        made = MiniMaxEmbeddings(
            **{"base_url": emulator.url, "api_key": emulator.api_key, **arguments}
        )
        made.backoff = no_wait
        return made

    return make


@pytest.fixture
def speech(emulator: Emulator) -> Make:
    """Return what makes speech."""

    def make(**arguments: Any) -> MiniMaxSpeech:  # noqa: ANN401 - passed on as it came
        return MiniMaxSpeech(**{"base_url": emulator.url, "api_key": emulator.api_key, **arguments})

    return make


@pytest.fixture
def server() -> Iterator[PlainServer]:
    """Return a server that runs as long as the test."""
    with PlainServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
