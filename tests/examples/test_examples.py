"""The examples and the README do what they say, run as a user runs them."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import TYPE_CHECKING, TypeAlias

import pytest
import soundfile

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.emulator import Emulator

Run: TypeAlias = "Callable[..., CompletedProcess[str]]"

HOME = Path(__file__).parent.parent.parent
EXAMPLES = HOME / "examples"
README = (HOME / "README.md").read_text("utf-8")
UNSET = {"MINIMAX_API_KEY", "MINIMAX_BASE_URL", "MINIMAX_REGION", "MINIMAX_GROUP_ID"}
PDF_TEXT = "The lighthouse keeper is called Marten Voss."


def minimal_pdf(text: str) -> bytes:
    """Return a PDF of one page that says `text`."""
    content = f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + (
        b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (table, len(body))
    )


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A folder with a text, a Markdown and a PDF file."""
    folder = tmp_path / "library"
    (folder / "deeper").mkdir(parents=True)
    (folder / "harbour.txt").write_text("The harbour opens at six in the morning.", "utf-8")
    (folder / "deeper" / "fish.md").write_text("# Fish\n\nHerring is sold on Fridays.", "utf-8")
    (folder / "tower.pdf").write_bytes(minimal_pdf(PDF_TEXT))
    return folder


def run(script: str, *arguments: str, **environment: str) -> CompletedProcess[str]:
    """Run an example without a key, so that it uses the emulator."""
    kept = {name: value for name, value in os.environ.items() if name not in UNSET}
    return subprocess.run(
        [sys.executable, str(EXAMPLES / script), *arguments],
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def run_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run an example in this process, where the frameworks are imported already."""

    def run_here(script: str, *arguments: str, **environment: str) -> CompletedProcess[str]:
        for name in UNSET:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.syspath_prepend(str(EXAMPLES))
        monkeypatch.setattr(sys, "argv", [script, *arguments])
        status: object = 0
        try:
            runpy.run_path(str(EXAMPLES / script), run_name="__main__")
        except SystemExit as end:
            status = end.code
        shown = capsys.readouterr()
        # Python prints what sys.exit() is given, and ends with 1 for it.
        text = f"{shown.err}{status}" if isinstance(status, str) else shown.err
        code = status if isinstance(status, int) else int(status is not None)
        return CompletedProcess([script, *arguments], code, shown.out, text)

    return run_here


@pytest.mark.parametrize("framework", ["langchain", "llama_index"])
def test_example_answers_from_a_pdf_and_speaks(
    library: Path, tmp_path: Path, run_here: Run, framework: str
) -> None:
    """The main job: documents in, answer with its source and audio out."""
    out = tmp_path / "answer.mp3"

    done = run_here(
        f"ask_documents_{framework}.py",
        *("--docs", str(library), "--out", str(out)),
        *("--question", "What is the lighthouse keeper called?"),
    )

    assert done.returncode == 0, done.stderr
    assert "local emulator" in done.stdout
    assert "Marten Voss" in done.stdout
    assert "tower.pdf (page 1)" in done.stdout
    assert soundfile.info(out).duration > 1


@pytest.mark.thorough
def test_demo_answers_from_a_pdf_and_speaks_through_both_frameworks(
    library: Path, tmp_path: Path
) -> None:
    """Both examples, one after the other, each in a process of its own."""
    out = tmp_path / "out"

    done = run(
        "demo.py",
        *("--docs", str(library), "--out", str(out)),
        *("--question", "What is the lighthouse keeper called?"),
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("local emulator") == 2
    assert done.stdout.count("Marten Voss") == 2
    assert done.stdout.count("tower.pdf (page 1)") == 2
    for name in ("answer-langchain.mp3", "answer-llama_index.mp3"):
        assert soundfile.info(out / name).duration > 1


@pytest.mark.thorough
@pytest.mark.parametrize("script", ["ask_documents_langchain.py", "ask_documents_llama_index.py"])
def test_the_first_question_is_answered_from_our_own_pages(tmp_path: Path, script: str) -> None:
    """It is the first thing that people see of this package."""
    done = run(script, "--out", str(tmp_path / "answer.mp3"))

    assert done.returncode == 0, done.stderr
    answer = done.stdout.partition("1002?\n\n")[2].partition("\n\nSources:")[0]
    assert answer.startswith("A call that answers with code 1002 means that too many requests")
    assert "errors.md" in done.stdout.partition("Sources:")[2]


def test_example_uses_the_host_of_the_environment(
    library: Path, emulator: Emulator, run_here: Run
) -> None:
    """With a key set it talks to whoever the variables name, and says so."""
    done = run_here(
        "ask_documents_langchain.py",
        *("--docs", str(library), "--out", str(library / "a.mp3")),
        **emulator.environment,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{emulator.url} answers")
    assert {request.path for request in emulator.requests} == {
        "/v1/embeddings",
        "/v1/chat/completions",
        "/v1/t2a_v2",
    }


def test_example_says_that_a_folder_is_empty(tmp_path: Path, run_here: Run) -> None:
    """A wrong folder is the likeliest mistake."""
    done = run_here("ask_documents_langchain.py", "--docs", str(tmp_path))

    assert done.returncode == 1
    assert "No text in" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("script", "out", "suffix"),
    [("ask_documents_langchain.py", "a.wav", ".mp3"), ("voice_terminal.py", "a.mp3", ".wav")],
)
def test_example_refuses_a_file_name_before_it_asks(
    run_here: Run, script: str, out: str, suffix: str
) -> None:
    """The answer would be paid for, and lost."""
    done = run_here(script, "--out", out)

    assert done.returncode == 2
    assert f"'{out}' has to end with {suffix}" in done.stderr


def test_example_skips_what_it_cannot_read(library: Path, run_here: Run) -> None:
    """One broken file must not cost the answer, nor go unnoticed."""
    (library / "broken.pdf").write_bytes(b"%PDF-1.4 and nothing more")
    (library / "empty.md").write_text("")
    (library / "western.txt").write_bytes("Das Gebäude ist hoch.".encode("latin-1"))

    done = run_here(
        "ask_documents_langchain.py",
        *("--docs", str(library), "--out", str(library / "a.mp3")),
        *("--question", "Wie hoch ist das Gebäude?"),
    )

    assert done.returncode == 0, done.stderr
    assert "Skipped broken.pdf:" in done.stdout
    assert "Skipped empty.md: there is no text in it." in done.stdout
    assert "Das Gebäude ist hoch." in done.stdout


def test_example_ends_with_the_advice_when_the_key_is_wrong(
    emulator: Emulator, run_here: Run
) -> None:
    """The text says what to do; a traceback would bury it."""
    wrong = {"MINIMAX_API_KEY": "wrong", "MINIMAX_BASE_URL": emulator.url}

    done = run_here("ask_documents_langchain.py", **wrong)

    assert done.returncode == 1
    assert "code 2049" in done.stderr
    assert "Check the key" in done.stderr


@pytest.mark.thorough
def test_demo_ends_with_the_advice_when_the_key_is_wrong(emulator: Emulator) -> None:
    """It stops there, without a second try and without a traceback."""
    done = run("demo.py", MINIMAX_API_KEY="wrong", MINIMAX_BASE_URL=emulator.url)

    assert done.returncode == 1
    assert "code 2049" in done.stderr
    assert "Check the key" in done.stderr
    assert "Traceback" not in done.stderr


def run_make(environment: Path, *arguments: str) -> CompletedProcess[str]:
    """Run make with an environment that is there already: the one of these tests."""
    (environment / "bin").mkdir(parents=True)
    python = environment / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    for made in ("made", "demo"):
        (environment / made).touch()
    return subprocess.run(
        ["make", f"VENV={environment}", *arguments],  # noqa: S607 - whichever make there is
        cwd=HOME,
        env={name: value for name, value in os.environ.items() if name not in UNSET},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.thorough
@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_demo_takes_a_folder_with_blanks_and_any_question(
    library: Path, tmp_path: Path
) -> None:
    """Neither make nor a shell may read what a person wrote."""
    folder = library.rename(library.with_name("my $HOME docs"))
    question = 'When does the "harbour" open in $HOME `id`?'

    done = run_make(
        tmp_path / "environment",
        "demo",
        f"DOCS={folder}",
        f"QUESTION={question}",
        f"OUT={folder / 'out'}",
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.count(question) == 2
    assert done.stdout.count("six in the morning") == 2
    assert len(list((folder / "out").iterdir())) == 2


def test_first_examples_of_the_readme_print_what_it_says(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader copies them; the README promises `42` for each."""
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    programs = [block for block in blocks if "What is 6 times 7?" in block]

    for program in programs:
        exec(compile(program, "README.md", "exec"), {})  # noqa: S102 - our own README
        assert "42" in capsys.readouterr().out
    assert len(programs) == 3


def test_readme_shows_lines_of_the_examples() -> None:
    """The excerpts must not drift from the scripts that they stand for."""
    for script, lines in {
        "ask_documents_langchain.py": ["found = store.similarity_search(", "print(chunk.text"],
        "ask_documents_llama_index.py": ["VectorStoreIndex.from_documents(", ".response_gen"],
    }.items():
        source = (EXAMPLES / script).read_text("utf-8")
        assert all(line in source and line in README for line in lines)
