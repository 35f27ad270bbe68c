"""`client.speech`: sockets, long texts as tasks, and downloads."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from minimax_adapters.api._fetch import MAX_BYTES, fetch_audio
from minimax_adapters.api._socket_drivers import AsyncSocketDriver, SyncSocketDriver
from minimax_adapters.api._socket_flow import SocketFlow
from minimax_adapters.api._speech_tasks import check_call, download_of, submit
from minimax_adapters.api._speech_waits import wait_for
from minimax_adapters.api.sockets import AsyncSpeechSocket, SpeechSocket
from minimax_adapters.api.wire.speech import SpeechOptions

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from minimax_adapters.api._drivers import AsyncDriver, SyncDriver
    from minimax_adapters.api._flow import Policy
    from minimax_adapters.api.audio import Audio
    from minimax_adapters.api.settings import Settings
    from minimax_adapters.api.wire.speech_socket import Dialect
    from minimax_adapters.api.wire.speech_tasks import (
        SpeechTask,
        SpeechTaskOptions,
        SpeechTaskRequest,
    )


class Speech:
    """What `Client.speech` offers beside `speak()` and `stream_speech()`."""

    def __init__(self, settings: Settings, policy: Policy, driver: SyncDriver) -> None:
        self._settings = settings
        self._policy = policy
        self._driver = driver

    def connect(
        self,
        options: SpeechOptions | None = None,
        *,
        dialect: Dialect = "bidi",
        continuous_sound: bool = False,
        session_id: str | None = None,
    ) -> SpeechSocket:
        """Return a socket that speaks; it connects with its first text.

        Args:
            options: How everything is spoken.
            dialect: `bidi` collects text of any size to sentences and can be canceled; `plain`
                speaks each text as it comes.
            continuous_sound: Do not split texts, for a better melody; 2.8 models only.
            session_id: A name of yours that MiniMax repeats; `bidi` only.

        Raises:
            InvalidInputError: Settings that a socket does not take.
            ConfigurationError: At the first text: `websockets` is not installed.
        """
        flow = SocketFlow(
            self._policy,
            SpeechOptions.template(options),
            dialect,
            continuous_sound=continuous_sound,
            session_id=session_id,
        )
        return SpeechSocket(SyncSocketDriver(self._settings), flow)

    def fetch(self, audio: Audio, *, max_bytes: int = MAX_BYTES) -> Audio:
        """Return `audio` with its bytes and subtitles, where it only names their addresses.

        The key does not go there, unless it is the host of this client.

        Raises:
            ReplyTooLargeError: There is more than `max_bytes`.
            MiniMaxError: See the client.
        """
        return self._driver.run(fetch_audio(self._policy, audio, max_bytes))

    def submit(
        self,
        source: str | os.PathLike[str] | SpeechTaskRequest,
        options: SpeechTaskOptions | None = None,
    ) -> SpeechTask:
        """Have a long text spoken in MiniMax's own time.

        Args:
            source: Fewer than 1,000,000 characters as text or as a txt or zip file, which are
                uploaded where they have more than 50,000; or a request.
            options: How it is spoken, unless `source` is a request.

        Returns:
            The task. Keep its `task_id` to go on after a restart.

        Raises:
            InvalidInputError: The text or a setting is none that MiniMax takes.
            MiniMaxError: See the client. `partial` names the file that was uploaded and stays.
        """
        return self._driver.run(submit(self._policy, source, options))

    def check(self, task_id: str | int) -> SpeechTask:
        """Look at a task once."""
        return self._driver.run(self._policy.call(check_call(task_id)))

    def wait(
        self,
        task: SpeechTask | str | int,
        *,
        on_progress: Callable[[SpeechTask], object] | None = None,
        waits: Iterable[float] | None = None,
        timeout: float | None = None,
    ) -> SpeechTask:
        """Wait until a task is done.

        Args:
            task: The task, or its id from before a restart.
            on_progress: Called with the task after each look.
            waits: Seconds between looks; grow from 1 to 10 without end if left out.
            timeout: Seconds to wait at most, looks included, None for no limit; 0 looks once.

        Raises:
            CallTimeoutError: It is not done in time; it goes on without us, and can be waited for
                again by its id, which the error names.
            MiniMaxError: It failed or expired; see the client.
        """
        return self._driver.run(wait_for(self._policy, task, on_progress, waits, timeout))

    def result(self, task: SpeechTask, *, max_bytes: int = MAX_BYTES) -> Audio:
        """Get the audio of a task that is done; it is kept for 9 hours.

        Raises:
            NotFoundError: It is not done yet, or its audio is not kept any more.
            ReplyTooLargeError: There is more than `max_bytes`.
            InvalidReplyError: There is no audio.
            MiniMaxError: See the client.
        """
        return self._driver.run(download_of(self._policy, task, max_bytes))()


class AsyncSpeech:
    """What `AsyncClient.speech` offers beside `speak()` and `stream_speech()`."""

    def __init__(self, settings: Settings, policy: Policy, driver: AsyncDriver) -> None:
        self._settings = settings
        self._policy = policy
        self._driver = driver

    def connect(
        self,
        options: SpeechOptions | None = None,
        *,
        dialect: Dialect = "bidi",
        continuous_sound: bool = False,
        session_id: str | None = None,
    ) -> AsyncSpeechSocket:
        """Return a socket that speaks; see `Speech.connect()`."""
        flow = SocketFlow(
            self._policy,
            SpeechOptions.template(options),
            dialect,
            continuous_sound=continuous_sound,
            session_id=session_id,
        )
        return AsyncSpeechSocket(AsyncSocketDriver(self._settings), flow)

    async def fetch(self, audio: Audio, *, max_bytes: int = MAX_BYTES) -> Audio:
        """Return `audio` with its bytes and subtitles; see `Speech.fetch()`."""
        return await self._driver.run(fetch_audio(self._policy, audio, max_bytes))

    async def submit(
        self,
        source: str | os.PathLike[str] | SpeechTaskRequest,
        options: SpeechTaskOptions | None = None,
    ) -> SpeechTask:
        """Have a long text spoken in MiniMax's own time; see `Speech.submit()`."""
        return await self._driver.run(submit(self._policy, source, options))

    async def check(self, task_id: str | int) -> SpeechTask:
        """Look at a task once."""
        return await self._driver.run(self._policy.call(check_call(task_id)))

    async def wait(
        self,
        task: SpeechTask | str | int,
        *,
        on_progress: Callable[[SpeechTask], object] | None = None,
        waits: Iterable[float] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - of the task, not of this coroutine
    ) -> SpeechTask:
        """Wait until a task is done; see `Speech.wait()`."""
        return await self._driver.run(wait_for(self._policy, task, on_progress, waits, timeout))

    async def result(self, task: SpeechTask, *, max_bytes: int = MAX_BYTES) -> Audio:
        """Get the audio of a task that is done; see `Speech.result()`."""
        audio_of = await self._driver.run(download_of(self._policy, task, max_bytes))
        return await asyncio.to_thread(audio_of)
