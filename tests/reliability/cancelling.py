"""A call that is cancelled at its n-th suspension, for all n, and what it must not leave behind."""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from operations import MESSAGES
from waiting import connections, eventually

from minimax_adapters.api import AsyncClient, ChatRequest
from minimax_adapters.api._asyncio import AsyncioTransport
from minimax_adapters.api._cancellation import Undisturbed
from minimax_adapters.api._chosen import AsyncChosen
from minimax_adapters.api._pools import _KEPT
from minimax_adapters.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Generator

Cancellable: TypeAlias = Callable[[AsyncClient, Emulator], Coroutine[Any, Any, Any]]
CHAT: Final = ChatRequest(messages=MESSAGES)
_Cancel: TypeAlias = Callable[[Coroutine[Any, Any, Any], int], Coroutine[Any, Any, bool]]
_MOST_STEPS: Final = 400


class CancelAt:
    """Awaits a coroutine and cancels its task when it suspends for the `step`-th time."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], step: int) -> None:
        self._coroutine = coroutine
        self._step = step
        self.reached = False

    def __await__(self) -> Generator[Any, Any, Any]:
        """Drive the coroutine as its task does."""
        inner = self._coroutine.__await__()
        steps = 0
        outcome: Any = None
        error: BaseException | None = None
        while True:
            try:
                waited_for = inner.send(outcome) if error is None else inner.throw(error)
            except StopIteration as finished:
                return finished.value
            steps += 1
            if steps == self._step:
                self.reached = True
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            outcome = error = None
            try:
                outcome = yield waited_for
            except BaseException as raised:  # noqa: BLE001 - passed on to the coroutine
                error = raised


def _in_use(client: AsyncClient) -> int:
    """Return how many requests and connections are open, by the library's own account."""
    opened: Any = client._driver._clients._open
    (held,) = opened.values()
    transport = held.client._transport
    if isinstance(transport, AsyncChosen):
        return _in_use_of(transport._own) + _in_use_of(transport._of_httpx)
    return _in_use_of(transport)


def _in_use_of(transport: Any) -> int:  # noqa: ANN401 - of either library
    if isinstance(transport, Undisturbed):
        transport = transport._transport
    only = transport._pools[0].transport
    if isinstance(only, AsyncioTransport):
        used: int = only.in_use + transport._pools[0].requests
        return used
    pools = [pool.transport._pool for pool in transport._pools]
    active = sum(int(number) for number in re.findall(r"(\d+) active", repr(pools)))
    requests: int = sum(pool.requests for pool in transport._pools)
    return active + requests + max(0, len(pools) - _KEPT)


async def _at_suspension(work: Coroutine[Any, Any, Any], step: int) -> bool:
    """Cancel `work` at its suspension `step`, and return whether it got there."""
    call = CancelAt(work, step)

    async def run() -> None:
        await call

    task = asyncio.create_task(run())
    await asyncio.wait([task])
    if not call.reached:
        task.result()
    assert task.cancelled() == call.reached
    return call.reached


async def _after_turns(work: Coroutine[Any, Any, Any], step: int) -> bool:
    """Cancel `work` after `step` turns of the event loop: its own tasks are anywhere then."""
    task = asyncio.create_task(work)
    for _ in range(step):
        await asyncio.sleep(0)
    reached = task.cancel()
    await asyncio.wait([task])
    if not reached:
        task.result()
    assert task.cancelled() == reached
    return reached


async def _cancelled(
    cancellable: Cancellable, emulator: Emulator, cancel: _Cancel, step: int
) -> bool:
    async with AsyncClient(base_url=emulator.url, api_key=emulator.api_key) as client:
        reached = await cancel(cancellable(client, emulator), step)
        # The client is as good as new, and its pool holds no connection that nobody uses.
        assert (await client.chat(CHAT)).content
        assert _in_use(client) == 0
    # What was dropped is closed in a task, which may have begun just now and ends by itself.
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        _, left = await asyncio.wait(others, timeout=5)
        assert not left
    return reached


def cancel_everywhere(
    emulator: Emulator, cancellable: Cancellable, *, side_by_side: bool = False
) -> int:
    """Cancel a call at each of its suspensions in turn, and return how many there are.

    Of a call with tasks of its own, which is `side_by_side`, at each turn of the event loop. Each
    time no task, connection or warning is left, and the next call works.
    """
    cancel = _after_turns if side_by_side else _at_suspension
    step = 1
    while asyncio.run(_cancelled(cancellable, emulator, cancel, step)):
        step += 1
        assert step < _MOST_STEPS
    gc.collect()
    emulator.clear()  # Some requests were cancelled before their bodies were sent.
    assert eventually(lambda: connections(emulator) == 0)
    return step
