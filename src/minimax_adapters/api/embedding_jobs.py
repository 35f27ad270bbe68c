"""Texts that are embedded in several requests: what is done, and what a failure ends.

`Client.embed()` is made of these. A framework that cuts the batches itself, as LlamaIndex does,
gives them to the same job with `Client.embed_batch()`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from minimax_adapters.api._arguments import at_least, check_function, text_of
from minimax_adapters.api._call_group import CallGroup
from minimax_adapters.api._embeddings import embeddings_call
from minimax_adapters.api._partial import digest_of, keep_partial, partial_of
from minimax_adapters.api._tokens import estimate_tokens
from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.api.wire.embeddings import Embeddings, PartialEmbeddings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from minimax_adapters.api._call import Call
    from minimax_adapters.api.wire.embeddings import EmbeddingType

# Not documented: other clients send up to 50 texts and hold 3,500 tokens in all for safe.
MAX_TEXTS: Final = 32
MAX_TOKENS: Final = 3_500


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
    at_least(1, "max_batch_size", max_texts)
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


@dataclass(frozen=True, slots=True)
class Batch:
    """Texts that are embedded in one call.

    Attributes:
        texts: The texts.
        places: Of each text among those of the job; None if the job does not have it.
        count: Texts of the job.
        kept: Whether the job keeps the vectors when they come.
    """

    texts: list[str]
    places: list[int | None]
    count: int
    purpose: EmbeddingType
    model: str
    kept: bool = True

    @property
    def call(self) -> Call[Embeddings]:
        """The call, made when it is its turn: a big job would hold all bodies at once."""
        names = [
            "The text" if place is None or self.count == 1 else f"Text {place}"
            for place in self.places
        ]
        return embeddings_call(self.texts, self.purpose, self.model, names)


class EmbeddingJob:
    """Texts to be embedded batch by batch, in any order, with what is done already.

    State: `_vectors` has a vector or None for each text, `calls` knows which batches are under way.

    Raises:
        InvalidInputError: `texts` is no list of texts, or `resume` is no error of a job with these
            texts, this side and model.
    """

    def __init__(
        self,
        texts: Sequence[str],
        purpose: EmbeddingType,
        model: str,
        *,
        on_progress: Callable[[int], object] | None = None,
        resume: BaseException | None = None,
    ) -> None:
        if purpose not in ("db", "query"):
            raise InvalidInputError(
                f"type is 'db' for texts to be found or 'query' for texts that search, not"
                f" {purpose!r}."
            )
        text_of("model", model)
        check_function("on_progress", on_progress)
        check_texts(texts)
        self._texts = list(texts)  # What a caller does to its list meanwhile is another job.
        self._purpose, self._model = purpose, model
        done = PartialEmbeddings([None] * len(texts)) if resume is None else self._kept(resume)
        self._vectors = list(done)
        self._tokens = done.total_tokens
        self._on_progress = on_progress
        self.calls = CallGroup()

    @property
    def missing(self) -> list[str]:
        """The texts that have no vector yet."""
        return [self._texts[place] for place in self._open_places()]

    def batches(self, max_texts: int) -> list[Batch]:
        """Return the missing texts in order, in batches that stay below the limits.

        Raises:
            InvalidInputError: `max_texts` is less than one.
        """
        left = iter(self._open_places())
        return [
            self._batch(texts, [next(left) for _ in texts])
            for texts in split_batches(self.missing, max_texts)
        ]

    def batch_of(self, texts: Sequence[str], *, kept: bool = True) -> Batch:
        """Return a batch of texts that somebody else has chosen, who does not say which they are.

        On one side, a text has one vector, wherever it stands. Who changes the vectors that come
        says that they are not to be `kept`, and keeps others with `keep()`.
        """
        places = [self._places.get(text, [None])[0] for text in texts]
        return replace(self._batch(list(texts), places), kept=kept)

    def take(self, batch: Batch, done: Embeddings) -> None:
        """Keep the vectors of `batch`."""
        for place, vector in zip(batch.places, done.vectors, strict=True):
            if place is not None and batch.kept:
                self._vectors[place] = vector
        self._tokens += done.total_tokens
        if self._on_progress:
            self._on_progress(len(batch.texts))

    def keep(self, texts: Sequence[str], vectors: Sequence[list[float]]) -> None:
        """Keep vectors, from a cache perhaps, at all the places of their texts."""
        for text, vector in zip(texts, vectors, strict=True):
            for place in self._places.get(text, ()):
                if place is not None:
                    self._vectors[place] = vector

    def result(self) -> Embeddings:
        """Return all vectors, in the order of the texts."""
        return Embeddings([vector for vector in self._vectors if vector], self._tokens)

    @contextlib.contextmanager
    def keeping_partial(self) -> Iterator[None]:
        """Put what is done on the error that ends the job, whoever raised it.

        What a job that is resumed has done is told in here: whoever is told may fail, too.
        """
        try:
            if self._on_progress and (known := len(self._vectors) - self._vectors.count(None)):
                self._on_progress(known)
            yield
        except BaseException as error:
            keep_partial(error, PartialEmbeddings(self._vectors, self._tokens, self._digest()))
            raise

    def _open_places(self) -> list[int]:
        return [place for place, vector in enumerate(self._vectors) if vector is None]

    def _batch(self, texts: list[str], places: Sequence[int | None]) -> Batch:
        return Batch(texts, list(places), len(self._texts), self._purpose, self._model)

    @cached_property
    def _places(self) -> dict[str, list[int | None]]:
        places: dict[str, list[int | None]] = {}
        for place, text in enumerate(self._texts):
            places.setdefault(text, []).append(place)
        return places

    def _kept(self, error: BaseException) -> PartialEmbeddings:
        done = partial_of(error)
        if not isinstance(done, PartialEmbeddings):
            raise InvalidInputError(
                "There is nothing to resume: pass the error that ended embed(), unchanged."
            )
        if done.job != self._digest():
            raise InvalidInputError(
                "This error is of another job: resume with the same texts, type and model."
            )
        return done

    def _digest(self) -> str:
        return digest_of([self._model, self._purpose, *self._texts])
