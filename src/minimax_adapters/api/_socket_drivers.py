"""The two drivers of a speech socket over the `websockets` library, which is an extra."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final, cast

import httpx

from minimax_adapters.api._clients import tls_context
from minimax_adapters.api._drivers import AsyncDriver, KeySource, SyncDriver
from minimax_adapters.api._judge import HTTPReply
from minimax_adapters.api._socket_flow import Closed, Disconnect, Receive, Transmit
from minimax_adapters.api._steps import Reserve, Send, Sleep
from minimax_adapters.api.errors import ConfigurationError, ReplyTooLargeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from minimax_adapters.api._socket_flow import Steps
    from minimax_adapters.api._steps import AskKey
    from minimax_adapters.api.settings import Settings

# A frame holds the audio of a sentence at most, in hexadecimal digits.
_LONGEST_FRAME: Final = 64 * 1024 * 1024
# Frames that wait to be taken; beyond them the host has to wait, or it would fill our memory.
_MOST_FRAMES: Final = 1
_TOO_BIG: Final = 1009  # RFC 6455, 7.4.1
_CLOSE_SECONDS: Final = 1.0
# A handshake sets these itself.
_OWN_HEADERS: Final = frozenset({"host", "accept-encoding", "connection", "user-agent"})


class _Discreet(logging.LoggerAdapter[logging.Logger]):
    """The library's log without its DEBUG lines, which hold the key and every text.

    Whatever the levels of the program are: to see its own details is no wish to see the key.
    """

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name of the base class
        return level > logging.DEBUG and super().isEnabledFor(level)


_LOGGER: Final = _Discreet(logging.getLogger("websockets.client"), {})


def has_websockets() -> bool:
    """Return whether the library is installed."""
    try:
        importlib.import_module("websockets")
    except ImportError:
        return False
    return True


def _library(name: str) -> Any:  # noqa: ANN401 - a module of an optional package
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigurationError(
            "Speech over WebSockets needs the package websockets. Install it with:"
            " pip install 'minimax-adapters[speech]'"
        ) from error


def _options(request: httpx.Request, longest: int) -> dict[str, Any]:
    """Return the arguments of `connect` for a request that opens a socket.

    There are no pings: their answers come behind the audio, so whoever plays it while it comes
    would be taken for dead. Who says nothing at all meets the read time-out.
    """
    url, limits = request.url, request.extensions["timeout"]
    secure = url.scheme == "https"
    headers = {name: value for name, value in request.headers.items() if name not in _OWN_HEADERS}
    return {
        "uri": str(url.copy_with(scheme="wss" if secure else "ws")),
        "ssl": tls_context() if secure else None,
        "additional_headers": headers,
        "user_agent_header": request.headers.get("user-agent"),
        "compression": None,
        "open_timeout": limits["connect"],
        "close_timeout": _CLOSE_SECONDS,
        "ping_interval": None,
        "max_size": longest,
        "max_queue": _MOST_FRAMES,
        "logger": _LOGGER,
    }


def _no_redirect(error: Exception) -> Exception:
    return error


def _refusal(error: Exception, request: httpx.Request) -> HTTPReply | Exception:
    """Return what became of an attempt to connect, in the terms that flows know."""
    library = _library("websockets.exceptions")
    if isinstance(error, library.InvalidStatus):
        response = cast("Any", error).response
        headers: Mapping[str, str] = {
            name.lower(): value for name, value in response.headers.raw_items()
        }
        return HTTPReply(response.status_code, headers, bytes(response.body or b""))
    kind = httpx.ConnectTimeout if isinstance(error, TimeoutError) else httpx.ConnectError
    refused = kind(str(error) or type(error).__name__, request=request)
    refused.__cause__ = error  # Which says whether it was the certificate.
    return refused


def _longest(settings: Settings) -> int:
    return min(_LONGEST_FRAME, settings.max_reply_bytes)


def _closed(error: Exception, longest: int) -> Closed | ReplyTooLargeError:
    received, sent = getattr(error, "rcvd", None), getattr(error, "sent", None)
    if getattr(sent, "code", None) == _TOO_BIG:
        advice = "" if longest == _LONGEST_FRAME else " Raise max_reply_bytes if it has to be."
        return ReplyTooLargeError(
            f"A frame of the socket has more than {longest:,} bytes, so it was not read.{advice}"
        )
    if received is None:
        return Closed("the connection broke off", broken=True)
    return Closed(f"code {received.code}" + (f", {received.reason}" if received.reason else ""))


class SyncSocketDriver(SyncDriver):
    """Runs socket flows on the calling threads.

    One thread may wait for audio while others send: a flow runs under a lock except while it
    waits, so that what happens between two steps happens at once.
    """

    def __init__(self, settings: Settings) -> None:
        self._keys = KeySource(settings.api_key)
        self._longest = _longest(settings)
        self._connection: Any = None
        self._open = contextlib.ExitStack()
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
        client = _library("websockets.sync.client")
        library = _library("websockets.exceptions")
        try:
            # The library deprecates connections outside of a `with` block. Since its version 17
            # it follows redirects, and the key would go along to wherever one points.
            attempt = getattr(client, "reconnect", client.connect)(
                **_options(request, self._longest)
            )
            attempt.process_redirect = _no_redirect
            connection = self._open.enter_context(attempt)
        except (OSError, library.WebSocketException) as error:
            return _refusal(error, request)
        self._connection = connection
        return connection

    def _transmit(self, frame: str) -> Closed | ReplyTooLargeError | None:
        library = _library("websockets.exceptions")
        try:
            self._connection.send(frame)
        except library.ConnectionClosed as error:
            return _closed(error, self._longest)
        return None

    def _receive(self, seconds: float | None) -> object:
        library = _library("websockets.exceptions")
        try:
            return self._connection.recv(timeout=seconds)
        except library.ConnectionClosed as error:
            return _closed(error, self._longest)
        except TimeoutError:
            return httpx.ReadTimeout("no frame came")

    def _disconnect(self) -> None:
        self._connection = None
        self._open.close()


class AsyncSocketDriver(AsyncDriver):
    """Runs socket flows on the running event loop."""

    def __init__(self, settings: Settings) -> None:
        self._keys = KeySource(settings.api_key)
        self._longest = _longest(settings)
        self._connection: Any = None

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
        finally:
            flow.close()

    async def _perform(self, step: object) -> object:
        if isinstance(step, Transmit):
            return await self._transmit(step.frame)
        if isinstance(step, Receive):
            return await self._receive(step.seconds)
        if isinstance(step, Send):
            await self._disconnect()
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
        attempt = _library("websockets.asyncio.client").connect(**_options(request, self._longest))
        # The key would go along to wherever a redirect points.
        attempt.process_redirect = _no_redirect
        library = _library("websockets.exceptions")
        try:
            self._connection = connection = await attempt
        except (OSError, library.WebSocketException) as error:
            return _refusal(error, request)
        return connection

    async def _transmit(self, frame: str) -> Closed | ReplyTooLargeError | None:
        library = _library("websockets.exceptions")
        try:
            await self._connection.send(frame)
        except library.ConnectionClosed as error:
            return _closed(error, self._longest)
        return None

    async def _receive(self, seconds: float | None) -> object:
        library = _library("websockets.exceptions")
        try:
            async with asyncio.timeout(seconds):
                return await self._connection.recv()
        except library.ConnectionClosed as error:
            return _closed(error, self._longest)
        except TimeoutError:
            return httpx.ReadTimeout("no frame came")

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
