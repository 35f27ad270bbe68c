"""A batch job that fails half way: the error has what was embedded, in the order of the texts."""

from __future__ import annotations

import asyncio
import pickle

import pytest
from llama_index.core.callbacks import CallbackManager, CBEventType, LlamaDebugHandler
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import TextNode
from llama_index.core.storage.kvstore import SimpleKVStore
from refusing_service import BROKEN, TEXTS, Service, embedding_of, first_numbers, run

from minimax_adapters.api import InvalidInputError, MiniMaxError, PermissionDeniedError


@pytest.fixture
def service() -> Service:
    """Return a service that has been asked nothing."""
    return Service()


async def test_the_error_has_the_vectors_of_the_batches_before(service: Service) -> None:
    """They are paid for."""
    embedding = embedding_of(service)

    with pytest.raises(PermissionDeniedError) as caught:
        embedding.get_text_embedding_batch(TEXTS)

    assert first_numbers(caught.value.partial) == [0, 1, 2, 3] + [None] * 5
    assert len(service.asked) == 3


@pytest.mark.parametrize("show_progress", [False, True])
@pytest.mark.parametrize("num_workers", [None, 1, 2, 8])
async def test_the_error_of_an_asynchronous_job_has_all_that_was_embedded(
    service: Service, num_workers: int | None, *, show_progress: bool
) -> None:
    """Also what was sent before the failure and answered after it: it is paid for.

    At the places of their texts, whichever batch came first: a bar of tqdm shuffles them.
    """
    service.late = not show_progress
    embedding = embedding_of(service, num_workers=num_workers)

    with pytest.raises(PermissionDeniedError) as caught:
        await embedding.aget_text_embedding_batch(TEXTS, show_progress=show_progress)

    kept = first_numbers(caught.value.partial)
    assert kept == [at if text in service.embedded else None for at, text in enumerate(TEXTS)]
    assert service.dropped == 0


@pytest.mark.parametrize("num_workers", [None, 2])
async def test_a_failed_job_leaves_nothing_running(
    service: Service, num_workers: int | None
) -> None:
    """LlamaIndex leaves the other batches to run on, and their vectors to nobody."""
    service.late = True
    embedding = embedding_of(service, num_workers=num_workers)
    before = asyncio.all_tasks()

    with pytest.raises(MiniMaxError):
        await embedding.aget_text_embedding_batch(TEXTS)

    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    assert len(service.asked) == (5 if num_workers is None else 4)


async def test_a_failed_job_does_not_wait_for_what_was_not_sent(service: Service) -> None:
    """A batch that is to be tried again in an hour is given up at once."""
    service.throttled = {"text 0"}
    embedding = embedding_of(service, num_workers=3, max_retries=1, backoff=lambda: iter([3600.0]))

    with pytest.raises(PermissionDeniedError) as caught:
        await embedding.aget_text_embedding_batch(TEXTS)

    kept = first_numbers(caught.value.partial)
    assert kept == [at if text in service.embedded else None for at, text in enumerate(TEXTS)]
    assert kept[:4] == [None, None, 2, 3]
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.parametrize("num_workers", [None, 2])
async def test_a_failed_job_can_be_cancelled(service: Service, num_workers: int | None) -> None:
    """While it waits for what was sent."""
    service.gate = asyncio.Event()
    embedding = embedding_of(service, num_workers=num_workers)
    before = asyncio.all_tasks()
    task = asyncio.create_task(embedding.aget_text_embedding_batch(TEXTS))
    await service.failed.wait()
    await service.waiting.wait()
    for _ in range(20):
        await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert service.dropped >= 1
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_a_caller_goes_on_where_the_job_broke_off(service: Service, colour: str) -> None:
    """Nothing is embedded twice."""
    embedding = embedding_of(service, num_workers=2)
    with pytest.raises(MiniMaxError) as caught:
        await run(embedding, TEXTS, colour)
    done = caught.value.partial
    assert isinstance(done, list)
    service.broken, service.asked = False, []
    missing = [text for text, vector in zip(TEXTS, done, strict=True) if vector is None]

    vectors = await run(embedding, TEXTS, colour, resume=caught.value)

    assert first_numbers(vectors) == list(range(9))
    assert [text for texts in service.asked for text in texts] == missing


