"""The two drivers of a flow, sync and async: the only places that do I/O."""

from __future__ import annotations

import asyncio
import inspect
import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import httpx
from pydantic import SecretStr

from minimax_adapters.api._closed_last import BEGUN, BODY
from minimax_adapters.api._deadline import DeadlinePassed, deadline_passed
from minimax_adapters.api._proxies import note_proxy
from minimax_adapters.api._steps import AskKey, Flow, Incoming, Read, Reserve, Send, Sleep
from minimax_adapters.api._unpacking import Unpacker
from minimax_adapters.api.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from minimax_adapters.api._clients import ThreadClient
    from minimax_adapters.api._deadline import Deadline
    from minimax_adapters.api._keys import KeySource
    from minimax_adapters.api._loop_clients import LoopClients

T = TypeVar("T")


class SyncDriver:
    """Runs flows on the calling thread."""

    def __init__(self, clients: ThreadClient, keys: KeySource) -> None:
        self._clients = clients
        self._keys = keys

    def run(self, flow: Flow[T]) -> T:
        """Run `flow` to its result; a response that it leaves open is the caller's."""
        incoming: Incoming | None = None
        outcome: object = None
        try:
            while True:
                try:
                    step = flow.send(outcome)
                except StopIteration as finished:
                    return cast("T", finished.value)
                if isinstance(step, Read):
                    outcome = self._read(step.incoming)
                elif isinstance(step, Send):
                    close(incoming)
                    outcome = self._send(step.request)
                    incoming = outcome if isinstance(outcome, Incoming) else None
                elif isinstance(step, Sleep):
                    close(incoming)
                    incoming = None
                    self._sleep(step)
                    outcome = None
                elif isinstance(step, Reserve):
                    outcome = self._reserve(step)
                else:
                    outcome = self._ask_key(step)
        except BaseException:
            close(incoming)
            raise
        finally:
            flow.close()

    def _ask_key(self, step: AskKey) -> SecretStr | None:
        answer = self._keys.current(step.refused)
        if answer is None or isinstance(answer, SecretStr):
            return answer
        if inspect.iscoroutine(answer):
            answer.close()
        raise ConfigurationError(
            "api_key is an asynchronous callable, which only AsyncClient can wait for. Pass a"
            " plain callable, or use the asynchronous methods."
        )

    @staticmethod
    def _sleep(step: Sleep) -> None:
        if step.bell is None:
            time.sleep(step.seconds)
        else:
            step.bell.wait(step.seconds)

    @staticmethod
    def _reserve(step: Reserve) -> float | None:
        return step.limit.try_reserve(requests=step.requests, tokens=step.tokens)

    def _send(self, request: httpx.Request) -> Incoming | Exception:
        client = self._clients.current()
        try:
            response = client.send(request, stream=True)
        except httpx.HTTPError as error:
            note_proxy(request, client)
            return error
        if response.is_stream_consumed:  # As a transport for tests may leave it.
            return Incoming(response, response.iter_bytes())
        # As the transport has it: each chunk would go through two generators of httpx.
        body = response.extensions.get(BODY)
        chunks = iter(body) if body is not None else response.iter_raw()
        return Incoming(response, chunks, Unpacker.of(response.headers))

    @staticmethod
    def _read(incoming: Incoming) -> bytes | Exception | None:
        try:
            chunk = next_chunk(incoming)
        except (httpx.HTTPError, httpx.StreamError) as error:
            return error
        incoming.response.extensions[BEGUN] = True
        return chunk


def next_chunk(incoming: Incoming) -> bytes | None:
    """Return what comes next of a body; at its end None, and the connection is given back."""
    chunk: bytes
    try:
        for chunk in incoming.chunks:
            if chunk:  # Nothing is no beginning of a reply.
                return chunk
    except httpx.RequestError as error:
        error.request = incoming.response.request  # As httpx itself does it.
        raise
    incoming.response.close()
    return None


def close(incoming: Incoming | None) -> None:
    """Close the response of `incoming`, read or not."""
    if incoming is not None:
        # A tool for tests may have put an iterator there that is no generator.
        if close_chunks := getattr(incoming.chunks, "close", None):
            close_chunks()
        incoming.response.close()


