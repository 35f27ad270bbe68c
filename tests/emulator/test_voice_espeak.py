"""Voices that say words: the library when it is installed, and any executable on PATH."""

from __future__ import annotations

import ctypes
import importlib.util
import io
import json
import runpy
import stat
import struct
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from minimax_adapters.emulator import voice
from minimax_adapters.emulator.__main__ import main
from minimax_adapters.emulator._lines import Line
from minimax_adapters.emulator._speech_text import parse_text
from minimax_adapters.emulator._voice_espeak import (
    LONGEST_DATA_PATH,
    EspeakExecutable,
    EspeakLibrary,
    run,
    settings,
    short_path,
    unpack,
)
from minimax_adapters.emulator._voice_synthetic import SyntheticVoice
from minimax_adapters.emulator._voices import LANGUAGES, VOICES
from minimax_adapters.emulator.voice import Manner, render, synthesizer

if TYPE_CHECKING:
    from collections.abc import Iterator

needs_library = pytest.mark.skipif(
    importlib.util.find_spec("espeakng_loader") is None, reason="espeakng_loader is not installed"
)

# Writes a wav whose samples count the letters on stdin, like `espeak-ng --stdin --stdout`.
# By its path: runpy finds no code where pytest rewrites a module, as it does in ours.
WORKER = str(Path(voice.__file__).with_name("_espeak_worker.py"))
PRETENDER = """\
    #!{python}
    import struct, sys
    if any("+m9" in word for word in sys.argv):
        sys.exit(1)
    count = 100 * len(sys.stdin.buffer.read())
    head = struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", 0, b"WAVEfmt ", 16, 1, 1, 22050, 44100, 2, 16,
                       b"data", 0)
    sys.stdout.buffer.write(head + struct.pack("<h", 8000) * count)
"""


@pytest.fixture(autouse=True)
def _forget_choice() -> Iterator[None]:
    """The choice of a synthesizer is made once per process; these tests change the machine."""
    synthesizer.cache_clear()
    yield
    synthesizer.cache_clear()


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any espeak, and an empty folder on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(voice, "EspeakLibrary", EspeakExecutable)
    return tmp_path


def install(folder: Path, name: str) -> None:
    """Put the pretender into `folder`."""
    script = folder / name
    script.write_text(textwrap.dedent(PRETENDER).format(python=sys.executable))
    script.chmod(script.stat().st_mode | stat.S_IEXEC)


@needs_library
def test_words_are_said_the_same_every_time() -> None:
    """The library's own state must not leak from one request into the next."""
    library = EspeakLibrary()
    lines = [
        Line(text="Hello there, she said.", language="en-us", gender="female", variant=number)
        for number in range(1, 5)
    ]

    first, other, again = library.say(lines), library.say(lines[1:]), library.say(lines)

    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert len(other) == 3
    assert not np.array_equal(first[0], first[1])


@needs_library
def test_every_language_has_a_voice() -> None:
    """Each name of `language_boost` leads to sound of a plausible length."""
    languages = sorted({*LANGUAGES.values()})
    lines = [Line(text="Banana, 2 3 4.", language=name, gender="male") for name in languages]

    seconds = [len(sound) / 22050 for sound in EspeakLibrary().say(lines)]

    assert 0.5 < min(seconds) < max(seconds) < 6


@needs_library
def test_words_take_settings_like_the_own_voice() -> None:
    """Speed and pauses mean the same whoever speaks."""
    pieces = parse_text("Good morning.<#0.5#>The train leaves at nine.", interjections=True)
    manner = Manner(voice=VOICES["English_Graceful_Lady"])

    normal = render(pieces, manner, 16000, "espeak")
    slow = render(pieces, Manner(voice=manner.voice, speed=0.5), 16000, "espeak")

    assert np.abs(normal.samples).max() > 0.2
    first, second = normal.sentences
    assert second.begin - first.end == 8000
    assert not normal.samples[first.end : second.begin].any()
    assert 1.6 < (len(slow.samples) - 8000) / (len(normal.samples) - 8000) < 2.4


@needs_library
def test_auto_prefers_words() -> None:
    """Whoever installs espeak wants to hear it."""
    assert isinstance(synthesizer("auto"), EspeakLibrary)


def test_executable_speaks_where_there_is_no_library(path: Path) -> None:
    """Both names are known, one process speaks one line."""
    install(path, "espeak")

    sounds = EspeakExecutable().say(
        [
            Line(text="ab", language="en", gender="male"),
            Line(text="abcd", language="en", gender="male"),
        ]
    )

    assert [len(sound) for sound in sounds] == [200, 400]
    assert isinstance(synthesizer("espeak"), EspeakExecutable)


