"""Who goes first when several calls wait for a limit."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Final

import pytest
from clocks import Clock
from limited_calls import Calls

from minimax_adapters.api import (
    CallTimeoutError,
    ChatRequest,
    RateLimit,
    _counters,
)

if TYPE_CHECKING:
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
