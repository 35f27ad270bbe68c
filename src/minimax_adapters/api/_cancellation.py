"""Cancellation that never meets httpcore in the middle of its bookkeeping.

httpcore guards its bookkeeping with anyio's shields, and those hold off anyio's cancellation only.
That of asyncio goes through them: cancelled between connecting and sending, or while it gives a
connection back, httpcore forgets the connection, which stays open and in the pool until the client
is closed. In both places it waits for nothing, it only lets other tasks have a turn. So a
cancellation that comes in such a turn is held back until there is something to wait for.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Generator

T = TypeVar("T")


class Undisturbed(httpx.AsyncBaseTransport):
    """Sends with `transport`, which it owns, and loses no connection to a cancellation."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the response, whose body is still to be read."""
        sending = _CancelledWhereItWaits(self._transport.handle_async_request(request))
        response = await sending
        response.stream = _Body(response.stream)  # type: ignore[arg-type]  # asynchronous here
        if sending.held is not None:
            await response.aclose()
            raise sending.held
        return response

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()


class _Body(httpx.AsyncByteStream):
    """A body that gives its connection back whole, also to a caller that is cancelled."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        """Close the body; cancelled meanwhile, close it all the same, then be cancelled."""
        await undisturbed(self._stream.aclose())


async def undisturbed(work: Coroutine[object, None, None]) -> None:
    """Await `work`, which closes something; cancelled meanwhile, end it, then be cancelled."""
    closing = _CancelledWhereItWaits(work)
    await closing
    if closing.held is not None:
        raise closing.held


class _CancelledWhereItWaits(Generic[T]):
    """Awaits `work`, and holds back a cancellation that comes while it only yields its turn.

    State: `held` is that cancellation, until it is delivered. If there was nothing more to wait
    for, or the work has taken it for one of its own, the work is done and `held` is the caller's to
    raise. Work that fails raises it itself. `_delivered` is it afterwards; `_asked` says how often
    the task had been asked to end when it came, `_asked_before` when the work began.
    """

    def __init__(self, work: Coroutine[object, None, T]) -> None:
        self._work = work
        self.held: asyncio.CancelledError | None = None
        self._delivered: asyncio.CancelledError | None = None
        self._asked = self._asked_before = 0

    def __await__(self) -> Generator[object, None, T]:
        steps = self._work.__await__()
        error: BaseException | None = None
        self._asked = self._asked_before = _asked()
        while True:
            try:
                try:
                    waited_for = steps.send(None) if error is None else steps.throw(error)
                finally:
                    self._forget_what_was_taken_back()
            except StopIteration as finished:
                self.held = self.held or self._delivered
                result: T = finished.value
                return result
            except asyncio.CancelledError:
                raise
            except BaseException as failed:
                if (cancelled := self.held or self._delivered) is not None:
                    # Whoever is cancelled must not go on to retry a failure.
                    raise cancelled from failed
                raise
            error = None
            if self.held is not None and isinstance(waited_for, asyncio.Future):
                self._deliver(self.held, waited_for)
            try:
                yield waited_for
            except asyncio.CancelledError as cancelled:
                # anyio repeats a cancellation at each turn until it is heard: held back once only.
                if waited_for is None and self.held is None:
                    self.held, self._asked = cancelled, _asked()
                else:
                    error = cancelled
            except BaseException as raised:  # noqa: BLE001 - for the work to deal with
                error = raised

    def _deliver(self, held: asyncio.CancelledError, waited_for: asyncio.Future[object]) -> None:
        if waited_for.cancel(*held.args):  # Else all that is waited for is there.
            self.held = None
            # Of what nobody counts nobody knows whether the work has obeyed.
            self._delivered = held if self._asked > self._asked_before else None

    def _forget_what_was_taken_back(self) -> None:
        """Forget the cancellation of a time-out inside the work, which has ended."""
        if self._asked > self._asked_before >= _asked():
            self.held = self._delivered = None


def _asked() -> int:
    """Return how often the task that runs has been asked to end, less what was taken back."""
    task = asyncio.current_task()
    return 0 if task is None else task.cancelling()
