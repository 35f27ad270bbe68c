"""Runs suites from cassettes: their fixture `emulator` is a cassette that looks like one.

`pytest tests/suites --minimax-record` records them again, from an emulator. With
`MINIMAX_ALL_MUTANTS=1` each cassette is wrong in one value that matters, and each test has to fail:
what passes then is reported as a failure.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from minimax_adapters._version import __version__
from minimax_adapters.emulator import Emulator, Quirks
from minimax_adapters.testing import Session, Tape
from minimax_adapters.testing.plugin import PROPERTY

sys.path.insert(0, str(Path(__file__).parents[1] / "replay"))
sys.path.insert(0, str(Path(__file__).parent))

from borrowed import load

if TYPE_CHECKING:
    from collections.abc import Iterator

CASSETTES: Final = Path(__file__).resolve().parents[2] / "cassettes" / "suites"
LLAMA_INDEX: Final = load("llama_index/conftest.py")
llm, embedding, speech = LLAMA_INDEX.llm, LLAMA_INDEX.embedding, LLAMA_INDEX.speech

WRONG: Final = bool(os.environ.get("MINIMAX_ALL_MUTANTS"))
# Each for the reason beside it.
NOT_FROM_CASSETTES: Final = {
    "test_four_rounds_of_tools": "asks the emulator whether thinking was lost",
    "test_stream_time": "plays a cassette of its own",
    "test_a_stream_that_breaks_is_an_error": "vcrpy cannot hold a connection that breaks",
    "test_structured_few_shot_examples": "sends ids that LangChain makes up each time",
    "test_serdes": "sends nothing, and its snapshot is beside its own module",
}


class Played:
    """A cassette that answers where a suite expects an emulator; what prepares it does nothing."""

    url = "https://api.minimax.io"
    api_key = "cassette"
    quirks = Quirks()

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def requests(self) -> list[Any]:
        """What was sent, oldest first."""
        return list(self._session.requests)

    def script(self, *_: object) -> None:
        """Do nothing: the answers are recorded."""

    def fail_next(self, *_: object, **__: object) -> None:
        """Do nothing: the failures are recorded."""

    def clear(self) -> None:
        """Do nothing: a cassette has no memory."""


@pytest.fixture
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator | Played]:
    """Return what the test is answered by."""
    path = _path_of(request.node)
    if request.config.getoption("minimax_record"):
        yield from _recorded(path, request.node)
        return
    tape = Tape.load(path) if path.exists() else Tape("emulator", "")
    if tape.exchanges:
        request.node.user_properties.append((PROPERTY, str(path)))
        if WRONG:
            tape = _wrong(tape, request.node)
    with Session(tape) as session:
        yield Played(session)


def _wrong(tape: Tape, node: pytest.Item) -> Tape:
    """Return `tape` with another value in one place, the same on every run.

    Suites look at little of an answer, so that it is one of what was asked, tool calls and codes.
    """
    node.add_marker(pytest.mark.xfail(reason="its cassette is wrong", strict=True))
    picker = random.Random(node.nodeid)  # noqa: S311 - the same on every run
    mutants = load("replay/mutants.py").mutants(tape, narrow=True)
    wrong: Tape = picker.choice(list(mutants)).tape
    return wrong


def _recorded(path: Path, node: Any) -> Iterator[Emulator]:  # noqa: ANN401 - an item
    tape = Tape(
        f"emulator {__version__}",
        "",
        f"{node.cls.__name__ if node.cls else 'A suite'}: {node.name}",
    )
    path.unlink(missing_ok=True)
    with Emulator(voice="synthetic") as server:
        session = Session(tape, recording=True, secrets=[server.api_key])
        with session:
            yield server
    if tape.exchanges:
        tape.date = dt.datetime.now(tz=dt.UTC).date().isoformat()
        tape.save(path)


def _path_of(node: Any) -> Path:  # noqa: ANN401 - an item
    group: str = node.cls.__name__ if node.cls else node.path.stem.removeprefix("test_")
    return CASSETTES / group / f"{re.sub(r'[^A-Za-z0-9_.]+', '-', node.name).strip('-')}.yaml"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let LlamaIndex's own warnings pass in this folder, the only one that pytest asks here for."""
    LLAMA_INDEX.pytest_itemcollected(item)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what no cassette can hold."""
    folder = f"{Path(__file__).parent}{os.sep}"
    left_out = [
        item
        for item in items
        if getattr(item, "originalname", item.name) in NOT_FROM_CASSETTES
        and str(item.path).startswith(folder)
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
