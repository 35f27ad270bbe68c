"""What the tests share: an emulator, its requests checked against the schemas, and callers."""

from __future__ import annotations

import gc
import itertools
import json
import os
import random
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import hypothesis
import pytest
from jsonschema import Draft202012Validator

# Test folders are no packages, so that their modules of shared code are found by this.
sys.path[:0] = [str(Path(__file__).parent / "unit"), str(Path(__file__).parent / "client")]

from minimax_adapters.emulator import Emulator, Quirks  # noqa: E402 - after the path above

if TYPE_CHECKING:
    from collections.abc import Iterator

# Generated tables have thousands of rows. A run of everyday picks some by chance, another one picks
# others; with EVERYTHING, as before each merge, all of them run, and so do long proofs.
EVERYTHING: Final = bool(os.environ.get("EVERYTHING"))

# How long an example takes depends on what else the machine does, not on what is tested.
hypothesis.settings.register_profile(
    "unhurried",
    max_examples=100 if EVERYTHING else 15,
    deadline=None,
    # The same examples each time, where a red run stops others.
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("unhurried")

SEED_VARIABLE: Final = "RELIABILITY_SEED"
SCHEMAS: Final = Path(__file__).resolve().parent / "contract" / "schemas"
SCHEMA_OF: Final = {
    "/v1/chat/completions": "chat_completions.request",
    "/v1/embeddings": "embeddings.request",
    "/v1/t2a_v2": "t2a_v2.request",
}


def pytest_configure() -> None:
    """Choose the seed before the workers of pytest-xdist start, which have to agree on it."""
    os.environ.setdefault(SEED_VARIABLE, str(random.SystemRandom().randrange(1_000_000)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out rows of generated tables, and long proofs, unless everything is to run."""
    if EVERYTHING or config.option.keyword or any("::" in wanted for wanted in config.args):
        return
    left_out = {item for item in items if _is_left_out(item)}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Spare the garbage collector what stays to the end: thousands of items, whole frameworks.

    Each of its full rounds looked at all of them, and tests that look for leaks ask for a round.
    """
    gc.collect()
    gc.freeze()


def _is_left_out(item: pytest.Item) -> bool:
    if item.get_closest_marker("thorough"):
        return True
    sampled = item.get_closest_marker("sampled")
    if sampled is None or "[" not in item.name:
        return False
    # By its own name, so that all workers choose the same rows.
    share: float = sampled.kwargs["share"]
    chance = random.Random(f"{os.environ[SEED_VARIABLE]} {item.nodeid}")  # noqa: S311 - no secret
    return chance.random() >= share


def pytest_report_header() -> str:
    """Say how to repeat the order."""
    return f"reliability: {SEED_VARIABLE}={os.environ[SEED_VARIABLE]}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Say it again where a failed run is read."""
    if exitstatus:
        terminalreporter.write_line(pytest_report_header())


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Hide the MINIMAX_* variables and proxies of whoever runs the tests, except from live ones."""
    if request.node.get_closest_marker("live"):
        return
    for name in list(os.environ):
        if name.startswith("MINIMAX_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def validators() -> dict[str, Draft202012Validator]:
    """Return the validator of each request path."""
    return {
        path: Draft202012Validator(json.loads((SCHEMAS / f"{name}.json").read_text("utf-8")))
        for path, name in SCHEMA_OF.items()
    }


@pytest.fixture(scope="session")
def no_tls() -> ssl.SSLContext:
    """Return what spares a plain client the certificates of the machine.

    The emulator has no TLS, and loading them takes longer than most tests.
    """
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture(scope="session")
def _server() -> Iterator[Emulator]:
    with Emulator(voice="synthetic") as server:
        yield server


@pytest.fixture
def emulator(_server: Emulator, validators: dict[str, Draft202012Validator]) -> Iterator[Emulator]:
    """Return an emulator without memory; what it was sent is checked against the schemas."""
    _server.clear()
    _server.quirks = Quirks()
    yield _server
    wrong = [
        f"{request.path}: {error.json_path}: {error.message}"
        for request in _server.requests
        if request.path in validators
        for error in itertools.islice(validators[request.path].iter_errors(request.json), 3)
    ]
    assert not wrong


@pytest.fixture
def no_wait() -> Any:  # noqa: ANN401 - the callable that the option `backoff` takes
    """Return a back-off without waits."""
    return lambda: itertools.repeat(0.0)
