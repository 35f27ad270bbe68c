"""Clients that nobody here wrote, each in its own environment, speak through the emulator.

`make foreign` makes the environments and sets FOREIGN to their folder; without it, these tests are
skipped, as the clients do not go together with each other.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import mutagen
import pytest
import soundfile

from minimax_adapters.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS: Final = Path(__file__).parent / "clients"
BYTES_PER_SECOND: Final = 48_000


@pytest.fixture
def server() -> Iterator[Emulator]:
    """An emulator of our own: it is told nothing of what the clients should send."""
    with Emulator(voice="synthetic") as emulator:
        yield emulator


def said_by(client: str, server: Emulator, *arguments: object) -> dict[str, Any]:
    """Run a client in its environment and return what it prints."""
    folder = os.environ.get("FOREIGN")
    python = Path(folder or "") / client / "bin" / "python"
    if not folder or not python.exists():
        pytest.skip(f"{client} is not installed: run `make foreign`")
    script = CLIENTS / f"{client.replace('-', '_')}_speaks.py"
    done = subprocess.run(
        [str(python), str(script), *map(str, arguments)],
        env={**os.environ, **server.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def seconds(audio: str) -> float:
    """Return how long samples last that are hex text."""
    return len(audio) / 2 / BYTES_PER_SECOND


def test_pipecat_speaks(server: Emulator) -> None:
    """Its HTTP service, in a pipeline. It reads no errors, and says only that nothing came."""
    said = said_by("pipecat", server)

    assert 1 < seconds(said["plain"]["audio"]) < 6
    assert said["plain"]["errors"] == said["settings"]["errors"] == []
    assert seconds(said["settings"]["audio"]) < seconds(said["plain"]["audio"])
    for wrong in ("wrong voice", "wrong key"):
        assert not said[wrong]["audio"]
        assert "no audio" in said[wrong]["errors"][0]


def test_livekit_speaks(server: Emulator) -> None:
    """Sockets and HTTP. Over HTTP it stumbles over the `data` of an error, which is null."""
    said = said_by("livekit", server)

    for over in ("socket", "http"):
        for name in ("pcm", "mp3", "default voice", "settings"):
            answer = said[f"{over} {name}"]
            assert answer["error"] == "", name
            assert 2 < seconds(answer["audio"]) < 10, name
        assert seconds(said[f"{over} mp3"]["audio"]) == pytest.approx(
            seconds(said[f"{over} pcm"]["audio"]), abs=0.15
        )
    assert "20132" in said["socket wrong voice"]["error"]
    assert "2049" in said["socket wrong key"]["error"]
    assert said["http wrong voice"]["error"]
    assert said["http wrong key"]["error"]


def test_minimax_mcp_server_speaks_clones_and_designs(server: Emulator, tmp_path: Path) -> None:
    """MiniMax's own client: what it asks for is there, and its files are what they should be."""
    sample = tmp_path / "sample.wav"
    soundfile.write(sample, [0.0, 0.1] * 8_000 * 6, 8_000)
    out = tmp_path / "out"
    out.mkdir()

    said = said_by("minimax-mcp", server, out, sample)

    for name in ("speak", "speak flac", "list", "clone", "speak clone", "design", "speak url"):
        assert "success" in said[name].lower(), said[name]
    assert "English_Graceful_Lady" in said["list"]
    assert "Foreign001" in said["list clones"]
    assert "20132" in said["wrong voice"]
    assert "2013" in said["wrong emotion"]
    assert "2049" in said["wrong key"]
    files = list(out.iterdir())
    assert len(files) == 5
    for file in files:
        assert mutagen.File(file).info.length > 0.3
