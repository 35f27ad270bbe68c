"""Streams that nobody closes."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING, Any

from minimax_adapters.api import ChatRequest, Client
from minimax_adapters.api._closing import CLOSER

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

HELLO = ChatRequest(messages=[{"role": "user", "content": "Hello, count to a hundred."}])


def test_a_stream_dropped_inside_the_pool_does_not_wait_for_itself(emulator: Emulator) -> None:
    """The collector may run anywhere, also where this thread holds the lock of the pool."""
    client = Client(api_key=emulator.api_key, base_url=emulator.url, sync_http="httpx")
    gc.collect()
    gc.disable()
    try:
        _leave_in_a_cycle(client)
        transport: Any = client._clients.current()._transport
        pool = transport._pool.transport._pool
        collector = threading.Thread(target=_collect_inside, args=(pool,), daemon=True)

        collector.start()
        collector.join(10)

        assert not collector.is_alive()
    finally:
        gc.enable()
    assert client.chat(HELLO).content
    client.close()


def test_streams_that_are_left_or_read_are_not_kept(emulator: Emulator) -> None:
    """Neither way may hold on to anything."""
    with Client(api_key=emulator.api_key, base_url=emulator.url) as client:
        for _ in range(5):
            with client.stream_chat(HELLO) as events:
                next(events)
            list(client.stream_chat(HELLO))

        done = threading.Event()
        for _ in range(500):
            if not CLOSER._open:
                break
            done.wait(0.01)
        assert not CLOSER._open


def _leave_in_a_cycle(client: Client) -> None:
    events = client.stream_chat(HELLO)
    next(events)
    cycle: list[Any] = [events]
    cycle.append(cycle)


def _collect_inside(pool: Any) -> None:  # noqa: ANN401 - private to httpcore
    with pool._optional_thread_lock:
        gc.collect()
