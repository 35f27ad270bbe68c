"""Markdown as it is read aloud: without marks, code blocks and addresses."""

from __future__ import annotations

from minimax_adapters.api import _markdown_marks as marks
from minimax_adapters.api._markdown_inline import InlineReader


class MarkdownReader:
    """Turns Markdown into plain text to be spoken, wherever the stream cuts it.

    Headings, list items and rows of tables become lines; cells are joined by commas; a link is
    its text and a bare address its host; code blocks, rules, footnote marks and HTML tags are
    left out; inline code keeps its text. Lines that were wrapped to a width are joined.

    It goes character by character, so that how the text was cut cannot matter.
    State: `_prefix` holds the characters of a line until its kind is clear, `_fence` the fence of
    an open code block, whose lines are such starts from end to end, `_kind` and `_width` those of
    the line, `_blank` that a paragraph begins; what is inside the line is left to `_inline`.
    """

    def __init__(self) -> None:
        self._inline = InlineReader()
        self._at_start = True
        self._prefix: list[str] = []
        self._fence = ""
        self._kind = ""
        self._blank = True
        self._width = 0

    def feed(self, text: str) -> str:
        """Return the text that is certain after `text`."""
        for character in text:
            self._step(character)
        return self._inline.take()

    def flush(self) -> str:
        """Return what was held back when the text ends; then begin anew."""
        self._inline.final = True
        if self._at_start and self._prefix and not self._fence:
            self._open_line()
        self._inline.put("")
        rest = self._inline.take()
        MarkdownReader.__init__(self)
        return rest

    def _step(self, character: str) -> None:
        if self._at_start:
            self._prefix.append(character)
            if character == "\n":
                self._end_prefix()
            elif not self._fence and (
                character not in marks.LINE_MARKS or len(self._prefix) > marks.LONGEST_PREFIX
            ):
                self._open_line()
            return
        self._width += 2 if character >= marks.WIDE else 1
        if self._inline.put(character):
            self._at_start, self._prefix = True, []

    def _end_prefix(self) -> None:
        """Take a line that is a fence, a rule, blank, or only a number."""
        line, self._prefix = "".join(self._prefix), []
        if self._fence:
            mark = line.strip().lstrip("> ")
            if mark.startswith(self._fence) and not mark.strip(self._fence[0]):
                self._fence, self._kind = "", "code"
            return
        fence = marks.FENCE.match(line)
        if fence:
            self._fence = fence[1]
            self._end_paragraph()
        elif not any(map(str.isdigit, line)):
            self._end_paragraph()
        else:
            self._prefix = list(line[:-1])
            self._open_line()
            self._step("\n")

    def _open_line(self) -> None:
        """Take the start of a line whose kind is clear now."""
        prefix = "".join(self._prefix)
        fence = marks.FENCE.match(prefix)
        if fence:
            # What follows on the line names the language.
            self._fence = fence[1]
            self._end_paragraph()
            return
        self._prefix, self._at_start = [], False
        found = marks.PREFIX.match(prefix)
        kind = (found and found.lastgroup) or "text"
        rest = prefix[found.end() :] if found else prefix
        self._inline.say(self._line_break(kind, rest))
        self._kind, self._blank, self._width = kind, False, len(rest)
        self._inline.begin_line(in_table=kind == "table")
        for character in rest:
            self._inline.put(character)

    def _end_paragraph(self) -> None:
        """Say at once that a paragraph is over: what follows it may be code, or take its time."""
        if self._inline.last and not self._blank:
            self._inline.say("\n")
        self._blank = True

    def _line_break(self, kind: str, rest: str) -> str:
        if not self._inline.last or self._blank:
            return ""
        wrapped = self._width >= marks.WRAPPED or rest[:1].islower()
        if kind not in {"text", "quote"} or not wrapped:
            return "\n"
        if self._kind in {"heading", "table", "code"}:
            return "\n"
        return "" if self._inline.last >= marks.WIDE and rest[:1] >= marks.WIDE else " "
