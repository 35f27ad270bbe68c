"""The two drivers of a speech socket over the `websockets` library."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, cast

import httpx

from minimax_adapters.api._closing import CLOSER
from minimax_adapters.api._drivers import AsyncDriver, SyncDriver
from minimax_adapters.api._keys import KeySource
from minimax_adapters.api._masking import mask
from minimax_adapters.api._socket_library import (
    closed,
    no_redirect,
    options_of,
    refusal,
    websockets,
)
from minimax_adapters.api._socket_steps import Disconnect, Receive, Transmit
from minimax_adapters.api._steps import Reserve, Send, Sleep
from minimax_adapters.api.errors import MiniMaxError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from minimax_adapters.api._socket_steps import Closed, Steps
    from minimax_adapters.api._steps import AskKey
    from minimax_adapters.api.errors import ReplyTooLargeError
    from minimax_adapters.api.settings import Settings


class SyncSocketDriver(SyncDriver):
    """Runs socket flows on the calling threads.

    One thread may wait for audio while others send: a flow runs under a lock except while it
    waits, so that what happens between two steps happens at once.

    Owns a connection, which has a thread: dropped without being closed, both are ended.
    """

    def __init__(self, settings: Settings) -> None:
        self._keys = KeySource(settings.api_key)
        self._settings = settings
        self._sent: httpx.Request | None = None
        self._connection: Any = None
        self._open = contextlib.ExitStack()
        # Closing takes locks that the garbage collector may find taken.
        weakref.finalize(self, CLOSER.close_soon, self._open.close).atexit = False
        self._lock = threading.RLock()

    def run(self, flow: Steps[Any]) -> Any:  # noqa: ANN401 - the result of the flow
        """Run `flow` to its result."""
        outcome: object = None
        try:
            while True:
                with self._lock:
                    try:
                        step = flow.send(outcome)
                    except StopIteration as finished:
                        return finished.value
                outcome = self._perform(step)
        except MiniMaxError as error:
            mask(error, self._sent)
            raise
        finally:
            with self._lock:
                flow.close()

    def _perform(self, step: object) -> object:
        if isinstance(step, Transmit):
            return self._transmit(step.frame)
        if isinstance(step, Receive):
            return self._receive(step.seconds)
        if isinstance(step, Send):
            self._disconnect()
            self._sent = step.request
            return self._connect(step.request)
        if isinstance(step, Disconnect):
            self._disconnect()
        elif isinstance(step, Sleep):
            time.sleep(step.seconds)
        elif isinstance(step, Reserve):
            return step.limit.reserve(step.what, step.amount)
        else:
            return self._ask_key(cast("AskKey", step))
        return None

    def _connect(self, request: httpx.Request) -> object:
        client = websockets("sync.client")
        library = websockets("exceptions")
        try:
            # The library deprecates connections outside of a `with` block, and follows redirects
            # since its version 17.
            attempt = getattr(client, "reconnect", client.connect)(
                **options_of(request, self._settings)
            )
            attempt.process_redirect = no_redirect
            CLOSER.prepare()
            connection = self._open.enter_context(attempt)
        except (OSError, ImportError, library.WebSocketException) as error:
            return refusal(error, request)
        self._connection = connection
        return connection

    def _transmit(self, frame: str) -> Closed | ReplyTooLargeError | None:
        library = websockets("exceptions")
        try:
            self._connection.send(frame)
        except library.ConnectionClosed as error:
            return closed(error, self._settings)
        return None

    def _receive(self, seconds: float | None) -> object:
        library = websockets("exceptions")
        try:
            return self._connection.recv(timeout=seconds)
        except library.ConnectionClosed as error:
            return closed(error, self._settings)
        except TimeoutError:
            return httpx.ReadTimeout("no frame came")

    def _disconnect(self) -> None:
        self._connection = None
        self._open.close()


class AsyncSocketDriver(AsyncDriver):
    """Runs socket flows on the running event loop.

    Owns a connection: dropped without being closed, or at the end of the loop, it is closed.
    """

    def __init__(self, settings: Settings) -> None:
        self._keys = KeySource(settings.api_key)
        self._settings = settings
        self._sent: httpx.Request | None = None
        self._connection: Any = None
        self._held: Any = None

    async def run(self, flow: Steps[Any]) -> Any:  # noqa: ANN401 - the result of the flow
        """Run `flow` to its result."""
        outcome: object = None
        try:
            while True:
                try:
                    step = flow.send(outcome)
                except StopIteration as finished:
                    return finished.value
                outcome = await self._perform(step)
        except MiniMaxError as error:
            mask(error, self._sent)
            raise
        finally:
            flow.close()

    async def _perform(self, step: object) -> object:
        if isinstance(step, Transmit):
            return await self._transmit(step.frame)
        if isinstance(step, Receive):
            return await self._receive(step.seconds)
        if isinstance(step, Send):
            await self._disconnect()
            self._sent = step.request
            return await self._connect(step.request)
        if isinstance(step, Disconnect):
            await self._disconnect()
        elif isinstance(step, Sleep):
            await asyncio.sleep(step.seconds)
        elif isinstance(step, Reserve):
            return await self._reserve(step)
        else:
            return await self._ask_key(cast("AskKey", step))
        return None

    async def _connect(self, request: httpx.Request) -> object:
        attempt = websockets("asyncio.client").connect(**options_of(request, self._settings))
        attempt.process_redirect = no_redirect
        library = websockets("exceptions")
        try:
            self._connection = connection = await attempt
        except (OSError, ImportError, library.WebSocketException) as error:
            return refusal(error, request)
        self._held = _holding(connection)
        await anext(self._held)
        return connection

    async def _transmit(self, frame: str) -> Closed | ReplyTooLargeError | None:
        library = websockets("exceptions")
        try:
            await self._connection.send(frame)
        except library.ConnectionClosed as error:
            return closed(error, self._settings)
        return None

    async def _receive(self, seconds: float | None) -> object:
        library = websockets("exceptions")
        try:
            async with asyncio.timeout(seconds):
                return await self._connection.recv()
        except library.ConnectionClosed as error:
            return closed(error, self._settings)
        except TimeoutError:
            return httpx.ReadTimeout("no frame came")

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        held, self._held = self._held, None
        if connection is not None:
            await connection.close()
        # An event loop that ends closes it at the same time.
        if held is not None and not held.ag_running:
            await held.aclose()


async def _holding(connection: Any) -> AsyncGenerator[None, None]:  # noqa: ANN401 - of the library
    """Hold a connection: an event loop ends its asynchronous generators, and those dropped."""
    try:
        yield
    finally:
        await connection.close()
