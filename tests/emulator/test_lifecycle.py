"""Starting and stopping: quick, clean, several at once, on loopback only."""

from __future__ import annotations

import asyncio
import gc
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall
from minimax_adapters.emulator.__main__ import main
from minimax_adapters.emulator._server import ThreadedServer

CHAT = "/v1/chat/completions"
FOREVER = 60.0
SAID = json.dumps({"model": "MiniMax-M3", "messages": [{"role": "user", "content": "Hi"}]})

SOURCE = Path(__file__).parents[2] / "src" / "minimax_adapters" / "emulator"


def test_start_and_stop_leave_nothing_behind() -> None:
    """Threads and sockets that stay would fail later tests in odd places."""
    before = threading.active_count()

    with Emulator() as emulator:
        url = emulator.url
        assert httpx.get(f"{url}/v1/nothing").text == "404 page not found"

    assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_several_run_at_once() -> None:
    """Failover needs two hosts; neither may know of the other's requests."""
    with Emulator(api_key="one") as first, Emulator(api_key="two") as second:
        httpx.get(f"{first.url}/v1/models", headers={"Authorization": "Bearer one"})

        assert first.url != second.url
        assert len(first.requests) == 1
        assert not second.requests


async def test_it_runs_inside_an_event_loop() -> None:
    """Async tests start it without blocking their loop."""
    async with Emulator() as emulator, httpx.AsyncClient() as client:
        reply = await client.get(f"{emulator.url}/v1/models")

    assert reply.status_code == 401