async def test_the_error_is_one_that_the_client_resumes(service: Service) -> None:
    """And the other way round: it is one job."""
    embedding = embedding_of(service)
    with pytest.raises(MiniMaxError) as caught:
        embedding.get_text_embedding_batch(TEXTS)
    service.broken, service.asked = False, []

    embedded = embedding._client().embed(TEXTS, type="db", resume=caught.value)

    assert first_numbers(embedded.vectors) == list(range(9))
    assert "text 0" not in [text for texts in service.asked for text in texts]


async def test_the_error_of_another_job_is_refused(service: Service) -> None:
    """Vectors would be at the wrong places."""
    embedding = embedding_of(service)
    with pytest.raises(MiniMaxError) as caught:
        embedding.get_text_embedding_batch(TEXTS)

    with pytest.raises(InvalidInputError, match="another job"):
        embedding.get_text_embedding_batch(TEXTS[::-1], resume=caught.value)
    with pytest.raises(InvalidInputError, match="another job"):
        await embedding.aget_text_embedding_batch(TEXTS[1:], resume=caught.value)


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_a_batch_of_several_requests_keeps_those_before(
    service: Service, colour: str
) -> None:
    """LlamaIndex asks for a batch, which MiniMax's limit of tokens may cut further."""
    texts = [f"{'word ' * 1_000}{number}" for number in (1, 2, 3, 5, 4)]

    with pytest.raises(MiniMaxError) as caught:
        await run(embedding_of(service, embed_batch_size=32), texts, colour)

    assert first_numbers(caught.value.partial) == [1, 2, None, None, None]


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_vectors_of_the_cache_are_among_them(service: Service, colour: str) -> None:
    """Those of batches that were complete."""
    cache = SimpleKVStore()
    cache.put(key="text 1", val={"id": [1.5] * 1_536}, collection="embeddings")
    embedding = embedding_of(service, embeddings_cache=cache)

    with pytest.raises(MiniMaxError) as caught:
        await run(embedding, TEXTS[:6], colour)

    assert first_numbers(caught.value.partial) == [0, 1.5, 2, 3, None, None]
    assert cache.get("text 3", collection="embeddings")


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_the_same_text_twice_has_two_places(service: Service, colour: str) -> None:
    """A caller counts on one entry per text."""
    texts = ["text 1", "text 2", "text 2", "text 1", BROKEN, "text 1"]

    with pytest.raises(MiniMaxError) as caught:
        await run(embedding_of(service), texts, colour)

    assert first_numbers(caught.value.partial) == [1, 2, 2, 1, None, 1]


async def test_a_pipeline_hands_the_error_on(service: Service) -> None:
    """Whoever runs one can keep the vectors too, as far as another process."""
    nodes = [TextNode(text=text) for text in TEXTS]
    pipeline = IngestionPipeline(transformations=[embedding_of(service)], disable_cache=True)

    with pytest.raises(MiniMaxError) as caught:
        pipeline.run(nodes=nodes)

    copy = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - as a process pool does
    assert first_numbers(copy.partial) == [0, 1, 2, 3] + [None] * 5


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_events_and_progress_stay_as_they_are(
    service: Service, colour: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One pair of events and one step of the bar for each batch."""
    service.broken = False
    debug = LlamaDebugHandler(print_trace_on_end=False)
    embedding = embedding_of(service, callback_manager=CallbackManager([debug]))

    await run(embedding, TEXTS, colour, show_progress=True)

    pairs = debug.get_event_pairs(CBEventType.EMBEDDING)
    assert sum(len(end.payload["chunks"]) for _, end in pairs if end.payload) == 9
    assert len(pairs) == 5
    assert "Generating embeddings: 100%" in capsys.readouterr().err


@pytest.mark.parametrize("num_workers", [None, 1, 3])
async def test_an_abandoned_job_can_be_cancelled(service: Service, num_workers: int | None) -> None:
    """Without waiting for the batches that never started, and without a warning about them."""
    service.broken, service.gate = False, asyncio.Event()
    embedding = embedding_of(service, num_workers=num_workers)
    task = asyncio.create_task(embedding.aget_text_embedding_batch(TEXTS))
    await service.waiting.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(("num_workers", "most"), [(None, 5), (1, 1), (3, 3)])
async def test_workers_are_as_many_as_was_said(
    service: Service, num_workers: int | None, most: int
) -> None:
    """One is one, which LlamaIndex takes for all at once; None is no limit."""
    service.broken = False
    embedding = embedding_of(service, num_workers=num_workers)

    await embedding.aget_text_embedding_batch(TEXTS)

    assert embedding.num_workers == num_workers
    assert service.most_at_once == most
