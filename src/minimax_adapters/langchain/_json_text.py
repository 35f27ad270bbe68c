"""JSON in what a model writes: whole, among words, in a code fence, behind thinking, or cut off.

What stands inside of a broken or unfinished object is a part of an answer and often looks like a
whole one, so nothing is looked for in there. A bracket that is never closed and begins nothing
that looks like JSON is one among words, though: the answer may stand behind it.

Time grows with the length of the text: it is walked from bracket to bracket, once and a few times
more for brackets among words, and only what brackets enclose is parsed, since an error of `json`
counts the lines of all the text before it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

# Where an answer or thinking may begin. Doubled braces, as models take them over from templates,
# enclose one object; a bracket among words only counts if an object is in it.
_LANDMARK: Final = re.compile(
    r"<(?P<thinking>(?:mm:)?think)>"
    r"|```[\w-]*\s*(?P<fenced>\{(?!\s*\{)|\[)"
    r"|\{(?!\s*\{)"
    r"|\[(?=\s*\{)"
)
_TEXT: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+'
# The next bracket outside of texts, or the quote of a text that is not closed, or the end.
_BRACKET: Final = re.compile(
    rf"""[^"{{}}\[\]]*(?:{_TEXT}"[^"{{}}\[\]]*)*(["{{}}\[\]]?)""", re.DOTALL
)
_TEXT_OR_COMMA: Final = re.compile(rf'{_TEXT}(?P<closed>"?)|,', re.DOTALL)
# What an answer that breaks off begins with, also in forms that models take for JSON. Texts with
# brackets in them and no colon behind them begin at a quote among words: `"{". It is {"`.
_BEGINNING: Final = re.compile(
    rf"""(?:[{{\[]\s*+(?=[{{\[]))*+
    (?:\[\s*+(?:["\d-]|true|false|null|\Z)
    |\{{\s*+(?:\Z|/[/*]
        |{_TEXT}(?:\\?\Z|"\s*+(?::|\Z))|"[^"{{}}\[\]]*"
        |'[^'{{}}\[\]]*+(?:\Z|'\s*+(?::|\Z))
        |[\w$-]++\s*+(?:\Z|:\s*+(?:\Z|["'{{\[]|[^"'{{}}\[\]]*(?:[,\n]|\Z)))))""",
    re.VERBOSE | re.DOTALL,
)
# Brackets among words that are passed over.
_PASSED: Final = 16
_START_OF_OBJECT: Final = re.compile(r'\{\s*(?:"|\Z)')
_PART_OF_ESCAPE: Final = re.compile(r"\\u[\da-fA-F]{0,3}\Z")
_PART_OF_NUMBER: Final = re.compile(r"[-+.eE]+\Z")
_CLOSING: Final = {"{": "}", "[": "]"}
_OPENING: Final = tuple(_CLOSING)
_CLOSED: Final = tuple(_CLOSING.values())
_TAGS: Final = ("think", "mm:think")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An object that the text ends in.

    Attributes:
        text: What there is of it.
        closing: The brackets that would close it.
        certain: Length of `text` up to its last bracket.
    """

    text: str
    closing: str
    certain: int

    def so_far(self) -> Any:  # noqa: ANN401 - JSON
        """Return the object as far as it goes, None if it is none.

        LangChain's `parse_partial_json()` takes away one character after the other, and tries each.
        """
        if not _START_OF_OBJECT.match(self.text):
            return None
        text, certain, quote, part = self.text, self.certain, "", _PART_OF_NUMBER
        for token in _TEXT_OR_COMMA.finditer(text, certain):
            if token[0] == ",":
                certain = token.start()
            elif not token["closed"]:
                text, quote, part = text[: token.end()], '"', _PART_OF_ESCAPE
        # Texts and numbers are shown as far as they go. A name without its value and half a word
        # have to wait.
        attempts = (text + quote, part.sub("", text) + quote, text[:certain])
        values = (loaded(attempt + self.closing) for attempt in attempts)
        return next((value for value in values if value is not None), None)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a text.

    Attributes:
        values: Objects, and lists of them, that are complete; those in code fences first.
        rest: The object that the text ends in, None if it ends outside of one.
    """

    values: list[Any]
    rest: Unfinished | None = None


def found_in(text: str, *, ended: bool = True) -> Found:
    """Return the JSON at the top level of `text`, in the order of the text.

    Args:
        text: What a model wrote.
        ended: Whether the model came to its end: otherwise, what follows a `<think>` that is
            not closed is still thinking.
    """
    text = text.strip()
    if text.startswith(_OPENING) and text.endswith(_CLOSED):
        whole = loaded(text)
        if whole is not None:
            return Found([whole])
    last_close = {tag: text.rfind(f"</{tag}>") for tag in _TAGS}
    fenced: list[Any] = []
    others: list[Any] = []
    position = passed = 0
    while landmark := _LANDMARK.search(text, position):
        position = landmark.end()
        if tag := landmark["thinking"]:
            if position <= last_close[tag]:
                position = text.index(f"</{tag}>", position)
            elif not ended:
                break
            continue
        start = landmark.start("fenced" if landmark["fenced"] else 0)
        end = _end_of(text, start)
        if isinstance(end, Unfinished):
            if passed == _PASSED or _BEGINNING.match(text, start):
                return Found(fenced + others, end)
            passed += 1
            continue
        position = end
        if (value := loaded(text[start:end])) is not None:
            (fenced if landmark["fenced"] else others).append(value)
    return Found(fenced + others)


def loaded(text: str) -> Any:  # noqa: ANN401 - JSON
    """Return the object or list that `text` is, None if it is none that can be read."""
    try:
        # Not strict: models write line breaks into strings.
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _end_of(text: str, start: int) -> int | Unfinished:
    """Return where the bracket at `start` is closed, or what there is if the text ends before."""
    closing: list[str] = []
    certain = start
    for step in _BRACKET.finditer(text, start):
        bracket = step[1]
        if bracket in _CLOSING:
            closing.append(_CLOSING[bracket])
        elif bracket in _CLOSED:
            closing.pop()
            if not closing:
                return step.end()
        else:
            break
        certain = step.end()
    return Unfinished(text[start:], "".join(reversed(closing)), certain - start)
