"""The voice in the terminal: heard, saved, interrupted, as a person at a keyboard would."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pytest
import soundfile

from minimax_adapters.emulator import Quirks, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.emulator import Emulator

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
SCRIPT = EXAMPLES / "voice_terminal.py"
STORY = "Tell me a story about a lighthouse."


@pytest.fixture
def player_module(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a module of an example
    """The module of the player, found as the example finds it."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return importlib.import_module("voice_player")


@pytest.fixture
def players(tmp_path: Path) -> Path:
    """A folder with a player that takes everything, and leaves its process id behind."""
    folder = tmp_path / "bin"
    folder.mkdir()
    player = folder / "ffplay"
    player.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec cat > {tmp_path}/heard\n")
    player.chmod(0o755)
    return folder


def environment(emulator: Emulator, path: Path) -> dict[str, str]:
    """Return the variables of a run that has only the programs in `path`."""
    return os.environ | emulator.environment | {"PATH": f"{path}:/bin:/usr/bin", "COLUMNS": "100"}


def test_piped_answer_is_text_and_a_file(emulator: Emulator, tmp_path: Path, players: Path) -> None:
    """For scripts: no control characters, and the file is what was played."""
    out = tmp_path / "answer.wav"

    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--question", STORY, "--once", "--out", str(out)],
        env=environment(emulator, players),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert "Once there was" in done.stdout
    assert "\x1b" not in done.stdout
    samples, rate = soundfile.read(out, dtype="int16")
    assert rate == 24_000
    assert f"({len(samples) / rate:.1f} s spoken, saved as {out})" in done.stdout.replace("\n", "")
    assert (tmp_path / "heard").read_bytes()[44:] == samples.tobytes()
    assert {request.path for request in emulator.requests} == {
        "/v1/chat/completions",
        "/ws/v1/t2a_v2_bidi",
    }


@pytest.mark.parametrize("takes", ["", "cat > /dev/null; "])
def test_answer_that_cannot_be_heard_is_saved(
    emulator: Emulator, tmp_path: Path, takes: str
) -> None:
    """Without a sound card a player ends at once, or when it has all; nothing else would tell."""
    player = tmp_path / "ffplay"
    player.write_text(f"#!/bin/sh\n{takes}exit 1\n")
    player.chmod(0o755)

    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--question", STORY, "--once"],
        cwd=tmp_path,
        env=environment(emulator, tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert f"{player} plays nothing" in done.stdout.replace("\n", " ")
    samples, rate = soundfile.read(tmp_path / "answer.wav", dtype="int16")
    assert f"({len(samples) / rate:.1f} s spoken, saved as answer.wav)" in done.stdout


def test_wrong_key_ends_with_the_advice(emulator: Emulator, players: Path) -> None:
    """Its text says what to do."""
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--question", STORY, "--once"],
        env=environment(emulator, players) | {"MINIMAX_API_KEY": "wrong"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert "code 2049" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals")
def test_ctrl_c_stops_the_voice_and_asks_again(
    emulator: Emulator, tmp_path: Path, players: Path
) -> None:
    """Barge-in: the player is gone, the socket is closed, and the conversation goes on."""
    emulator.quirks = Quirks(tokens_per_second=12)
    emulator.script(Reply(text="This is said. " * 200), Reply(text="Something short."))
    with Terminal([sys.executable, str(SCRIPT)], environment(emulator, players)) as terminal:
        terminal.read_until("You:")
        terminal.write(f"{STORY}\n")
        terminal.read_until("█")
        terminal.write("\x03")
        terminal.read_until("until you stopped it")
        terminal.read_until("You:")
        pid = int((tmp_path / "pid").read_text())
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        emulator.quirks = Quirks()
        terminal.write("And now?\n")
        terminal.read_until("s spoken)")
        terminal.read_until("You:")
        terminal.write("\x04")
        assert terminal.wait() == 0

    chats = [r.json["messages"] for r in emulator.requests if r.path.endswith("completions")]
    assert [message["role"] for message in chats[1]] == ["system", "user", "assistant", "user"]
    assert chats[1][2]["content"].startswith("This is said.")
    assert len(chats[1][2]["content"]) < len("This is said. ") * 200


def test_meter_shows_silence_and_full_scale(player_module: Any) -> None:  # noqa: ANN401 - a module
    """-50 dB and less is 0, the loudest there can be is 1."""
    meter = player_module.Meter(24_000)
    loud = np.full(1200, 32767, dtype="<i2").tobytes()
    soft = np.full(1200, 327, dtype="<i2").tobytes()

    for cut in (loud[:1001], loud[1001:] + bytes(2400), soft):
        meter.take(cut)

    assert meter.levels == [pytest.approx(1, abs=0.01), 0, pytest.approx(0.2, abs=0.01)]
    assert meter.seconds == pytest.approx(0.15)
    assert meter.bar(0.0) == "█" * 24
    assert meter.bar(0.06) == meter.bar(9) == meter.bar(-1) == "·" * 24


def test_player_knows_how_much_was_heard(player_module: Any, players: Path) -> None:  # noqa: ANN401 - a module
    """Sound that is late starts when it comes; without a player, all is heard at once."""
    now = 100.0
    second = bytes(48_000)

    with player_module.Player([str(players / "ffplay")], 24_000, lambda: now) as player:
        player.give(second * 2)
        now += 0.5
        assert player.played == pytest.approx(0.5)
        now += 5
        assert player.played == pytest.approx(2)
        player.give(second)
        assert player.played == pytest.approx(2)
        player.wait()
        assert player.played == pytest.approx(3)
    with player_module.Player(None, 24_000, lambda: now) as silent:
        silent.give(second)
        assert silent.played == pytest.approx(1)
    with player_module.Player([str(players / "ffplay")], 24_000, lambda: now) as stopped:
        stopped.give(second)
        now += 0.25
    assert stopped.played == pytest.approx(0.25)


def test_player_that_ends_at_once_costs_nothing(player_module: Any, tmp_path: Path) -> None:  # noqa: ANN401 - a module
    """A machine without a sound card: the answer goes on."""
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)

    with player_module.Player([str(broken)], 24_000) as player:
        for _ in range(50):
            player.give(bytes(48_000))
        player.wait()

    assert player.played == pytest.approx(50)


class Terminal:
    """A program in a terminal, as a person at a keyboard has it."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        import pty  # noqa: PLC0415 - there is none on Windows

        self.seen = ""
        self._pid, self._file = pty.fork()
        if not self._pid:  # pragma: no cover - the program itself
            os.execve(command[0], command, environment | {"TERM": "xterm"})  # noqa: S606 - no shell

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._file)

    def write(self, text: str) -> None:
        """Type `text`."""
        os.write(self._file, text.encode())

    def read_until(self, text: str) -> None:
        """Read what is shown up to `text`."""
        while text not in self.seen:
            self.seen += next(self._output)
        self.seen = self.seen.partition(text)[2]

    @property
    def _output(self) -> Iterator[str]:
        try:
            yield os.read(self._file, 4096).decode("utf-8", "replace")
        except OSError:
            raise AssertionError(f"the program ended: {self.seen!r}") from None

    def wait(self) -> int:
        """Return the exit code of the program."""
        while True:
            try:
                os.read(self._file, 4096)
            except OSError:
                break
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        return os.waitstatus_to_exitcode(status)
