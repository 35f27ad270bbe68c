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
_RIVAL: Final = pytest.StashKey[str]()
_RECORDERS: Final = pytest.StashKey[dict["Path", str]]()


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
    config.stash[_RECORDERS] = {}
    config.addinivalue_line(
        "markers",
        f"{MARKER}(name): answer MiniMax calls from cassettes/<name>.yaml beside the test;"
        " without a name, from the one named after the test",
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Find tests that would record over each other because they are called the same.

    Done here, as every worker of pytest-xdist collects all tests but runs only some.
    """
    if not session.config.getoption("minimax_record"):
        return
    owners: dict[Path, tuple[pytest.Item, pytest.Mark]] = {}
    for item in session.items:
        marker = item.get_closest_marker(MARKER)
        if marker is None:
            continue
        with contextlib.suppress(pytest.fail.Exception):  # The test itself will say it.
            owner, other = owners.setdefault(_path_of(item, marker), (item, marker))
            # Who gives two tests one name means them to share.
            if owner.nodeid != item.nodeid and not (_is_named(marker) and _is_named(other)):
                item.stash[_RIVAL] = owner.nodeid


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
    path = _path_of(item, marker)
    variables = {"MINIMAX_API_KEY": "cassette", "MINIMAX_BASE_URL": _HOST}
    if _RIVAL not in item.stash and _records(item):
        if os.environ.get("MINIMAX_API_KEY"):
            return
        item.stash[_EMULATOR] = emulator = stack.enter_context(_emulator())
        variables = emulator.environment
    elif _RIVAL not in item.stash and path.exists():
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
    if not _records(item):
        with _session(item, path) as session:
            _note(item, PROPERTY, path, session)
            return (yield)
    with _session(item, path) as session:
        result = yield
    item.config.stash[_RECORDERS][path] = item.nodeid
    _note(item, RECORDED, path, session)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show an error of a cassette without what lies between the test and the cassette."""
    report = yield
    error = call.excinfo
    if error is None or item.get_closest_marker(MARKER) is None or item.config.option.fulltrace:
        return report
    from minimax_adapters.testing._closed import CassetteError  # noqa: PLC0415 - needed by few

    if report.failed and error.errisinstance(CassetteError):
        recorder = _recorder(item)
        if recorder != item.nodeid:
            error.value.add_note(
                f"{recorder} has recorded this cassette in this run."
                " Give the marker a name of its own."
            )
        own = error.traceback.filter(lambda entry: entry.path == item.path)
        report.longrepr = (
            error.getrepr(style="short", chain=False, tbfilter=lambda _: own)
            if own
            else error.getrepr(style="value", chain=False)
        )
    return report


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Give the variables back, and end the emulator that was recorded."""
    if _STACK in item.stash:
        item.stash[_STACK].close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many cassettes were played or recorded."""
    noted = {
        (kind, name, report.nodeid)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for kind, name in report.user_properties
    }
    transcripts = {name for kind, name, _ in noted if kind == TRANSCRIPT}
    for kind, verb in ((PROPERTY, "played"), (RECORDED, "recorded")):
        if found := [name for noted_kind, name, _ in noted if noted_kind == kind]:
            names = set(found)
            of_sockets = len(names & transcripts)
            which = f" ({of_sockets} with WebSockets)" if of_sockets else ""
            cassettes, tests = _counted(len(names), "cassette"), _counted(len(found), "test")
            terminalreporter.write_line(f"MiniMax: {cassettes}{which} {verb} in {tests}")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _is_named(marker: pytest.Mark) -> bool:
    return any([*marker.args, *marker.kwargs.values()])


def _records(item: pytest.Item) -> bool:
    """Tell whether `item` is to record; what another test has just recorded plays for it."""
    return bool(item.config.getoption("minimax_record")) and _recorder(item) == item.nodeid


def _recorder(item: pytest.Item) -> str:
    """Return the test that has recorded the cassette of `item` in this process, else `item`."""
    marker = item.get_closest_marker(MARKER)
    recorders = item.config.stash[_RECORDERS]
    return recorders.get(_path_of(item, marker), item.nodeid) if marker else item.nodeid


def _note(item: pytest.Item, kind: str, path: Path, session: Session) -> None:
    item.user_properties.append((kind, str(path)))
    if session.tape.sockets:
        item.user_properties.append((TRANSCRIPT, str(path)))


def _path_of(item: pytest.Item, marker: pytest.Mark) -> Path:
    given = [*marker.args, *marker.kwargs.values()]
    name = given[0] if given else ""
    if len(given) > 1 or not marker.kwargs.keys() <= {"name"} or not isinstance(name, str):
        pytest.fail(f"{MARKER} takes one name, or none: {MARKER}(name).", pytrace=False)
    plain = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in item.name)
    return item.path.parent / "cassettes" / f"{name or plain.strip('-')}.yaml"


def _session(item: pytest.Item, path: Path) -> contextlib.AbstractContextManager[Session]:
    if _RIVAL in item.stash:
        pytest.fail(
            f"{item.nodeid} would record over {path}, the cassette of {item.stash[_RIVAL]}."
            f' Give the marker a name: @pytest.mark.{MARKER}("...").',
            pytrace=False,
        )
    if _records(item):
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
