"""What holds up a call before the host is asked: the file of a limit, a clock, a key provider."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
from clocks import Clock
from pydantic import SecretStr

from minimax_adapters.api import (
    AsyncClient,
    CallTimeoutError,
    ChatRequest,
    Client,
    ConfigurationError,
    RateLimit,
    Settings,
    _counters,
)
from minimax_adapters.api._call import Call
from minimax_adapters.api._flow import Policy
from minimax_adapters.api._steps import Reserve, Send, Sleep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from minimax_adapters.emulator import Emulator

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])


@pytest.fixture
def limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RateLimit]:
    """A limit of all processes, used before; its library does not wait for the file at all."""
    monkeypatch.setattr(_counters, "_BUSY", 0.0)
    shared = RateLimit(requests=5, path=tmp_path / "minimax.limit", clock=Clock())
    assert shared.reserve(requests=1) == 0.0
    yield shared
    shared.close()


@contextlib.contextmanager
def _held(limit: RateLimit) -> Iterator[sqlite3.Connection]:
    """Hold the file, as a process does that was stopped while it counted."""
    with contextlib.closing(sqlite3.connect(str(limit.path), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def _steps(
    limit: RateLimit, slept: Callable[[float], object], deadline: float | None = None
) -> Iterator[Any]:
    """Yield the steps of a call up to its request, with time that passes by its waits."""
    clock = Clock()
    settings = Settings.resolve(api_key="k", rate_limit=limit, deadline=deadline)
    call: Call[Any] = Call("GET", "/v1/models", None, parse=lambda _: None)
    with contextlib.closing(Policy(settings, clock).call(call)) as flow:
        next(flow)
        outcome: object = SecretStr("k")
        while True:
            step: Any = flow.send(outcome)
            yield step
            outcome = None
            if isinstance(step, Send):
                return
            if isinstance(step, Reserve):
                outcome = step.limit.try_reserve(requests=step.requests, tokens=step.tokens)
            if isinstance(step, Sleep):
                clock.now += step.seconds
                slept(step.seconds)


def test_a_deadline_ends_the_wait_for_a_file_in_a_thread(
    limit: RateLimit, emulator: Emulator
) -> None:
    """And says who is waited for, as nothing is wrong with the file."""
    host: Any = {"base_url": emulator.url, "api_key": emulator.api_key}
    with (
        _held(limit),
        Client(**host, rate_limit=limit, deadline=0.2) as client,
        pytest.raises(CallTimeoutError, match="Another process") as caught,
    ):
        client.chat(HELLO)

    assert not caught.value.retryable
    assert not emulator.requests


async def test_a_deadline_ends_the_wait_for_a_file_on_a_loop(
    limit: RateLimit, emulator: Emulator
) -> None:
    """No thread waits on: the pool of the loop ends with its last try."""
    host: Any = {"base_url": emulator.url, "api_key": emulator.api_key}
    async with AsyncClient(**host, rate_limit=limit, deadline=0.2) as client:
        with _held(limit):
            with pytest.raises(CallTimeoutError, match="Another process"):
                await client.chat(HELLO)
            await asyncio.get_running_loop().shutdown_default_executor()

    assert not emulator.requests


async def test_a_deadline_ends_the_wait_for_a_busy_pool(
    limit: RateLimit, emulator: Emulator
) -> None:
    """The threads of the loop are the program's, which may need all of them for long."""
    done, threads = threading.Event(), concurrent.futures.ThreadPoolExecutor(1)
    threads.submit(done.wait)
    asyncio.get_running_loop().set_default_executor(threads)
    host: Any = {"base_url": emulator.url, "api_key": emulator.api_key}

    try:
        async with AsyncClient(**host, rate_limit=limit, deadline=0.2) as client:
            with pytest.raises(CallTimeoutError, match="deadline"):
                await client.chat(HELLO)
    finally:
        done.set()

    assert not emulator.requests


