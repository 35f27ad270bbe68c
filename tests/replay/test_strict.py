"""Cassettes that are wrong are noticed: by the player, and by the tests that play them."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import random
import socket
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from every import SCENARIOS
from mutants import Mutant, mutants
from scenario import changed, play_tape

from minimax_adapters.api import ChatRequest, Client
from minimax_adapters.testing import CassetteError, Session, Tape, secrets_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenario import Scenario

# All mutants take minutes: MINIMAX_ALL_MUTANTS=1 tries them, otherwise some of each cassette.
EVERYTHING: Final = bool(os.environ.get("MINIMAX_ALL_MUTANTS"))
SOME: Final = 2
SHARE: Final = 0.95
# Seconds to wait for a frame that a wrong transcript may never get.
HASTE: Final = 1.0
ANSWER: Final = SCENARIOS["client/answers_with_thinking_apart"]


def tape() -> Tape:
    """Return a small cassette."""
    return Tape.load(ANSWER.path)


def ask(text: str = "What is 6 times 7?", **options: Any) -> None:  # noqa: ANN401 - passed on as it came
    """Send a request as it is in the cassette, or not quite."""
    with Client(api_key="key", **{"base_url": "https://api.minimax.io", **options}) as client:
        client.chat(ChatRequest(messages=[{"role": "user", "content": text}]))


def test_a_request_as_recorded_is_answered() -> None:
    """Whatever the host is called."""
    with Session(tape()) as session:
        ask(base_url="https://api.minimax.cn")

    assert [request.path for request in session.requests] == ["/v1/chat/completions"]


def test_another_body_fails_with_the_place_that_differs() -> None:
    """In words that tell what to look at."""
    with (
        pytest.raises(CassetteError, match=r"messages\[0\]\.content: recorded 'What is 6 times 7"),
        Session(tape()),
    ):
        ask("What is 6 times 8?")


@pytest.mark.parametrize(
    ("member", "value"),
    [("method", "GET"), ("path", "/v1/other"), ("query", {"GroupId": "1"}), ("host", 2)],
)
def test_another_method_path_query_or_host_fails(member: str, value: object) -> None:
    """Each of them is part of the request."""

    def change(exchanges: list[dict[str, Any]]) -> None:
        exchanges[0]["request"][member] = value

    with (
        pytest.raises(CassetteError, match=f"{member}.*: recorded"),
        Session(changed(tape(), change)),
    ):
        ask()


def test_a_request_more_than_recorded_fails() -> None:
    """A recording answers once."""

    def ask_twice() -> None:
        ask()
        ask()

    with pytest.raises(CassetteError, match="everything in the cassette"), Session(tape()):
        ask_twice()


def test_an_unused_recording_fails() -> None:
    """An app that sends less than it did has changed."""
    with pytest.raises(CassetteError, match=r"1\. POST /v1/chat/completions"), Session(tape()):
        pass


def test_an_error_that_the_app_swallows_still_fails() -> None:
    """Agents catch what their tools raise."""

    def swallow() -> None:
        with contextlib.suppress(AssertionError):
            ask("Something else.")
        ask()

    with pytest.raises(CassetteError, match="not as recorded"), Session(tape()):
        swallow()


def test_nothing_connects_while_a_cassette_plays() -> None:
    """Neither by name nor by address."""
    with pytest.raises(CassetteError, match="looks up 'localhost'"), Session(tape()):
        socket.create_connection(("localhost", 80))
    with (
        socket.socket() as own,
        pytest.raises(CassetteError, match="nothing connects"),
        Session(tape()),
    ):
        own.connect(("127.0.0.1", 80))


@pytest.mark.parametrize(
    "text",
    [
        "key: sk-cp-abcdefghijklmnop",
        "Authorization: Bearer abcdefghijk",
        "set-cookie: a=b",
        "?GroupId=123456",
        "group_id: '123'",
        "https://x.example/a.mp3?Expires=1&Signature=abc",
        "user_email: someone@company.org",
        "text: eyJhbGciOiJSUzI1NiIsInR5cCI6.eyJHcm91cElEIjoi",
        "/home/someone/file",
    ],
)
def test_a_secret_is_found(text: str) -> None:
    """Whoever wrote it into the file."""
    assert secrets_in(text)


def test_what_is_recorded_is_scrubbed() -> None:
    """Key, group, account and signature are gone from request and reply."""
    body = {
        "messages": [],
        "echo": "secret-key",
        "email": "a@b.cd",
        "url": "https://x/y?Signature=1",
    }
    session = Session(Tape("emulator", "2026-11-21"), recording=True, secrets=["secret-key"])

    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=body, headers={"x": "1"}))
    with session, httpx.Client(transport=transport) as client:
        client.post("https://a.example/v1?GroupId=5", json={"group_id": "5", "key": "secret-key"})

    [exchange] = session.tape.exchanges
    assert exchange["request"]["json"] == {"group_id": "scrubbed", "key": "scrubbed"}
    assert exchange["request"]["query"] == {"GroupId": "scrubbed"}
    assert exchange["reply"]["json"]["url"] == "https://x/y?scrubbed"
    assert exchange["reply"]["json"]["email"] == exchange["reply"]["json"]["echo"] == "scrubbed"
    assert exchange["reply"]["headers"] == {"content-type": "application/json"}


def chosen(scenario: Scenario) -> list[Mutant]:
    """Return the mutants to try: all, or some that differ from cassette to cassette."""
    all_of_them = list(mutants(Tape.load(scenario.path), narrow=scenario.narrow))
    if EVERYTHING:
        return all_of_them
    picker = random.Random(scenario.name)  # noqa: S311 - the same on every run
    return picker.sample(all_of_them, min(SOME, len(all_of_them)))


def survives(scenario: Scenario, mutant: Mutant) -> bool:
    """Tell whether the test of `scenario` takes the wrong cassette for a right one."""
    try:
        play_tape(scenario, scenario.colours[0], mutant.tape, patience=HASTE)
    except (Exception, pytest.fail.Exception):  # noqa: BLE001 - any failure notices it
        return False
    return True


@pytest.mark.thorough
def test_wrong_cassettes_are_noticed(
    record_property: Callable[[str, object], None], caplog: pytest.LogCaptureFixture
) -> None:
    """A value that was changed by hand makes the test of its cassette fail."""
    caplog.set_level(logging.CRITICAL)
    tried = [(one, mutant) for one in SCENARIOS.values() for mutant in chosen(one)]

    survivors = [(one.name, mutant.place) for one, mutant in tried if survives(one, mutant)]

    caught = 1 - len(survivors) / len(tried)
    record_property("mutants", f"{caught:.1%} of {len(tried)} wrong cassettes were noticed")
    assert caught >= SHARE, survivors[:40]


def test_a_tape_is_read_as_it_was_written(tmp_path: Any) -> None:  # noqa: ANN401 - a path
    """Audio goes into a file and comes back, numbers and texts of several lines too."""
    sound = (b"ID3" + bytes(range(200))).hex()
    exchange = {
        "request": {"method": "POST", "path": "/v1/t2a_v2", "json": {"text": "a\nb \nc"}},
        "reply": {"status": 200, "events": [{"audio": sound}, {"vector": [0.5, -1e-07] * 20}]},
    }
    written = Tape("emulator 1", "2026-11-21", "A test.", [exchange], {"on": True, "n": "1"})

    written.save(tmp_path / "a.yaml")

    assert Tape.load(tmp_path / "a.yaml") == dataclasses.replace(written)
    assert [path.suffix for path in (tmp_path / "audio").iterdir()] == [".mp3"]


def test_a_file_that_is_no_cassette_is_refused(tmp_path: Any) -> None:  # noqa: ANN401 - a path
    """With its name."""
    (tmp_path / "a.yaml").write_text("recorded: 5", "utf-8")

    with pytest.raises(ValueError, match="is no cassette"):
        Tape.load(tmp_path / "a.yaml")
