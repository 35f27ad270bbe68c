"""The pytest plugin: the fixture `minimax_emulator` and the marker `minimax_cassette`.

Every pytest run in an environment with this package loads this module, so it imports nothing but
pytest; the rest is imported by the first test that asks for it.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from minimax_adapters.emulator import Emulator
    from minimax_adapters.testing._player import Session

MARKER: Final = "minimax_cassette"
PROPERTY: Final = "minimax_cassette"
TRANSCRIPT: Final = "minimax_transcript"
RECORDED: Final = "minimax_recorded"
_HOST: Final = "https://api.minimax.io"
_STACK: Final = pytest.StashKey[contextlib.ExitStack]()
_EMULATOR: Final = pytest.StashKey["Emulator"]()
_SESSION: Final = pytest.StashKey["contextlib.AbstractContextManager[Session]"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that records."""
    parser.getgroup("minimax").addoption(
        "--minimax-record",
        action="store_true",
        help="record the cassettes of tests marked minimax_cassette: from MiniMax if"
        " MINIMAX_API_KEY is set, else from the emulator",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(name): answer MiniMax calls from cassettes/<name>.yaml beside the test;"
        " without a name, from the one named after the test",
    )


@pytest.fixture
def minimax_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A local MiniMax; the MINIMAX_* variables point to it during the test."""
    with _emulator() as emulator:
        for name in [name for name in os.environ if name.startswith("MINIMAX_")]:
            monkeypatch.delenv(name)
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        yield emulator


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Point the MINIMAX_* variables of a marked test to what answers it."""
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        return
    stack = item.stash[_STACK] = contextlib.ExitStack()
    variables = {"MINIMAX_API_KEY": "cassette", "MINIMAX_BASE_URL": _HOST}
    if item.config.getoption("minimax_record"):
        if os.environ.get("MINIMAX_API_KEY"):
            return
        item.stash[_EMULATOR] = emulator = stack.enter_context(_emulator())
        variables = emulator.environment
    elif (path := _path_of(item, marker)).exists():
        item.stash[_SESSION] = session = _of_testing("play_cassette")(path)
        stack.callback(session.close)
        variables["MINIMAX_BASE_URL"] = session.url
    stack.enter_context(mock.patch.dict(os.environ, variables))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Play or record around the body of a marked test."""
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        return (yield)
    path = _path_of(item, marker)
    with _session(item, path) as session:
        recorded = item.config.getoption("minimax_record")
        item.user_properties.append((RECORDED if recorded else PROPERTY, str(path)))
        if session.tape.sockets:
            item.user_properties.append((TRANSCRIPT, str(path)))
        return (yield)


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Give the variables back, and end the emulator that was recorded."""
    if _STACK in item.stash:
        item.stash[_STACK].close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cassettes were played or recorded."""
    noted = [
        (kind, name)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for kind, name in report.user_properties
    ]
    transcripts = {name for kind, name in noted if kind == TRANSCRIPT}
    of_sockets = f" ({len(transcripts)} with WebSockets)" if transcripts else ""
    for kind, verb in ((PROPERTY, "played"), (RECORDED, "recorded")):
        if names := [name for found, name in noted if found == kind]:
            terminalreporter.write_line(
                f"MiniMax: {len(set(names))} cassettes{of_sockets} {verb}, {len(names)} times"
            )


def _path_of(item: pytest.Item, marker: pytest.Mark) -> Path:
    given = [*marker.args, *marker.kwargs.values()]
    name = given[0] if given else ""
    if len(given) > 1 or not marker.kwargs.keys() <= {"name"} or not isinstance(name, str):
        pytest.fail(f"{MARKER} takes one name, or none: {MARKER}(name).", pytrace=False)
    plain = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in item.name)
    return item.path.parent / "cassettes" / f"{name or plain.strip('-')}.yaml"


def _session(item: pytest.Item, path: Path) -> contextlib.AbstractContextManager[Session]:
    if item.config.getoption("minimax_record"):
        key = os.environ.get("MINIMAX_API_KEY", "")
        session: contextlib.AbstractContextManager[Session] = _of_testing("record_cassette")(
            path, origin=_origin(item), shows=_shows(item), secrets=[key]
        )
        return session
    if _SESSION in item.stash:
        return item.stash[_SESSION]
    _of_testing("play_cassette")
    pytest.fail(f"There is no cassette {path}. Record it: pytest --minimax-record", pytrace=False)


def _of_testing(name: str) -> Callable[..., Any]:
    from minimax_adapters import testing  # noqa: PLC0415 - needed by few, slow to import

    try:
        found: Callable[..., Any] = getattr(testing, name)
    except ImportError as error:
        raise pytest.UsageError(str(error)) from error
    return found


def _origin(item: pytest.Item) -> str:
    from minimax_adapters._version import __version__  # noqa: PLC0415 - needed by few, slow to import

    host = os.environ.get("MINIMAX_BASE_URL") or _HOST
    if _EMULATOR in item.stash or "127.0.0.1" in host:
        return f"emulator {__version__}"
    return host.partition("://")[2].rstrip("/")


def _shows(item: pytest.Item) -> str:
    documentation = getattr(getattr(item, "obj", None), "__doc__", None) or ""
    return str(documentation).strip().partition("\n")[0]


def _emulator() -> Emulator:
    try:
        from minimax_adapters.emulator import Emulator  # noqa: PLC0415 - needed by few, slow to import
    except ImportError as error:
        raise pytest.UsageError(
            f"The emulator needs its extra: pip install 'minimax-adapters[emulator]' ({error})"
        ) from error
    return Emulator(voice="synthetic")
