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
    assert "MiniMax: " in played.stdout
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
    assert "1 cassettes (1 with WebSockets) played, 2 times" in played.stdout
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
    assert "1 cassettes recorded" in recorded.stdout, recorded.stdout


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
