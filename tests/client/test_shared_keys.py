"""Calls of one event loop that need a key at the same time ask its provider once for all."""

# ruff: noqa: ANN401 - errors of any kind

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import httpx
import pytest
from pydantic import SecretStr

from minimax_adapters.api import AsyncClient, CallTimeoutError, ChatRequest, ConfigurationError
from minimax_adapters.api._keys import KeySource

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
ANSWER: Final = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}


class Vault:
    """A provider that answers when it is told to, and the host that takes its newest key."""

    def __init__(self) -> None:
        self.asked = 0
        self.given_up = 0
        self.number = 1
        self.failure: Exception | None = None
        self.open = asyncio.Event()

    async def key(self) -> str:
        """Answer when the vault is open."""
        self.asked += 1
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.given_up += 1
            raise
        if self.failure is not None:
            raise self.failure
        return f"key-{self.number}"

    def host(self, request: httpx.Request) -> httpx.Response:
        """Refuse all keys but one."""
        if request.headers["authorization"] == f"Bearer key-{self.number}":
            return httpx.Response(200, json=ANSWER)
        return httpx.Response(401, json={"error": {"message": "invalid api key (2049)"}})

    def client(self, **options: Any) -> AsyncClient:
        """Return a client that asks this vault."""
        transport = httpx.MockTransport(self.host)
        return AsyncClient(api_key=self.key, transport=transport, max_retries=0, **options)

    async def until_asked(self) -> None:
        """Wait until all that can be done without an answer is done."""
        for _ in range(100):
            await asyncio.sleep(0)
        assert self.asked == 1


async def test_many_first_calls_ask_once() -> None:
    """A server that was just started has many at once."""
    vault = Vault()
    async with vault.client() as client:
        calls = [asyncio.ensure_future(client.chat(HELLO)) for _ in range(50)]
        await vault.until_asked()
        vault.open.set()

        assert {reply.content for reply in await asyncio.gather(*calls)} == {"Hi"}

    assert vault.asked == 1


async def test_many_refused_calls_ask_once() -> None:
    """Also those that are refused when the new key is there already."""
    vault = Vault()
    vault.open.set()
    refused = 0
    late = asyncio.Event()

    async def host(request: httpx.Request) -> httpx.Response:
        nonlocal refused
        reply = vault.host(request)
        if reply.status_code == 401:
            refused += 1
            if refused > 25:
                await late.wait()
        else:
            late.set()
        return reply

    options: Any = {"api_key": vault.key, "max_retries": 0}
    async with AsyncClient(transport=httpx.MockTransport(host), **options) as client:
        await client.chat(HELLO)
        late.clear()
        vault.number, vault.asked = 2, 0
        await asyncio.gather(*[client.chat(HELLO) for _ in range(50)])

    assert refused == 50
    assert vault.asked == 1


@pytest.mark.parametrize("first", [True, False])
async def test_who_gives_up_takes_no_key_from_the_others(*, first: bool) -> None:
    """Whether it asked, or only waited too."""
    vault = Vault()
    async with vault.client() as client:
        calls = [asyncio.ensure_future(client.chat(HELLO)) for _ in range(3)]
        await vault.until_asked()
        gone = calls.pop(0 if first else 1)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        vault.open.set()
        assert [reply.content for reply in await asyncio.gather(*calls)] == ["Hi", "Hi"]

    assert (vault.asked, vault.given_up) == (1, 0)


async def test_a_deadline_of_one_call_is_its_own() -> None:
    """The question goes on for who has more time."""
    vault = Vault()
    async with vault.client(deadline=0.05) as client:
        hurried = asyncio.ensure_future(client.chat(HELLO))
        await vault.until_asked()
        patient = asyncio.ensure_future(client._driver._keys.asked())
        with pytest.raises(CallTimeoutError, match="deadline"):
            await hurried
        assert vault.given_up == 0
        vault.open.set()

        assert await patient == SecretStr("key-1")


async def test_a_question_that_nobody_waits_for_is_given_up() -> None:
    """The provider has cleared up when the last call ends, and the next one asks anew."""
    vault = Vault()
    async with vault.client() as client:
        calls = [asyncio.ensure_future(client.chat(HELLO)) for _ in range(3)]
        await vault.until_asked()
        for call in calls:
            call.cancel()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)

        assert {type(outcome) for outcome in outcomes} == {asyncio.CancelledError}
        assert vault.given_up == 1
        assert asyncio.all_tasks() == {asyncio.current_task()}
        vault.open.set()
        assert (await client.chat(HELLO)).content == "Hi"

    assert vault.asked == 2


async def test_who_is_cancelled_again_while_a_provider_clears_up_ends_it() -> None:
    """As where the provider is waited for directly; and what it raises then is not lost."""
    entered = asyncio.Event()

    async def key() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            entered.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise ConnectionError("The vault did not let go.") from None
        return "never"

    source = KeySource(key)
    waiting = asyncio.ensure_future(source.asked())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting.cancel()
    await entered.wait()
    waiting.cancel()

    with pytest.raises(ConnectionError, match="let go"):
        await waiting
    assert asyncio.all_tasks() == {asyncio.current_task()}


