"""Every scenario plays from its cassette, in both colours, with sockets closed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from every import SCENARIOS
from scenario import CASSETTES, play_tape

from minimax_adapters.testing import Tape, secrets_in
from minimax_adapters.testing._scrub import REPLY_HEADERS
from minimax_adapters.testing.plugin import PROPERTY, TRANSCRIPT

if TYPE_CHECKING:
    from collections.abc import Callable

    from stage import Colour

PLAYS = [(name, colour) for name, one in SCENARIOS.items() for colour in one.colours]
FILES = sorted(CASSETTES.rglob("*.yaml"))


@pytest.mark.parametrize(("name", "colour"), PLAYS, ids=[f"{n}-{c}" for n, c in PLAYS])
def test_scenario(
    name: str, colour: Colour, record_property: Callable[[str, object], None]
) -> None:
    """The app receives what the cassette says that it gives."""
    record_property(PROPERTY, name)
    scenario = SCENARIOS[name]
    tape = Tape.load(scenario.path)
    if tape.sockets:
        record_property(TRANSCRIPT, name)

    play_tape(scenario, colour, tape)


def test_every_cassette_has_its_scenario() -> None:
    """A scenario that was renamed leaves no file behind."""
    known = {one.path for one in SCENARIOS.values()}
    left = [path for path in FILES if path not in known and "suites" not in path.parts]

    assert not left


@pytest.mark.sampled(share=0.25)
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(Path(path).relative_to(CASSETTES)))
def test_cassette_keeps_no_secret_and_says_where_it_is_from(path: Path) -> None:
    """Scrubbed at recording, refused here."""
    tape = Tape.load(path)

    assert secrets_in(path.read_text("utf-8"), known=["emulator-key"]) == []
    assert tape.origin.startswith(("emulator ", "api."))
    assert len(tape.date) == len("2026-11-21")
    for exchange in tape.exchanges:
        assert set(exchange["reply"].get("headers", {})) <= REPLY_HEADERS
        assert "headers" not in exchange["request"]


def test_audio_beside_the_cassettes_is_used() -> None:
    """A file that no cassette names is left over from an older recording."""
    texts = "".join(path.read_text("utf-8") for path in FILES)

    assert not [path for path in CASSETTES.rglob("audio/*") if path.name not in texts]
