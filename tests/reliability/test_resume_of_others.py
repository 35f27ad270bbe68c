"""A job that is ended by an error which is not ours goes on where it was, too."""

# ruff: noqa: ANN401 - errors and results of any kind

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from minimax_adapters.api import AsyncClient, Audio, Client, PartialEmbeddings
from minimax_adapters.llama_index import MiniMaxEmbedding

if TYPE_CHECKING:
    from collections.abc import Callable

    from operations import Colour

    from minimax_adapters.emulator import Emulator

TEXTS: Final = [str(number) for number in range(6)]
BOTH: Final = pytest.mark.parametrize("colour", ["sync", "async"])


class Interrupted(BaseException):
    """What a signal of the user raises anywhere."""


class Host:
    """Embeds text `n` as `n`; at text 4, something else happens, once."""

    def __init__(self, event: Callable[[], Any]) -> None:
        self._event: Callable[[], Any] | None = event
        self.embedded: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a batch."""
        texts = json.loads(request.content)["texts"]
        if "4" in texts and self._event is not None:
            event, self._event = self._event, None
            if (outcome := event()) is not None:
                return httpx.Response(200, json=outcome)
        self.embedded += texts
        vectors = [[float(text)] * 1536 for text in texts]
        return httpx.Response(200, json={"vectors": vectors, "total_tokens": len(texts)})

    def embed(self, colour: Colour, key: Any = "k", **options: Any) -> Any:
        """Run a job with a client of `colour`."""
        transport: Any = httpx.MockTransport(self.answer)
        job: dict[str, Any] = {"type": "db", "max_batch_size": 2, **options}
        if colour == "sync":
            return Client(api_key=key, max_retries=0, transport=transport).embed(TEXTS, **job)

        async def run() -> Any:
            async with AsyncClient(api_key=key, max_retries=0, transport=transport) as client:
                return await client.embed(TEXTS, max_concurrency=1, **job)

        return asyncio.run(run())


def _ended(job: Callable[[], Any]) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - whatever it is
        job()
    return caught.value


def _check_goes_on(host: Host, colour: Colour, error: BaseException) -> None:
    """Check that what is missing is sent, once, when the job is resumed with `error`."""
    before = list(host.embedded)
    done = host.embed(colour, resume=error)

    assert before == TEXTS[:4]
    assert host.embedded == TEXTS
    assert [vector[0] for vector in done.vectors] == [0, 1, 2, 3, 4, 5]


def _interrupt() -> None:
    raise Interrupted


@BOTH
def test_a_job_goes_on_after_a_signal(colour: Colour) -> None:
    """Ctrl-C, or the soft time limit of a task queue."""
    host = Host(_interrupt)

    error: Any = _ended(lambda: host.embed(colour))

    assert isinstance(error, Interrupted)
    assert isinstance(error.partial, PartialEmbeddings)  # type: ignore[attr-defined]  # put there
    assert "partial" in error.__notes__[0]
    _check_goes_on(host, colour, error)


@BOTH
def test_a_job_goes_on_after_a_provider_has_failed(colour: Colour) -> None:
    """A key expires in the middle of a long job, and the vault is down."""
    keys = iter(["first"])

    def provide() -> str:
        try:
            return next(keys)
        except StopIteration:
            raise ConnectionError("The vault is down.") from None

    host = Host(lambda: {"base_resp": {"status_code": 1004, "status_msg": "login fail"}})

    error = _ended(lambda: host.embed(colour, provide))

    assert isinstance(error, ConnectionError)
    _check_goes_on(host, colour, error)


@BOTH
def test_a_job_goes_on_after_an_error_of_a_callback(colour: Colour) -> None:
    """The batch that it was told about is done."""
    host = Host(lambda: None)
    seen: list[int] = []

    def on_progress(count: int) -> None:
        seen.append(count)
        if len(seen) == 2:
            raise RuntimeError("The bar is broken.")

    error = _ended(lambda: host.embed(colour, on_progress=on_progress))

    assert isinstance(error, RuntimeError)
    _check_goes_on(host, colour, error)


@BOTH
def test_a_resumed_job_goes_on_after_its_first_callback_has_failed(colour: Colour) -> None:
    """It is told what is done already, and its error holds that as the one before did."""
    host = Host(lambda: {"base_resp": {"status_code": 1008}})

    def on_progress(count: int) -> None:
        assert count == 4
        raise RuntimeError("The bar is broken.")

    first = _ended(lambda: host.embed(colour))
    error = _ended(lambda: host.embed(colour, resume=first, on_progress=on_progress))

    assert isinstance(error, RuntimeError)
    _check_goes_on(host, colour, error)


async def _until_cancelled(host: Host, request: httpx.Request, end: Callable[[], None]) -> Any:
    """Answer, but let the caller end at text 4, and wait for that."""
    if len(host.embedded) == 4:
        end()
        await asyncio.Event().wait()
    return host.answer(request)


def test_a_job_goes_on_after_another_task_of_its_group_has_failed() -> None:
    """The group raises that other error, alone; what was done is on the error of the task."""
    host = Host(lambda: None)
    jobs: list[asyncio.Task[Any]] = []

    async def run() -> None:
        cancelled = asyncio.Event()

        async def fail() -> None:
            await cancelled.wait()
            raise ZeroDivisionError

        async def answer(request: httpx.Request) -> Any:
            return await _until_cancelled(host, request, cancelled.set)

        transport = httpx.MockTransport(answer)
        async with AsyncClient(api_key="k", transport=transport) as client:
            job = client.embed(TEXTS, type="db", max_batch_size=2, max_concurrency=1)
            async with asyncio.TaskGroup() as group:
                jobs.append(group.create_task(job))
                group.create_task(fail())

    error = _ended(lambda: asyncio.run(run()))

    assert isinstance(error, ExceptionGroup)
    assert [type(inner) for inner in error.exceptions] == [ZeroDivisionError]
    _check_goes_on(host, "async", _ended(jobs[0].result))


@pytest.mark.parametrize("surface", ["client", "llama_index"])
@pytest.mark.parametrize("way", ["timeout", "cancel"])
def test_a_job_goes_on_after_the_time_of_its_caller(surface: str, way: str) -> None:
    """`asyncio.timeout()` raises a `TimeoutError` of its own, which comes from the cancellation."""
    host = Host(lambda: None)

    async def run(*, forever: bool = False, **options: Any) -> Any:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        async with asyncio.timeout(None) as limit:

            def end() -> None:
                if way == "timeout":
                    limit.reschedule(loop.time())
                elif task is not None:
                    task.cancel()

            async def answer(request: httpx.Request) -> Any:
                return await _until_cancelled(host, request, end)

            transport = httpx.MockTransport(answer if forever else host.answer)
            if surface == "client":
                async with AsyncClient(api_key="k", transport=transport) as client:
                    job = {"type": "db", "max_batch_size": 2, "max_concurrency": 1, **options}
                    return (await client.embed(TEXTS, **job)).vectors
            async with httpx.AsyncClient(transport=transport) as own:
                model = MiniMaxEmbedding(api_key="k", async_http_client=own, embed_batch_size=2)
                return await model.aget_text_embedding_batch(TEXTS, **options)

    error = _ended(lambda: asyncio.run(run(forever=True)))
    before = list(host.embedded)
    vectors = asyncio.run(run(resume=error))

    assert isinstance(error, TimeoutError | asyncio.CancelledError)
    assert before == TEXTS[:4]
    assert host.embedded == TEXTS
    assert [vector[0] for vector in vectors] == [0, 1, 2, 3, 4, 5]


def test_a_long_text_keeps_its_audio_whatever_ends_it(emulator: Emulator) -> None:
    """`on_progress` is the user's, and the pieces are paid for."""
    text = " ".join(f"This is sentence number {number} of a text." for number in range(8))

    def on_progress(done: int, _: int) -> None:
        if done == 2:
            raise RuntimeError("The bar is broken.")

    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        error: Any = _ended(
            lambda: client.speak_long(
                text, piece_length=50, max_concurrency=1, on_progress=on_progress
            )
        )

    assert isinstance(error, RuntimeError)
    assert isinstance(error.partial, Audio)  # type: ignore[attr-defined]  # put there
