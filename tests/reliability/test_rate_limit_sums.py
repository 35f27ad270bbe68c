"""What a limit lets through in sum: never more than it says, and not less either."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from clocks import Clock
from hypothesis import given, settings
from hypothesis import strategies as st

from minimax_adapters.api import RateLimit

PLACES: Final = pytest.mark.parametrize("path", [None, "minimax.limit"], ids=["memory", "file"])
# Of the period by which a limit is kept more strictly than it says.
MARGIN: Final = 1.03

steps = st.lists(
    st.tuples(
        st.one_of(st.just(0.0), st.floats(0.0, 0.2), st.floats(0.0, 40.0)),
        st.one_of(st.integers(1, 50), st.integers(1, 12_000)),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("requests", "path"),
    [
        (1, "minimax.limit"),
        (1001, "minimax.limit"),
        *((n, None) for n in (1, 20, 1000, 1001, 2500)),
    ],
)
def test_as_many_requests_are_let_through_as_it_says(
    requests: int, path: str | None, tmp_path: Path
) -> None:
    """Exactly, however many that are, and as many in the next period."""
    clock = Clock()
    limit = RateLimit(requests=requests, path=path and tmp_path / path, clock=clock)
    for _ in range(2):
        assert all(limit.reserve(requests=1) == 0.0 for _ in range(requests))
        wait = limit.reserve(requests=1)
        assert 60 < wait < 60 * MARGIN
        clock.now += wait
    limit.close()


@PLACES
@pytest.mark.parametrize(("tokens", "amount"), [(1_000_000, 999), (20_000_000, 20_001), (7, 3)])
def test_small_requests_get_all_tokens(
    tokens: int, amount: int, path: str | None, tmp_path: Path
) -> None:
    """What is left in the end is too little for one more."""
    limit = RateLimit(tokens=tokens, path=path and tmp_path / path, clock=Clock())

    admitted = 0
    while limit.reserve(tokens=amount) == 0.0:
        admitted += amount

    assert tokens - amount < admitted <= tokens
    rest = tokens - admitted
    assert limit.reserve(tokens=rest) == 0.0
    assert limit.reserve(tokens=1) > 0.0
    limit.close()


@PLACES
@settings(deadline=None, max_examples=60)
@given(limit=st.integers(1, 30_000), steps=steps)
def test_no_period_has_more_than_the_limit(
    path: str | None, limit: int, steps: list[tuple[float, int]]
) -> None:
    """Who has to wait could not have been let through, and is when he has waited."""
    clock = Clock()
    taken: list[tuple[float, int]] = []

    def within(seconds: float) -> int:
        return sum(amount for at, amount in taken if at > clock.now - seconds)

    with TemporaryDirectory() as folder:
        tokens = RateLimit(tokens=limit, path=path and Path(folder) / path, clock=clock)
        for passed, asked in steps:
            clock.now += passed
            amount = min(asked, limit)
            wait = tokens.reserve(tokens=asked)
            if wait:
                assert within(60 * MARGIN) + amount > limit
                clock.now += wait
                assert tokens.reserve(tokens=asked) == 0.0
            taken.append((clock.now, amount))
            assert within(60) <= limit
        tokens.close()


@PLACES
@settings(deadline=None, max_examples=60)
@given(requests=st.integers(1, 20), limit=st.integers(1, 30_000), steps=steps)
def test_no_period_has_more_of_either_than_its_limit(
    path: str | None, requests: int, limit: int, steps: list[tuple[float, int]]
) -> None:
    """Who is let through has both, and who waits has neither, and waits for no longer."""
    clock = Clock()
    taken: list[tuple[float, int]] = []

    def within(seconds: float) -> tuple[int, int]:
        amounts = [amount for at, amount in taken if at > clock.now - seconds]
        return len(amounts), sum(amounts)

    with TemporaryDirectory() as folder:
        both = RateLimit(requests, limit, path=path and Path(folder) / path, clock=clock)
        for passed, asked in steps:
            clock.now += passed
            amount = min(asked, limit)
            wait = both.reserve(requests=1, tokens=asked)
            if wait:
                count, tokens = within(60 * MARGIN)
                assert count + 1 > requests or tokens + amount > limit
                clock.now += wait
                assert both.reserve(requests=1, tokens=asked) == 0.0
            taken.append((clock.now, amount))
            count, tokens = within(60)
            assert count <= requests
            assert tokens <= limit
        both.close()


def test_a_file_does_not_grow_with_each_request(tmp_path: Path) -> None:
    """What was let through at about the same time is one entry."""
    path, clock = tmp_path / "minimax.limit", Clock()
    limit = RateLimit(requests=1_000_000, path=path, clock=clock)
    assert limit.reserve(requests=1) == 0.0
    size = path.stat().st_size

    for _ in range(700):
        clock.now += 0.001
        assert limit.reserve(requests=1) == 0.0

    assert path.stat().st_size == size
    limit.close()


def test_unequal_limits_of_a_file_count_the_same(tmp_path: Path) -> None:
    """An amount is what it is, whatever part of a limit that be."""
    path, clock = tmp_path / "minimax.limit", Clock()
    small, large = (RateLimit(tokens=most, path=path, clock=clock) for most in (1_000, 1_000_000))

    assert large.reserve(tokens=700) == 0.0
    assert small.reserve(tokens=400) > 0.0
    assert small.reserve(tokens=300) == 0.0
    small.close()
    large.close()
