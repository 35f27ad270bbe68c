"""The emulator's tokenizer and its prefix cache.

One token is one CJK character, one punctuation mark, or up to six characters of a word; white
space belongs to the token that follows. This is no real vocabulary: it is exact, reversible (the
tokens of a text joined are the text) and close enough to real counts to test budgets with.
"""

from __future__ import annotations

import hashlib
import re
import threading
from typing import Final

CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
TOKEN: Final = re.compile(rf"\s*(?:[{CJK}]|[^\W{CJK}]{{1,6}}|[^\w\s])|\s+")

BLOCK: Final = 128


def tokenize(text: str) -> list[str]:
    """Return the tokens of `text`; joined they are `text` again."""
    return TOKEN.findall(text)


def count(text: str) -> int:
    """Return the number of tokens in `text`."""
    return len(TOKEN.findall(text))


class PrefixCache:
    """Which prompts began alike. Hits come in whole blocks of 128 tokens, as on MiniMax."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()
        self._lock = threading.Lock()

    def hits(self, model: str, tokens: list[str]) -> int:
        """Return how many leading tokens were seen before, and remember all of them."""
        chain = hashlib.blake2b(model.encode(), digest_size=16)
        seen, matching = 0, True
        with self._lock:
            for start in range(0, len(tokens) - BLOCK + 1, BLOCK):
                chain.update("".join(tokens[start : start + BLOCK]).encode("utf-8", "replace"))
                key = chain.digest()
                matching = matching and key in self._known
                seen += BLOCK * matching
                self._known.add(key)
        return seen

    def clear(self) -> None:
        """Forget every prefix."""
        with self._lock:
            self._known.clear()
