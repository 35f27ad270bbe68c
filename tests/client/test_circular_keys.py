"""Providers that need the key they are asked for, and questions that end before they begin."""

# ruff: noqa: ANN401 - keys and tasks of any kind

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from minimax_adapters.api import ChatRequest, Client, ConfigurationError
from minimax_adapters.api._keys import KeySource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Ask = Callable[[KeySource], Awaitable[object]]


async def _gathered(source: KeySource) -> object:
    return (await asyncio.gather(source.asked()))[0]


async def _in_time(source: KeySource) -> object:
    return await asyncio.wait_for(source.asked(), 60)


async def _in_group(source: KeySource) -> object:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(source.asked())
    return task.result()


async def _on_another_loop(source: KeySource) -> object:
    return await asyncio.to_thread(lambda: asyncio.run(source.asked()))


def _told(outcome: object) -> bool:
    if isinstance(outcome, BaseExceptionGroup):
        return all(map(_told, outcome.exceptions))
    return isinstance(outcome, ConfigurationError) and "api_key calls the client" in str(outcome)


@pytest.mark.parametrize("ask", [KeySource.asked, _gathered, _in_time, _in_group, _on_another_loop])
async def test_a_provider_that_waits_for_itself_is_told_so(ask: Ask) -> None:
    """In whatever task or thread it does; a program that ends would wait for both for ever."""

    async def key() -> Any:
        return await ask(source)

    source = KeySource(key)

    outcomes = await asyncio.gather(*[source.asked() for _ in range(2)], return_exceptions=True)

    assert all(map(_told, outcomes)), outcomes


async def test_providers_that_wait_for_each_other_are_told_so() -> None:
    """Each asks the client of the other one."""

    async def one() -> Any:
        return await sources[1].asked()

    async def other() -> Any:
        return await sources[0].asked()

    sources = [KeySource(one), KeySource(other)]

    assert _told(*await asyncio.gather(sources[0].asked(), return_exceptions=True))


def test_a_plain_provider_that_calls_its_client_is_told_so() -> None:
    """Before the stack is full."""

    def key() -> str:
        return client.chat(ChatRequest(messages=[{"role": "user", "content": "Key?"}])).content

    with Client(api_key=key) as client, pytest.raises(ConfigurationError, match="api_key calls"):
        client.models()


async def test_what_a_provider_leaves_behind_may_call_the_client() -> None:
    """A task that fetches the next key in time, say: nobody waits for it when it does."""
    renewing: list[asyncio.Task[object]] = []
    renew = asyncio.Event()

    async def later() -> object:
        await renew.wait()
        return await source.asked(SecretStr("key-1"))

    async def key() -> str:
        if not renewing:
            renewing.append(asyncio.create_task(later()))
        return f"key-{1 + renew.is_set()}"

    source = KeySource(key)
    assert await source.asked() == SecretStr("key-1")
    renew.set()

    assert await renewing[0] == SecretStr("key-2")


def test_threads_that_ask_at_the_same_time_do_not_wait_for_themselves() -> None:
    """Each asks for itself, though the provider is being asked."""
    together = threading.Barrier(2)

    def key() -> str:
        together.wait(10)
        return "key-1"

    source = KeySource(key)
    keys: list[object] = []
    # As `asyncio.to_thread` does; each thread has its own copy.
    threads = [
        threading.Thread(
            target=contextvars.copy_context().run, args=(lambda: keys.append(source.current()),)
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert keys == [SecretStr("key-1")] * 2


async def test_a_question_that_was_ended_before_it_began_is_asked_again() -> None:
    """Whoever ends all tasks of a loop, and goes on with it."""

    async def key() -> str:
        return "key-1"

    source = KeySource(key)
    waiting = asyncio.create_task(source.asked())
    await asyncio.sleep(0)
    (question,) = asyncio.all_tasks() - {waiting, asyncio.current_task()}
    question.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await source.asked() == SecretStr("key-1")


async def test_a_loop_that_makes_no_task_leaves_no_question_behind() -> None:
    """The factory of its tasks may fail; later it may not."""

    def factory(*_: object, **__: object) -> Any:
        raise MemoryError

    async def key() -> str:
        return "key-1"

    source = KeySource(key)
    loop = asyncio.get_running_loop()
    loop.set_task_factory(factory)
    with pytest.raises(MemoryError):
        await source.asked()
    loop.set_task_factory(None)

    assert await source.asked() == SecretStr("key-1")


async def test_a_question_may_be_answered_while_its_task_is_made() -> None:
    """As eager tasks are, and all who asked before get the answer."""

    def factory(loop: asyncio.AbstractEventLoop, work: Any, **_: Any) -> Any:
        try:
            work.send(None)
        except StopIteration as finished:
            done = loop.create_future()
            done.set_result(finished.value)
            return done
        raise AssertionError

    async def key() -> str:
        return "key-1"

    source = KeySource(key)
    loop = asyncio.get_running_loop()
    loop.set_task_factory(factory)

    assert await source.asked() == SecretStr("key-1")
    loop.set_task_factory(None)
    assert not source._questions._open