class AsyncDriver:
    """Runs flows on the running event loop."""

    def __init__(self, clients: LoopClients, keys: KeySource) -> None:
        self._clients = clients
        self._keys = keys

    async def run(self, flow: Flow[T]) -> T:
        """Run `flow` to its result; a response that it leaves open is the caller's."""
        incoming: Incoming | None = None
        outcome: object = None
        try:
            while True:
                try:
                    step = flow.send(outcome)
                except StopIteration as finished:
                    return cast("T", finished.value)
                if isinstance(step, Read):
                    outcome = await self._read(step.incoming)
                elif isinstance(step, Send):
                    await aclose(incoming)
                    outcome = await self._send(step)
                    incoming = outcome if isinstance(outcome, Incoming) else None
                elif isinstance(step, Sleep):
                    await aclose(incoming)
                    incoming = None
                    await self._sleep(step)
                    outcome = None
                elif isinstance(step, Reserve):
                    outcome = await self._reserve(step)
                else:
                    outcome = await self._ask_key(step)
        except BaseException:
            await aclose(incoming)
            raise
        finally:
            flow.close()

    async def _ask_key(self, step: AskKey) -> SecretStr | None:
        key = self._keys.known(step.refused)
        if key is not None:
            return key
        return await _before(step.deadline, self._keys.asked(step.refused))

    @staticmethod
    async def _sleep(step: Sleep) -> None:
        if step.bell is None:
            await asyncio.sleep(step.seconds)
        else:
            await step.bell.wait_on_loop(step.seconds)

    @staticmethod
    async def _reserve(step: Reserve) -> float | None:
        take = partial(step.limit.try_reserve, requests=step.requests, tokens=step.tokens)
        if step.limit.path is None:
            return take()
        # A disk takes its time, and the threads of the loop may all be taken.
        return await _before(step.deadline, asyncio.to_thread(take))

    async def _send(self, step: Send) -> Incoming | Exception:
        client = await self._clients.current()
        sending = client.send(step.request, stream=True)
        try:
            # A time-out of httpx begins anew with each byte of a head.
            response = await _in_time(sending, step.deadline)
        except httpx.HTTPError as error:
            note_proxy(step.request, client)
            return error
        if response.is_stream_consumed:  # As a transport for tests may leave it.
            return Incoming(response, response.aiter_bytes())
        body = response.extensions.get(BODY)  # As in the synchronous driver.
        chunks: Any = aiter(body) if body is not None else response.aiter_raw()
        if step.deadline.left() is not None:
            chunks = _InTime(chunks, step.deadline)
        return Incoming(response, chunks, Unpacker.of(response.headers))

    @staticmethod
    async def _read(incoming: Incoming) -> bytes | Exception | None:
        try:
            chunk = await anext_chunk(incoming)
        except (httpx.HTTPError, httpx.StreamError) as error:
            return error
        incoming.response.extensions[BEGUN] = True
        return chunk


async def _before(deadline: Deadline, awaited: Awaitable[T]) -> T:
    """Return what `awaited`, which no step reports a failure of, gives before `deadline`.

    Raises:
        CallTimeoutError: It gives nothing.
    """
    try:
        return await _in_time(awaited, deadline)
    except DeadlinePassed:
        raise deadline_passed() from None


def _in_time(awaited: Awaitable[T], deadline: Deadline) -> Awaitable[T]:
    """Return `awaited`, which is cancelled when `deadline` passes, if it ever does.

    Raises:
        DeadlinePassed: When it is awaited: it has passed.
    """
    return awaited if deadline.left() is None else _cancelled_at(deadline, awaited)


async def _cancelled_at(deadline: Deadline, awaited: Awaitable[T]) -> T:
    bound = asyncio.timeout(deadline.left())
    try:
        async with bound:
            return await awaited
    except TimeoutError:
        if bound.expired():
            raise DeadlinePassed("It took too long.") from None
        raise  # What is awaited has time-outs of its own.


class _InTime:
    """The chunks of a body that come before a deadline. It is no generator, see `_held`."""

    def __init__(self, chunks: AsyncIterator[bytes], deadline: Deadline) -> None:
        self._chunks = chunks
        self._deadline = deadline

    @property
    def ag_running(self) -> bool:
        """Whether somebody waits for a chunk, as generators call it."""
        return bool(getattr(self._chunks, "ag_running", False))

    def __aiter__(self) -> _InTime:
        return self

    async def __anext__(self) -> bytes:
        return await _in_time(anext(self._chunks), self._deadline)

    async def aclose(self) -> None:
        if close_chunks := getattr(self._chunks, "aclose", None):
            await close_chunks()


async def anext_chunk(incoming: Incoming) -> bytes | None:
    """Return what comes next of a body; at its end None, and the connection is given back."""
    chunk: bytes
    try:
        async for chunk in incoming.chunks:
            if chunk:  # As in `next_chunk()`.
                return chunk
    except httpx.RequestError as error:
        error.request = incoming.response.request
        raise
    await incoming.response.aclose()
    return None


async def aclose(incoming: Incoming | None) -> None:
    """Close the response of `incoming`, read or not."""
    if incoming is not None:
        # Left to the garbage collector, a generator would outlive its event loop. One that another
        # task is in ends with the response.
        close_chunks = getattr(incoming.chunks, "aclose", None)
        if close_chunks and not getattr(incoming.chunks, "ag_running", False):
            await close_chunks()
        await incoming.response.aclose()
