"""Words as the model compares them: lower case, lightly stemmed, without the small ones.

Chinese, Japanese and Korean text has no spaces, so that its runs become overlapping pairs of
characters.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from minimax_adapters.emulator._tokens import CJK

WORD: Final = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
CJK_RUN: Final = re.compile(rf"[{CJK}]")


def listed_words(text: str) -> list[str]:
    """Return the words of `text`: long lists of words read best as prose."""
    return text.split()


# Letters of a root, of a word that may have an ending, and of one that may lose its y.
ROOT: Final = 3
WITH_ENDING: Final = 4
WITH_SILENT_Y: Final = 6
VOWEL: Final = re.compile(r"[aeiouy]")

STOP: Final = frozenset(
    listed_words(
        """
    a an the this that these those it its itself is am are was were be been being do does did
    done doing have has had having i you he she we they me him her us them my your his our
    their and or but if then than so as of in on at by for with from to into onto about over
    under up out off not no nor only own same too very can could may might must shall should
    will would what which who whom whose when where why how there here all any both each few
    more most other some such just also per please tell me give let get got one s t d ll re ve m
    many much long often old
    """
    )
)
# Particles, pronouns and question words.
CJK_STOP: Final = frozenset(
    "\u7684\u4e86\u662f\u5728\u548c\u5417\u5462\u4ec0\u4e48\u8bf7\u95ee\u6211\u4f60\u4ed6\u5979"
    "\u5b83\u4eec\u8fd9\u90a3\u6709\u4e0e\u53ca\u6216\u54ea\u8c01\u600e\u6837\u5c31\u90fd\u4e5f"
    "\u591a\u5c11\u4e45\u9700\u8981\u4f1a\u80fd\u53ef\u4ee5\u7ed9\u5230\u4ece\u5bf9\u4e2a"
    "\u3092\u306f\u304c\u306e\u306b\u3067\u3068\u3082\u304b"
)
IRREGULAR: Final = {
    "went": "go",
    "gone": "go",
    "goes": "go",
    "bought": "buy",
    "sold": "sell",
    "sent": "send",
    "paid": "pay",
    "made": "mak",
    "took": "tak",
    "taken": "tak",
    "wrote": "writ",
    "written": "writ",
    "began": "begin",
    "begun": "begin",
    "built": "build",
    "held": "hold",
    "kept": "keep",
    "found": "find",
    "men": "man",
    "women": "woman",
    "children": "child",
    "people": "person",
    "founded": "found",
    "founder": "found",
}
SUFFIXES: Final = (
    ("ations", ""),
    ("ation", ""),
    ("ments", ""),
    ("ment", ""),
    ("ingly", ""),
    ("edly", ""),
    ("ings", ""),
    ("ing", ""),
    ("ies", "y"),
    ("ied", "y"),
    ("sses", "ss"),
    ("ed", ""),
    ("ly", ""),
    ("es", ""),
    ("s", ""),
)


# Words that ask for each other. The first of a group stands for all.
GROUPS: Final = (
    "price cost fee",
    "holiday vacation",
    "high tall highest tallest height",
    "invent inventor",
    "begin start commence",
    "end finish stop close",
    "buy purchase order",
    "ship deliver send",
    "big large",
    "quick fast rapid",
    "max maximum limit",
    "min minimum least",
    "author writer write",
    "error fail failure",
    "delete remove",
    "create make build",
    "picture image photo",
    "employee staff worker",
    "company firm business",
    "car vehicle",
    "lead chief ceo boss",
    "return refund",
    "multiply product multiplied multiplication",
    "add sum plus adder addition adding",
    "subtract minus difference subtraction",
    "divide quotient division",
)


@functools.lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the stem of a lower-case word; equal stems mean the same word, nothing more."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word.isascii():
        word = without_suffix(word)
    return SAME.get(word, word)


def without_suffix(word: str) -> str:
    """Return `word` without its ending, with the spelling changes of English undone."""
    if len(word) < WITH_ENDING:
        return word
    for suffix, replacement in SUFFIXES:
        root = word.removesuffix(suffix)
        if root != word and len(root) >= ROOT and VOWEL.search(root) and not word.endswith("ss"):
            word = root + replacement
            doubled = len(root) > ROOT and root[-1] == root[-2] not in "lsz"
            if suffix in {"ing", "ed"} and doubled:
                word = root[:-1]
            break
    if word.endswith("e") and len(word) >= WITH_ENDING:
        word = word[:-1]
    if word.endswith("y") and len(word) >= WITH_SILENT_Y:
        word = word[:-1]
    return word


SAME: Final = {
    without_suffix(word): without_suffix(group.split()[0])
    for group in GROUPS
    for word in group.split()
}


def words(text: str) -> list[str]:
    """Return the stems of all words of `text`, small ones too."""
    found: list[str] = []
    for run in WORD.findall(text.lower()):
        if CJK_RUN.match(run):
            found += [run[start : start + 2] for start in range(max(len(run) - 1, 1))]
        else:
            found.append(stem(run))
    return found


def terms(text: str) -> list[str]:
    """Return the stems of the words of `text` that carry meaning."""
    found: list[str] = []
    for run in WORD.findall(text.lower()):
        if CJK_RUN.match(run):
            pairs = [run[start : start + 2] for start in range(max(len(run) - 1, 1))]
            found += [pair for pair in pairs if not CJK_STOP.issuperset(pair)]
        elif run not in STOP:
            found.append(stem(run))
    return found


def is_chinese(text: str) -> bool:
    """Tell whether `text` is written in Chinese characters for the most part."""
    letters = sum(character.isalpha() for character in text)
    return letters > 0 and len(CJK_RUN.findall(text)) * 2 > letters
