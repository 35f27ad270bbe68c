"""Pages of the documentation, and the code that they show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK: Final = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n*^```text\n(?P<shown>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """Code of a page, the line it begins at, and what it prints, if the page says so."""

    code: str
    line: int
    shown: str | None


def blocks_of(page: Path) -> list[Block]:
    """Return the code of `page` in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(found["code"], text.count("\n", 0, found.start("code")), found["shown"])
        for found in BLOCK.finditer(text)
    ]
