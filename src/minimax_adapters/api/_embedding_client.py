"""The embeddings of the clients: a job in batches, one after the other or side by side."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from minimax_adapters.api._arguments import at_least
from minimax_adapters.api._embeddings import DEFAULT_MODEL
from minimax_adapters.api.embedding_jobs import MAX_TEXTS, EmbeddingJob

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from minimax_adapters.api._drivers import AsyncDriver, SyncDriver
    from minimax_adapters.api._flow import Policy
    from minimax_adapters.api.embedding_jobs import Batch
    from minimax_adapters.api.wire.embeddings import Embeddings, EmbeddingType


class EmbeddingMethods:
    """Embeddings for `Client`."""

    _policy: Policy
    _driver: SyncDriver

    def embed(  # noqa: PLR0913 - what a job consists of, by name
        self,
        texts: Sequence[str],
        *,
        type: EmbeddingType,  # noqa: A002 - MiniMax's name
        model: str = DEFAULT_MODEL,
        max_batch_size: int = MAX_TEXTS,
        on_progress: Callable[[int], object] | None = None,
        resume: BaseException | None = None,
    ) -> Embeddings:
        """Embed texts in batches.

        Args:
            texts: Texts of at most 4,096 tokens each; an empty list is answered without a call.
            type: `db` for texts to be found, `query` for texts that search. Never mix them.
            model: Id of the embedding model.
            max_batch_size: Texts in one request at most.
            on_progress: Called with the number of texts of each batch that is done, and first
                with that of texts that are done already.
            resume: The error that ended this job before, whoever raised it: what it holds is not
                sent again.

        Raises:
            InvalidInputError: `texts` is not a list of texts, `resume` is of another job, or an
                argument is not what it should be.
            RateLimitError: Code 1002. Subscription keys get it on nearly every call.
            ContextWindowError: Code 1039 and a text that seems to be too long, which is named.
            MiniMaxError: See the class. `partial` is a `PartialEmbeddings`: a list with the
                vector of each text that was embedded, and None for the others. Errors of yours,
                time-outs and signals get it as well.
        """
        job = EmbeddingJob(texts, type, model, on_progress=on_progress, resume=resume)
        with job.keeping_partial():
            for batch in job.batches(max_batch_size):
                self.embed_batch(job, batch)
        return job.result()

    def embed_batch(self, job: EmbeddingJob, batch: Batch) -> list[list[float]]:
        """Embed one batch of a job, keep its vectors there, and return them.

        For frameworks that cut the batches themselves; `embed()` is for everybody else.

        Raises:
            MiniMaxError: See `embed()`; without a `partial`, which `job` knows.
        """
        done = self._driver.run(self._policy.call(batch.call))
        job.take(batch, done)
        return done.vectors


class AsyncEmbeddingMethods:
    """Embeddings for `AsyncClient`."""

    _policy: Policy
    _driver: AsyncDriver

    async def embed(  # noqa: PLR0913 - the parameters of Client.embed() and one more
        self,
        texts: Sequence[str],
        *,
        type: EmbeddingType,  # noqa: A002 - MiniMax's name
        model: str = DEFAULT_MODEL,
        max_batch_size: int = MAX_TEXTS,
        max_concurrency: int = 4,
        on_progress: Callable[[int], object] | None = None,
        resume: BaseException | None = None,
    ) -> Embeddings:
        """Embed texts, `max_concurrency` batches at a time; see `Client.embed()`.

        A batch that fails ends the job: those that were sent are waited for and kept, those that
        were not, or wait to be tried again, are given up.
        """
        at_least(1, "max_concurrency", max_concurrency)
        job = EmbeddingJob(texts, type, model, on_progress=on_progress, resume=resume)
        works = [partial(self.embed_batch, job, batch) for batch in job.batches(max_batch_size)]
        with job.keeping_partial():
            await job.calls.run(works, max_concurrency)
        return job.result()

    async def embed_batch(self, job: EmbeddingJob, batch: Batch) -> list[list[float]]:
        """Embed one batch of a job; see `Client.embed_batch()`.

        Raises:
            InterruptedReplyError: Another batch of the job has failed, and this one was not sent.
            MiniMaxError: See `Client.embed_batch()`.
        """
        with job.calls.taking_part():
            flow = job.calls.until_failure(self._policy.call(batch.call))
            done = await self._driver.run(flow)
            job.take(batch, done)
        return done.vectors
