"""Embeddings as a call: some texts in one request, and vectors that are checked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api._call import Call
from minimax_adapters.api._judge import HTTPReply, int_or_none, parse_json
from minimax_adapters.api._tokens import estimate_tokens
from minimax_adapters.api.errors import InvalidReplyError, InvalidRequestError
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.embeddings import DIMENSIONS, Embeddings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minimax_adapters.api.errors import APIError
    from minimax_adapters.api.wire.embeddings import EmbeddingType

DEFAULT_MODEL: Final = "embo-01"
_PATH: Final = "/v1/embeddings"
MOST_TOKENS_OF_A_TEXT: Final = 4_096
_LARGEST: Final = (2 - 2**-23) * 2.0**127  # The largest float32.


def embeddings_call(
    texts: Sequence[str], purpose: EmbeddingType, model: str, names: Sequence[str]
) -> Call[Embeddings]:
    """Return the call that embeds one batch; `names` are for errors."""
    body = encode({"model": model, "texts": texts, "type": purpose})
    return Call(
        "POST",
        _PATH,
        body,
        parse=lambda reply: parse_embeddings(reply, len(texts)),
        native=True,
        metered=True,
        too_long=lambda: _too_long(texts, names, model),
        about=lambda error: _about(error, texts, names, model),
    )


def _about(error: APIError, texts: Sequence[str], names: Sequence[str], model: str) -> str:
    """Name the first text that is empty, or the right model, where MiniMax refuses the request.

    Whether MiniMax takes an empty text is not documented, so it is sent.
    """
    if isinstance(error, InvalidRequestError):
        if model != DEFAULT_MODEL and "model" in error.message:
            return f"MiniMax has one model for embeddings, {DEFAULT_MODEL!r}."
        for name, text in zip(names, texts, strict=True):
            if not text.strip():
                return f"{name} is empty: leave it out."
    return ""


def _too_long(texts: Sequence[str], names: Sequence[str], model: str) -> str | None:
    """Return what to do about the first text that is too long by itself, as far as we can tell."""
    for name, text in zip(names, texts, strict=True):
        if (tokens := estimate_tokens(text)) > MOST_TOKENS_OF_A_TEXT:
            return (
                f"{name} has about {tokens:,} tokens, and {model} reads at most"
                f" {MOST_TOKENS_OF_A_TEXT:,}: split it, as the same text is refused again."
            )
    return None


def parse_embeddings(reply: HTTPReply, count: int) -> Embeddings:
    """Read the vectors of `count` texts.

    Raises:
        APIError: The reply is an error, which comes with HTTP 200.
        InvalidReplyError: There is not one vector of 1,536 finite numbers for each text.
    """
    payload = parse_json(reply)
    vectors = payload.get("vectors")
    if not isinstance(vectors, list) or len(vectors) != count:
        found = len(vectors) if isinstance(vectors, list) else "no"
        raise InvalidReplyError(
            f"MiniMax answered {count} texts with {found} vectors. Ask again; if it stays so,"
            f" report the trace {reply.trace_id} to MiniMax.",
            reply.status,
            reply.trace_id,
        )
    for position, vector in enumerate(vectors):
        _check(vector, position, reply)
    return Embeddings(vectors, int_or_none(payload.get("total_tokens")) or 0)


def _check(vector: Any, position: int, reply: HTTPReply) -> None:  # noqa: ANN401 - unchecked JSON
    length = len(vector) if isinstance(vector, list) else 0
    try:
        # The norm reads every number at the speed of C, and no number is larger than it.
        finite = length == DIMENSIONS and math.hypot(*vector) <= _LARGEST
    except (TypeError, OverflowError):
        finite = False
    if not finite:
        raise InvalidReplyError(
            f"Vector {position} is not {DIMENSIONS} finite float32 numbers (it has {length}"
            " members). Check that the model is embo-01 and the base URL is MiniMax's.",
            reply.status,
            reply.trace_id,
        )
