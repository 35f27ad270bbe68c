"""Sentences out of documents: prose is split, Markdown is taken off, tables are read out."""

from __future__ import annotations

import dataclasses
import re
from typing import Final

FENCE: Final = re.compile(r"^\s*(?:```|~~~)\s*(\S*)")
# Splitters cut documents inside code, so fences alone do not tell code from prose.
CODE: Final = re.compile(
    r"^\s*(?:@\w|(?:async )?def \w+\(|class \w+[(:]|(?:import|assert) [\w.]+|from [\w.]+ import\b"
    r"|(?:for \w+ in|with) .*:$|return [\w.]+[(\[]|\"\"\"|>>> |\$ |pip install|python3? -m"
    r"|export \w+=|[\w.]+(?:\[[^\]]*\])? = |[\w.]+\(.*\)\s*$|[\])}])"
)
PROSE: Final = re.compile(r"[A-Z][\w'\u2019-]*,?(?: [\w'\u2019`-]+[,.;:]?){5}")
HEADING: Final = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*$")
UNDERLINE: Final = re.compile(r"^\s*(?:=+|(?:[-*_]\s*){3,})$")
BULLET: Final = re.compile(r"^\s*(?:[-*+\u2022]|\d{1,3}[.)])\s+")
QUOTE: Final = re.compile(r"^\s*>+\s?")
TABLE_RULE: Final = re.compile(r"^\s*\|?[\s:|-]*-[\s:|-]*\|[\s:|-]*$")
METADATA: Final = re.compile(
    r"^\s*(?:[a-z]+(?:_[a-z]+)+|source|page|title|url|date|author)\s*[:=]\s*\S.*$"
)
SOURCE_LABEL: Final = re.compile(r"^\s*(?:Source|Document|Doc|Passage|Chunk)\s*\[?\d+\]?\s*:?\s*$")
# Lines that end a paragraph and say nothing themselves.
SILENT: Final = (UNDERLINE, METADATA, SOURCE_LABEL, CODE)
IMAGE: Final = re.compile(r"!\[[^\]]*\]\([^)]*\)")
LINK: Final = re.compile(r"\[([^\]]+)\]\((?:[^()]|\([^)]*\))*\)")
TAG: Final = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>", re.DOTALL)
EMPHASIS: Final = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
ITALIC: Final = re.compile(r"(?<![\w*])[*_](?=\S)([^*_]+?)(?<=\S)[*_](?![\w*])")

# A stop ends a sentence before a space and something that opens one; Chinese stops always do.
BOUNDARY: Final = re.compile(
    r"(?<=[.!?])[\"')\]\u201d\u2019]*\s+(?=[\"'(\[\u201c\u2018]?[A-Z0-9\u00c0-\u017f`])"
    r"|(?<=[\u3002\uff01\uff1f\uff1b])[\u201d\u2019\u300d]*\s*"
)
ABBREVIATION: Final = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Dr|Mr|Mrs|Ms|Prof|St|No|Fig|Inc|Ltd|Co|Jan|Feb|Mar|Apr|Jun|Jul"
    r"|Aug|Sep|Sept|Oct|Nov|Dec|approx|al)|\b[A-Z])\.$"
)


@dataclasses.dataclass(frozen=True)
class Sentence:
    """One sentence, the heading above it, its place in the document, and its paragraph."""

    text: str
    heading: str
    place: int
    paragraph: int = 0


@dataclasses.dataclass
class _Reader:
    """Collects sentences line by line.

    State: `heading` of the current section, `paragraph` lines not yet split and the `number` of
    that paragraph, `columns` of the table that is being read, `fenced` inside a code fence,
    `last` the line before.
    """

    found: list[Sentence] = dataclasses.field(default_factory=list)
    heading: str = ""
    paragraph: list[str] = dataclasses.field(default_factory=list)
    number: int = 0
    columns: list[str] = dataclasses.field(default_factory=list)
    fenced: bool = False
    last: str = ""

    def keep(self, text: str) -> None:
        if any(character.isalnum() for character in text):
            self.found.append(Sentence(text, self.heading, len(self.found), self.number))

    def flush(self) -> None:
        text = plain(" ".join(self.paragraph))
        self.paragraph.clear()
        for sentence in split_prose(text):
            self.keep(sentence)

    def take(self, line: str) -> None:
        fence = FENCE.match(line)
        if fence:
            self.flush()
            # A fence that names a language opens; one right after code closes what began before.
            self.fenced = bool(fence[1]) or not (self.fenced or CODE.match(self.last))
        elif self.fenced and not (PROSE.match(line) and not self.last.strip()):
            self.take_code(line)
        elif line.count("|") > 1:
            self.flush()
            self.take_row(line)
        else:
            self.fenced = False
            self.columns.clear()
            self.take_prose(line)
        self.last = line

    def take_code(self, line: str) -> None:
        # "Install it with:" is worth nothing without the command that follows.
        if self.found and self.found[-1].text.endswith(":") and line.strip():
            last = self.found.pop()
            self.found.append(dataclasses.replace(last, text=f"{last.text} `{line.strip()}`"))

    def take_row(self, line: str) -> None:
        if TABLE_RULE.match(line):
            return
        cells = [plain(cell.strip()) for cell in line.strip().strip("|").split("|")]
        if not self.columns:
            self.columns = cells
            return
        named = zip(self.columns[1:], cells[1:], strict=False)
        facts = ", ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell)
        self.keep(f"{cells[0]}: {facts}." if facts else f"{cells[0]}.")

    def take_prose(self, line: str) -> None:
        heading = HEADING.match(line)
        if heading:
            self.flush()
            self.number += 1
            self.heading = plain(heading[1])
        elif not line.strip() or any(pattern.match(line) for pattern in SILENT):
            self.flush()
            self.number += 1
        elif BULLET.match(line):
            self.flush()
            self.paragraph.append(BULLET.sub("", line).strip())
        else:
            self.paragraph.append(QUOTE.sub("", line).strip())


def sentences(document: str) -> list[Sentence]:
    """Return the sentences of `document`, in order."""
    reader = _Reader()
    for line in TAG.sub(" ", document).splitlines():
        reader.take(line)
    reader.flush()
    return reader.found


def plain(text: str) -> str:
    """Return `text` without Markdown."""
    text = LINK.sub(r"\1", IMAGE.sub("", text))
    text = ITALIC.sub(r"\1", EMPHASIS.sub(r"\2", text))
    return re.sub(r"\s+", " ", text).strip()


def split_prose(text: str) -> list[str]:
    """Return the sentences of a paragraph."""
    found: list[str] = []
    start = 0
    for boundary in BOUNDARY.finditer(text):
        candidate = text[start : boundary.end()].strip()
        if ABBREVIATION.search(text[start : boundary.start()].rstrip("\"')]")):
            continue
        if candidate:
            found.append(candidate)
        start = boundary.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found
