"""Speech sockets as their users hold them, sync and async."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from minimax_adapters.api._socket_session import SocketSession

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from minimax_adapters.api._socket_drivers import AsyncSocketDriver, SyncSocketDriver
    from minimax_adapters.api._socket_events import SocketEvent
    from minimax_adapters.api._socket_flow import SocketFlow
    from minimax_adapters.api.audio import AudioChunk, AudioEnd


class SpeechSocket:
    """A voice that stays connected: texts go in, audio comes out while it is made.

    It connects with the first text and again when it had been idle for so long that MiniMax hung
    up. One thread may iterate over the events while others send; a second one that listens or
    speaks meanwhile is refused. Use it in a `with` block, or close it.

    Example:
        >>> with client.speech.connect() as voice:
        ...     for chunk in voice.speak("How do you do?"):
        ...         play(chunk.data)
    """

    def __init__(self, driver: SyncSocketDriver, flow: SocketFlow) -> None:
        self._driver = driver
        self._flow = flow

    def open(self) -> None:
        """Connect now; otherwise the first text does."""
        self._driver.run(self._flow.open())

    def speak(self, text: str) -> Generator[AudioChunk, None, None]:
        """Have `text` spoken and yield its audio; ends when all of it is here.

        Leaving the loop early cancels the rest, so that the next text is not mixed with it. Text
        that MiniMax cannot take yet (2205) is sent again after a wait.

        Raises:
            InvalidInputError: `text` cannot be spoken, or another thread is listening.
            CallTimeoutError: It was not answered within the `deadline`, seconds from here on.
            MiniMaxError: See `Client`; `partial` holds the audio of the session so far, at most
                the newest `max_reply_bytes` of it.
        """
        self._driver.run(self._flow.speak(text))
        try:
            while (chunk := self._driver.run(self._flow.next_chunk())) is not None:
                yield chunk
        finally:
            self._driver.run(self._flow.abandon())

    def send(self, text: str) -> None:
        """Send a text of any size below 10,000 characters, without waiting for its audio.

        Raises:
            InvalidInputError: `text` cannot be spoken.
            CallTimeoutError: The host does not take it within the `deadline`, or the write
                time-out; the connection is closed then, and `partial` is as with `speak()`.
            MiniMaxError: See `Client`.
        """
        self._driver.run(self._flow.act(lambda session: session.say(text)))

    def flush(self) -> None:
        """Have what MiniMax still collects to a sentence spoken now; bidirectional only."""
        self._driver.run(self._flow.act(SocketSession.flush))

    def cancel(self) -> None:
        """Stop speaking at once and forget what waits; bidirectional only.

        No audio of the texts before it is returned from here on; the session stays.
        """
        self._driver.run(self._flow.act(SocketSession.cancel))

    def finish(self) -> None:
        """Have everything spoken and end the session; the events then end with `AudioEnd`."""
        self._driver.run(self._flow.act(SocketSession.finish))

    def drain(self) -> Generator[AudioChunk | AudioEnd, None, None]:
        """Finish, and yield the audio that is still to come; ends with `AudioEnd`.

        That has the newest `max_reply_bytes` of all texts, and subtitles whose times count from
        the beginning of what it has; its seconds and characters are those of all.
        """
        self.finish()
        for event in self:
            chunk = self._flow.heard(event)
            if chunk is not None:
                yield chunk

    def __iter__(self) -> Generator[SocketEvent, None, None]:
        """Yield what happens, until the session ends or an idle connection is closed."""
        while (event := self._driver.run(self._flow.next_event())) is not None:
            yield event

    def close(self) -> None:
        """Close the connection at once; harmless when it is closed."""
        self._driver.run(self._flow.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncSpeechSocket:
    """A voice that stays connected, for asynchronous code; see `SpeechSocket`.

    It belongs to the event loop in which it was used first. One task may iterate over the events
    while others send; a second one that listens or speaks meanwhile is refused. Use it in an
    `async with` block, or close it.
    """

    def __init__(self, driver: AsyncSocketDriver, flow: SocketFlow) -> None:
        self._driver = driver
        self._flow = flow

    async def open(self) -> None:
        """Connect now; otherwise the first text does."""
        await self._driver.run(self._flow.open())

    async def speak(self, text: str) -> AsyncGenerator[AudioChunk, None]:
        """Have `text` spoken and yield its audio; see `SpeechSocket.speak()`."""
        await self._driver.run(self._flow.speak(text))
        try:
            while (chunk := await self._driver.run(self._flow.next_chunk())) is not None:
                yield chunk
        finally:
            await self._driver.run(self._flow.abandon())

    async def send(self, text: str) -> None:
        """Send a text without waiting for its audio; see `SpeechSocket.send()`."""
        await self._driver.run(self._flow.act(lambda session: session.say(text)))

    async def flush(self) -> None:
        """Have what MiniMax still collects spoken now; see `SpeechSocket.flush()`."""
        await self._driver.run(self._flow.act(SocketSession.flush))

    async def cancel(self) -> None:
        """Stop speaking at once; see `SpeechSocket.cancel()`."""
        await self._driver.run(self._flow.act(SocketSession.cancel))

    async def finish(self) -> None:
        """Have everything spoken and end the session; see `SpeechSocket.finish()`."""
        await self._driver.run(self._flow.act(SocketSession.finish))

    async def drain(self) -> AsyncGenerator[AudioChunk | AudioEnd, None]:
        """Finish, and yield the audio that is still to come; ends with `AudioEnd`."""
        await self.finish()
        async for event in self:
            chunk = self._flow.heard(event)
            if chunk is not None:
                yield chunk

    async def __aiter__(self) -> AsyncGenerator[SocketEvent, None]:
        """Yield what happens, until the session ends or an idle connection is closed."""
        while (event := await self._driver.run(self._flow.next_event())) is not None:
            yield event

    async def aclose(self) -> None:
        """Close the connection at once; harmless when it is closed."""
        await self._driver.run(self._flow.close())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
