"""An emulator that speaks with a voice that is the same on every machine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

# Test folders are no packages: modules of shared code are found by this.
sys.path.insert(0, str(Path(__file__).parent))

from actors import Actor, running_actor

from minimax_adapters.emulator import Emulator, Quirks

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def _speaking() -> Iterator[Emulator]:
    with Emulator(voice="synthetic") as server:
        yield server


@pytest.fixture
def speaking(_speaking: Emulator) -> Emulator:
    """Return an emulator without memory and habits."""
    _speaking.clear()
    _speaking.quirks = Quirks()
    return _speaking


@pytest.fixture
def client(speaking: Emulator, no_tls: ssl.SSLContext) -> Iterator[httpx.Client]:
    """A plain HTTP client with the right key."""
    headers = {"Authorization": f"Bearer {speaking.api_key}"}
    with httpx.Client(base_url=speaking.url, headers=headers, timeout=30, verify=no_tls) as running:
        yield running


@pytest.fixture(scope="module")
def actor() -> Iterator[Actor]:
    """Return a server that plays what a test gives it."""
    with running_actor() as actor:
        yield actor
