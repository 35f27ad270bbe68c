"""A cancellation that comes while work only yields its turn is held back until the work waits."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest

from minimax_adapters.api._cancellation import Undisturbed, _CancelledWhereItWaits

if TYPE_CHECKING:
    from collections.abc import Coroutine

TURNS = 3


async def turns(done: list[str]) -> str:
    """Keep books: other tasks may run meanwhile, but nothing is waited for."""
    for number in range(TURNS):
        await asyncio.sleep(0)
        done.append(f"turn {number}")
    return "kept"


async def turns_then_wait(done: list[str]) -> str:
    """Keep books, then wait for what never comes."""
    await turns(done)
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        done.append("woken")
    return "never"


async def turns_then_fail(done: list[str]) -> str:
    """Keep books, then fail."""
    await turns(done)
    raise ConnectionError("lost")


async def _cancelled_in_first_turn(
    work: Coroutine[object, None, str],
) -> tuple[_CancelledWhereItWaits[str], asyncio.Task[str]]:
    careful = _CancelledWhereItWaits(work)

    async def run() -> str:
        return await careful

    task = asyncio.create_task(run())
    await asyncio.sleep(0)
    task.cancel("enough")
    await asyncio.wait([task])
    return careful, task


async def test_bookkeeping_is_finished_first() -> None:
    """The cancellation is then the caller's to raise."""
    done: list[str] = []

    careful, task = await _cancelled_in_first_turn(turns(done))

    assert len(done) == TURNS
    assert task.result() == "kept"
    assert careful.held is not None
    assert careful.held.args == ("enough",)


async def test_it_is_delivered_where_the_work_waits() -> None:
    """With its message, through the future that is waited for."""
    done: list[str] = []

    careful, task = await _cancelled_in_first_turn(turns_then_wait(done))

    assert done[TURNS:] == ["woken"]
    assert task.cancelled()
    assert careful.held is None
    with pytest.raises(asyncio.CancelledError, match="enough"):
        task.result()


async def test_a_failure_does_not_hide_it() -> None:
    """A caller that were told of the failure would retry, although it is cancelled."""
    _, task = await _cancelled_in_first_turn(turns_then_fail([]))

    assert task.cancelled()


async def test_a_second_one_is_not_held_back() -> None:
    """A scope of anyio repeats its cancellation until it is heard; some loops wait for that."""
    done: list[str] = []

    async def until_cancelled() -> str:
        while True:
            await anyio.lowlevel.checkpoint()
            done.append("turn")

    with anyio.CancelScope() as scope:
        scope.cancel()
        await _CancelledWhereItWaits(until_cancelled())

    assert scope.cancelled_caught
    assert len(done) <= 1


async def test_a_scope_that_has_ended_cancels_nobody() -> None:
    """A time-out of anyio cancels, too, and takes it back; its failure may be retried."""

    async def connect() -> str:
        with anyio.fail_after(0):
            await turns([])
        return "never"

    with pytest.raises(TimeoutError):
        await _CancelledWhereItWaits(connect())


async def test_a_scope_that_was_left_in_time_cancels_nothing_later() -> None:
    """Its cancellation came in the last turn and was not heard any more."""

    async def work() -> str:
        with anyio.move_on_after(0):
            await asyncio.sleep(0)
        waited_for = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(waited_for.set_result, "answer")
        answer: str = await waited_for
        return answer

    careful = _CancelledWhereItWaits(work())

    assert await careful == "answer"
    assert careful.held is None


async def test_a_scope_that_has_ended_hides_no_cancellation() -> None:
    """Of both, the caller's is still to be delivered."""

    async def work() -> str:
        with anyio.move_on_after(0):
            await asyncio.sleep(0)
        return await turns_then_wait([])

    _, task = await _cancelled_in_first_turn(work())

    assert task.cancelled()


@pytest.mark.parametrize("kind", ["asyncio", "anyio"])
async def test_a_time_out_takes_no_cancellation_of_others_for_its_own(kind: str) -> None:
    """It began, and was over, while the cancellation was held back."""

    async def work() -> str:
        await turns([])
        forever = asyncio.get_running_loop().create_future()
        if kind == "anyio":
            with anyio.move_on_after(0):
                await forever
        else:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0):
                    await forever
        return "went on"

    careful, task = await _cancelled_in_first_turn(work())

    assert task.cancelled() or careful.held is not None


async def test_what_cannot_be_cancelled_any_more_loses_no_cancellation() -> None:
    """All that it waits for is there."""

    async def work() -> str:
        await turns([])
        there = asyncio.get_running_loop().create_future()
        there.set_result("answer")
        answer: str = (await asyncio.gather(there))[0]
        return answer

    careful, task = await _cancelled_in_first_turn(work())

    assert task.cancelled() or careful.held is not None


async def test_what_is_thrown_by_hand_is_kept() -> None:
    """Nobody counts such a cancellation, so nobody takes it back."""
    careful = _CancelledWhereItWaits(turns([]))
    steps = careful.__await__()
    next(steps)

    steps.throw(asyncio.CancelledError("by hand"))
    left = list(iter(lambda: next(steps, "done"), "done"))

    assert left == [None] * (TURNS - 2)
    assert careful.held is not None


async def test_other_errors_go_to_the_work() -> None:
    """As at any other await."""
    seen: list[BaseException] = []

    async def work() -> str:
        try:
            await asyncio.get_running_loop().create_future()
        except GeneratorExit as end:
            seen.append(end)
            raise
        return "never"

    steps = _CancelledWhereItWaits(work()).__await__()
    next(steps)
    steps.close()

    assert len(seen) == 1


async def test_a_response_that_comes_too_late_is_closed() -> None:
    """The request was answered while its sender was cancelled."""

    class Body(httpx.AsyncByteStream):
        closed = False

        async def aclose(self) -> None:
            self.closed = True

    body = Body()

    class Transport(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(0)
            return httpx.Response(200, stream=body, request=request)

    async with httpx.AsyncClient(transport=Undisturbed(Transport())) as client:
        sending = asyncio.create_task(client.get("http://host"))
        await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait([sending])

    assert sending.cancelled()
    assert body.closed
