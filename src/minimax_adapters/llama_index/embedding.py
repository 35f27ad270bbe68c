"""`MiniMaxEmbedding`: `embo-01`, which embeds documents and queries differently."""

from __future__ import annotations

import asyncio
import inspect
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, ClassVar, Final, Unpack

from llama_index.core.async_utils import run_jobs
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.utils import get_tqdm_iterable
from llama_index_instrumentation import get_dispatcher
from pydantic import Field
from typing_extensions import override

from minimax_adapters._docstrings import with_arguments
from minimax_adapters._sealing import seal
from minimax_adapters.llama_index._connection import Connected, ConnectionOptions
from minimax_adapters.llama_index._embedding_job import EmbeddingJob, Vectors, Work, job_of
from minimax_adapters.llama_index._observed import is_observed
from minimax_adapters.llama_index._seen import QueryCache, Seen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from minimax_adapters.api.wire.embeddings import EmbeddingType

DEFAULT_MODEL: Final = "embo-01"
# Where LlamaIndex tells of embeddings.
_EVENTS: Final = get_dispatcher(BaseEmbedding.__module__)
# What is overridden here has a span of LlamaIndex's already; with that of the base it would be two.
_get_query: Final[Callable[..., list[float]]] = inspect.unwrap(BaseEmbedding.get_query_embedding)
_aget_query: Final[Callable[..., Awaitable[list[float]]]] = inspect.unwrap(
    BaseEmbedding.aget_query_embedding
)
_get_batch: Final[Callable[..., Vectors]] = inspect.unwrap(BaseEmbedding.get_text_embedding_batch)
_aget_batch: Final[Callable[..., Awaitable[Vectors]]] = inspect.unwrap(
    BaseEmbedding.aget_text_embedding_batch
)


# What subclasses change vectors in.
_HOOKS: Final = ("_get_text_embeddings", "_aget_text_embeddings")


class EmbeddingOptions(ConnectionOptions, total=False):
    """Arguments of `MiniMaxEmbedding`; its fields describe them."""

    model: str | None
    embed_batch_size: int
    batch_size: int
    num_workers: int | None
    embeddings_cache: Any
    rate_limiter: Any
    callback_manager: Any


