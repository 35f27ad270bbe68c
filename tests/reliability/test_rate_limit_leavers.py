"""Calls that leave the line of a limit before it is their turn: nobody waits for them."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from clocks import Clock
from limited_calls import Calls

from minimax_adapters.api import (
    AsyncClient,
    ChatRequest,
    Client,
    RateLimit,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
ANSWER: Final = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
PLACES: Final = pytest.mark.parametrize("path", [None, "minimax.limit"], ids=["memory", "file"])


@pytest.mark.parametrize("end", [Calls.cancel, Calls.abandon])
def test_nobody_waits_for_who_is_gone(end: Callable[[Calls, str], Any]) -> None:
    """Cancelled, it lets the next one go at once; on a loop that has ended, when it is late."""
    clock = Clock()
    limit = RateLimit(tokens=1000, clock=clock)
    calls = Calls(clock)
    calls.begin("first", limit, tokens=900)
    calls.begin("large", limit, tokens=600)
    calls.begin("middle", limit, tokens=500)
    calls.begin("small", limit, tokens=50)
    assert list(calls.sent) == ["first"]

    held = [end(calls, name) for name in ("large", "middle")]
    calls.pass_for(0.0 if end is Calls.cancel else 80.0)

    assert list(calls.sent) == ["first", "small"]
    calls.begin("late", limit, tokens=50)
    assert list(calls.sent) == ["first", "small", "late"]
    del held


def test_a_call_that_was_late_keeps_its_place() -> None:
    """Its loop was busy for long, and it is the oldest still."""
    clock = Clock()
    limit = RateLimit(tokens=1000, clock=clock)
    calls = Calls(clock)
    for name, tokens in {"first": 1000, "late": 600, "next": 600, "last": 600}.items():
        calls.begin(name, limit, tokens=tokens)

    late = calls.abandon("late")
    calls.pass_for(75.0)
    assert list(calls.sent) == ["first", "next"]
    calls.begin("new", limit, tokens=600)
    calls.resume("late", late)
    calls.pass_for(300.0)

    assert list(calls.sent) == ["first", "next", "late", "last", "new"]


def test_a_place_of_who_is_gone_holds_up_nobody_for_a_second_time() -> None:
    """It stays in the line as long as the call is kept; those behind it call each other."""
    clock = Clock()
    limit = RateLimit(tokens=1000, clock=clock)
    calls = Calls(clock)
    for name, tokens in {"first": 1000, "gone": 1, "next": 950, "large": 900, "last": 50}.items():
        calls.begin(name, limit, tokens=tokens)

    gone = calls.abandon("gone")
    calls.pass_for(70.0)
    assert list(calls.sent) == ["first", "next"]
    calls.cancel("large")
    calls.pass_for(0.0)

    assert list(calls.sent) == ["first", "next", "last"]
    del gone


def _client(kind: Any, limit: RateLimit, sent: list[httpx.Request]) -> Any:  # noqa: ANN401 - either
    def host(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=ANSWER)

    return kind(api_key="k", rate_limit=limit, transport=httpx.MockTransport(host))


@PLACES
async def test_a_cancelled_call_lets_those_behind_it_go(path: str | None, tmp_path: Path) -> None:
    """On the same loop and in threads; they wait in no step that only time ends."""
    limit = RateLimit(tokens=1000, path=path and tmp_path / path, clock=Clock())
    assert limit.reserve(tokens=900) == 0.0
    large = ChatRequest(messages=[{"role": "user", "content": "x" * 3000}])
    sent: list[httpx.Request] = []
    with _client(Client, limit, sent) as client:
        async with _client(AsyncClient, limit, sent) as loop_client:
            first = asyncio.ensure_future(loop_client.chat(large))
            await _until_in_line(limit, 1)
            threads = [asyncio.ensure_future(asyncio.to_thread(client.chat, HELLO))]
            await _until_in_line(limit, 2)
            second = asyncio.ensure_future(loop_client.chat(HELLO))
            await _until_in_line(limit, 3)
            assert not sent

            first.cancel()
            replies = await asyncio.gather(*threads, second)

    assert [reply.content for reply in replies] == ["Hi", "Hi"]
    assert len(sent) == 2
    limit.close()


async def _until_in_line(limit: RateLimit, count: int) -> None:
    while len(limit.line("tokens")) < count:  # noqa: ASYNC110 - no event stands for it
        await asyncio.sleep(0.001)


def test_a_loop_that_ends_takes_its_calls_out_of_the_line() -> None:
    """Even if it was closed while they wait, and the collector finds them."""
    limit = RateLimit(requests=1, clock=Clock())
    assert limit.reserve(requests=1) == 0.0
    loop = asyncio.new_event_loop()

    async def begin() -> None:
        client = _client(AsyncClient, limit, [])
        waiting.extend([loop.create_task(client.models()) for _ in range(2)])
        await asyncio.sleep(0)

    waiting: list[asyncio.Task[Any]] = []
    loop.run_until_complete(begin())
    assert len(limit.line("requests")) == 2
    loop.close()

    waiting.clear()
    gc.collect()

    assert len(limit.line("requests")) == 0


FORK: Final = """
import os, signal, sys, threading
from minimax_adapters.api import RateLimit

inside, forked = threading.Event(), threading.Event()

def clock():
    if threading.current_thread() is not threading.main_thread():
        inside.set()
        forked.wait()
    return 0.0

limit = RateLimit(requests=1, clock=clock)
place = limit.line("requests").place()
place.__enter__()
looking = threading.Thread(target=limit.line("requests").first)
looking.start()
inside.wait()
child = os.fork()
if child == 0:
    signal.alarm(30)
    assert place.before() is None
    place.__exit__()
    with limit.line("requests").place() as other:
        os._exit(0 if other.before() is None else 1)
forked.set()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
looking.join()
assert len(limit.line("requests")) == 1
print("both live")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="There are no forks.")
def test_a_forked_child_stands_in_a_line_of_its_own() -> None:
    """It has none of the threads that wait in that of its parent, one of which may look at it."""
    command = [sys.executable, "-W", "ignore", "-c", FORK]

    done = subprocess.run(command, capture_output=True, check=False, timeout=60)

    assert done.stdout == b"both live\n", done.stderr.decode()
