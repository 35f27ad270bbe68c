"""Markdown as it is read aloud: without marks, code blocks and addresses."""

from __future__ import annotations

import html
import string

from minimax_adapters.api import _markdown_marks as marks


class MarkdownReader:
    """Turns Markdown into plain text to be spoken, wherever the stream cuts it.

    Headings, list items and rows of tables become lines; cells are joined by commas; a link is
    its text and a bare address its host; code blocks, rules, footnote marks and HTML tags are
    left out; inline code keeps its text. Lines that were wrapped to a width are joined.

    It goes character by character, so that how the text was cut cannot matter.
    State: `_prefix` holds the start of a line until its kind is clear, `_held` what may still
    become a mark, `_fence` the fence of an open code block, `_code` the backticks of inline code,
    `_target` the depth of parentheses inside the address of a link.
    """

    def __init__(self) -> None:
        self._out: list[str] = []
        self._at_start = True
        self._prefix = ""
        self._held = ""
        self._last = ""
        self._fence = ""
        self._code = 0
        self._brackets = 0
        self._target = ""
        self._depth = 0
        self._kind = ""
        self._blank = True
        self._width = 0
        self._final = False
        self._rules = {
            "\n": self._end_line,
            "`": self._backticks,
            "*": self._stars,
            "_": self._underscores,
            "~": self._tildes,
            "\\": self._escape,
            "[": self._open_bracket,
            "]": self._close_bracket,
            "!": self._bang,
            "<": self._angle,
            "&": self._entity,
        } | dict.fromkeys("hHwW", self._url)

    def feed(self, text: str) -> str:
        """Return the text that is certain after `text`."""
        for character in text:
            self._step(character)
        return self._taken()

    def flush(self) -> str:
        """Return what was held back when the text ends; then begin anew."""
        self._final = True
        if self._at_start and self._prefix and not self._fence:
            self._open_line()
        self._scan()
        rest = self._taken()
        MarkdownReader.__init__(self)
        return rest

    def _taken(self) -> str:
        text = "".join(self._out)
        self._out.clear()
        return text

    def _step(self, character: str) -> None:
        if self._at_start:
            self._prefix += character
            if character == "\n":
                self._end_prefix()
            elif not self._fence and (
                character not in marks.LINE_MARKS or len(self._prefix) > marks.LONGEST_PREFIX
            ):
                self._open_line()
            return
        self._width += 2 if character >= marks.WIDE else 1
        self._held += character
        self._scan()

    def _end_prefix(self) -> None:
        """Take a line that is a fence, a rule, blank, or only a number."""
        line, self._prefix = self._prefix, ""
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
            self._prefix = line[:-1]
            self._open_line()
            self._step("\n")

    def _open_line(self) -> None:
        """Take the start of a line whose kind is clear now."""
        prefix = self._prefix
        fence = marks.FENCE.match(prefix)
        if fence:
            # What follows on the line names the language.
            self._fence = fence[1]
            self._end_paragraph()
            return
        self._prefix, self._at_start = "", False
        found = marks.PREFIX.match(prefix)
        kind = (found and found.lastgroup) or "text"
        rest = prefix[found.end() :] if found else prefix
        self._emit(self._line_break(kind, rest))
        self._kind, self._blank, self._width = kind, False, len(rest)
        self._last = "\n"
        for character in rest:
            self._held += character
            self._scan()

    def _end_paragraph(self) -> None:
        """Say at once that a paragraph is over: what follows it may be code, or take its time."""
        if self._last and not self._blank:
            self._emit("\n")
        self._blank = True

    def _line_break(self, kind: str, rest: str) -> str:
        if not self._last or self._blank:
            return ""
        wrapped = self._width >= marks.WRAPPED or rest[:1].islower()
        if kind not in {"text", "quote"} or not wrapped:
            return "\n"
        if self._kind in {"heading", "table", "code"}:
            return "\n"
        return "" if self._last >= marks.WIDE and rest[:1] >= marks.WIDE else " "

    def _emit(self, text: str) -> None:
        if text:
            self._out.append(text)
            self._last = text[-1]

    def _scan(self) -> None:
        """Take from `_held` all that is certain."""
        while self._held:
            head = self._held[0]
            if self._target:
                taken = self._skip_target(head)
            elif self._code and head not in "`\n":
                taken = self._literal()
            elif self._kind == "table" and head in " |":
                taken = self._cell()
            else:
                taken = self._rules.get(head, self._literal)()
            if not taken:
                return
            self._held = self._held[taken:]

    def _literal(self) -> int:
        self._emit(self._held[0])
        return 1

    def _run(self) -> str:
        """Return the run of equal characters at the start, "" if it may go on."""
        held = self._held
        run = held[: len(held) - len(held.lstrip(held[0]))]
        return run if self._final or len(run) < len(held) else ""

    def _end_line(self) -> int:
        self._at_start, self._prefix = True, ""
        self._code = self._brackets = 0
        self._last = self._last or "\n"
        return 1

    def _backticks(self) -> int:
        run = self._run()
        if run:
            self._code = 0 if self._code == len(run) else self._code or len(run)
        return len(run)

    def _stars(self) -> int:
        run = self._run()
        after = self._held[len(run) : len(run) + 1]
        before = self._last or "\n"
        apart = before.isspace() and (not after or after.isspace())
        if run and (apart or (before.isdigit() and after.isdigit())):
            self._emit(run)
        return len(run)

    def _underscores(self) -> int:
        run = self._run()
        if run and self._last.isalnum() and self._held[len(run) : len(run) + 1].isalnum():
            self._emit(run)
        return len(run)

    def _tildes(self) -> int:
        run = self._run()
        if run == "~":
            self._emit(run)
        return len(run)

    def _escape(self) -> int:
        if len(self._held) == 1 and not self._final:
            return 0
        marked = self._held[1:2]
        is_mark = marked in string.punctuation
        self._emit(marked if is_mark else "\\")
        return 1 + (is_mark and bool(marked))

    def _open_bracket(self) -> int:
        held = self._held
        note = marks.NOTE.match(held)
        if not self._final and (
            marks.NOTE_BEGUN.fullmatch(held) or (note and note.end() == len(held))
        ):
            return 0
        if note:
            if held[note.end() : note.end() + 1] == "(":
                self._target, self._depth = "()", 1
                return note.end() + 1
            return note.end()
        self._brackets += 1
        return 1

    def _close_bracket(self) -> int:
        if not self._brackets:
            return self._literal()
        if len(self._held) == 1 and not self._final:
            return 0
        self._brackets -= 1
        after = self._held[1:2]
        if after in {"(", "["}:
            self._target, self._depth = ("()" if after == "(" else "[]"), 1
            return 2
        return 1

    def _skip_target(self, head: str) -> int:
        if head == "\n":
            self._target = ""
            return self._end_line()
        self._depth += (head == self._target[0]) - (head == self._target[1])
        if not self._depth:
            self._target = ""
        return 1

    def _bang(self) -> int:
        if len(self._held) == 1 and not self._final:
            return 0
        if self._held[1:2] != "[":
            self._emit("!")
        return 1

    def _angle(self) -> int:
        held = self._held
        if pause := marks.PAUSE.match(held):
            self._emit(pause[0])
            return pause.end()
        if link := marks.AUTOLINK.match(held):
            self._emit(marks.host_of(link[1]))
            return link.end()
        if tag := marks.TAG.match(held):
            self._emit("\n" if tag[1].lower() in marks.BREAKING_TAGS else "")
            return tag.end()
        begun = len(held) == 1 or (held[1].isascii() and (held[1].isalpha() or held[1] in "/#!"))
        if begun and not self._final and len(held) < marks.LONGEST_TAG and held[-1] not in ">\n":
            return 0
        return self._literal()

    def _entity(self) -> int:
        if entity := marks.ENTITY.match(self._held):
            self._emit(html.unescape(entity[0]).replace("\u00a0", " "))
            return entity.end()
        if not self._final and marks.ENTITY_BEGUN.fullmatch(self._held):
            return 0
        return self._literal()

    def _url(self) -> int:
        held = self._held
        if self._last.isalnum():
            return self._literal()
        if not self._final and any(
            start.startswith(held.lower()) for start in marks.STARTS_OF_URLS
        ):
            return 0
        if not marks.URL.match(held):
            return self._literal()
        end = marks.URL_END.search(held)
        if end is None and not self._final and len(held) < marks.LONGEST_URL:
            return 0
        url = held[: end.start() if end else len(held)].rstrip(".,;:!?*_~")
        self._emit(marks.host_of(url))
        return len(url)

    def _cell(self) -> int:
        """Take the border of a cell with the blanks around it."""
        border = self._held[: len(self._held) - len(self._held.lstrip(" \t|"))]
        if len(border) == len(self._held) and not self._final:
            return 0
        if "|" not in border:
            self._emit(" ")
        elif self._held[len(border) :] not in {"", "\n"}:
            self._emit(", ")
        return len(border)
