"""Many streams at once, and many calls in a row, each in a process of its own."""

from __future__ import annotations

import asyncio
import resource
import time
from typing import TYPE_CHECKING, Any

from benchmarks import fakes, models, raw
from benchmarks.frames import words
from benchmarks.measure import OURS, OURS_HTTPX, RAW, Row
from benchmarks.plan import CHAT_OPENAI, LANGCHAIN
from benchmarks.process import Peak, in_child, open_files, resident

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from benchmarks.plan import Scale


def crowd(base: str, scale: Scale) -> Iterable[Row]:
    """Yield rows for CPU time and memory of many streams at once, and how many those really are."""
    url = f"{base}/paced/{scale.chunks_in_crowd}/v1"
    names = (RAW, OURS, OURS_HTTPX, CHAT_OPENAI, LANGCHAIN)
    found = {name: in_child("crowd", name, url, scale.streams) for name in names}
    title = f"{scale.streams:,} streams at once"
    row = Row(f"{title}, CPU", "stream", {name: [each["cpu"]] for name, each in found.items()})
    row.promise(RAW, row.ratio(OURS, RAW), 1.6)
    row.promise(CHAT_OPENAI, row.ratio(OURS, CHAT_OPENAI), 1 / 4)
    row.promise(f"with httpx, {CHAT_OPENAI}", row.ratio(OURS_HTTPX, CHAT_OPENAI), 1 / 4)
    row.promise("streams complete", found[OURS]["complete"] / scale.streams, 1, "at least")
    yield row
    begun = {name: [each["at_once"]] for name, each in found.items() if "at_once" in each}
    yield Row(f"{title}, begun and not ended at the peak", "stream", begun)
    memory = {name: [each["growth"]] for name, each in found.items()}
    row = Row(f"{title}, memory at the peak", "stream", memory)
    row.promise(CHAT_OPENAI, row.ratio(OURS, CHAT_OPENAI), 1 / 10)
    row.promise(f"with httpx, {CHAT_OPENAI}", row.ratio(OURS_HTTPX, CHAT_OPENAI), 1 / 10)
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
    if name == RAW:
        http = raw.async_client()

        async def bare() -> int:
            return len(await raw.astream(http, url))

        return asyncio.run(_crowd(bare, int(count)))
    crowd = _Listeners(_model(name, url))
    found = asyncio.run(_crowd(crowd.listen, int(count)))
    return found | {"at_once": crowd.at_once}


async def _crowd(stream: Callable[[], Coroutine[Any, Any, int]], count: int) -> dict[str, float]:
    wanted = await stream()  # Imports, TLS context and the first connection.
    with Peak() as peak:
        before = time.process_time()
        received = await asyncio.gather(*(stream() for _ in range(count)))
        cpu = time.process_time() - before
    complete = sum(chunks == wanted for chunks in received)
    return {"cpu": cpu / count, "growth": peak.growth / count, "complete": complete}


class _Listeners:
    """Those who listen to streams of one model: how many are served at the same time.

    State: `_served` have had their first chunk and not their last; `at_once` were that at most.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._served = 0
        self.at_once = 0

    async def listen(self) -> int:
        length = 0
        begun = False
        async for chunk in self._model.astream("hi"):
            if not begun:
                begun = True
                self._served += 1
                self.at_once = max(self.at_once, self._served)
            length += len(chunk.content)
        self._served -= 1
        return length


def _model(name: str, url: str) -> Any:
    if name == LANGCHAIN:
        chunks = int(url.rsplit("/", 2)[1])
        return fakes.PacedLangChain(texts=words(chunks))
    if name == CHAT_OPENAI:
        return models.peer_langchain(url)
    return models.our_langchain(url, **(models.HTTPX if name == OURS_HTTPX else {}))


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