def test_a_held_file_is_waited_for_in_steps(limit: RateLimit) -> None:
    """Half a minute in all, where there is no deadline; what is slept can be cancelled."""
    waits: list[float] = []

    with _held(limit), pytest.raises(ConfigurationError, match="Another process"):
        list(_steps(limit, waits.append))

    assert sum(waits) == pytest.approx(30, abs=1)
    assert max(waits) <= 0.1


def test_a_file_that_is_free_again_is_used(limit: RateLimit) -> None:
    """After a wait, the call goes on as if nothing had been."""
    with _held(limit) as other:
        steps = list(_steps(limit, lambda _: other.rollback(), deadline=5.0))

    assert [type(step) for step in steps] == [Reserve, Sleep, Reserve, Send]


def test_a_file_may_be_held_before_its_first_use(tmp_path: Path) -> None:
    """Its tables are made when it is free."""
    limit = RateLimit(requests=1, path=tmp_path / "minimax.limit")
    with _held(limit):
        assert limit.try_reserve(requests=1) is None

    assert limit.try_reserve(requests=1) == 0.0
    limit.close()


def test_who_asks_a_limit_itself_waits_for_the_file(
    limit: RateLimit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as calls do."""
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    with _held(limit) as other:
        with pytest.raises(ConfigurationError, match="Another process"):
            limit.reserve(requests=1)
        assert sum(waits) == pytest.approx(30, abs=1)

        monkeypatch.setattr(time, "sleep", lambda _: other.rollback())
        assert limit.reserve(requests=1) == 0.0


@pytest.mark.parametrize("path", [None, "minimax.limit"])
def test_a_clock_that_goes_back_stops_nobody_for_longer_than_a_period(
    path: str | None, tmp_path: Path
) -> None:
    """What was sent later than now was sent just now; nothing that was counted is forgotten."""
    clock = Clock()
    limit = RateLimit(requests=5, path=path and tmp_path / path, clock=clock)
    assert [limit.reserve(requests=1) for _ in range(3)] == [0.0] * 3

    clock.now -= 900
    assert [limit.reserve(requests=1) for _ in range(2)] == [0.0] * 2
    assert 60 < limit.reserve(requests=1) < 62
    clock.now += 30
    assert 30 < limit.reserve(requests=1) < 32
    clock.now += 32
    assert [limit.reserve(requests=1) == 0.0 for _ in range(6)] == [True] * 5 + [False]
    limit.close()


def test_a_clock_that_goes_back_is_set_right_for_all(limit: RateLimit) -> None:
    """Also by those who may not send then: who comes a period later finds the file in order."""
    clock = Clock()
    clock.now -= 900
    other = RateLimit(requests=1, path=limit.path, clock=clock)

    assert other.reserve(requests=1) > 60
    clock.now += 62
    assert other.reserve(requests=1) == 0.0
    other.close()


@pytest.mark.parametrize("renewed", [False, True], ids=["first", "renewed"])
async def test_a_deadline_ends_the_wait_for_a_key(emulator: Emulator, *, renewed: bool) -> None:
    """The provider is cancelled, so that it can clear up."""
    asked: list[str] = []

    async def key() -> str:
        asked.append("asked")
        if renewed and len(asked) == 1:
            return "refused"
        try:
            await asyncio.Event().wait()
        finally:
            asked.append("cancelled")
        return emulator.api_key

    async with AsyncClient(base_url=emulator.url, api_key=key, deadline=0.3) as client:
        with pytest.raises(CallTimeoutError, match="deadline") as caught:
            await client.chat(HELLO)

    assert not caught.value.retryable
    assert asked[-2:] == ["asked", "cancelled"]


async def test_a_time_out_of_a_key_provider_is_its_own(emulator: Emulator) -> None:
    """It says what went wrong, and no deadline has passed."""

    async def key() -> str:
        raise TimeoutError("the vault is silent")

    async with AsyncClient(base_url=emulator.url, api_key=key, deadline=60) as client:
        with pytest.raises(TimeoutError, match="vault") as caught:
            await client.chat(HELLO)

    assert caught.type is TimeoutError
