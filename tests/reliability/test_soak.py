"""Many calls with some faults: memory and descriptors stay flat.

1,500 calls by default; `RELIABILITY_SOAK=30000` for a long run.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from minimax_adapters.api import AsyncClient, ChatRequest, Client, MiniMaxError

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

CALLS: Final = int(os.environ.get("RELIABILITY_SOAK", "1500"))
AT_ONCE: Final = 10
CHAT: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
_PROC: Final = Path("/proc/self")
_PAGE: Final = 4096
_GROWTH: Final = 24 * 1024 * 1024


def _descriptors() -> int:
    return len(list((_PROC / "fd").iterdir()))


def _memory() -> int:
    gc.collect()
    return int((_PROC / "statm").read_text(encoding="ascii").split()[1]) * _PAGE


def _break_some(emulator: Emulator, order: random.Random) -> None:
    """Let about 2 of the next 100 calls go wrong."""
    for _ in range(AT_ONCE):
        if order.random() < 0.02:
            emulator.fail_next(order.choice([1000, 1002, 2064, 2013, 1008]))
        if order.random() < 0.005:
            emulator.break_next("reset_mid_body")


async def _one(client: AsyncClient, number: int) -> None:
    try:
        if number % 3 == 0:
            await client.chat(CHAT)
        elif number % 3 == 1:
            assert [event async for event in client.stream_chat(CHAT)]
        else:
            await client.embed(["a text"], type="db")
    except MiniMaxError as error:
        assert not isinstance(error, ValueError)  # noqa: PT017 - any error of the host is right


async def _round(emulator: Emulator, options: dict[str, Any], calls: int, seed: int) -> None:
    order = random.Random(seed)  # noqa: S311 - faults in an order that can be repeated
    async with AsyncClient(**options) as client:
        for start in range(0, calls, AT_ONCE):
            _break_some(emulator, order)
            await asyncio.gather(*(_one(client, start + n) for n in range(AT_ONCE)))
            emulator.clear()
    with Client(**options) as twin:
        for _ in range(10):
            twin.chat(CHAT)
            assert list(twin.stream_chat(CHAT))
    emulator.clear()


@pytest.mark.thorough
@pytest.mark.skipif(not _PROC.exists(), reason="memory and descriptors are read from /proc")
@pytest.mark.timeout(3600)
def test_many_calls_leave_nothing_behind(emulator: Emulator) -> None:
    """Two halves; the second is not larger than the first."""
    options: dict[str, Any] = {
        "base_url": emulator.url,
        "api_key": emulator.api_key,
        "max_retries": 2,
        "backoff": lambda: itertools.repeat(0.0),
    }
    seed = int(os.environ["RELIABILITY_SEED"])

    asyncio.run(_round(emulator, options, CALLS // 2, seed))
    descriptors, memory = _descriptors(), _memory()
    asyncio.run(_round(emulator, options, CALLS - CALLS // 2, seed + 1))

    report = f"{memory / 1e6:.0f} to {_memory() / 1e6:.0f} MB, {descriptors} to {_descriptors()}"
    print(f"soak: {CALLS} calls, {report} descriptors")  # noqa: T201 - seen with -s
    assert _memory() - memory < _GROWTH, report
    assert _descriptors() <= descriptors + 4, report
