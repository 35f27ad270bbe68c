"""Streams as their users hold them, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import httpx

from minimax_adapters.api._flow import Flow, Incoming, Opened, failure
from minimax_adapters.api.errors import CallTimeoutError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
    from types import TracebackType

    from minimax_adapters.api._drivers import AsyncDriver, SyncDriver
    from minimax_adapters.api._flow import Session

E = TypeVar("E")
_BROKEN = (httpx.HTTPError, httpx.StreamError)


class EventStream(Generic[E]):
    """An answer while it comes. The request is sent when the first event is asked for.

    Iterate once. Use it in a `with` block if you may leave the loop early: the connection is
    closed at the end of the block, and MiniMax stops writing.
    """

    def __init__(self, driver: SyncDriver, flow: Callable[[], Flow[Opened[E]]]) -> None:
        self._events = _read(driver, flow)

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
        """Close the connection, if it is still open."""
        self._events.close()


class AsyncEventStream(Generic[E]):
    """An answer while it comes. The request is sent when the first event is asked for.

    Iterate once. Use it in an `async with` block if you may leave the loop early: the connection
    is closed at the end of the block, and MiniMax stops writing.
    """

    def __init__(self, driver: AsyncDriver, flow: Callable[[], Flow[Opened[E]]]) -> None:
        self._events = _aread(driver, flow)

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
        await self._events.aclose()


def _read(driver: SyncDriver, flow: Callable[[], Flow[Opened[E]]]) -> Generator[E, None, None]:
    opened = driver.run(flow())
    incoming = opened.incoming
    try:
        yield from opened.events
        if incoming is not None:
            for events in _batches(opened, incoming):
                yield from events
    finally:
        if incoming is not None:
            incoming.response.close()


def _batches(opened: Opened[E], incoming: Incoming) -> Iterator[list[E]]:
    session = opened.session
    try:
        if not session.done:
            for chunk in incoming.chunks:
                yield _advance(opened, chunk)
                if session.done:
                    break
        yield session.finish()
        if not session.cut:
            # Read to the server's own end, so that the connection can be used again.
            for _ in incoming.chunks:
                pass
    except _BROKEN as cause:
        yield _complete_or_raise(session, cause)


async def _aread(
    driver: AsyncDriver, flow: Callable[[], Flow[Opened[E]]]
) -> AsyncGenerator[E, None]:
    opened = await driver.run(flow())
    incoming = opened.incoming
    try:
        for event in opened.events:
            yield event
        if incoming is not None:
            async for events in _abatches(opened, incoming):
                for event in events:
                    yield event
    finally:
        if incoming is not None:
            await incoming.response.aclose()


async def _abatches(opened: Opened[E], incoming: Incoming) -> AsyncIterator[list[E]]:
    session = opened.session
    try:
        if not session.done:
            async for chunk in incoming.chunks:
                yield _advance(opened, chunk)
                if session.done:
                    break
        yield session.finish()
        if not session.cut:
            # Read to the server's own end, so that the connection can be used again.
            async for _ in incoming.chunks:
                pass
    except _BROKEN as cause:
        yield _complete_or_raise(session, cause)


def _advance(opened: Opened[E], chunk: bytes) -> list[E]:
    """Return the events that `chunk` completes, unless the deadline has passed."""
    try:
        opened.deadline.check()
    except CallTimeoutError as error:
        raise opened.session.interrupted(error) or error from None
    return opened.session.feed(chunk)


def _complete_or_raise(session: Session[E], cause: Exception) -> list[E]:
    """Return the last events if the answer was complete before the connection broke."""
    error = session.interrupted(failure(cause, received=True))
    if error is not None:
        raise error from cause
    return session.finish()
