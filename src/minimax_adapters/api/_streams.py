"""Streams as their users hold them, sync and async."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import httpx

from minimax_adapters.api._closed_last import break_off
from minimax_adapters.api._closing import CLOSER
from minimax_adapters.api._drivers import aclose, anext_chunk, next_chunk
from minimax_adapters.api._failures import failure
from minimax_adapters.api._held import Held
from minimax_adapters.api._masking import mask
from minimax_adapters.api._receiving import complete_or_raise, feed_within
from minimax_adapters.api.errors import MiniMaxError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
    from types import TracebackType

    from minimax_adapters.api._deadline import Deadline
    from minimax_adapters.api._drivers import AsyncDriver, SyncDriver
    from minimax_adapters.api._frames import FrameSession
    from minimax_adapters.api._receiving import Opened
    from minimax_adapters.api._steps import Flow, Incoming

E = TypeVar("E")
_BROKEN: Final = (httpx.HTTPError, httpx.StreamError)
_MOST_DRAINED: Final = 8


class EventStream(Generic[E]):
    """An answer while it comes. The request is sent when the first event is asked for.

    Iterate once. Use it in a `with` block if you may leave the loop early: the connection is
    closed at the end of the block, and MiniMax stops writing.
    """

    __slots__ = ("__weakref__", "_events", "_read")

    def __init__(self, driver: SyncDriver, flow: Flow[Opened[E]]) -> None:
        self._read = _Read()
        self._events = _read(driver, flow, self._read)

    @classmethod
    def of(cls, events: Generator[E, None, None]) -> EventStream[E]:
        """Return a stream of `events`, which are closed with it."""
        stream = cls.__new__(cls)
        stream._read = _Read()  # noqa: SLF001 - its own
        stream._events = events  # noqa: SLF001 - its own
        return stream

    def __iter__(self) -> Iterator[E]:
        return self._events

    def __next__(self) -> E:
        return next(self._events)

    def __enter__(self) -> EventStream[E]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, if it is still open; another thread that reads finds the end.

        Raises:
            ValueError: Another thread waits for the first event, or for the speech of a text.
        """
        incoming = self._read.incoming
        try:
            self._events.close()
        except ValueError:  # Another thread is in it.
            if incoming is None:
                raise
            self._read.is_left = True
            if not incoming.response.is_closed:  # Else its connection may be another call's.
                break_off(incoming.response)


class AsyncEventStream(Generic[E]):
    """An answer while it comes. The request is sent when the first event is asked for.

    Iterate once. Use it in an `async with` block if you may leave the loop early: the connection
    is closed at the end of the block, and MiniMax stops writing.
    """

    __slots__ = ("__weakref__", "_events", "_held")

    def __init__(self, driver: AsyncDriver, flow: Flow[Opened[E]]) -> None:
        self._held = Held()
        self._events = _aread(driver, flow, self._held)

    @classmethod
    def of(cls, events: Callable[[Held], AsyncGenerator[E, None]]) -> AsyncEventStream[E]:
        """Return a stream of `events`, which say what they hold open; it is closed with it."""
        stream = cls.__new__(cls)
        stream._held = held = Held()  # noqa: SLF001 - its own
        stream._events = events(held)  # noqa: SLF001 - its own
        return stream

    def __aiter__(self) -> AsyncIterator[E]:
        return self._events

    async def __anext__(self) -> E:
        return await anext(self._events)

    async def __aenter__(self) -> AsyncEventStream[E]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection, if it is still open."""
        await self._held.aclose()
        # What runs still ends by itself; `_held` says who else may close it.
        if not (self._held.is_closed and getattr(self._events, "ag_running", False)):
            await self._events.aclose()


class _Read:
    """What is being read, and whether another thread wants no more of it."""

    def __init__(self) -> None:
        self.incoming: Incoming | None = None
        self.is_left = False


def _read(driver: SyncDriver, flow: Flow[Opened[E]], read: _Read) -> Generator[E, None, None]:
    session, first, incoming, deadline = driver.run(flow)
    del flow  # What was asked may be large, and is not needed while the answer comes.
    read.incoming = incoming
    if incoming is not None:
        CLOSER.keep(incoming)
    try:
        yield from first
        first.clear()
        if incoming is not None:
            while not session.done:
                yield from _next_events(session, incoming, deadline, read)
            yield from session.finish()
            _drain(incoming, _left_to_drain(session, incoming, deadline))
    except MiniMaxError as error:
        mask(error, incoming.response.request if incoming else None)
        raise
    finally:
        read.incoming = None
        if incoming is not None:
            CLOSER.release(incoming)


def _next_events(
    session: FrameSession[E], incoming: Incoming, deadline: Deadline, read: _Read
) -> list[E]:
    """Return the events of the next chunk, at the end of the body the last ones."""
    try:
        chunk = next_chunk(incoming)
        if chunk is None:
            return session.finish()
        return feed_within(session, chunk, incoming.unpacker, deadline)
    except _BROKEN as cause:
        session.cut = True  # There will be nothing to drain.
        if read.is_left:
            return session.leave()
        return complete_or_raise(session, failure(cause, received=True), cause)


def _drain(incoming: Incoming, most: int) -> None:
    with suppress(*_BROKEN):
        for _ in range(most):
            if next_chunk(incoming) is None:
                break


async def _aread(driver: AsyncDriver, flow: Flow[Opened[E]], held: Held) -> AsyncGenerator[E, None]:
    session, first, incoming, deadline = await driver.run(flow)
    del flow  # As in `_read()`.
    if incoming is not None:
        held.keep(partial(aclose, incoming))
    try:
        for event in first:
            yield event
        first.clear()
        if incoming is not None:
            while not session.done:
                for event in await _anext_events(session, incoming, deadline, held):
                    yield event
            for event in session.finish():
                yield event
            await _adrain(incoming, _left_to_drain(session, incoming, deadline))
    except MiniMaxError as error:
        mask(error, incoming.response.request if incoming else None)
        raise
    finally:
        await held.aclose()


async def _anext_events(
    session: FrameSession[E], incoming: Incoming, deadline: Deadline, held: Held
) -> list[E]:
    """Return the events of the next chunk, at the end of the body the last ones."""
    try:
        chunk = await anext_chunk(incoming)
        if chunk is None:
            return session.finish()
        return feed_within(session, chunk, incoming.unpacker, deadline)
    except _BROKEN as cause:
        session.cut = True  # There will be nothing to drain.
        if held.is_closed:  # Another task wants no more of it.
            return session.leave()
        return complete_or_raise(session, failure(cause, received=True), cause)


async def _adrain(incoming: Incoming, most: int) -> None:
    with suppress(*_BROKEN):
        for _ in range(most):
            if await anext_chunk(incoming) is None:
                break


def _left_to_drain(session: FrameSession[Any], incoming: Incoming, deadline: Deadline) -> int:
    """Return how many chunks to read after the last event, to use the connection again.

    Nothing is read where that would stop an answer that nobody wants any more, where the end of
    the body is the end of the connection, or after the deadline. A server that goes on all the
    same loses its connection.
    """
    headers = incoming.response.headers
    has_end = "transfer-encoding" in headers or "content-length" in headers
    wanted = has_end and not session.cut and deadline.allows(0)
    return _MOST_DRAINED if wanted else 0