@with_arguments
class MiniMaxEmbedding(Connected, BaseEmbedding):
    """MiniMax's embeddings as a LlamaIndex embedding model.

    Texts are embedded as documents (`db`), queries as queries (`query`): MiniMax puts the two into
    one space from different sides, so vectors of the same text differ. Vectors have 1,536 floats
    and are not normalised. See `Connected` for keys, hosts, threads, event loops and pickling.

    With an `embeddings_cache`, queries are kept in a collection of their own
    (`embeddings_query`); the one of documents has the name that LlamaIndex gives it.

    Every method raises a `MiniMaxError` of `minimax_adapters.api`. That of a batch method has what
    was embedded in `partial`: a list with the vector of each text, and None for those without.

    Example:
        >>> from minimax_adapters.llama_index import MiniMaxEmbedding
        >>> embedding = MiniMaxEmbedding()
        >>> len(embedding.get_query_embedding("When does the library open?"))
        1536
    """

    model_name: str = Field(default=DEFAULT_MODEL, min_length=1, description="Id of the model.")
    embed_batch_size: int = Field(
        default=32, gt=0, le=2048, description="Texts in one request at most."
    )
    num_workers: int | None = Field(
        default=4, description="Requests at a time in the asynchronous batch methods."
    )

    _own_synonyms: ClassVar[dict[str, str]] = {"model": "model_name"}

    def __init__(self, model_name: str | None = None, **options: Unpack[EmbeddingOptions]) -> None:
        seal(options, type(self))
        super().__init__(model_name=model_name, **options)

    @classmethod
    def class_name(cls) -> str:
        """Return the name in serialised form."""
        return "MiniMaxEmbedding"

    def get_query_embedding(self, query: str) -> list[float]:
        """Return the vector of a text that searches."""
        return _get_query(self._seen_by_queries(), query)

    async def aget_query_embedding(self, query: str) -> list[float]:
        """Return the vector of a text that searches."""
        return await _aget_query(self._seen_by_queries(), query)

    @override
    def get_text_embedding_batch(
        self,
        texts: list[str],
        show_progress: bool = False,
        *,
        resume: BaseException | None = None,
        **kwargs: Any,
    ) -> Vectors:
        """Return one vector of 1,536 floats per text, `embed_batch_size` texts at a time.

        Args:
            texts: Texts of at most 4,096 tokens each.
            show_progress: Show a bar of tqdm.
            resume: The error that ended this job before: what it holds is not sent again.
            **kwargs: For LlamaIndex.

        Raises:
            InvalidInputError: `texts` is not a list of texts, or `resume` is of another job.
            MiniMaxError: See the class; `partial` has the vectors so far, in the order of `texts`.
        """
        job = self._job(texts, resume)
        with job.under_way(self), job.keeping_partial():
            self._embed_all(job, kwargs, show_progress=show_progress)
        return job.result()

    @override
    async def aget_text_embedding_batch(
        self,
        texts: list[str],
        show_progress: bool = False,
        *,
        resume: BaseException | None = None,
        **kwargs: Any,
    ) -> Vectors:
        """Return one vector of 1,536 floats per text, `num_workers` batches at a time.

        The first failure ends the job; what was sent by then is waited for and kept. See
        `get_text_embedding_batch()`.
        """
        job = self._job(texts, resume)
        with job.under_way(self):
            async with job.ending_together():
                await self._aembed_all(job, kwargs, show_progress=show_progress)
        return job.result()

    # LlamaIndex validates all vectors for its events, whoever listens. Where nobody does, there is
    # what is left of its batch methods. What comes back is kept: a subclass may have changed it.

    def _embed_all(
        self, job: EmbeddingJob, options: dict[str, Any], *, show_progress: bool
    ) -> None:
        shown = self._is_shown()
        texts = iter(get_tqdm_iterable(job.missing, show_progress, "Generating embeddings"))
        while batch := list(islice(texts, self.embed_batch_size)):
            if shown:
                job.keep(batch, _get_batch(self, batch, **options))
                continue
            if self.rate_limiter is not None:
                self.rate_limiter.acquire()
            job.keep(batch, self._get_text_embeddings(batch))

    async def _aembed_all(
        self, job: EmbeddingJob, options: dict[str, Any], *, show_progress: bool
    ) -> None:
        texts = job.missing
        if show_progress or self._is_shown():
            job.keep(texts, await _aget_batch(self, texts, show_progress, **options))
            return
        # All are begun before one is awaited: see below.
        batches = [self._aget_text_embeddings_rate_limited(batch) for batch in self._cut(texts)]
        if self.num_workers is not None and self.num_workers > 1:
            jobs: list[Any] = [*batches]
            found: list[Vectors] = await run_jobs(jobs, workers=self.num_workers)
        else:
            found = await asyncio.gather(*batches)
        job.keep(texts, list(chain.from_iterable(found)))

    def _is_shown(self) -> bool:
        cached = self.embeddings_cache is not None
        return cached or is_observed(self.callback_manager, _EVENTS)

    def _cut(self, texts: list[str]) -> list[list[str]]:
        size = self.embed_batch_size
        return [texts[start : start + size] for start in range(0, len(texts), size)]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embed([query], "query")[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return (await self._aembed([query], "query"))[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embed([text], "db")[0]

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return (await self._aembed([text], "db"))[0]

    def _get_text_embeddings(self, texts: list[str]) -> Vectors:
        return self._embed(texts, "db")

    async def _aget_text_embeddings(self, texts: list[str]) -> Vectors:
        return await self._aembed(texts, "db")

    # The two ways of an asynchronous batch. They are called for all batches before one is awaited.

    def _aget_text_embeddings_rate_limited(  # type: ignore[override]  # not all are awaited
        self, texts: list[str]
    ) -> Awaitable[Vectors]:
        return self._batch(partial(self._alimited, texts))

    def _aget_text_embeddings_cached(  # type: ignore[override]  # not all are awaited
        self, texts: list[str]
    ) -> Awaitable[Vectors]:
        return self._batch(partial(self._acached, texts))

    async def _alimited(self, texts: list[str]) -> Vectors:
        vectors: Vectors = await super()._aget_text_embeddings_rate_limited(texts)
        return self._kept(texts, vectors)

    async def _acached(self, texts: list[str]) -> Vectors:
        # LlamaIndex asks the limiter in every way to embed but in this one.
        seen: Any = Seen(self, _aget_text_embeddings=self._alimited)
        vectors: Vectors = await BaseEmbedding._aget_text_embeddings_cached(seen, texts)  # noqa: SLF001 - of this class, too
        return self._kept(texts, vectors)

    def _embed(self, texts: list[str], side: EmbeddingType) -> Vectors:
        vectors: Vectors = []
        job = job_of(self) if side == "db" else None
        for number, batch in enumerate(self._batches(texts)):
            if number and self.rate_limiter is not None:
                self.rate_limiter.acquire()
            if job is not None:
                vectors += job.embed(self._client(), batch)
            else:
                done = self._client().embed(batch, type=side, model=self.model_name)
                vectors += done.vectors
        return vectors

    async def _aembed(self, texts: list[str], side: EmbeddingType) -> Vectors:
        vectors: Vectors = []
        job = job_of(self) if side == "db" else None
        for number, batch in enumerate(self._batches(texts)):
            if number and self.rate_limiter is not None:
                await self.rate_limiter.async_acquire()
            if job is not None:
                vectors += await job.aembed(self._aclient(), batch)
            else:
                done = await self._aclient().embed(batch, type=side, model=self.model_name)
                vectors += done.vectors
        return vectors

    def _kept(self, texts: list[str], vectors: Vectors) -> Vectors:
        if (job := job_of(self)) is not None:
            job.keep(texts, vectors)
        return vectors

    def _batch(self, work: Work) -> Awaitable[Vectors]:
        return (job_of(self) or self._job(())).batch(work)

    def _job(self, texts: Sequence[str], resume: BaseException | None = None) -> EmbeddingJob:
        return EmbeddingJob(
            texts,
            self.model_name,
            resume=resume,
            one_by_one=self.num_workers == 1,
            hooked=any(_is_anothers(self, name) for name in _HOOKS),
        )

    def _batches(self, texts: list[str]) -> list[list[str]]:
        """Return `texts` in the requests that they need, so that each asks the rate limiter."""
        from minimax_adapters.api.embedding_jobs import split_batches  # noqa: PLC0415 - brings httpx, which is slow to import

        return split_batches(texts, self.embed_batch_size)

    def _seen_by_queries(self) -> Any:  # noqa: ANN401 - this model for all that LlamaIndex knows
        """Return this model with a cache that no document is in, if it has one."""
        if self.embeddings_cache is None:
            return self
        return Seen(self, embeddings_cache=QueryCache(self.embeddings_cache))


def _is_anothers(model: MiniMaxEmbedding, hook: str) -> bool:
    found = getattr(model, hook)
    return getattr(found, "__func__", found) is not getattr(MiniMaxEmbedding, hook)
