"""Frames of a chat stream to events, and the answer that they add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from minimax_adapters.api._increments import Increments
from minimax_adapters.api._judge import HTTPReply, raise_error_in
from minimax_adapters.api._reasoning import ReasoningAssembler
from minimax_adapters.api._sse import SSEDecoder
from minimax_adapters.api._stop import StopCutter
from minimax_adapters.api._thinking import ThinkSplitter
from minimax_adapters.api._tool_calls import ToolCallAssembler
from minimax_adapters.api.errors import InterruptedReplyError, InvalidReplyError, MiniMaxError
from minimax_adapters.api.wire.chat import ChatEnd, ChatEvent, ChatReply, TextDelta, Usage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DONE: Final = b"[DONE]"


class ChatSession:
    """Turns the bytes of a chat stream into events; does no I/O.

    The stream is complete at `[DONE]`, or when it closes after a finish reason. `done` says that
    nothing more is wanted; after a stop text that is before the server's own end (`cut`).

    State: one small assembler per kind of content, the members seen last, and `_ended`, so that
    the one `ChatEnd` is sent once.
    """

    def __init__(self, reply: HTTPReply, stops: Sequence[str] = ()) -> None:
        self.done = False
        self.cut = False
        self._reply = reply
        self._sse = SSEDecoder()
        self._content = Increments()
        self._thinking = ThinkSplitter()
        self._stop = StopCutter(stops)
        self._reasoning = ReasoningAssembler()
        self._tool_calls = ToolCallAssembler()
        self._text: list[str] = []
        self._whole_seen = False
        self._ended = False
        self._finish_reason: str | None = None
        self._usage: dict[str, Any] | None = None
        self._frame: dict[str, Any] = {}

    def feed(self, chunk: bytes) -> list[ChatEvent]:
        """Return the events that `chunk` completes.

        Raises:
            APIError: A frame is an error; `partial` holds the answer so far.
            InvalidReplyError: A frame is not JSON.
        """
        events: list[ChatEvent] = []
        for payload in self._sse.feed(chunk):
            self._take(payload, events)
            if self.done:
                break
        return events

    def feed_whole(self, payload: dict[str, Any]) -> list[ChatEvent]:
        """Return the events of a plain reply that answers a request for a stream."""
        events: list[ChatEvent] = []
        self._take_frame(payload, events)
        return [*events, *self.finish()]

    def finish(self) -> list[ChatEvent]:
        """Return the last events when the connection has closed or `[DONE]` has come.

        Raises:
            InterruptedReplyError: The stream was cut off.
            InvalidReplyError: It was no event stream.
        """
        events: list[ChatEvent] = []
        if not self.done:
            for payload in self._sse.flush():
                self._take(payload, events)
        if self._ended:
            return events
        if not (self.done or self._finish_reason):
            raise self._cut_off()
        self._end(events)
        return events

    def interrupted(self, error: MiniMaxError) -> MiniMaxError | None:
        """Return the error of a broken connection, None if the answer was complete before."""
        if self._finish_reason or self.done:
            return None
        error.partial = self.reply()
        return error

    def reply(self) -> ChatReply:
        """Return the answer so far."""
        frame = self._frame
        details = self._reasoning.details()
        return ChatReply(
            content="".join(self._text),
            reasoning=self._reasoning.text(),
            reasoning_details=details,
            tool_calls=self._tool_calls.calls(),
            finish_reason=self._finish_reason,
            usage=usage_from_wire(self._usage),
            model=frame.get("model") or "",
            id=frame.get("id") or "",
            created=frame.get("created"),
            trace_id=self._reply.trace_id,
            service_tier=frame.get("service_tier"),
            raw=frame | {"usage": self._usage} if self._usage else frame,
        )

    def _take(self, payload: bytes, events: list[ChatEvent]) -> None:
        if payload.strip() == _DONE:
            self.done = True
            return
        try:
            frame = from_json(payload)
        except ValueError:
            frame = None
        if not isinstance(frame, dict):
            raise self._broken("A frame of the stream is not a JSON object.")
        self._take_frame(frame, events)

    def _take_frame(self, frame: dict[str, Any], events: list[ChatEvent]) -> None:
        if "error" in frame or "base_resp" in frame:
            try:
                raise_error_in(frame, self._reply)
            except MiniMaxError as error:
                error.partial = self.reply()
                raise
        usage = frame.get("usage")
        if isinstance(usage, dict) and (usage.get("total_tokens") or not self._usage):
            # Older models send zeros on intermediate frames.
            self._usage = usage
        choices = frame.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        if not isinstance(choice, dict):
            self._frame = self._frame | {k: v for k, v in frame.items() if k != "choices"}
            return
        self._frame = frame
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(delta, dict):
            self._take_delta(delta, events)
        elif isinstance(message, dict):
            self._take_message(message, events)
        self._finish_reason = choice.get("finish_reason") or self._finish_reason
        if self._stop.hit:
            self._finish_reason = "stop"
            self.done = self.cut = True

    def _take_delta(self, delta: dict[str, Any], events: list[ChatEvent]) -> None:
        details = delta.get("reasoning_details")
        reasoning = delta.get("reasoning_content")
        if details or reasoning:
            self._thinking.literal = True
            events += self._reasoning.feed(details, reasoning)
        if content := delta.get("content"):
            if not self._text:
                events += self._reasoning.flush()
            self._take_text(self._content.feed(text_of(content)), events)
        calls = delta.get("tool_calls")
        if calls and isinstance(calls, list) and not self._stop.hit:
            self._flush_text(events)
            events += self._tool_calls.feed(calls)

    def _take_message(self, message: dict[str, Any], events: list[ChatEvent]) -> None:
        """Take a frame that repeats the whole answer, which native hosts send last."""
        started = self._text or self._reasoning.text() or self._tool_calls.calls()
        if not started and not self._whole_seen:
            self._take_delta(message, events)
        self._whole_seen = True

    def _take_text(self, text: str, events: list[ChatEvent]) -> None:
        if text:
            self._take_pieces(self._thinking.feed(text), events)

    def _take_pieces(self, pieces: Iterable[Any], events: list[ChatEvent]) -> None:
        for piece in pieces:
            if piece.thinking:
                events.append(self._reasoning.feed_inline(piece.text, piece.block))
            elif text := self._stop.feed(piece.text):
                self._add_text(text, events)
            if self._stop.hit:
                return

    def _add_text(self, text: str, events: list[ChatEvent]) -> None:
        self._text.append(text)
        events.append(TextDelta(text))

    def _flush_text(self, events: list[ChatEvent]) -> None:
        """Send what was held back: no more text can change its meaning."""
        self._take_text(self._content.flush(), events)
        self._take_pieces(self._thinking.flush(), events)
        if not self._stop.hit and (held := self._stop.flush()):
            self._add_text(held, events)

    def _end(self, events: list[ChatEvent]) -> None:
        self._ended = True
        if not self._stop.hit:
            events += self._reasoning.flush()
            self._flush_text(events)
        events += self._tool_calls.flush(self._frame.get("id") or "")
        events.append(ChatEnd(self.reply()))
        self.done = True

    def _cut_off(self) -> MiniMaxError:
        if not self._frame and self._sse.stray:
            return self._broken("The reply is no event stream.")
        error = InterruptedReplyError(
            "The stream ended before the answer did: the connection closed without a finish"
            " reason. What had arrived is in the error's `partial`; ask again for the rest."
        )
        error.partial = self.reply()
        return error

    def _broken(self, text: str) -> InvalidReplyError:
        error = InvalidReplyError(
            f"{text} Check the base URL, and whether a proxy changes the reply.",
            self._reply.status,
            self._reply.trace_id,
        )
        error.partial = self.reply()
        return error


def text_of(content: object) -> str:
    """Return the text of a `content` member, which other hosts may send as parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))


def usage_from_wire(usage: object) -> Usage | None:
    """Return the counts of `usage`, where hosts differ in what they leave out."""
    if not isinstance(usage, dict) or not usage:
        return None
    prompt = usage.get("prompt_tokens_details") or {}
    completion = usage.get("completion_tokens_details") or {}
    read = usage.get("prompt_tokens") or 0
    written = usage.get("completion_tokens") or 0
    return Usage(
        prompt_tokens=read,
        completion_tokens=written,
        total_tokens=usage.get("total_tokens") or read + written,
        # With explicit cache control the counters have the names of the other dialect (recorded).
        cached_tokens=prompt.get("cached_tokens") or prompt.get("cache_read_input_tokens") or 0,
        cache_creation_tokens=prompt.get("cache_creation_input_tokens") or 0,
        reasoning_tokens=completion.get("reasoning_tokens"),
        raw=usage,
    )
