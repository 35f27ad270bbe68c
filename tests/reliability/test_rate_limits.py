"""Limits of requests and tokens on our side: a bulk job meets no 1002."""

from __future__ import annotations

import asyncio
import copy
import gc
import itertools
import pickle
import subprocess
import sys
import threading
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
)
from minimax_adapters.api._call import Call
from minimax_adapters.api._flow import Policy
from minimax_adapters.api._steps import Reserve, Send, Sleep
from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from pathlib import Path

    from minimax_adapters.emulator import Emulator

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])


RESERVE: Final = """
import sys
from minimax_adapters.api.limits import RateLimit
limit = RateLimit(requests=30, tokens=10_000, path=sys.argv[1])
print([limit.reserve(requests=1) == 0.0 for _ in range(20)].count(True))
"""


def test_what_is_over_the_limit_has_to_wait() -> None:
    """Until the oldest request leaves the window."""
    clock = Clock()
    limit = RateLimit(requests=2, clock=clock)

    assert [limit.reserve(requests=1) for _ in range(2)] == [0.0, 0.0]
    wait = limit.reserve(requests=1)
    assert 60 < wait < 63
    clock.now += wait
    assert limit.reserve(requests=1) == 0.0


def test_tokens_are_counted_in_their_number() -> None:
    """A request larger than the limit takes all of it, rather than wait for ever."""
    clock = Clock()
    limit = RateLimit(tokens=1_000_000, clock=clock)

    assert limit.reserve(tokens=600_000) == 0.0
    assert limit.reserve(tokens=300_000) == 0.0
    assert limit.reserve(tokens=200_000) > 60
    clock.now += 62
    assert limit.reserve(tokens=5_000_000) == 0.0
    assert limit.reserve(tokens=1) > 60
    assert limit.reserve(requests=1) == 0.0


@pytest.mark.parametrize("numbers", [{"requests": 0}, {"tokens": -1}, {"period": 0}])
def test_a_limit_is_positive(numbers: dict[str, Any]) -> None:
    """None is for no limit."""
    with pytest.raises(ConfigurationError):
        RateLimit(**numbers)


