"""Recording from a host with a key, as `make cassettes LIVE=1` does, proved on a host of ours."""

from __future__ import annotations

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import record
import scenario as table
from every import SCENARIOS

from minimax_adapters.emulator import Emulator
from minimax_adapters.emulator._app import build_app
from minimax_adapters.testing import Tape, secrets_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Of the form of a key, and nobody's.
KEY: Final = f"sk-cp-{'example' * 3}"
GROUP: Final = "1734567890123456789"
ANSWER: Final = "client/thinking_can_be_switched_off"


class Host(ThreadingHTTPServer):
    """Stands for MiniMax: an emulator that adds what an account and a newer API would."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.emulator = emulator
        self.added: dict[str, Any] = {}
        self.status = 200
        self.keys: set[str] = set()

    @property
    def url(self) -> str:
        """Its base URL, by another name than the emulator's."""
        return f"http://localhost:{self.server_address[1]}"


class Unrecorded(httpx.ASGITransport):
    """Way to the emulator that is not recorded, unlike every other of this process."""

    handle_async_request = httpx.ASGITransport.handle_async_request


class Handler(BaseHTTPRequestHandler):
    """Passes a request on, and its answer back with more in it."""

    server: Host

    def do_POST(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.keys.add(self.headers["Authorization"])
        answer = asyncio.run(self._asked(body))
        content = json.dumps(answer.json() | self.server.added).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Set-Cookie", "session=a1b2c3d4e5f6")
        self.send_header("X-Account-Email", "owner@minimax-user.org")
        self.send_header("Trace-Id", "05aa11bb22cc33dd44ee55ff66aa77bb")
        self.end_headers()
        self.wfile.write(content)

    async def _asked(self, body: bytes) -> httpx.Response:
        emulator = self.server.emulator
        transport = Unrecorded(build_app(emulator.state))
        async with httpx.AsyncClient(transport=transport, base_url=emulator.url) as client:
            headers = {"Authorization": f"Bearer {emulator.api_key}"}
            return await client.post(self.path, content=body, headers=headers)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """Return the host that the variables name; cassettes go to a folder of the test."""
    monkeypatch.setattr(table, "CASSETTES", tmp_path)
    with Emulator(voice="synthetic") as emulator, Host(emulator) as server:
        monkeypatch.setenv("MINIMAX_API_KEY", KEY)
        monkeypatch.setenv("MINIMAX_BASE_URL", server.url)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_live_recording_says_its_host_and_keeps_no_account_data(
    host: Host, tmp_path: Path
) -> None:
    """Key, cookie, group and e-mail address are gone; the trace id, which support needs, stays."""
    host.added = {"group_id": GROUP, "email": "owner@minimax-user.org", "echo": f"hi {KEY}"}

    assert record.main(["--live", "--only", ANSWER]) == 0

    [path] = tmp_path.rglob("*.yaml")
    text, tape = path.read_text("utf-8"), Tape.load(path)
    assert path == tmp_path / f"{ANSWER}.yaml"
    assert tape.origin == host.url.removeprefix("http://")
    assert host.keys == {f"Bearer {KEY}"}
    for secret in (KEY, GROUP, "owner@", "session=", "Set-Cookie", host.emulator.api_key):
        assert secret.lower() not in text.lower()
    assert secrets_in(text) == []
    assert tape.exchanges[0]["reply"]["headers"]["trace-id"].startswith("05aa11bb")
    table.play_tape(SCENARIOS[ANSWER], "sync", tape)
    table.play_tape(SCENARIOS[ANSWER], "async", tape)


def test_drift_of_the_host_is_shown_in_shape(
    host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    """A member that is new, one of another type, and where it is from; wording is not shown."""
    record.main(["--only", ANSWER])
    host.added = {"brand_new": {"member": [1]}, "created": "2026-11-22"}
    capsys.readouterr()

    record.main(["--live", "--only", ANSWER])

    shown = capsys.readouterr().out
    assert f"from {host.url.removeprefix('http://')}, before from emulator" in shown
    assert "+ /v1/chat/completions reply json brand_new member[]: int" in shown
    assert "~ /v1/chat/completions reply json created: int, now str" in shown
    assert "content" not in shown
    assert "1 of 1 recorded" in shown


def test_a_failed_recording_leaves_the_old_cassette(
    host: Host, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What fails, and what would give a secret away, is not kept; other scenarios go on."""
    assert record.main(["--live", "--only", "client/thinking_can"]) == 0
    path = tmp_path / f"{ANSWER}.yaml"
    before = path.read_bytes()

    host.added = {"choices": [], "base_resp": {"status_code": 1008, "status_msg": "no balance"}}
    failed = record.main(["--live", "--only", "client/t"])
    host.added = {"note": "write to someone@somewhere.org"}
    leaked = record.main(["--live", "--only", ANSWER])

    shown = capsys.readouterr().out
    assert failed == leaked == 1
    assert path.read_bytes() == before
    assert "1008" in shown
    assert "not kept, since it would hold ['an e-mail address" in shown
    assert not list(tmp_path.rglob("*.new"))


def test_only_what_is_named_is_recorded_and_staged_scenarios_never_live(
    host: Host, tmp_path: Path
) -> None:
    """Faults can be asked of the emulator only."""
    record.main(["--live", "--only", "errors/a_rate_limit"])

    names = {path.stem for path in tmp_path.rglob("*.yaml")}
    assert names == {"a_rate_limit_passes", "a_rate_limit_that_stays"}
    assert {Tape.load(path).origin for path in tmp_path.rglob("*.yaml")} == {table.EMULATOR}
    assert not host.keys


def test_without_a_key_or_a_scenario_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And records nothing."""
    monkeypatch.delenv("MINIMAX_API_KEY", raising=False)
    for arguments, advice in ((["--live"], "needs MINIMAX_API_KEY"), (["--only", "x?"], "'x?'")):
        with pytest.raises(SystemExit):
            record.main(arguments)
        assert advice in capsys.readouterr().err