def test_stopping_ends_answers_under_way() -> None:
    """A slow stream must not hold up the end of a test."""
    quirks = Quirks(frame_delay=FOREVER)
    body = {"model": "MiniMax-M3", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    with Emulator(quirks=quirks) as emulator:
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        url = f"{emulator.url}/v1/chat/completions"
        with httpx.stream("POST", url, json=body, headers=headers) as reply:
            next(reply.iter_raw())
            began = time.perf_counter()
            emulator.stop()

            assert time.perf_counter() - began < FOREVER / 2


def test_other_hosts_are_refused() -> None:
    """The emulator checks no rights: nobody outside may reach it."""
    with pytest.raises(ValueError, match="loopback only"):
        Emulator(host="0.0.0.0")  # noqa: S104  # The address that must be refused.


def test_a_taken_port_is_an_error() -> None:
    """Silence would leave the caller talking to somebody else."""
    with Emulator() as emulator:
        port = int(emulator.url.rpartition(":")[2])
        second = Emulator(port=port)

        with pytest.raises(OSError, match="in use"):
            second.start()


def test_a_server_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Better than a refused connection in the next line."""
    may_start = threading.Event()
    startup = ThreadedServer.startup

    async def held_up(server: ThreadedServer, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.to_thread(may_start.wait)
        await startup(server, sockets)

    monkeypatch.setattr(ThreadedServer, "startup", held_up)
    monkeypatch.setattr("minimax_adapters.emulator._emulator.PATIENCE", 0)
    emulator = Emulator()

    with pytest.raises(TimeoutError, match="did not start"):
        emulator.start()
    may_start.set()
    emulator.stop()


def test_requests_are_recorded_as_they_came(emulator: Emulator) -> None:
    """Tests of a client look at the bytes that left it."""
    content = b'{"model": "MiniMax-M3"}'

    httpx.post(f"{emulator.url}/v1/chat/completions?a=1", content=content, headers={"X-Two": "2"})

    (record,) = emulator.requests
    assert (record.method, record.path, record.query) == (
        "POST",
        "/v1/chat/completions",
        {"a": "1"},
    )
    assert record.headers["x-two"] == "2"
    assert record.body == content
    assert record.json == {"model": "MiniMax-M3"}
    assert record.status == 401
    emulator.clear()
    assert not emulator.requests


def test_the_command_line_serves_until_interrupted() -> None:
    """`python -m` prints what a client needs and ends quietly."""
    command = [sys.executable, "-m", "minimax_adapters.emulator", "--port", "0", "--api-key", "k"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        greeting = "".join(process.stdout.readline() for _ in range(8))
        url = re.search(r"http://127\.0\.0\.1:\d+", greeting)
        assert url is not None
        reply = httpx.get(f"{url[0]}/v1/models", headers={"Authorization": "Bearer k"})
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)

    assert reply.json()["object"] == "list"
    assert f"export MINIMAX_BASE_URL={url[0]}" in greeting
    assert "export MINIMAX_API_KEY=k" in greeting
    assert process.returncode == 0
    assert not errors


@pytest.mark.parametrize("part", ["api", "langchain", "llama_index"])
def test_it_shares_no_code_with_its_clients(part: str) -> None:
    """A mistake in a client must not hide in the server it is tested against."""
    modules = [path.read_text("utf-8") for path in SOURCE.rglob("*.py")]

    assert modules
    assert not any(f"minimax_adapters.{part}" in module for module in modules)
    assert not any(f"from ..{part}" in module for module in modules)


def test_stopping_ends_answers_not_yet_begun() -> None:
    """Nobody is told; nothing is logged."""
    with Emulator(quirks=Quirks(response_delay=FOREVER)) as emulator:
        address = emulator.url.removeprefix("http://")
        connection = http.client.HTTPConnection(address)
        connection.request("POST", CHAT, SAID, {"Authorization": f"Bearer {emulator.api_key}"})
        while not emulator.requests:
            time.sleep(0.001)
        began = time.perf_counter()
    connection.close()

    assert time.perf_counter() - began < FOREVER / 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, SAID),
        (f"{CHAT}?stream", json.dumps({**json.loads(SAID), "stream": True})),
        ("/v1/embeddings", json.dumps({"model": "embo-01", "texts": ["a"], "type": "db"})),
        ("/v1/t2a_v2", json.dumps({"model": "speech-2.8-hd", "text": "Hi"})),
    ],
)
def test_nobody_waits_for_a_client_that_has_gone(path: str, body: str) -> None:
    """The next test would find its answer still under way."""
    with Emulator(quirks=Quirks(response_delay=FOREVER)) as emulator:
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{emulator.url}{path}", content=body, headers=headers, timeout=0.2)

        server: Any = emulator._server
        latest = time.monotonic() + FOREVER / 4
        while server.server_state.tasks and time.monotonic() < latest:
            time.sleep(0.001)

        assert not server.server_state.tasks


def test_stopping_closes_connections_that_were_just_accepted() -> None:
    """Whoever hangs up while the emulator stops must not be warned of a leak later."""
    for _ in range(5):
        with Emulator() as emulator:
            address = ("127.0.0.1", int(emulator.url.rpartition(":")[2]))
            for _ in range(20):
                socket.create_connection(address).close()
    gc.collect()


def test_settings_are_visible(emulator: Emulator) -> None:
    """Whoever holds the emulator can point a client at it."""
    assert emulator.environment == {
        "MINIMAX_BASE_URL": emulator.url,
        "MINIMAX_API_KEY": "emulator-key",
    }
    assert emulator.quirks == Quirks()


@pytest.mark.parametrize("ending", ["told", "interrupted"])
def test_the_command_ends_when_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    """SIGTERM and Ctrl-C are both good ends."""

    def wait(_event: threading.Event) -> bool:
        if ending == "interrupted":
            raise KeyboardInterrupt
        return True

    monkeypatch.setattr("minimax_adapters.emulator.__main__.wait_for", wait)
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    assert main(["--port", "0"]) == 0
    assert "MiniMax emulator on http://127.0.0.1:" in capsys.readouterr().out


@pytest.mark.parametrize("port", ["99999", "-1", "abc"])
def test_the_command_refuses_what_is_no_port(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the range, in place of a traceback."""
    with pytest.raises(SystemExit):
        main([f"--port={port}"])

    assert f"{port} is no port: give 0 to 65535" in capsys.readouterr().err


def test_it_says_where_it_is(emulator: Emulator) -> None:
    """People print what they hold."""
    assert repr(emulator) == f"<Emulator {emulator.url}, 0 requests>"
    assert repr(Emulator()) == "<Emulator not started, 0 requests>"


def test_the_command_names_a_taken_port(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And what to do about it."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    with pytest.raises(SystemExit) as ended:
        main(["--port", emulator.url.rpartition(":")[2]])

    assert ended.value.code == 1
    assert "Try --port 0" in capsys.readouterr().err


def test_what_a_test_misspells_is_refused_at_once() -> None:
    """Else the test would pass, or fail, by something that it did not ask for."""
    emulator: Any = Emulator()

    with pytest.raises(ValueError, match="voice is one of auto, synthetic, espeak, not 'x'"):
        Emulator(voice="x")  # type: ignore[arg-type]  # The mistake.
    with pytest.raises(ValueError, match="no code 99: pass text as well, or one of 1000, 1001"):
        emulator.fail_next(99)
    with pytest.raises(ValueError, match="at is one of response, first_frame, mid_stream"):
        emulator.fail_next(1002, at="middle")
    with pytest.raises(ValueError, match=r"breakage is one of html_502, .*, not 'x'"):
        emulator.break_next("x")
    with pytest.raises(TypeError, match="not str"):
        emulator.script("hello")
    with pytest.raises(TypeError, match="not list"):
        emulator.script([Reply(text="hello")])
    emulator.fail_next(99, text="a code of tomorrow")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"tool_calls": [{"name": "add", "arguments": {}}]}, r"\[ToolCall\(.*, not dict"),
        ({"tool_calls": ToolCall(name="add")}, "tool_calls is a Sequence"),
        ({"text": None}, "text is a str, not NoneType"),
        ({"thinking": 5}, "thinking is a str, not int"),
        ({"finish_reason": "tool_call"}, "finish_reason is one of .*, not 'tool_call'"),
    ],
)
def test_a_reply_is_checked_where_it_is_written(members: dict[str, Any], message: str) -> None:
    """Not by a server that fails in the middle of a test."""
    with pytest.raises((TypeError, ValueError), match=message):
        Reply(**members)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"name": None}, "name is a str"),
        ({"name": "add", "id": 5}, "id is a str"),
        ({"name": "add", "arguments": [1]}, "arguments is a"),
        ({"name": "add", "arguments": {"at": object()}}, "as JSON: Object of type object"),
    ],
)
def test_a_call_is_checked_where_it_is_written(members: dict[str, Any], message: str) -> None:
    """Likewise."""
    with pytest.raises(TypeError, match=message):
        ToolCall(**members)


def test_it_starts_once_and_names_a_port_that_is_taken() -> None:
    """A second server would hide the first, which nobody could stop any more."""
    with Emulator() as emulator:
        port = int(emulator.url.rpartition(":")[2])
        with pytest.raises(RuntimeError, match="runs already"):
            emulator.start()
        with pytest.raises(OSError, match=f"Port {port} cannot be used: Address already in use"):
            Emulator(port=port).start()
