"""The marks inside a line of Markdown: emphasis, code, links, tags, entities and cells."""

from __future__ import annotations

import html
import string
from typing import Final

from minimax_adapters.api import _markdown_marks as marks

_BORDER: Final = " \t|"


class InlineReader:
    """Turns the text of lines into what is said of it, character by character.

    State: `last` the character that was said last, "" before the first; `final` that the text
    ends here; `_held` what may still become a mark, `_more` what came behind it of `_continuing`,
    which only makes it longer, `_searched` how much of it holds no end of an address: nothing is
    looked at again with each character. `_code` the backticks of inline code; `_brackets` those
    that are open; `_target` and `_depth` the brackets around the address of a link, and how deep
    they are; `_in_table` that bars are the borders of cells.
    """

    def __init__(self) -> None:
        self.last = ""
        self.final = False
        self._out: list[str] = []
        self._held = ""
        self._more: list[str] = []
        self._continuing = ""
        self._searched = 0
        self._code = 0
        self._brackets = 0
        self._target = ""
        self._depth = 0
        self._in_table = False
        self._ended = False
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

    def begin_line(self, *, in_table: bool) -> None:
        """Take what comes as the text of another line."""
        self.last = "\n"
        self._in_table = in_table

    def put(self, character: str) -> bool:
        """Take all that is certain with `character`, "" for none; return whether the line ends."""
        self._ended = False
        if character and character in self._continuing:
            self._more.append(character)
            return False
        self._held += "".join(self._more) + character
        self._more, self._continuing = [], ""
        while self._held:
            head = self._held[0]
            if self._target:
                taken = self._skip_target(head)
            elif self._code and head not in "`\n":
                taken = self._literal()
            elif self._in_table and head in " |":
                taken = self._cell()
            else:
                taken = self._rules.get(head, self._literal)()
            if not taken:
                break
            self._held = self._held[taken:]
            self._searched = 0
        return self._ended

    def say(self, text: str) -> None:
        """Add `text` to what is said."""
        if text:
            self._out.append(text)
            self.last = text[-1]

    def take(self) -> str:
        """Return what is said since the last time."""
        text = "".join(self._out)
        self._out.clear()
        return text

    def _literal(self) -> int:
        self.say(self._held[0])
        return 1

    def _run(self) -> str:
        """Return the run of equal characters at the start, "" if it may go on."""
        held = self._held
        run = held[: len(held) - len(held.lstrip(held[0]))]
        if self.final or len(run) < len(held):
            return run
        self._continuing = held[0]
        return ""

    def _end_line(self) -> int:
        self._ended = True
        self._code = self._brackets = 0
        self.last = self.last or "\n"
        return 1

    def _backticks(self) -> int:
        run = self._run()
        if run:
            self._code = 0 if self._code == len(run) else self._code or len(run)
        return len(run)

    def _stars(self) -> int:
        run = self._run()
        after = self._held[len(run) : len(run) + 1]
        before = self.last or "\n"
        apart = before.isspace() and (not after or after.isspace())
        if run and (apart or (before.isdigit() and after.isdigit())):
            self.say(run)
        return len(run)

    def _underscores(self) -> int:
        run = self._run()
        if run and self.last.isalnum() and self._held[len(run) : len(run) + 1].isalnum():
            self.say(run)
        return len(run)

    def _tildes(self) -> int:
        run = self._run()
        if run == "~":
            self.say(run)
        return len(run)

    def _escape(self) -> int:
        if len(self._held) == 1 and not self.final:
            return 0
        marked = self._held[1:2]
        is_mark = marked in string.punctuation
        self.say(marked if is_mark else "\\")
        return 1 + (is_mark and bool(marked))

    def _open_bracket(self) -> int:
        held = self._held
        note = marks.NOTE.match(held)
        if not self.final and (
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
        if len(self._held) == 1 and not self.final:
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
        if len(self._held) == 1 and not self.final:
            return 0
        if self._held[1:2] != "[":
            self.say("!")
        return 1

    def _angle(self) -> int:
        held = self._held
        if ">" in held and (taken := self._closed_angle()):
            return taken
        begun = len(held) == 1 or (held[1].isascii() and (held[1].isalpha() or held[1] in "/#!"))
        if begun and not self.final and len(held) < marks.LONGEST_TAG and held[-1] not in ">\n":
            return 0
        return self._literal()

    def _closed_angle(self) -> int:
        """Take the pause, address or tag at the start; return its length, 0 if there is none."""
        held = self._held
        if pause := marks.PAUSE.match(held):
            self.say(pause[0])
            return pause.end()
        if link := marks.AUTOLINK.match(held):
            self.say(marks.host_of(link[1]))
            return link.end()
        if tag := marks.TAG.match(held):
            self.say("\n" if tag[1].lower() in marks.BREAKING_TAGS else "")
            return tag.end()
        return 0

    def _entity(self) -> int:
        if entity := marks.ENTITY.match(self._held):
            self.say(html.unescape(entity[0]).replace("\u00a0", " "))
            return entity.end()
        if not self.final and marks.ENTITY_BEGUN.fullmatch(self._held):
            return 0
        return self._literal()

    def _url(self) -> int:
        held = self._held
        if self.last.isalnum():
            return self._literal()
        begun = held[: marks.LONGEST_START + 1].lower()
        if not self.final and any(start.startswith(begun) for start in marks.STARTS_OF_URLS):
            return 0
        if not marks.URL.match(held):
            return self._literal()
        end = marks.URL_END.search(held, self._searched)
        if end is None and not self.final and len(held) < marks.LONGEST_URL:
            self._searched = len(held)
            return 0
        url = held[: end.start() if end else len(held)].rstrip(".,;:!?*_~")
        self.say(marks.host_of(url))
        return len(url)

    def _cell(self) -> int:
        """Take the border of a cell with the blanks around it."""
        border = self._held[: len(self._held) - len(self._held.lstrip(_BORDER))]
        if len(border) == len(self._held) and not self.final:
            self._continuing = _BORDER
            return 0
        if "|" not in border:
            self.say(" ")
        elif self._held[len(border) :] not in {"", "\n"}:
            self.say(", ")
        return len(border)
