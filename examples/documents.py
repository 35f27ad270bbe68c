"""What both demos share: reading documents, and MiniMax or its emulator."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from minimax_adapters.api import MiniMaxError, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HOME = Path(__file__).resolve().parent.parent
ENDINGS = {".md", ".markdown", ".txt", ".rst", ".pdf"}
QUESTION = "What happens when MiniMax answers with code 1002?"


@dataclass(frozen=True)
class Document:
    """A file, as text; a PDF is one document per page."""

    source: str
    text: str


def parse_arguments(description: str, out: str) -> argparse.Namespace:
    """Read `--docs`, `--question` and `--out` from the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--docs",
        nargs="+",
        type=Path,
        default=[HOME / "README.md", HOME / "docs"],
        metavar="PATH",
        help="text, Markdown or PDF files, or folders of them (default: this project's own)",
    )
    parser.add_argument("--question", default=QUESTION, help=f"default: {QUESTION}")
    add_out(parser, Path(out).suffix, Path(out))
    return parser.parse_args()


def add_out(parser: argparse.ArgumentParser, suffix: str, default: Path | None = None) -> None:
    """Let `parser` take a file for the audio; another suffix would be known too late, when paid."""

    def audio_file(text: str) -> Path:
        path = Path(text)
        if path.suffix.lower() != suffix:
            raise argparse.ArgumentTypeError(f"{text!r} has to end with {suffix}")
        return path

    shown = f" (default: {default})" if default else ""
    parser.add_argument(
        "--out", type=audio_file, default=default, help=f"save the audio as this {suffix}{shown}"
    )


def read_documents(paths: list[Path]) -> list[Document]:
    """Return the documents at `paths`, in the order of their names; say what is left out.

    Raises:
        SystemExit: There are none.
    """
    documents: list[Document] = []
    for file in (file for path in paths for file in _files(path.expanduser())):
        try:
            found = [document for document in _read(file) if document.text.strip()]
        except (PyPdfError, OSError) as error:
            print(f"Skipped {file.name}: {error}")
            continue
        if not found:
            print(f"Skipped {file.name}: there is no text in it.")
        documents += found
    if not documents:
        places = ", ".join(map(str, paths))
        sys.exit(f"No text in {places}: give files or folders with {', '.join(sorted(ENDINGS))}.")
    print(f"Read {len(documents)} texts.")
    return documents


def _files(path: Path) -> list[Path]:
    if not path.exists():
        sys.exit(f"{path} does not exist.")
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [file for file in found if file.is_file() and file.suffix.lower() in ENDINGS]


def _read(file: Path) -> Iterator[Document]:
    if file.suffix.lower() == ".pdf":
        for number, page in enumerate(PdfReader(file).pages, 1):
            yield Document(f"{file.name} (page {number})", page.extract_text())
        return
    content = file.read_bytes()
    try:
        yield Document(file.name, content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        # What is not UTF-8 is most often a Western encoding, and Latin-1 reads any bytes.
        yield Document(file.name, content.decode("latin-1"))


def sources(names: Iterable[str]) -> str:
    """Return the names of sources, each once, as a line."""
    return "; ".join(sorted(set(names)))


@contextlib.contextmanager
def minimax(*, tokens_per_second: float = 0) -> Iterator[None]:
    """Use MiniMax if MINIMAX_API_KEY is set, else a local emulator of it, and say which.

    An error of MiniMax ends the program with its text: that says what to do.

    Args:
        tokens_per_second: How fast the emulator writes; 0 for as fast as it can.
    """
    try:
        if os.environ.get("MINIMAX_API_KEY"):
            print(f"{Settings.resolve().base_urls[0]} answers (MINIMAX_API_KEY is set).")
            yield
        else:
            yield from _emulated(tokens_per_second)
    except MiniMaxError as error:
        sys.exit(f"\n{error}")


def _emulated(tokens_per_second: float) -> Iterator[None]:
    from minimax_adapters.emulator import Emulator, Quirks  # noqa: PLC0415 - only without a key

    print("The local emulator of MiniMax answers: set MINIMAX_API_KEY to ask MiniMax itself.")
    with Emulator(quirks=Quirks(tokens_per_second=tokens_per_second)) as emulator:
        os.environ.update(emulator.environment)
        try:
            yield
        finally:
            for name in emulator.environment:
                del os.environ[name]
