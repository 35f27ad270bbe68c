"""The two drivers of a speech socket over the `websockets` library."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, Final, cast

import httpx

from minimax_adapters.api import _socket_connections as connections
from minimax_adapters.api._drivers import AsyncDriver, SyncDriver
from minimax_adapters.api._failures import without_frames
from minimax_adapters.api._keys import KeySource
from minimax_adapters.api._masking import mask
from minimax_adapters.api._socket_library import closed, refusal, websockets
from minimax_adapters.api._socket_steps import Closed, Disconnect, Receive, Transmit
from minimax_adapters.api._steps import Reserve, Send, Sleep
from minimax_adapters.api.errors import MiniMaxError

if TYPE_CHECKING:
    from minimax_adapters.api._socket_steps import Steps
    from minimax_adapters.api._steps import AskKey
    from minimax_adapters.api.settings import Settings

# Another thread or task closed it between two steps of a flow.
CLOSED_HERE: Final = Closed("it was closed here")


class SyncSocketDriver(SyncDriver):
    """Runs socket flows on the calling threads.

    One thread may wait for audio while others send: a flow runs under a lock except while it
    waits, so that what happens between two steps happens at once.

    Owns a connection.
    """

    def __init__(self, settings: Settings) -> None:
        self._keys = KeySource(settings.api_key)
        self._settings = settings
        self._sent: httpx.Request | None = None
        self._connection = connections.ThreadConnection(self)
        self._process = os.getpid()
        self._lock = threading.RLock()

    def run(self, flow: Steps[Any]) -> Any:  # noqa: ANN401 - the result of the flow
        """Run `flow` to its result; an interpreter that is just ending does not, for None.

        It imports nothing any more, a thread that is gone may hold a lock, and it hangs up anyway.
        """
        if sys.is_finalizing():
            flow.close()
            return None
        if self._process != os.getpid():
            # A thread of the parent, which is none of this process, may hold the one there is.
            self._process, self._lock = os.getpid(), threading.RLock()
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
            return self._transmit(*step)
        if isinstance(step, Receive):
            return self._receive(step.seconds)
        if isinstance(step, Send):
            self._connection.close()
            self._sent = step.request
            return self._connect(step.request)
        if isinstance(step, Disconnect):
            self._connection.close()
        elif isinstance(step, Sleep):
            self._sleep(step)
        elif isinstance(step, Reserve):
            return self._reserve(step)
        else:
            return self._ask_key(cast("AskKey", step))
        return None

    def _connect(self, request: httpx.Request) -> object:
        library = websockets("exceptions")
        try:
            return self._connection.open(request, self._settings)
        except (OSError, ImportError, library.WebSocketException) as error:
            return refusal(without_frames(error), request)
        except BaseException as error:
            without_frames(error)
            raise

    def _transmit(self, frame: str, seconds: float | None) -> Closed | Exception | None:
        library = websockets("exceptions")
        if (connection := self._connection.current) is None:
            return CLOSED_HERE
        try:
            with connection.socket.within(seconds):
                connection.send(frame)
        except library.ConnectionClosed as error:
            return closed(error, self._settings, full=connection.socket.full)
        return None

    def _receive(self, seconds: float | None) -> object:
        library = websockets("exceptions")
        if (connection := self._connection.current) is None:
            return CLOSED_HERE
        try:
            return connection.recv(timeout=seconds)
        except library.ConnectionClosed as error:
            return closed(error, self._settings, full=connection.socket.full)
        except TimeoutError:
            return httpx.ReadTimeout("no frame came")


class AsyncSocketDriver(AsyncDriver):
    """Runs socket flows on the running event loop.

    Owns a connection.
    """

    def __init__(self, settings: Settings) -> None:
        self._keys = KeySource(settings.api_key)
        self._settings = settings
        self._sent: httpx.Request | None = None
        self._connection = connections.LoopConnection(self)

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
            return await self._transmit(*step)
        if isinstance(step, Receive):
            return await self._receive(step.seconds)
        if isinstance(step, Send):
            await self._connection.close()
            self._sent = step.request
            return await self._connect(step.request)
        if isinstance(step, Disconnect):
            await self._connection.close()
        elif isinstance(step, Sleep):
            await self._sleep(step)
        elif isinstance(step, Reserve):
            return await self._reserve(step)
        else:
            return await self._ask_key(cast("AskKey", step))
        return None

    async def _connect(self, request: httpx.Request) -> object:
        library = websockets("exceptions")
        try:
            return await self._connection.open(request, self._settings)
        except (OSError, ImportError, library.WebSocketException) as error:
            return refusal(without_frames(error), request)
        except BaseException as error:
            without_frames(error)
            raise

    async def _transmit(self, frame: str, seconds: float | None) -> Closed | Exception | None:
        library = websockets("exceptions")
        if self._connection.current is None:
            return CLOSED_HERE
        try:
            await self._connection.send(frame, seconds)
        except library.ConnectionClosed as error:
            return closed(error, self._settings, full=self._connection.full)
        return None

    async def _receive(self, seconds: float | None) -> object:
        library = websockets("exceptions")
        if (connection := self._connection.current) is None:
            return CLOSED_HERE
        try:
            async with asyncio.timeout(seconds):
                return await connection.recv()
        except library.ConnectionClosed as error:
            return closed(error, self._settings, full=self._connection.full)
        except TimeoutError:
            return httpx.ReadTimeout("no frame came")
