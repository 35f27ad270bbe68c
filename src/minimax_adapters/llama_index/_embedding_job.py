"""A list of texts that takes several requests: what is done, and what a failure ends."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterator,
        Awaitable,
        Callable,
        Coroutine,
        Generator,
        Sequence,
    )

    from minimax_adapters.api import MiniMaxError

Vectors: TypeAlias = list[list[float]]
Work: TypeAlias = "Callable[[], Coroutine[Any, Any, Vectors]]"


class EmbeddingJob:
    """What a call of a batch method has come to.

    LlamaIndex cuts the texts into batches and tells nobody which is which, so places are found by
    text: on one side, a text has one vector, wherever it stands. State: `_done` holds the vectors
    that have come, `_left` counts the batches that have not ended, `_running` holds the tasks of
    those that have begun, and `_failed` is set with the first failure.

    Raises:
        InvalidInputError: `texts` is no list of texts, or `resume` is the error of another job.
    """

    def __init__(
        self,
        texts: Sequence[str],
        model: str,
        *,
        resume: MiniMaxError | None = None,
        one_by_one: bool = False,
    ) -> None:
        from minimax_adapters.api import _embeddings as api  # noqa: PLC0415 - see `_connection`

        self._done = api.EmbeddingJob(texts, "db", model, api.MAX_TEXTS, None, resume)
        self._make_batch = partial(api.Batch, count=len(texts), purpose="db", model=model)
        self._places: dict[str, list[int]] = {}
        for place, text in enumerate(texts):
            self._places.setdefault(text, []).append(place)
        # Those that a job which is resumed did not embed.
        self.missing = [text for batch in self._done.batches for text in batch.texts]
        # One worker is none for LlamaIndex, which then sends all batches at once.
        self._turn = asyncio.Lock() if one_by_one else contextlib.nullcontext()
        self._running: set[asyncio.Task[Any]] = set()
        self._left = 0
        self._ended = asyncio.Event()
        self._failed = False

    def take(self, texts: Sequence[str], vectors: Vectors, tokens: int = 0) -> None:
        """Keep the vectors of some texts."""
        from minimax_adapters.api.wire.embeddings import Embeddings  # noqa: PLC0415 - likewise

        pairs = [
            (place, text, vector)
            for text, vector in zip(texts, vectors, strict=True)
            for place in self._places.get(text, ())
        ]
        batch = self._make_batch(
            places=[place for place, _, _ in pairs], texts=[text for _, text, _ in pairs]
        )
        self._done.take(batch, Embeddings([vector for _, _, vector in pairs], tokens))

    def keeping_partial(self) -> contextlib.AbstractContextManager[None]:
        """Put what is done on the error that ends the job: a vector or None for each text."""
        return self._done.keeping_partial()

    def result(self) -> Vectors:
        """Return all vectors, in the order of the texts."""
        return self._done.result().vectors

    def batch(self, work: Work) -> Awaitable[Vectors]:
        """Return `work` as a batch of this job, to be awaited in a task of its own."""
        self._left += 1
        return _Batch(lambda: self._run(work))

    @contextlib.asynccontextmanager
    async def ending_together(self) -> AsyncIterator[None]:
        """End all batches with the first that fails.

        LlamaIndex lets the others run on: they would be billed, and their vectors lost.
        """
        with self.keeping_partial():
            try:
                yield
            except BaseException as error:
                by_batch, self._failed = self._failed, True
                for task in self._running:
                    task.cancel()
                # All have a task, also those that wait for a worker: each looks at `_failed`.
                if by_batch and isinstance(error, Exception):
                    await self._ended.wait()
                raise

    async def _run(self, work: Work) -> Vectors:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        try:
            self._running.add(task)
            async with self._turn:
                if self._failed:
                    task.cancel()
                    await asyncio.sleep(0)
                return await work()
        except BaseException:
            self._failed = True
            raise
        finally:
            self._running.discard(task)
            self._left -= 1
            if not self._left:
                self._ended.set()


class _Batch:
    """A coroutine that is made when it is awaited: a cancelled job never awaits some."""

    def __init__(self, begin: Callable[[], Coroutine[Any, Any, Vectors]]) -> None:
        self._begin = begin

    def __await__(self) -> Generator[Any, Any, Vectors]:
        return self._begin().__await__()
