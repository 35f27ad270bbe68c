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

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    parser.add_argument("--out", type=Path, default=Path(out), help=f"audio file (default: {out})")
    return parser.parse_args()


def read_documents(paths: list[Path]) -> list[Document]:
    """Return the documents at `paths`, in the order of their names.

    Raises:
        SystemExit: There are none.
    """
    files = [file for path in paths for file in _files(path)]
    documents = [document for file in files for document in _read(file)]
    if not documents:
        places = ", ".join(map(str, paths))
        sys.exit(f"No text in {places}: give files or folders with {', '.join(sorted(ENDINGS))}.")
    return documents


def _files(path: Path) -> list[Path]:
    if not path.exists():
        sys.exit(f"{path} does not exist.")
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [file for file in found if file.is_file() and file.suffix.lower() in ENDINGS]


def _read(file: Path) -> Iterator[Document]:
    if file.suffix.lower() != ".pdf":
        pages = {file.name: file.read_text("utf-8", "replace")}
    else:
        pages = {
            f"{file.name}, page {number}": page.extract_text()
            for number, page in enumerate(PdfReader(file).pages, 1)
        }
    for source, text in pages.items():
        if text.strip():
            yield Document(source, text)


@contextlib.contextmanager
def minimax() -> Iterator[None]:
    """Use MiniMax if MINIMAX_API_KEY is set, else a local emulator of it, and say which."""
    if os.environ.get("MINIMAX_API_KEY"):
        print("MiniMax answers (MINIMAX_API_KEY is set).")
        yield
        return
    from minimax_adapters.emulator import Emulator  # noqa: PLC0415 - only needed without a key

    print("The local emulator of MiniMax answers: set MINIMAX_API_KEY to ask MiniMax itself.")
    with Emulator() as emulator:
        os.environ["MINIMAX_API_KEY"] = emulator.api_key
        os.environ["MINIMAX_BASE_URL"] = emulator.url
        try:
            yield
        finally:
            del os.environ["MINIMAX_API_KEY"], os.environ["MINIMAX_BASE_URL"]
