"""A list of texts that takes several requests: what is done, and what a failure ends."""

from __future__ import annotations

import asyncio
import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterator,
        Awaitable,
        Callable,
        Coroutine,
        Generator,
        Iterator,
        Sequence,
    )

    from minimax_adapters.api import AsyncClient, Client
    from minimax_adapters.api.embedding_jobs import Batch

Vectors: TypeAlias = list[list[float]]
Work: TypeAlias = "Callable[[], Coroutine[Any, Any, Vectors]]"

# A model and its job: not in the model, which may have several at once, and not in a copy of it,
# which would keep what a subclass counts.
_UNDER_WAY: Final[ContextVar[tuple[object, EmbeddingJob] | None]] = ContextVar(
    "under_way", default=None
)


def job_of(model: object) -> EmbeddingJob | None:
    """Return the job that `model` works on here, if any."""
    found = _UNDER_WAY.get()
    return found[1] if found is not None and found[0] is model else None


class EmbeddingJob:
    """What a call of a batch method has come to.

    LlamaIndex cuts the texts into batches and tells nobody which is which, so places are found by
    text. State: `_left` counts the batches that have not ended, and `_ended` says that none is
    left; the rest is in the job of the client.

    Args:
        texts: What is to be embedded.
        model: Id of the model.
        resume: The error of the job that is gone on with.
        one_by_one: Whether the batches take turns.
        hooked: Whether vectors are done only when they are told to `keep()`, as hooks of a subclass
            may change them. Those that a failed job keeps are as those that it returns.

    Raises:
        InvalidInputError: `texts` is no list of texts, or `resume` is the error of another job.
    """

    def __init__(
        self,
        texts: Sequence[str],
        model: str,
        *,
        resume: BaseException | None = None,
        one_by_one: bool = False,
        hooked: bool = False,
    ) -> None:
        from minimax_adapters.api import embedding_jobs  # noqa: PLC0415 - brings httpx, which is slow to import

        self._job = embedding_jobs.EmbeddingJob(texts, "db", model, resume=resume)
        self._hooked = hooked
        # One worker is none for LlamaIndex, which then sends all batches at once.
        self._turn = asyncio.Lock() if one_by_one else contextlib.nullcontext()
        self._left = 0
        self._ended = asyncio.Event()

    @property
    def missing(self) -> list[str]:
        """The texts that a job which is resumed did not embed."""
        return self._job.missing

    def embed(self, client: Client, texts: list[str]) -> Vectors:
        """Embed texts in one request, as a part of this job."""
        return self._asked(texts, client.embed_batch(self._job, self._batch_of(texts)))

    async def aembed(self, client: AsyncClient, texts: list[str]) -> Vectors:
        """Embed texts in one request, as a part of this job."""
        return self._asked(texts, await client.embed_batch(self._job, self._batch_of(texts)))

    def _batch_of(self, texts: list[str]) -> Batch:
        return self._job.batch_of(texts, kept=not self._hooked)

    def _asked(self, texts: list[str], vectors: Vectors) -> Vectors:
        if not self._hooked:
            self.keep(texts, vectors)
        return vectors

    def keep(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep the vectors of some texts, wherever these stand and those come from.

        Raises:
            ValueError: There is not one for each text: a subclass has lost some.
        """
        if len(vectors) != len(texts):
            raise ValueError(
                f"{len(texts)} texts have got {len(vectors)} vectors. Return one for each text"
                " from _get_text_embeddings() and _aget_text_embeddings()."
            )
        self._job.keep(texts, vectors)

    @contextlib.contextmanager
    def under_way(self, model: object) -> Iterator[None]:
        """Let `model` find this job with `job_of()`, also in the tasks that it begins."""
        before = _UNDER_WAY.get()
        _UNDER_WAY.set((model, self))
        try:
            yield
        finally:
            # A coroutine may be closed in another context, where nothing could be reset.
            _UNDER_WAY.set(before)

    def keeping_partial(self) -> contextlib.AbstractContextManager[None]:
        """Put what is done on the error that ends the job: a vector or None for each text."""
        return self._job.keeping_partial()

    def result(self) -> Vectors:
        """Return all vectors, in the order of the texts."""
        return self._job.result().vectors

    def batch(self, work: Work) -> Awaitable[Vectors]:
        """Return `work` as a batch of this job, to be awaited in a task of its own."""
        self._left += 1
        return _Batch(lambda: self._run(work))

    @contextlib.asynccontextmanager
    async def ending_together(self) -> AsyncIterator[None]:
        """End the job with the first batch that fails, and with the last that was sent.

        LlamaIndex lets all others run on: they would be billed, and their vectors lost.
        """
        with self.keeping_partial():
            try:
                yield
            except Exception:
                # All batches have a task, also those that wait for a worker, and end soon.
                if self._job.calls.failure is not None:
                    await self._until_ended()
                raise
            except BaseException:
                self._job.calls.cancel()
                raise

    async def _until_ended(self) -> None:
        try:
            await self._ended.wait()
        except asyncio.CancelledError:
            self._job.calls.cancel()
            await self._ended.wait()
            raise

    async def _run(self, work: Work) -> Vectors:
        try:
            async with self._turn:
                with self._job.calls.taking_part():
                    return await work()
        except Exception as error:
            if error is not self._job.calls.failure:
                # Nobody asks a later batch for its error: asyncio would complain of that.
                cast("asyncio.Task[Any]", asyncio.current_task()).cancel()
                await asyncio.sleep(0)
            raise
        finally:
            self._left -= 1
            if not self._left:
                self._ended.set()


class _Batch:
    """A coroutine that is made when it is awaited: a cancelled job never awaits some."""

    def __init__(self, begin: Callable[[], Coroutine[Any, Any, Vectors]]) -> None:
        self._begin = begin

    def __await__(self) -> Generator[Any, Any, Vectors]:
        return self._begin().__await__()