class VaultError(Exception):
    """An error with members."""

    def __init__(self, reason: str, code: int) -> None:
        super().__init__(reason, code)
        self.code = code


class OddError(Exception):
    """An error that has no copy."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"It is odd: {reason}")


@pytest.mark.parametrize(
    "failure", [VaultError("sealed", 7), OddError(reason="sealed"), KeyError("k")]
)
async def test_an_error_reaches_all_who_wait_and_is_not_kept(failure: Exception) -> None:
    """It is the user's own, with where it came from."""
    vault = Vault()
    vault.failure = failure
    async with vault.client() as client:
        calls = [asyncio.ensure_future(client.chat(HELLO)) for _ in range(3)]
        await vault.until_asked()
        vault.open.set()
        errors: list[Any] = await asyncio.gather(*calls, return_exceptions=True)

        assert {type(error) for error in errors} == {type(failure)}
        assert {str(error) for error in errors} == {str(failure)}
        assert all(getattr(error, "code", 7) == 7 for error in errors)
        for error in errors:
            assert any(
                entry.name == "key"
                for entry in pytest.ExceptionInfo.from_exception(error).traceback
            )
        vault.failure = None
        assert (await client.chat(HELLO)).content == "Hi"

    assert vault.asked == 2


async def test_jobs_that_one_error_ends_keep_what_each_has_done() -> None:
    """It is on their error, and `resume` takes it."""
    vault = Vault()
    vault.open.set()
    refusing: list[str] = []

    def host(request: httpx.Request) -> httpx.Response:
        text = str(request.content)
        if refusing and any(name in text for name in refusing):
            return httpx.Response(401, json={"error": {"message": "invalid api key (2049)"}})
        return httpx.Response(
            200, json={"vectors": [[float(len(refusing))] * 1536], "total_tokens": 1}
        )

    options: Any = {"api_key": vault.key, "max_retries": 0, "transport": httpx.MockTransport(host)}
    async with AsyncClient(**options) as client:
        refusing += ["last"]
        vault.open.clear()
        client._driver._keys.keep("key-1")
        job: Any = {"type": "db", "max_batch_size": 1, "max_concurrency": 1}
        jobs = [
            asyncio.ensure_future(client.embed([f"{name}-first", f"{name}-last"], **job))
            for name in "ab"
        ]
        await vault.until_asked()
        vault.failure = VaultError("sealed", 7)
        vault.open.set()
        errors: list[Any] = await asyncio.gather(*jobs, return_exceptions=True)
        refusing.clear()

        for name, error in zip("ab", errors, strict=True):
            texts = [f"{name}-first", f"{name}-last"]
            assert len((await client.embed(texts, **job, resume=error)).vectors) == 2
    assert vault.asked == 1


async def test_a_provider_that_needs_a_key_itself_is_told_so() -> None:
    """It would wait for its own answer."""
    clients: list[AsyncClient] = []

    async def key() -> str:
        return (await clients[0].chat(HELLO)).content

    async with AsyncClient(api_key=key) as client:
        clients.append(client)
        with pytest.raises(ConfigurationError, match="api_key calls the client"):
            await client.chat(HELLO)


def test_each_loop_asks_for_itself() -> None:
    """None waits for another, which may never run again."""
    asked: list[int] = []
    begun = threading.Barrier(2)

    async def key() -> str:
        asked.append(threading.get_ident())
        begun.wait(10)
        await asyncio.sleep(0)
        return "key-1"

    source = KeySource(key)

    with ThreadPoolExecutor(2) as threads:
        running = [threads.submit(lambda: asyncio.run(source.asked())) for _ in range(2)]
        assert [run.result() for run in running] == [SecretStr("key-1")] * 2

    assert len(set(asked)) == 2


def test_a_loop_that_was_stopped_leaves_nothing_behind() -> None:
    """Neither a question that the next loop would wait for, nor itself."""
    stopped: list[bool] = []

    async def key() -> str:
        if not stopped:
            await asyncio.Event().wait()
        return "key-1"

    source = KeySource(key)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # It would tell of the tasks.
    asking = loop.create_task(source.asked())
    for _ in range(3):
        loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    stopped.append(True)

    assert asyncio.run(source.asked()) == SecretStr("key-1")
    assert not source._questions._open
    assert not asking.done()


def test_a_refused_thread_takes_the_key_that_another_has_asked_for() -> None:
    """Threads ask for themselves, but not for what is there."""
    keys = iter(["key-1", "key-2"])
    source = KeySource(lambda: next(keys))
    first = source.current()
    assert isinstance(first, SecretStr)

    assert source.current(first) == source.current(first) == SecretStr("key-2")
    assert source.current() == SecretStr("key-2")
