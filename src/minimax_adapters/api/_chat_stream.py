"""Frames of a chat stream to events, and the answer that they add up to."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

from minimax_adapters.api._frames import FrameSession
from minimax_adapters.api._increments import Increments
from minimax_adapters.api._judge import (
    HTTPReply,
    int_or_none,
    text_or_none,
)
from minimax_adapters.api._leaked_calls import LeakedCalls
from minimax_adapters.api._reasoning import ReasoningAssembler
from minimax_adapters.api._stop import StopCutter
from minimax_adapters.api._thinking import ThinkSplitter
from minimax_adapters.api._tool_calls import ToolCallAssembler
from minimax_adapters.api._usage import usage_from_wire
from minimax_adapters.api.wire.chat_reply import ChatEnd, ChatEvent, ChatReply, TextDelta

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from minimax_adapters.api.wire.chat import Tool


class ChatSession(FrameSession[ChatEvent]):
    """The session of a chat stream.

    The stream is complete at `[DONE]`, or when it closes after a finish reason. `done` says that
    nothing more is wanted; after a stop text that is before the server's own end (`cut`).

    State: one small assembler per kind of content, the members seen last, `_answered` and
    `_started` for a choice and its content, `_text` of the answer, which begins at `_offset`, as
    what is before that was thinking after all. A list of its words would take ten times the memory.
    """

    __slots__ = (
        "_answered",
        "_content",
        "_finish_reason",
        "_frame",
        "_leaks",
        "_offset",
        "_reasoning",
        "_started",
        "_stop",
        "_stops",
        "_text",
        "_thinking",
        "_tool_calls",
        "_tools",
        "_usage",
    )

    ends_at_done = True
    what, ending, content = "answer", "a finish reason", "a message"

    def __init__(
        self, reply: HTTPReply, stops: Sequence[str] = (), tools: Sequence[Tool] = ()
    ) -> None:
        super().__init__(reply)
        self._content = Increments()
        self._thinking = ThinkSplitter()
        self._stops, self._tools = stops, tools
        self._leaks = LeakedCalls(tools)
        self._stop = StopCutter(stops)
        self._reasoning = ReasoningAssembler()
        self._tool_calls = ToolCallAssembler()
        self._text = StringIO()
        self._offset = 0
        self._answered = False
        self._started = False
        self._finish_reason: str | None = None
        self._usage: dict[str, Any] | None = None
        self._frame: dict[str, Any] = {}

    def so_far(self) -> ChatReply:
        """Return the answer so far."""
        frame = self._frame
        details = self._reasoning.details()
        offset = self._text.tell() if self._thinking.begins else self._offset
        return ChatReply(
            content=self._text.getvalue(),
            reasoning=self._reasoning.text(),
            reasoning_details=details,
            tool_calls=self._tool_calls.calls(),
            finish_reason=self._finish_reason,
            usage=usage_from_wire(self._usage),
            model=text_or_none(frame.get("model")) or "",
            id=text_or_none(frame.get("id")) or "",
            created=int_or_none(frame.get("created")),
            trace_id=self._reply.trace_id,
            service_tier=text_or_none(frame.get("service_tier")),
            raw=frame | ({"usage": self._usage} if self._usage else {}),
            answer_offset=offset or None,
        )

    def _take_frame(self, frame: dict[str, Any], events: list[ChatEvent]) -> None:
        if "error" in frame or "base_resp" in frame:
            self._raise_error_in(frame)
        usage = frame.pop("usage", None)
        if isinstance(usage, dict) and (usage.get("total_tokens") or not self._usage):
            # Older models send zeros on intermediate frames.
            self._usage = usage
        choices = frame.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices else None
        # Some hosts give id and model with the first frame only.
        if choice is None or None in frame.values():
            frame = {k: v for k, v in frame.items() if v not in (None, [])}
        self._frame.update(frame)
        if not isinstance(choice, dict):
            return
        self._answered = True
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(delta, dict):
            self._take_delta(delta, events)
        elif isinstance(message, dict):
            self._take_message(message, events)
        if reason := choice.get("finish_reason"):
            self._finish_reason = text_or_none(reason) or self._finish_reason
        if self._stop.hit:
            self._finish_reason = "stop"
            self.done = self.cut = True

    def _take_delta(self, delta: dict[str, Any], events: list[ChatEvent]) -> None:
        details = delta.get("reasoning_details")
        reasoning = delta.get("reasoning_content")
        if details or reasoning:
            self._started = True
            self._thinking.literal = True
            events += self._reasoning.feed(details, reasoning)
        content = delta.get("content")
        if not isinstance(content, str):
            content = text_of(content)
        if content:
            self._started = True
            if not self._text.tell():
                events += self._reasoning.flush()
            self._take_text(self._content.feed(content), events)
        calls = delta.get("tool_calls")
        if calls and isinstance(calls, list) and not self._stop.hit:
            self._started = True
            self._flush_text(events)
            if not self._stop.hit:
                events += self._tool_calls.feed(calls)

    def _take_message(self, message: dict[str, Any], events: list[ChatEvent]) -> None:
        """Take a frame that repeats the whole answer, which native hosts send last."""
        if not self._started:
            self._take_delta(message, events)

    def _take_text(self, text: str, events: list[ChatEvent]) -> None:
        if self._thinking.passes(text):
            if self._tools or self._stops:
                self._take_answer(text, events)
            else:  # Nothing is to be looked for in it.
                self._add_text(text, events)
        elif text:
            self._take_pieces(self._thinking.feed(text), events)

    def _take_pieces(self, pieces: Iterable[Any], events: list[ChatEvent]) -> None:
        for piece in pieces:
            if piece.thinking:
                events.append(self._reasoning.feed_inline(piece.text, piece.block))
            else:
                if piece.begins:
                    self._offset = self._text.tell()
                self._take_answer(piece.text, events)
            if self._stop.hit:
                return

    def _take_answer(self, text: str, events: list[ChatEvent]) -> None:
        if self._tools:
            text = self._leaks.feed(text)
        if self._stops:
            text = self._stop.feed(text)
        self._add_text(text, events)
        if self._leaks.found and not self._stop.hit:
            self._take_leaked(events)

    def _take_leaked(self, events: list[ChatEvent]) -> None:
        self._add_text(self._stop.flush(), events)
        events += self._tool_calls.feed(self._leaks.take())

    def _add_text(self, text: str, events: list[ChatEvent]) -> None:
        if text:
            self._text.write(text)
            events.append(TextDelta(text))

    def _flush_text(self, events: list[ChatEvent]) -> None:
        """Send what was held back: no more text can change its meaning."""
        self._take_text(self._content.flush(), events)
        self._take_pieces(self._thinking.flush(), events)
        if not self._stop.hit:
            self._add_text(self._stop.feed(self._leaks.flush()), events)
        if not self._stop.hit:
            self._take_leaked(events)

    def _take_whole(self, payload: dict[str, Any], events: list[ChatEvent]) -> bool:
        self._take_frame(payload, events)
        return self._answered

    def _has_begun(self) -> bool:
        return bool(self._frame)

    def _is_complete(self) -> bool:
        return bool(self._finish_reason)

    def _end(self, events: list[ChatEvent]) -> None:
        if not self._stop.hit:
            events += self._reasoning.flush()
            self._flush_text(events)
            self._finish_reason = self._leaks.finish_reason(self._finish_reason)
        events += self._tool_calls.flush(text_or_none(self._frame.get("id")) or "")
        events.append(ChatEnd(self.so_far()))


def text_of(content: object) -> str:
    """Return the text of a `content` member, which other hosts may send as parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else ()
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))
