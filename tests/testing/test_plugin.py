"""The pytest plugin, as the tests of a user's app see it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

import minimax_adapters.testing as package
from minimax_adapters.testing import play_cassette

if TYPE_CHECKING:
    from collections.abc import Callable

PLUGIN: Final = "minimax_adapters.testing.plugin"
DOCS: Final = Path(__file__).parents[2] / "docs" / "testing.md"
NAME_OF_SPOKEN: Final = "test_an_answer_is_spoken_while_it_is_written"
EXAMPLES: Final = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)


@pytest.fixture
def run(tmp_path: Path) -> Any:  # noqa: ANN401 - a function
    """Return what writes an app's tests into a folder of its own and runs pytest there."""

    def run_pytest(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_app.py").write_text(source, "utf-8")
        (tmp_path / "pytest.ini").write_text("[pytest]\n", "utf-8")
        kept = {name: text for name, text in os.environ.items() if "PYTEST" not in name}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", PLUGIN, *arguments],
            cwd=tmp_path,
            env=kept | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    return run_pytest


def test_pytest_finds_the_plugin_by_itself() -> None:
    """Users do not name it; the tests here do, to leave out the plugins of others."""
    [found] = [one for one in entry_points(group="pytest11") if one.value == PLUGIN]

    assert found.name == "minimax_adapters"


def test_the_example_for_langchain_works(run: Callable[..., Any]) -> None:
    """As it stands in the documentation."""
    done = run(EXAMPLES[0])

    assert "1 passed" in done.stdout, done.stdout


@pytest.mark.thorough
def test_the_example_for_llama_index_is_recorded_and_played(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    """Without its cassette it fails and says what to do; a changed prompt fails as well."""
    source = EXAMPLES[1]
    others = """
@pytest.mark.minimax_cassette("test_the_sum_is_known")
def test_changed():
    MiniMax().complete("What is 7 times 6?")


@pytest.mark.minimax_cassette
def test_missing():
    pass
"""
    recorded = run(source, "--minimax-record")
    played = run(source + others)

    assert "1 passed" in recorded.stdout, recorded.stdout
    assert "1 passed" in played.stdout, played.stdout
    assert "2 failed" in played.stdout
    assert "Record it: pytest --minimax-record" in played.stdout
    assert "recorded 'What is 6 times 7?', now 'What is 7 times 6?'" in played.stdout
    assert "MiniMax: 1 cassette played in 2 tests" in played.stdout
    tape = play_cassette(tmp_path / "cassettes" / "test_the_sum_is_known.yaml").tape
    assert tape.origin.startswith("emulator ")
    assert tape.shows == "A question with a number as its answer."


@pytest.mark.thorough
def test_the_example_for_a_websocket_is_recorded_and_played(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    """The variable names the player; another text fails with the frame that differs."""
    source = EXAMPLES[2]
    others = source.replace("@pytest.mark.minimax_cassette", "").replace("open", "closed")
    others = others.replace(
        "\ndef test_an_answer",
        '\n@pytest.mark.minimax_cassette("test_an_answer_is_spoken_while_it_is_written")'
        "\ndef test_changed_answer",
    )
    recorded = run(source, "--minimax-record")
    played = run(source + others)

    assert "1 passed" in recorded.stdout, recorded.stdout
    assert "1 failed, 1 passed" in played.stdout, played.stdout
    assert "now 'It is closed until six.'" in played.stdout
    assert "MiniMax: 1 cassette (1 with WebSockets) played in 2 tests" in played.stdout
    tape = play_cassette(tmp_path / "cassettes" / f"{NAME_OF_SPOKEN}.yaml").tape
    assert [session["path"] for session in tape.sockets] == ["/ws/v1/t2a_v2_bidi"]


@pytest.mark.thorough
def test_only_cassettes_that_answered_are_counted(run: Callable[..., Any]) -> None:
    """One that is missing, or has just been recorded, has shown nothing."""
    missing = run(
        """
import pytest

@pytest.mark.minimax_cassette
def test_missing():
    pass

@pytest.mark.minimax_cassette("a", "b")
def test_two_names():
    pass
"""
    )
    recorded = run(EXAMPLES[1], "--minimax-record")

    assert "1 failed, 1 error" in missing.stdout, missing.stdout
    assert "minimax_cassette takes one name, or none" in missing.stdout
    assert "MiniMax:" not in missing.stdout
    assert "MiniMax: 1 cassette recorded in 1 test\n" in recorded.stdout, recorded.stdout


ASKING: Final = """
import httpx, os, pytest

def ask(question):
    host, key = os.environ["MINIMAX_BASE_URL"], os.environ["MINIMAX_API_KEY"]
    body = {"model": "MiniMax-M3", "messages": [{"role": "user", "content": question}]}
    headers = {"Authorization": f"Bearer {key}"}
    httpx.post(f"{host}/v1/chat/completions", json=body, headers=headers).raise_for_status()
"""


@pytest.mark.thorough
@pytest.mark.parametrize("workers", [[], ["-p", "xdist", "-n", "2"]], ids=["alone", "xdist"])
def test_a_test_does_not_record_over_one_with_the_same_name(
    run: Callable[..., Any], tmp_path: Path, workers: list[str]
) -> None:
    """In one folder their cassettes have the same path; the first stays as it was recorded."""
    marked = "@pytest.mark.minimax_cassette\ndef test_sum():\n    ask({!r})\n"
    again = marked.replace("def test_sum()", "def test_sum(self)")
    in_class = "class TestSums:\n" + re.sub("^", "    ", again, flags=re.MULTILINE)
    (tmp_path / "test_a.py").write_text(ASKING + marked.format("1 + 1?"), "utf-8")
    (tmp_path / "test_b.py").write_text(ASKING + marked.format("2 + 2?"), "utf-8")

    done = run(ASKING + in_class.format("3 + 3?"), "--minimax-record", *workers)

    cassette = tmp_path / "cassettes" / "test_sum.yaml"
    assert "2 failed, 1 passed" in done.stdout, done.stdout
    for rival in ("test_b.py::test_sum", "test_app.py::TestSums::test_sum"):
        told = f"{rival} would record over {cassette}, the cassette of test_a.py::test_sum."
        assert told in done.stdout, done.stdout
    assert '@pytest.mark.minimax_cassette("...")' in done.stdout
    assert "MiniMax: 1 cassette recorded in 1 test\n" in done.stdout
    assert "1 + 1?" in cassette.read_text("utf-8")


@pytest.mark.thorough
def test_tests_that_give_one_name_share_what_the_first_records(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    """Twins need one cassette; who asks for something else is told which test recorded it."""
    source = (
        ASKING
        + """
@pytest.mark.parametrize("twin", [1, 2])
@pytest.mark.minimax_cassette("sum")
def test_sum(twin):
    ask("1 + 1?")

@pytest.mark.minimax_cassette("sum")
def test_other():
    ask("2 + 2?")

@pytest.mark.parametrize("number", [3, 4])
@pytest.mark.minimax_cassette
def test_row(number):
    ask(f"{number} + 1?")
"""
    )
    done = run(source, "--minimax-record")

    assert "1 failed, 4 passed" in done.stdout, done.stdout
    assert "test_app.py::test_sum[1] has recorded this cassette in this run" in done.stdout
    assert "1 + 1?" in (tmp_path / "cassettes" / "sum.yaml").read_text("utf-8")
    rows = {path.name for path in (tmp_path / "cassettes").glob("test_row*")}
    assert rows == {"test_row-3.yaml", "test_row-4.yaml"}
    assert "MiniMax: 3 cassettes recorded in 3 tests" in done.stdout


@pytest.mark.thorough
def test_a_recording_of_nothing_fails_and_leaves_the_cassette(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    """An empty one would play for ever and show nothing."""
    cassette = tmp_path / "cassettes" / "test_nothing.yaml"
    cassette.parent.mkdir()
    cassette.write_text("as it was", "utf-8")

    done = run(
        "import pytest\n@pytest.mark.minimax_cassette\ndef test_nothing(): pass",
        "--minimax-record",
    )

    assert "1 failed" in done.stdout, done.stdout
    assert "no call to MiniMax that could be recorded" in done.stdout
    assert "MiniMax:" not in done.stdout
    assert cassette.read_text("utf-8") == "as it was"


@pytest.mark.thorough
def test_an_error_of_a_cassette_shows_the_line_of_the_test_alone(run: Callable[..., Any]) -> None:
    """What lies between it and the cassette is not the reader's; `--full-trace` shows it."""
    cassette = "@pytest.mark.minimax_cassette('sum')\n"
    run(f"{ASKING}{cassette}def test_sum():\n    ask('1 + 1?')", "--minimax-record")
    source = f"{ASKING}{cassette}def test_sum():\n    ask('1 + 2?')\n"
    source += f"{cassette}def test_unused(): pass\n"

    short = run(source)
    full = run(source, "--full-trace")

    assert "recorded '1 + 1?', now '1 + 2?'" in short.stdout, short.stdout
    assert "in test_sum\n    ask('1 + 2?')\n" in short.stdout
    assert "Recordings that nothing asked for" in short.stdout
    assert "_player.py" not in short.stdout
    assert "_player.py" in full.stdout


def test_loading_the_plugin_imports_neither_framework_nor_server() -> None:
    """Every pytest run in the environment pays for it."""
    program = """
import sys
import minimax_adapters.testing.plugin
heavy = {"langchain_core", "llama_index", "httpx", "starlette", "uvicorn", "vcr", "yaml"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("absent", "source", "advice"),
    [
        ("uvicorn", "def test_app(minimax_emulator): pass", r"minimax-adapters\[emulator\]"),
        ("vcr", "import pytest\n@pytest.mark.minimax_cassette\ndef test_app(): pass", "vcrpy"),
        ("vcr", "def test_app(): pass", "1 passed"),
    ],
)
def test_without_an_extra_only_those_who_use_it_are_told(
    run: Callable[..., Any], tmp_path: Path, absent: str, source: str, advice: str
) -> None:
    """Everybody else sees nothing of the plugin."""
    (tmp_path / "conftest.py").write_text(f"import sys\nsys.modules[{absent!r}] = None\n", "utf-8")

    done = run(source)

    assert re.search(advice, done.stdout + done.stderr), done.stdout


def test_every_public_name_can_be_imported_and_is_listed() -> None:
    """They are imported when they are first used."""
    assert package.__all__ == sorted(package.__all__)
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = package.nothing_like_it
