"""The file of a limit, while processes use it: it may go, change, and be named from elsewhere."""

from __future__ import annotations

import contextlib
import pickle
import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Final

import pytest
from clocks import Clock

from minimax_adapters.api import ConfigurationError, RateLimit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FORK: Final = """
import os, signal, sys, threading, time
from minimax_adapters.api import RateLimit

inside, forking = threading.Event(), threading.Event()

def clock():
    if threading.current_thread() is not threading.main_thread():
        inside.set()
        forking.wait()
    return time.time()

limit = RateLimit(requests=1, path=sys.argv[1], clock=clock)
counting = threading.Thread(target=limit.reserve, kwargs={"requests": 1})
counting.start()
inside.wait()
# Called before other hooks, as the last one.
os.register_at_fork(before=forking.set)
child = os.fork()
if child == 0:
    signal.alarm(30)
    os._exit(0 if limit.try_reserve(requests=1) else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
counting.join()
assert limit.try_reserve(requests=1)
limit.close()
print("both live")
"""


@pytest.fixture
def limit(tmp_path: Path) -> Iterator[RateLimit]:
    """A limit of two requests that has let one through."""
    shared = RateLimit(requests=2, path=tmp_path / "minimax.limit", clock=Clock())
    assert shared.reserve(requests=1) == 0.0
    yield shared
    shared.close()


def _delete(path: Path) -> None:
    path.unlink()


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.touch()
    other.replace(path)


def _truncate(path: Path) -> None:
    path.write_bytes(b"")


def _drop_tables(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master").fetchall():
            connection.execute(f"DROP TABLE {table}")


@pytest.mark.parametrize("change", [_delete, _replace, _truncate, _drop_tables])
def test_a_file_that_is_gone_is_made_again(
    change: Callable[[Path], None], limit: RateLimit, tmp_path: Path
) -> None:
    """Somebody clears up, and the processes that count in it go on, together."""
    change(tmp_path / "minimax.limit")
    other = RateLimit(requests=2, path=limit.path, clock=Clock())

    admitted = [each.reserve(requests=1) == 0.0 for each in (limit, other, limit)]

    assert admitted == [True, True, False]
    other.close()


def test_a_file_that_is_damaged_is_used_when_it_is_mended(limit: RateLimit, tmp_path: Path) -> None:
    """Only somebody who knows what it is may delete it."""
    path = tmp_path / "minimax.limit"
    path.write_bytes(b"no database" * 1000)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="cannot be used"):
            limit.reserve(requests=1)
    assert path.read_bytes() == b"no database" * 1000

    path.unlink()
    assert [limit.reserve(requests=1) == 0.0 for _ in range(3)] == [True, True, False]


def test_a_file_stays_the_same_when_the_process_changes_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is that of where the limit was made; a pickle keeps it."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    limit = RateLimit(requests=1, path="minimax.limit")
    monkeypatch.chdir("elsewhere")

    twin = pickle.loads(pickle.dumps(limit))  # noqa: S301 - our own

    assert limit.reserve(requests=1) == 0.0
    assert twin.reserve(requests=1) > 0.0
    assert limit.path == str(tmp_path / "minimax.limit")
    limit.close()
    twin.close()


def test_a_fork_waits_until_no_thread_counts(tmp_path: Path) -> None:
    """A child would keep the locks of SQLite as they were, and wait for them for ever."""
    command = [sys.executable, "-W", "ignore", "-c", FORK, str(tmp_path / "minimax.limit")]

    done = subprocess.run(command, capture_output=True, check=False, timeout=120)

    assert done.stdout == b"both live\n", done.stderr.decode()


@pytest.mark.parametrize("path", [None, "minimax.limit"])
def test_closing_a_limit_forgets_nothing(path: str | None, tmp_path: Path) -> None:
    """What was sent was sent; without a file there is nothing to close."""
    limit = RateLimit(requests=1, path=path and tmp_path / path, clock=Clock())
    assert limit.reserve(requests=1) == 0.0

    limit.close()

    assert limit.reserve(requests=1) > 0.0
    limit.close()


@pytest.mark.parametrize("path", [None, "minimax.limit"])
def test_a_limit_may_be_closed_while_the_same_thread_counts(
    path: str | None, tmp_path: Path
) -> None:
    """By the handler of a signal, or by what is collected then."""
    closing: list[bool] = []

    def clock() -> float:
        if not closing:
            closing.append(True)
            counted.close()
        return 1000.0

    counted = RateLimit(requests=2, path=path and tmp_path / path, clock=clock)
    waits: list[float] = []
    counting = threading.Thread(
        target=lambda: waits.extend([counted.reserve(requests=1) for _ in range(3)]), daemon=True
    )
    counting.start()
    counting.join(30)

    assert [wait == 0.0 for wait in waits] == [True, True, False]
    counted.close()


@pytest.mark.parametrize("path", [None, "minimax.limit"])
def test_a_limit_may_be_larger_than_any_number_of_sqlite(path: str | None, tmp_path: Path) -> None:
    """As who wants none may say; it is one still."""
    clock = Clock()
    limit = RateLimit(tokens=10**30, path=path and tmp_path / path, clock=clock)

    assert limit.reserve(tokens=10**29) == 0.0
    assert limit.reserve(tokens=10**30) > 0.0
    clock.now += 62
    assert limit.reserve(tokens=10**31) == 0.0
    limit.close()
