"""Who goes first when several calls wait for a limit, and that nobody who is gone is waited for."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from clocks import Clock
from limited_calls import Calls

from minimax_adapters.api import (
    AsyncClient,
    CallTimeoutError,
    ChatRequest,
    Client,
    RateLimit,
    _counters,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
ANSWER: Final = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
PLACES: Final = pytest.mark.parametrize("path", [None, "minimax.limit"], ids=["memory", "file"])


@PLACES
def test_a_large_request_gets_its_turn_beside_many_small_ones(
    path: str | None, tmp_path: Path
) -> None:
    """It would wait for as long as they come, if each took the room that the last one left."""
    clock = Clock()
    limit = RateLimit(tokens=1000, path=path and tmp_path / path, clock=clock)
    calls = Calls(clock)

    for number in range(300):
        if number == 100:
            calls.begin("large", limit, tokens=600)
        calls.begin(f"small {number}", limit, tokens=20)
        calls.pass_for(1.0)
    calls.pass_for(600.0)

    order = list(calls.sent)
    assert order.index("large") == 100
    assert len(order) == 301
    limit.close()


@PLACES
def test_calls_go_in_the_order_in_which_they_came(path: str | None, tmp_path: Path) -> None:
    """However much each asks for; and none is woken but for its turn, or after a period."""
    clock = Clock()
    limit = RateLimit(requests=50, tokens=1000, path=path and tmp_path / path, clock=clock)
    calls = Calls(clock)

    names = [f"{number}" for number in range(200)]
    for name in names:
        calls.begin(name, limit, tokens=1 + 37 * int(name) % 100)
    calls.pass_for(3600.0)

    assert list(calls.sent) == names
    assert calls.steps < 20 * len(names)
    limit.close()


@PLACES
@pytest.mark.parametrize("requests", [1, 20])
def test_requests_and_tokens_are_taken_together(
    requests: int, path: str | None, tmp_path: Path
) -> None:
    """Or those that have waited for tokens would be sent beside the requests of a new period."""
    clock = Clock()
    limit = RateLimit(requests, 1000, path=path and tmp_path / path, clock=clock)
    calls = Calls(clock)
    assert limit.reserve(tokens=1000) == 0.0

    for number in range(3 * requests):
        calls.begin(f"{number}", limit, tokens=10)
    calls.pass_for(600.0)

    sent = list(calls.sent.values())
    assert len(sent) == 3 * requests
    assert all(sum(at <= other < at + 60 for other in sent) <= requests for at in sent)
    assert sent[-1] < 1000 + 60 * 3 * 1.03
    limit.close()


@PLACES
def test_what_cannot_be_taken_whole_is_not_taken(path: str | None, tmp_path: Path) -> None:
    """Who waits for tokens takes no requests, and the other way round."""
    limit = RateLimit(2, 1000, path=path and tmp_path / path, clock=Clock())
    assert limit.reserve(tokens=1000) == 0.0
    assert limit.reserve(requests=1, tokens=1) > 60

    assert [limit.reserve(requests=1) == 0.0 for _ in range(3)] == [True, True, False]
    limit.close()


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


def test_calls_without_tokens_do_not_wait_for_those_with_some() -> None:
    """A voice is asked for while a chat waits; requests are equal, so nobody starves."""
    clock = Clock()
    limit = RateLimit(requests=10, tokens=1000, clock=clock)
    calls = Calls(clock)
    calls.begin("first", limit, tokens=1000)
    calls.begin("chat", limit, tokens=500)

    for number in range(200):
        calls.begin(f"voice {number}", limit)
        calls.pass_for(1.0)
    calls.pass_for(3600.0)

    assert list(calls.sent)[1] == "voice 0"
    assert calls.sent["chat"] < 1000 + 200
    assert len(calls.sent) == 202


def test_a_wait_for_others_beyond_the_deadline_is_an_error_at_once() -> None:
    """Whoever is before it goes first, and later than that."""
    clock = Clock()
    limit = RateLimit(tokens=1000, clock=clock)
    calls = Calls(clock)
    calls.begin("first", limit, tokens=1000)
    calls.begin("next", limit, tokens=1000)

    calls.begin("hurried", limit, tokens=10, deadline=50)
    calls.begin("patient", limit, tokens=10, deadline=70)
    calls.pass_for(0.0)

    assert isinstance(calls.failed["hurried"], CallTimeoutError)
    assert not calls.failed["hurried"].retryable
    calls.pass_for(70.0)
    assert list(calls.sent) == ["first", "next"]
    assert isinstance(calls.failed["patient"], CallTimeoutError)


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


def test_a_clock_that_is_set_forward_stops_no_line() -> None:
    """All of them seem to be late then, and call each other as before."""
    clock = Clock()
    limit = RateLimit(tokens=1000, clock=clock)
    calls = Calls(clock)
    for name in ("first", "next", *"abcd"):
        calls.begin(name, limit, tokens=10 if name in "abcd" else 1000)

    calls.turn_clock(7200)
    calls.cancel("next")
    calls.pass_for(0.0)

    assert list(calls.sent) == ["first", *"abcd"]


def test_a_clock_that_is_set_back_stops_no_line() -> None:
    """Nor does a call fail because another one seems to come hours later."""
    clock = Clock()
    limit = RateLimit(tokens=1000, clock=clock)
    calls = Calls(clock)
    for number in range(6):
        calls.begin(f"{number}", limit, tokens=1000)

    calls.turn_clock(-7200)
    calls.begin("hurried", limit, tokens=10, deadline=500)
    calls.pass_for(500.0)

    assert calls.sent.pop("hurried")
    assert list(calls.sent) == [f"{number}" for number in range(6)]


def test_all_who_wait_for_a_file_give_up_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was held for as long as each of them was there, whoever stood at the front."""
    monkeypatch.setattr(_counters, "_BUSY", 0.0)
    clock = Clock()
    limit = RateLimit(requests=9, path=tmp_path / "minimax.limit", clock=clock)
    calls = Calls(clock)
    with contextlib.closing(sqlite3.connect(str(limit.path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for number in range(5):
            calls.begin(f"{number}", limit)
        calls.pass_for(29.0)
        assert not calls.failed
        calls.begin("new", limit)
        calls.pass_for(3.0)

        assert list(calls.failed) == ["0", "1", "2", "3", "4"]
        assert all("Another process" in str(error) for error in calls.failed.values())
        other.rollback()
    calls.pass_for(1.0)

    assert list(calls.sent) == ["new"]
    limit.close()


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
