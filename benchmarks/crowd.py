"""Many streams at once, and many calls in a row, each in a process of its own."""

from __future__ import annotations

import asyncio
import resource
import time
from typing import TYPE_CHECKING, Any

from benchmarks import models, raw
from benchmarks.measure import OURS, RAW, Row
from benchmarks.plan import CHAT_OPENAI
from benchmarks.process import Peak, in_child, open_files, resident

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from benchmarks.plan import Scale


def crowd(base: str, scale: Scale) -> Iterable[Row]:
    """Yield rows for CPU time and memory of many streams at once."""
    url = f"{base}/paced/{scale.chunks_in_crowd}/v1"
    found = {name: in_child("crowd", name, url, scale.streams) for name in (RAW, OURS, CHAT_OPENAI)}
    title = f"{scale.streams:,} streams at once"
    row = Row(f"{title}, CPU", "stream", {name: [each["cpu"]] for name, each in found.items()})
    row.promise(RAW, row.ratio(OURS, RAW), 1.6)
    row.promise(CHAT_OPENAI, row.ratio(OURS, CHAT_OPENAI), 1 / 4)
    row.promise("streams complete", found[OURS]["complete"] / scale.streams, 1, "at least")
    yield row
    memory = {name: [each["growth"]] for name, each in found.items()}
    row = Row(f"{title}, memory at the peak", "stream", memory)
    row.promise(CHAT_OPENAI, row.ratio(OURS, CHAT_OPENAI), 1 / 10)
    yield row


def sequence(base: str, scale: Scale) -> Row:
    """Return the row of many calls in a row: what is there afterwards, by what was before."""
    found = in_child("crowd", "sequence", f"{base}/large/0/v1", scale.sequential)
    samples = {"before": [1.0], OURS: [found["resident"]]}
    row = Row(f"{scale.sequential:,} calls in a row, memory", "process", samples)
    row.promise("before them", found["resident"], 1.02)
    row.promise("sockets and files before", found["files"], 1)
    row.promise("tasks before", found["tasks"], 1)
    return row


def measure(name: str, url: str, count: str) -> dict[str, float]:
    """Measure one contender in this process, which has done nothing else."""
    if name == "sequence":
        return asyncio.run(_sequence(url, int(count)))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return asyncio.run(_crowd(_streamer(name, url), int(count)))


async def _crowd(stream: Callable[[], Coroutine[Any, Any, int]], count: int) -> dict[str, float]:
    wanted = await stream()  # Imports, TLS context and the first connection.
    with Peak() as peak:
        before = time.process_time()
        received = await asyncio.gather(*(stream() for _ in range(count)))
        cpu = time.process_time() - before
    complete = sum(chunks == wanted for chunks in received)
    return {"cpu": cpu / count, "growth": peak.growth / count, "complete": complete}


def _streamer(name: str, url: str) -> Callable[[], Coroutine[Any, Any, int]]:
    if name == RAW:
        http = raw.async_client()

        async def bare() -> int:
            return len(await raw.astream(http, url))

        return bare
    make = models.our_langchain if name == OURS else models.peer_langchain
    model = make(url)

    async def stream() -> int:
        return sum([len(chunk.content) async for chunk in model.astream("hi")])

    return stream


async def _sequence(url: str, count: int) -> dict[str, float]:
    model = models.our_langchain(url)

    async def ask(times: int) -> tuple[int, int, int]:
        for _ in range(times // 2):
            await model.ainvoke("hi")
            model.invoke("hi")
        return resident(), open_files(), len(asyncio.all_tasks())

    before = await ask(max(count // 5, 100))
    after = await ask(count)
    names = ("resident", "files", "tasks")
    return {name: late / early for name, early, late in zip(names, before, after, strict=True)}