def test_without_the_library_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is an extra, imported when the first limit is made."""
    monkeypatch.setitem(sys.modules, "pyrate_limiter", None)

    with pytest.raises(ConfigurationError, match=r"minimax-adapters\[limits\]"):
        RateLimit(requests=1)


def _steps(limit: RateLimit, body: bytes, **options: Any) -> list[object]:  # noqa: ANN401 - passed on as it came
    """Return the steps of a flow up to its request, with time that passes by its waits."""
    clock = Clock()
    settings = Settings.resolve(api_key="k", rate_limit=limit, **options)
    call: Call[Any] = Call("POST", "/v1/embeddings", body, parse=lambda _: None, metered=True)
    flow = Policy(settings, clock).call(call)
    steps: list[object] = [next(flow)]
    outcome: object = SecretStr("key")
    while not isinstance(steps[-1], Send):
        step: Any = flow.send(outcome)
        steps.append(step)
        outcome = None
        if isinstance(step, Reserve):
            outcome = step.limit.reserve(requests=step.requests, tokens=step.tokens)
    flow.close()
    return steps


def test_an_attempt_asks_for_a_request_and_its_tokens() -> None:
    """Once, for both together; pictures are no text."""
    body = b'{"url": "data:image/png;base64,' + b"A" * 3000 + b'", "text": "' + b"x" * 300 + b'"}'

    steps = _steps(RateLimit(requests=5, tokens=1000), body)

    (asked,) = [step for step in steps if isinstance(step, Reserve)]
    assert asked.requests == 1
    assert 100 <= asked.tokens <= 115


def test_a_wait_beyond_the_deadline_is_an_error_at_once() -> None:
    """Nobody hangs for a minute only to be told so."""
    limit = RateLimit(requests=1)
    limit.reserve(requests=1)

    with pytest.raises(CallTimeoutError, match="rate limit of this program"):
        _steps(limit, b"{}", deadline=5.0)


def test_a_wait_is_a_step_like_any_other() -> None:
    """So it is slept by either driver, and can be cancelled."""
    clock = Clock()
    limit = RateLimit(requests=1, clock=clock)
    limit.reserve(requests=1)
    settings = Settings.resolve(api_key="k", rate_limit=limit)
    call: Call[Any] = Call("GET", "/v1/models", None, parse=lambda _: None)
    flow = Policy(settings, clock).call(call)
    next(flow)

    step: Any = flow.send(SecretStr("key"))
    assert isinstance(step, Reserve)
    slept = flow.send(limit.reserve(requests=step.requests, tokens=step.tokens))

    assert isinstance(slept, Sleep)
    clock.now += slept.seconds
    assert isinstance(flow.send(None), Reserve)


def test_threads_share_a_limit() -> None:
    """Together they get what it allows, and no more."""
    limit = RateLimit(requests=50, clock=Clock())
    granted: list[float] = []
    threads = [
        threading.Thread(
            target=lambda: granted.extend([limit.reserve(requests=1) for _ in range(20)])
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert granted.count(0.0) == 50


def test_processes_share_a_limit(tmp_path: Path) -> None:
    """By a file that all of them name."""
    command = [sys.executable, "-c", RESERVE, str(tmp_path / "minimax.limit")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]

    counts = [int(process.communicate(timeout=60)[0]) for process in processes]

    assert sum(counts) == 30


async def test_a_shared_file_does_not_hold_up_the_event_loop(
    emulator: Emulator, tmp_path: Path
) -> None:
    """It is asked in a thread; closing and dropping leave nothing open."""
    limit = RateLimit(requests=30, tokens=100_000, path=tmp_path / "minimax.limit")
    client = AsyncClient(base_url=emulator.url, api_key=emulator.api_key, rate_limit=limit)

    async with client:
        replies = await asyncio.gather(*(client.chat(HELLO) for _ in range(5)))

    assert all(reply.content for reply in replies)
    limit.close()
    assert limit.reserve(requests=1) == 0.0
    del limit, client
    gc.collect()


def test_a_limit_is_pickled_without_its_counters(tmp_path: Path) -> None:
    """One in memory counts for itself then, one with a file goes on."""
    alone = RateLimit(requests=1)
    shared = RateLimit(requests=1, path=tmp_path / "minimax.limit")
    for limit in (alone, shared):
        assert limit.reserve(requests=1) == 0.0

    twins = [pickle.loads(pickle.dumps(limit)) for limit in (alone, shared)]  # noqa: S301 - our own

    assert [twin.reserve(requests=1) == 0.0 for twin in twins] == [True, False]
    assert repr(alone) == "RateLimit(requests=1, tokens=None, path=None)"
    for limit in (shared, *twins):
        limit.close()


@pytest.mark.parametrize("path", [None, "minimax.limit"])
def test_a_copy_of_a_limit_is_the_limit(path: str | None, tmp_path: Path) -> None:
    """Frameworks copy models with all that is in them, and the key still has one limit."""
    limit = RateLimit(requests=1, path=path and tmp_path / path)
    known: Any = {"api_key": "k", "rate_limit": limit}
    model = ChatMiniMax(**known)

    copies = [copy.copy(limit), copy.deepcopy(limit), copy.deepcopy(model).rate_limit]
    copies += [model.model_copy(deep=True).rate_limit, copy.deepcopy(MiniMax(**known)).rate_limit]
    copies += [copy.deepcopy(Client(**known)).settings.rate_limit]

    assert all(twin is limit for twin in copies)


def test_failed_attempts_count(emulator: Emulator) -> None:
    """MiniMax counts them as well."""
    emulator.fail_next(1000)
    limit = RateLimit(requests=2)
    options: Any = {"backoff": lambda: itertools.repeat(0.0), "rate_limit": limit}

    with Client(base_url=emulator.url, api_key=emulator.api_key, **options) as client:
        client.chat(HELLO)

    assert limit.reserve(requests=1) > 0


def test_both_adapters_share_a_limit(emulator: Emulator) -> None:
    """One key, one limit, whoever spends it."""
    limit = RateLimit(requests=3)
    known: dict[str, Any] = {"api_key": emulator.api_key, "rate_limit": limit}

    ChatMiniMax(base_url=emulator.url, **known).invoke("Hello")
    MiniMaxEmbeddings(base_url=emulator.url, **known).embed_query("Hello")
    MiniMax(api_base=emulator.url, **known).complete("Hello")

    assert limit.reserve(requests=1) > 0
    with pytest.raises(CallTimeoutError):
        MiniMax(api_base=emulator.url, deadline=1.0, **known).complete("Hello")
    assert len(emulator.requests) == 3
