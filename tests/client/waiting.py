"""Waiting for what another thread does, and what a server still has open."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.emulator import Emulator


def eventually(condition: Callable[[], bool]) -> bool:
    """Return whether `condition` holds within five seconds."""
    end = time.monotonic() + 5
    while not (holds := condition()) and time.monotonic() < end:
        time.sleep(0.005)
    return holds


def connections(emulator: Emulator) -> int:
    """Return how many connections the emulator has."""
    server: Any = emulator._server
    return len(server.server_state.connections)


def answering(emulator: Emulator) -> int:
    """Return how many requests and sockets the emulator is answering."""
    server: Any = emulator._server
    return len(server.server_state.tasks)
