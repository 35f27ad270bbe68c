"""Answers that carry their thinking as `<think>` text."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_TAG: Final = re.compile(r"<(/?)(?:mm:)?think>")
_TAGS: Final = ("<think>", "</think>", "<mm:think>", "</mm:think>")
_LONGEST: Final = max(map(len, _TAGS)) - 1


class Piece(NamedTuple):
    """Text and whether it is thinking; `block` counts the thinking blocks from 0.

    With `begins`, all before it was thinking, too: then came a closing tag without an opening one.
    """

    text: str
    thinking: bool
    block: int = 0
    begins: bool = False


class ThinkSplitter:
    """Splits text at think tags, wherever the stream cuts it.

    A tag at the start of the answer always opens thinking. A later one does too, unless the
    server has split the thinking off by itself (`literal`) or the tag is quoted in backticks:
    then the answer talks about the tag. Blanks next to a tag are dropped, as they belong to it.
    A closing tag without an opening one is dropped: what came before has been shown already. If it
    is the first tag, the next piece of the answer says that the answer `begins` there.

    State: `_inside` tells thinking from answer, `_held` the end of the text that may still
    become part of a tag or of its blanks, `_blank` that it is blanks only, to which more can come
    without another look at all of them, `_fresh` that no answer text was returned yet,
    `_after_tag` that blanks are to be dropped, `_last` the last character returned, `_tagged` that
    there was a tag, `begins` that the answer begins with its next piece.
    """

    __slots__ = (
        "_after_tag",
        "_blank",
        "_block",
        "_fresh",
        "_held",
        "_inside",
        "_last",
        "_tagged",
        "begins",
        "literal",
    )

    def __init__(self) -> None:
        self.literal = False
        self._inside = False
        self._held: list[str] = []
        self._blank = False
        self._fresh = True
        self._after_tag = False
        self._last = ""
        self._block = -1
        self._tagged = False
        self.begins = False

    def passes(self, text: str) -> bool:
        """Return whether `text` is answer as it stands, and count it as returned if it is.

        Nearly all texts are: they need no piece of their own.
        """
        if self._held or self._inside or self._fresh or self._after_tag or "<" in text:
            return False
        if self.begins:
            return False
        self._last = text[-1:] or self._last
        return True

    def feed(self, text: str) -> list[Piece]:
        """Return the pieces that are certain after `text`."""
        if self.passes(text):
            return [Piece(text, thinking=False)] if text else []
        if self._blank and text.isspace():
            self._held.append(text)
            return []
        return self._split("".join(self._held) + text, final=False)

    def flush(self) -> list[Piece]:
        """Return what was held back when the stream ends."""
        return self._split("".join(self._held), final=True)

    def _split(self, text: str, *, final: bool) -> list[Piece]:
        pieces: list[Piece] = []
        start = 0
        for tag in _TAG.finditer(text):
            before = text[start : tag.start()]
            first, self._tagged = not self._tagged, True
            if self._is_literal(before, closing=bool(tag[1])):
                self._add(pieces, text[start : tag.end()])
                start = tag.end()
                continue
            self._add(pieces, before.rstrip() if self._frames(before) else before)
            self.begins = self.begins or (first and bool(tag[1]))
            self._turn(opening=not tag[1])
            start = tag.end()
        rest = text[start:]
        held = 0 if final else self._uncertain(rest)
        self._held = [rest[len(rest) - held :]] if held else []
        self._blank = held > 0 and rest[-1].isspace()  # There are no blanks within a tag.
        certain = rest[: len(rest) - held]
        self._add(pieces, certain.rstrip() if final and self._inside else certain)
        return pieces

    def _is_literal(self, before: str, *, closing: bool) -> bool:
        if self._inside:
            return not closing
        if self._fresh and not before.strip():
            return False
        return self.literal or (before[-1:] or self._last) == "`"

    def _turn(self, *, opening: bool) -> None:
        if opening:
            self._block += 1
        self._after_tag = opening or self._inside
        self._inside = opening

    def _add(self, pieces: list[Piece], text: str) -> None:
        if self._after_tag:
            text = text.lstrip()
        if not text:
            return
        self._after_tag = False
        if self._inside:
            pieces.append(Piece(text, thinking=True, block=self._block))
            return
        self._fresh = False
        self._last = text[-1]
        pieces.append(Piece(text, thinking=False, begins=self.begins))
        self.begins = False

    def _uncertain(self, text: str) -> int:
        """Return how many characters at the end of `text` may still belong to a tag."""
        held = 0
        opening = text.rfind("<", max(0, len(text) - _LONGEST))
        if opening >= 0 and any(tag.startswith(text[opening:]) for tag in _TAGS):
            held = len(text) - opening
        head = text[: len(text) - held]
        if self._frames(head):
            held += len(head) - len(head.rstrip())
        return held

    def _frames(self, before: str) -> bool:
        """Return whether blanks at the end of `before` would go with a tag that follows."""
        return self._inside or (self._fresh and not before.strip())


def split_thinking(text: str, *, literal: bool) -> list[Piece]:
    """Split a whole answer.

    A closing tag without an opening one means that the chat template had opened it, so all
    before it is thinking; `literal` says that the server has split the thinking off already.
    """
    if "<" not in text:
        return [Piece(text, thinking=False)] if text else []
    first = _TAG.search(text)
    if first and first[1] and not literal and text[first.start() - 1 : first.start()] != "`":
        text = "<think>" + text
    splitter = ThinkSplitter()
    splitter.literal = literal
    return [*splitter.feed(text), *splitter.flush()]
