"""Embeddings as calls: texts in batches, and vectors that are checked."""

from __future__ import annotations

import contextlib
import hashlib
import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api._call import Call
from minimax_adapters.api._judge import HTTPReply, int_or_none, parse_json
from minimax_adapters.api._tokens import estimate_tokens
from minimax_adapters.api.errors import (
    InterruptedReplyError,
    InvalidInputError,
    InvalidReplyError,
    InvalidRequestError,
    MiniMaxError,
)
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.embeddings import DIMENSIONS, Embeddings, PartialEmbeddings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from minimax_adapters.api.wire.embeddings import EmbeddingType

_PATH: Final = "/v1/embeddings"
# Not documented: other clients send up to 50 texts and hold 3,500 tokens in all for safe.
MAX_TEXTS: Final = 32
MAX_TOKENS: Final = 3_500
MOST_TOKENS_OF_A_TEXT: Final = 4_096
_LARGEST: Final = (2 - 2**-23) * 2.0**127  # The largest float32.


def check_texts(texts: Sequence[str]) -> None:
    """Raise unless `texts` is a list of texts.

    Raises:
        InvalidInputError: It is one text, or holds something else than text.
    """
    if isinstance(texts, str):
        raise InvalidInputError("Pass a list of texts, not one text: [text].")
    if not hasattr(texts, "__len__"):
        raise InvalidInputError(f"Pass a list of texts, not {type(texts).__name__}.")
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            kind = type(text).__name__
            raise InvalidInputError(f"Text {position} is not text but {kind}.")


def split_batches(
    texts: Sequence[str], max_texts: int = MAX_TEXTS, max_tokens: int = MAX_TOKENS
) -> list[list[str]]:
    """Return `texts` in order, in batches that stay below both limits.

    A text that is over the limit of tokens by itself gets a batch of its own.

    Raises:
        InvalidInputError: `texts` is one text, or holds something else than text.
    """
    check_texts(texts)
    if max_texts < 1:
        raise InvalidInputError("A batch has at least one text: pass max_batch_size of 1 or more.")
    batches: list[list[str]] = []
    left = -1
    for text in texts:
        tokens = estimate_tokens(text)
        if not batches or tokens > left or len(batches[-1]) == max_texts:
            batches.append([])
            left = max_tokens
        batches[-1].append(text)
        left -= tokens
    return batches


def embeddings_call(
    texts: Sequence[str], purpose: EmbeddingType, model: str, names: Sequence[str]
) -> Call[Embeddings]:
    """Return the call that embeds one batch; `names` are for errors."""
    body = encode({"model": model, "texts": texts, "type": purpose})
    return Call(
        "POST",
        _PATH,
        body,
        parse=lambda reply: _parse(reply, texts, names),
        native=True,
        metered=True,
        too_long=lambda: _too_long(texts, names, model),
    )


def _parse(reply: HTTPReply, texts: Sequence[str], names: Sequence[str]) -> Embeddings:
    """Read a reply. Whether MiniMax takes an empty text is not documented, so it is sent.

    Raises:
        InvalidRequestError: MiniMax refused; it names the first text that is empty, if one is.
    """
    try:
        return parse_embeddings(reply, len(texts))
    except InvalidRequestError as error:
        for name, text in zip(names, texts, strict=True):
            if not text.strip():
                error.advice = f"{name} is empty: leave it out. {error.advice}"
                break
        raise


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


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts that are embedded in one call, and their places among the `count` texts of the job."""

    places: list[int]
    count: int
    texts: list[str]
    purpose: EmbeddingType
    model: str

    @property
    def call(self) -> Call[Embeddings]:
        """The call, made when it is its turn: a big job would hold all bodies at once."""
        names = [f"Text {place}" if self.count > 1 else "The text" for place in self.places]
        return embeddings_call(self.texts, self.purpose, self.model, names)


class EmbeddingJob:
    """Texts to be embedded batch by batch, in any order, with what is done already.

    Raises:
        InvalidInputError: `resume` is no error of a job with these texts, this side and model.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what a job consists of
        self,
        texts: Sequence[str],
        purpose: EmbeddingType,
        model: str,
        max_texts: int,
        on_progress: Callable[[int], object] | None,
        resume: MiniMaxError | None = None,
    ) -> None:
        if purpose not in {"db", "query"}:
            raise InvalidInputError(
                f"type is 'db' for texts to be found or 'query' for texts that search, not"
                f" {purpose!r}."
            )
        check_texts(texts)
        texts = list(texts)  # What a caller does to its list meanwhile is another job.
        self._of = partial(_digest, texts, purpose, model)
        done = PartialEmbeddings([None] * len(texts)) if resume is None else self._kept(resume)
        self._vectors = list(done)
        self._tokens = done.total_tokens
        self._on_progress = on_progress
        self._failed = False
        places = [place for place, vector in enumerate(done) if vector is None]
        left = iter(places)
        self.batches = [
            Batch([next(left) for _ in batch], len(done), batch, purpose, model)
            for batch in split_batches([texts[place] for place in places], max_texts)
        ]
        if on_progress and len(places) < len(done):
            on_progress(len(done) - len(places))

    def _kept(self, error: MiniMaxError) -> PartialEmbeddings:
        done = getattr(error, "partial", None)
        if not isinstance(done, PartialEmbeddings):
            raise InvalidInputError(
                "There is nothing to resume: pass the error that ended embed(), unchanged."
            )
        if done.job != self._of():
            raise InvalidInputError(
                "This error is of another job: resume with the same texts, type and model."
            )
        return done

    def take(self, batch: Batch, done: Embeddings) -> None:
        """Keep the vectors of `batch`."""
        for place, vector in zip(batch.places, done.vectors, strict=True):
            self._vectors[place] = vector
        self._tokens += done.total_tokens
        if self._on_progress:
            self._on_progress(len(batch.texts))

    @contextlib.contextmanager
    def ending_with_failure(self) -> Iterator[None]:
        """Let no batch begin after one that failed: it would be billed for nothing.

        Raises:
            InterruptedReplyError: One has failed; nobody sees this.
        """
        if self._failed:
            raise InterruptedReplyError("Another batch of the job failed.")
        try:
            yield
        except BaseException:
            self._failed = True
            raise

    def result(self) -> Embeddings:
        """Return all vectors, in the order of the texts."""
        return Embeddings([vector for vector in self._vectors if vector], self._tokens)

    @contextlib.contextmanager
    def keeping_partial(self) -> Iterator[None]:
        """Put what is done on the error that ends the job."""
        try:
            yield
        except MiniMaxError as error:
            error.partial = PartialEmbeddings(self._vectors, self._tokens, self._of())
            raise


def _digest(texts: Sequence[str], purpose: EmbeddingType, model: str) -> str:
    """Return what no other job has; lengths keep ["a", "b"] apart from ["ab"]."""
    known = hashlib.blake2b(digest_size=16)
    for text in (model, purpose, *texts):
        content = text.encode("utf-8", "surrogatepass")
        known.update(b"%d:%b" % (len(content), content))
    return known.hexdigest()
