"""Estimates of tokens, of a text and of a whole request."""

from __future__ import annotations

import re
from typing import Final

from minimax_adapters.api._arguments import text_of

_BYTES: Final = 3
_MEDIA: Final = re.compile(rb'"data:[^"]*"')


def estimate_tokens(text: str) -> int:
    """Return an estimate of the tokens of `text`, rather too high than too low.

    MiniMax publishes no tokenizer. Three bytes of UTF-8 a token is one per Chinese character
    and one per three letters of English.

    Raises:
        InvalidInputError: `text` is no text.
    """
    return -(-len(text_of("text", text).encode("utf-8", "surrogatepass")) // _BYTES)


def tokens_of(body: bytes) -> int:
    """Return an estimate of the tokens of a JSON body; media in it are none."""
    return len(_MEDIA.sub(b"", body)) // _BYTES + 1