def test_executable_without_the_variant_uses_the_plain_voice(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Distributions pack different voices."""
    monkeypatch.setattr(
        "minimax_adapters.emulator._voice_espeak.VARIANTS", {"male": ("m9",), "female": ("f1",)}
    )
    install(path, "espeak-ng")

    (sound,) = EspeakExecutable().say([Line(text="a", language="en", gender="male")])

    assert len(sound) == 100


def test_executable_that_fails_is_reported(path: Path) -> None:
    """The language is named, the text is not."""
    install(path, "espeak-ng")
    speaker = EspeakExecutable()
    (path / "espeak-ng").write_text("#!/bin/false\n")

    with pytest.raises(RuntimeError, match="no voice for xx"):
        speaker.say([Line(text="secret", language="xx", gender="male")])


@pytest.mark.usefixtures("path")
def test_machine_without_espeak_uses_the_own_voice() -> None:
    """`auto` always finds someone to speak; `espeak` says what is missing."""
    assert isinstance(synthesizer("auto"), SyntheticVoice)
    with pytest.raises(RuntimeError, match="Install one of them"):
        synthesizer("espeak")


@pytest.mark.usefixtures("path")
def test_command_line_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sentence, without a traceback."""
    monkeypatch.setattr("signal.signal", lambda *_: None)

    with pytest.raises(SystemExit) as exited:
        main(["--port", "0", "--voice", "espeak"])

    assert exited.value.code == 1
    assert "Install one of them" in capsys.readouterr().err


def test_missing_package_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(RuntimeError, match="espeakng_loader is not installed"):
        EspeakLibrary()


def test_broken_synthesizer_is_reported() -> None:
    """Whatever the reason, the caller sees one kind of error."""
    with pytest.raises(RuntimeError, match="missing-program failed"):
        run(["missing-program"], b"")
    with pytest.raises(RuntimeError, match="failed"):
        run([sys.executable, "-c", "raise SystemExit(3)"], b"")


def test_long_path_of_data_is_shortened(tmp_path: Path) -> None:
    """Espeak cuts paths after 160 bytes."""
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    (deep / "phontab").write_text("here")

    with short_path(str(deep)) as short:
        assert len(short) <= LONGEST_DATA_PATH
        assert Path(short, "phontab").read_text() == "here"
    assert not Path(short).exists()


def test_short_path_of_data_is_kept(tmp_path: Path) -> None:
    """No link where none is needed."""
    with short_path("/usr/share") as short:
        assert short == "/usr/share"
    assert tmp_path.exists()


def test_path_that_cannot_be_shortened_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Links need a privilege on some systems."""

    def refuse(*_args: object, **_options: object) -> None:
        raise OSError

    monkeypatch.setattr(Path, "symlink_to", refuse)

    with pytest.raises(RuntimeError, match="too long"), short_path("/x" * 100):
        pass


@pytest.mark.parametrize(("semitones", "pitch"), [(0, 50), (12, 99), (-12, 0), (6, 75), (-40, 0)])
def test_semitones_become_steps_of_espeak(semitones: float, pitch: int) -> None:
    """Fifty steps are an octave, and the scale ends."""
    line = Line(text="a", language="en", gender="male", semitones=semitones, speed=9, liveliness=9)

    assert settings(line)["pitch"] == pitch
    assert settings(line)["rate"] == 450
    assert settings(line)["range"] == 99


class FakeLibrary:
    """An espeak whose voices all say two samples per letter."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.calls: list[tuple[object, ...]] = []
        self.callback: Any = None
        # The worker declares argument types; plain functions take such attributes.
        self.espeak_Initialize = lambda *arguments: self._note("open", *arguments, answer=rate)
        self.espeak_SetVoiceByName = lambda name: self._note(
            "voice", name, answer=0 if name == b"en" else 2
        )
        self.espeak_Synth = self._make_synth()

    def _note(self, *call: object, answer: int) -> int:
        self.calls.append(call)
        return answer

    def espeak_SetParameter(self, number: int, value: int, _relative: int) -> None:  # noqa: N802 - the name in the library
        """Keep a setting."""
        self.calls.append(("set", number, value))

    def espeak_SetSynthCallback(self, callback: Any) -> None:  # noqa: ANN401, N802  # ctypes.
        """Keep the callback."""
        self.callback = callback

    def _make_synth(self) -> Any:  # noqa: ANN401  # A function with attributes.
        def synth(text: bytes, size: int, *_others: object) -> None:
            assert text.endswith(b"\0")
            count = 2 * (size - 1)
            self.callback((ctypes.c_short * count)(*[7] * count), count, None)
            self.callback(None, 0, None)

        return synth


def worker_answer(monkeypatch: pytest.MonkeyPatch, library: FakeLibrary, lines: list[Any]) -> bytes:
    """What the worker writes when it runs in this process, with `library`."""
    request = {"library": "lib.so", "data": "/data", "lines": lines}
    stdin = io.TextIOWrapper(io.BytesIO(json.dumps(request).encode()))
    stdout = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(ctypes, "CDLL", lambda _path: library)
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(sys, "stdout", stdout)
    runpy.run_path(WORKER, run_name="__main__")
    return stdout.buffer.getvalue()


def test_worker_sets_up_the_library_and_answers_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first voice that exists, the settings of each line, and its samples."""
    library = FakeLibrary(rate=22050)
    shared = {"voices": ["en+f9", "en", "de"], "rate": 170, "pitch": 40, "range": 60}
    lines = [shared | {"text": "a"}, shared | {"text": "bcd", "voices": ["none"]}]

    answer = worker_answer(monkeypatch, library, lines)

    assert struct.unpack_from("=I", answer) == (22050,)
    assert [len(sound) for sound in unpack(answer[4:])] == [2, 6]
    assert library.calls == [
        ("open", 2, 200, b"/data", 0x8000),
        ("voice", b"en+f9"),
        ("voice", b"en"),
        *(numbers := [("set", 1, 170), ("set", 3, 40), ("set", 4, 60)]),
        ("voice", b"none"),
        *numbers,
    ]


def test_worker_waits_to_be_run() -> None:
    """Importing it must not read stdin."""
    assert runpy.run_path(WORKER)["RATE"] == 1


def test_worker_gives_up_when_the_library_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """No data, no sample rate, no answer."""
    with pytest.raises(SystemExit):
        worker_answer(monkeypatch, FakeLibrary(rate=-1), [])
