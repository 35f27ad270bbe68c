"""`/ws/v1/t2a_v2` and `/ws/v1/t2a_v2_bidi`: text to speech over WebSockets.

A session reads frames and speaks at once: one task takes what the client sends, the other speaks
what waits, so that a cancellation is heard in the middle of a sentence. After 120 seconds without a
frame from the client or to it, it says 2201 and hangs up; the clock can be turned.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from ._errors import MiniMaxFault, base_resp_for
from ._json import dumps
from ._socket_text import Collector
from ._socket_voice import SocketVoice

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.routing import BaseRoute

    from ._faults import Fault
    from ._quirks import Quirks
    from ._state import State

PLAIN: Final = "/ws/v1/t2a_v2"
BIDIRECTIONAL: Final = "/ws/v1/t2a_v2_bidi"
IDLE_SECONDS: Final = 120.0
LONGEST_TEXT: Final = 10_000
MOST_WAITING: Final = 20_000
# Its only soft code: the text is not taken, and the session goes on.
TOO_MUCH_WAITS: Final = 2205
FLUSH, FINISH = object(), object()


class HangUp(Exception):  # noqa: N818  # Not a failure: the way a session ends.
    """The session is over; the connection is to be closed with `code`."""

    def __init__(self, code: int = 1000) -> None:
        self.code = code
        super().__init__(code)


def routes(state: State) -> list[BaseRoute]:
    """Return the routes of the sockets."""

    async def serve(socket: WebSocket) -> None:
        breaking = state.faults.take(socket.url.path, breaking=True)
        if breaking is not None and breaking.breakage in {"html_502", "reset_before_headers"}:
            page = PlainTextResponse("<title>502 Bad Gateway</title>", 502, media_type="text/html")
            await socket.send_denial_response(page)
            return
        await socket.accept()
        await Session(state, socket, breaking).run()

    return [WebSocketRoute(PLAIN, serve), WebSocketRoute(BIDIRECTIONAL, serve)]


class Session:
    """One connection.

    State: `_voice` once the task has started, `_collector` of unfinished sentences, `_work` that
    waits to be spoken, `_speaking` the task that speaks, `_sent` how many frames went out,
    `_moment` when the last frame came or went, `_held` audio that is to come with the last frame.
    """

    def __init__(self, state: State, socket: WebSocket, breaking: Fault | None) -> None:
        self._state = state
        self._socket = socket
        self._breaking = breaking
        self._bidirectional = socket.url.path == BIDIRECTIONAL
        self._id = str(int(state.trace_id(socket)[:12], 16))
        self._name = self._id
        self._voice: SocketVoice | None = None
        self._collector = Collector()
        self._work: asyncio.Queue[Any] = asyncio.Queue()
        self._waiting = 0
        self._speaking: asyncio.Task[None] | None = None
        self._sent = 0
        self._moment = state.clock.seconds()
        self._held: dict[str, Any] | None = None
        self._fault: Fault | None = None
        self._quirks: Quirks = state.quirks
        self._events: dict[str, Callable[[dict[str, Any]], Any]] = {
            "task_start": self._start,
            "task_continue": self._continue,
            "task_finish": self._finish,
        }
        if self._bidirectional:
            self._events |= {"task_flush": self._flush, "task_cancel": self._cancel}

    async def run(self) -> None:
        """Serve the connection to its end."""
        code = 1000
        tasks: list[asyncio.Task[Any]] = []
        try:
            self._state.authenticate(self._socket)
            self._quirks = self._state.quirks_for(self._socket)
            self._fault = self._state.next_fault(self._socket)
            await self._send("connected_success")
            self._speaking = asyncio.create_task(self._speak())
            tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._watch())]
            await self._first_end(tasks)
        except MiniMaxFault as fault:
            with suppress(WebSocketDisconnect, RuntimeError, HangUp):
                await self._send("task_failed", fault.code, fault.text, last=True)
        except HangUp as end:
            code = end.code
        except (WebSocketDisconnect, RuntimeError):
            return
        finally:
            for task in [*tasks, *([self._speaking] if self._speaking else [])]:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
        with suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.close(code)

    async def _first_end(self, tasks: list[asyncio.Task[Any]]) -> None:
        """Wait until one of the tasks ends, and raise what ended it."""
        while True:
            speaking = self._speaking
            running = {*tasks, *([speaking] if speaking else [])}
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if task is speaking and task.cancelled():
                    continue
                task.result()

    async def _watch(self) -> None:
        """Hang up when nothing has happened for too long."""
        while True:
            busy = self._waiting > 0
            until = self._moment + IDLE_SECONDS
            if self._state.clock.seconds() >= until and not busy:
                raise MiniMaxFault(2201)
            await self._state.clock.until(max(until, self._state.clock.seconds() + 0.01))

    async def _listen(self) -> None:
        while True:
            text = await self._socket.receive_text()
            self._moment = self._state.clock.seconds()
            try:
                frame = json.loads(text)
            except ValueError:
                raise MiniMaxFault(2202) from None
            event = frame.get("event") if isinstance(frame, dict) else None
            take = self._events.get(event) if isinstance(event, str) else None
            if take is None or (self._voice is None and event != "task_start"):
                raise MiniMaxFault(2202)
            await take(frame)

    async def _start(self, frame: dict[str, Any]) -> None:
        if self._voice is not None:
            raise MiniMaxFault(2206 if self._bidirectional else 2202)
        self._voice = SocketVoice(frame, self._state.voice, self._state.vault.voices())
        if self._bidirectional and isinstance(frame.get("session_id"), str):
            self._name = frame["session_id"]
        await self._send("task_started")

    async def _continue(self, frame: dict[str, Any]) -> None:
        text = frame.get("text")
        if not isinstance(text, str) or not text or (not self._bidirectional and not text.strip()):
            await self._send("task_continued", 2203, data=None)
        elif len(text) > LONGEST_TEXT:
            await self._send("task_continued", 2204, data=None)
        elif self._waiting + len(self._collector) + len(text) > MOST_WAITING or self._refuses():
            await self._send("task_continued", TOO_MUCH_WAITS, data=None)
        else:
            self._queue(self._collector.add(text) if self._bidirectional else [text])

    def _refuses(self) -> bool:
        """Take a fault that says too much is waiting, which is soft."""
        if self._fault is None or self._fault.code != TOO_MUCH_WAITS:
            return False
        self._fault = None
        return True

    def _queue(self, texts: list[str]) -> None:
        for text in texts:
            self._waiting += len(text)
            self._work.put_nowait(text)

    async def _flush(self, _frame: dict[str, Any]) -> None:
        self._queue(self._collector.rest())
        self._work.put_nowait(FLUSH)

    async def _cancel(self, _frame: dict[str, Any]) -> None:
        speaking, self._speaking = self._speaking, None
        if speaking is not None:
            speaking.cancel()
            with suppress(asyncio.CancelledError):
                await speaking
        self._collector.rest()
        self._work = asyncio.Queue()
        self._waiting = 0
        await self._send("task_canceled")
        self._speaking = asyncio.create_task(self._speak())

    async def _finish(self, _frame: dict[str, Any]) -> None:
        self._queue(self._collector.rest())
        self._work.put_nowait(FINISH)

    async def _speak(self) -> None:
        while True:
            item = await self._work.get()
            if item is FLUSH:
                await self._send("task_flushed")
            elif item is FINISH:
                await self._send("task_finished", last=True, **(self._held or {}))
                raise HangUp
            else:
                await self._say(item)
                self._waiting -= len(item)

    async def _say(self, text: str) -> None:
        assert self._voice is not None  # noqa: S101  # Nothing is queued before `task_start`.
        request = self._voice.request(text)
        voice, quirks = self._voice, self._quirks
        frames = await asyncio.to_thread(lambda: list(voice.frames(request, quirks)))
        if self._bidirectional:
            await self._send("sentence_start")
        await self._send_held()
        for frame in frames:
            late = quirks.socket_late_audio and frame["is_final"]
            if late:
                # The rest of what was spoken comes with the last frame of the session.
                self._held = {"data": frame["data"]}
            await self._send("task_continued", **(frame | {"data": None} if late else frame))
            await asyncio.sleep(quirks.frame_delay)
        if self._bidirectional:
            await self._send("sentence_end")

    async def _send_held(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            await self._send("task_continued", is_final=False, **held)

    async def _send(
        self,
        event: str,
        code: int = 0,
        text: str | None = None,
        *,
        last: bool = False,
        **members: Any,  # noqa: ANN401 - any JSON
    ) -> None:
        if not last:
            self._spoil()
        trace_id = self._state.trace_id(self._socket)
        base_resp = base_resp_for(code, text if text is not None or code else "success")
        names = {"session_id": self._name, "trace_id": trace_id}
        if self._bidirectional:
            names["connect_id"] = self._id
        if self._quirks.socket_trace_in_base_resp:
            base_resp["trace_id"] = names.pop("trace_id")
        frame = {"event": event} | members | names | {"base_resp": base_resp}
        if self._quirks.socket_no_event and event == "task_continued":
            del frame["event"]
        self._sent += 1
        self._moment = self._state.clock.seconds()
        await self._socket.send_text(dumps(frame))

    def _spoil(self) -> None:
        """Fail or break instead of the next frame, if a fault says so."""
        fault, breaking = self._fault, self._breaking
        if breaking is not None and self._sent >= breaking.after:
            raise HangUp(1011)
        if fault is not None and fault.code != TOO_MUCH_WAITS:
            early = fault.at != "mid_stream"
            if early or self._sent >= fault.after:
                self._fault = None
                raise fault.as_error()
