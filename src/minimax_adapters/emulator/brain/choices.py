"""Numbered choices in a prompt, and which of them fits the question best."""

from __future__ import annotations

import re
from typing import Final

from .words import terms

LINE: Final = re.compile(r"^\s*\(?(\d{1,3})[).:]\s+(.+?)\s*$", re.MULTILINE)
ASKED: Final = re.compile(
    r"(?:question|query)\b[^\n'\"]*['\"](.+?)['\"]\s*$", re.MULTILINE | re.DOTALL
)
ANNOUNCED: Final = re.compile(r"\bchoices?\b|\boptions?\b", re.IGNORECASE)


def choose_option(prompt: str) -> int | None:
    """Return the number of the best choice in `prompt`, None if it offers none."""
    options = LINE.findall(prompt)
    if not options or not ANNOUNCED.search(prompt):
        return None
    found = ASKED.search(prompt)
    asked = set(terms(found[1] if found else prompt[prompt.rfind(options[-1][1]) :]))
    number, _ = max(options, key=lambda option: len(asked & set(terms(option[1]))))
    return int(number)
