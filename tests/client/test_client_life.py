"""The life of a client: event loops, threads, forks, pickles, closing."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import subprocess
import sys
import threading
from typing import Any, Final

import httpx
import pytest
from waiting import connections, eventually

from minimax_adapters.api import AsyncClient, ChatRequest, Client
from minimax_adapters.api._clients import _close_in
from minimax_adapters.emulator import Emulator, Quirks

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])

FORK: Final = """
import os, sys
from minimax_adapters.api import AsyncClient, ChatRequest, Client
import asyncio

url, key = sys.argv[1:]
hello = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
client = Client(base_url=url, api_key=key)
twin = AsyncClient(base_url=url, api_key=key)
assert client.chat(hello).content
assert asyncio.run(twin.chat(hello)).content
child = os.fork()
if child == 0:
    assert client.chat(hello).content
    assert asyncio.run(twin.chat(hello)).content
    client.close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert client.chat(hello).content
assert asyncio.run(twin.chat(hello)).content
client.close()
print("both live")
"""

IMPORTS: Final = """
import sys
import minimax_adapters.api
heavy = {"langchain_core", "langchain", "llama_index", "starlette", "uvicorn", "numpy"}
print(sorted(heavy & set(sys.modules)))
"""


def test_four_event_loops_in_a_row_use_one_client(options: dict[str, Any]) -> None:
    """As `asyncio.run` in scripts, Celery tasks and notebooks does."""
    client = AsyncClient(**options)

    for _ in range(4):
        assert asyncio.run(client.chat(HELLO)).content
        assert client._clients._open == {}


def test_several_event_loops_in_threads_use_one_client(options: dict[str, Any]) -> None:
    """Each has its own connections."""
    client = AsyncClient(**options)
    done: list[str] = []

    async def twice() -> None:
        done.extend([(await client.chat(HELLO)).content for _ in range(2)])

    threads = [threading.Thread(target=lambda: asyncio.run(twice())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(done) == 12
    assert client._clients._open == {}


async def test_a_client_that_is_dropped_is_closed_while_its_loop_runs(
    options: dict[str, Any], emulator: Emulator
) -> None:
    """A program that makes a client for each request must not gather connections."""
    for _ in range(5):
        assert (await AsyncClient(**options).chat(HELLO)).content

    gc.collect()
    for _ in range(1_000):
        await asyncio.sleep(0.005)
        if not connections(emulator):
            break
    assert connections(emulator) == 0


def test_a_client_that_is_dropped_with_its_loop_leaves_nothing(
    options: dict[str, Any], emulator: Emulator
) -> None:
    """The end of a loop cancels its tasks, also one that was about to close the client."""

    async def ask() -> object:
        client = AsyncClient(**options)
        asked = asyncio.create_task(client.chat(HELLO))
        await asyncio.sleep(0.005)
        asked.cancel()
        return await AsyncClient(**options).chat(HELLO)

    for _ in range(20):
        assert asyncio.run(ask())

    gc.collect()
    assert eventually(lambda: connections(emulator) == 0)


def test_a_loop_that_is_closed_without_shutting_down_is_forgotten(emulator: Emulator) -> None:
    """Its client cannot be closed any more, but need not be kept for ever."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"data": []}))
    client = AsyncClient(base_url=emulator.url, api_key="k", transport=transport)

    for _ in range(3):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(client.models())
        loop.close()

    assert len(client._clients._open) == 1
    asyncio.run(client.models())
    assert client._clients._open == {}


async def test_connections_are_used_again(options: dict[str, Any], emulator: Emulator) -> None:
    """After plain calls and after streams that were read to their end."""
    async with AsyncClient(**options) as client:
        for _ in range(3):
            await client.chat(HELLO)
            assert [event async for event in client.stream_chat(HELLO)]
        assert connections(emulator) == 1
    assert await asyncio.to_thread(eventually, lambda: connections(emulator) == 0)


def test_connections_are_used_again_and_closed(options: dict[str, Any], emulator: Emulator) -> None:
    """A closed client opens new ones when it is called again."""
    with Client(**options) as client:
        for _ in range(3):
            client.chat(HELLO)
            assert list(client.stream_chat(HELLO))
        assert connections(emulator) == 1
    assert eventually(lambda: connections(emulator) == 0)

    assert client.chat(HELLO).content
    client.close()
    client.close()


async def test_an_asynchronous_client_may_be_closed_twice_and_called_again(
    options: dict[str, Any],
) -> None:
    """Frameworks close what they were given, more than once."""
    client = AsyncClient(**options)

    await client.aclose()
    await client.chat(HELLO)
    await client.aclose()
    await client.aclose()
    assert (await client.chat(HELLO)).content
    await client.aclose()


def test_a_used_client_pickles_and_copies(options: dict[str, Any]) -> None:
    """Its connections stay behind."""
    with Client(**options) as client:
        client.chat(HELLO)
        for twin in (pickle.loads(pickle.dumps(client)), copy.deepcopy(client), copy.copy(client)):  # noqa: S301 - our own
            with twin:
                assert twin.chat(HELLO).content
    used = AsyncClient(**options)
    asyncio.run(used.chat(HELLO))
    twin = pickle.loads(pickle.dumps(used))  # noqa: S301 - our own
    assert asyncio.run(twin.chat(HELLO)).content


@pytest.mark.parametrize("library", ["httpx", "urllib3"])
def test_a_client_survives_a_fork(
    options: dict[str, Any], library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parent and child must not write into the same connection."""
    monkeypatch.setenv("MINIMAX_SYNC_HTTP", library)
    done = _python(FORK, options["base_url"], options["api_key"])

    assert done.stdout.strip() == "both live", done.stderr
    assert "Warning" not in done.stderr


def test_the_core_imports_no_framework() -> None:
    """Nor the server: each costs seconds and is an extra."""
    assert _python(IMPORTS).stdout.strip() == "[]"


def _python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_many_streams_run_at_once(options: dict[str, Any], emulator: Emulator) -> None:
    """The pool has no limit of its own."""
    emulator.quirks = Quirks(frame_delay=0.001)

    async def read(client: AsyncClient) -> int:
        return len([event async for event in client.stream_chat(HELLO)])

    async def main() -> list[int]:
        async with AsyncClient(**options) as client:
            return await asyncio.gather(*(read(client) for _ in range(50)))

    assert min(asyncio.run(main())) > 1


def test_a_call_in_another_thread_makes_one_client(options: dict[str, Any]) -> None:
    """Two threads may race for the first call; one of their clients is kept."""
    client = Client(**options)
    found: list[int] = []
    start = threading.Barrier(8)

    def first() -> None:
        start.wait()
        found.append(id(client._clients.current()))

    threads = [threading.Thread(target=first) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()

    assert len(set(found)) == 1


def test_a_client_that_is_dropped_closes_its_connections(
    options: dict[str, Any], emulator: Emulator
) -> None:
    """Not everybody uses a `with` block; what a parent process opened is left alone."""
    client = Client(**options)
    client.chat(HELLO)
    parents = client._clients.current()

    _close_in(-1, parents)
    assert connections(emulator) == 1
    del client
    gc.collect()

    assert eventually(lambda: connections(emulator) == 0)
