"""MiniMax's answers as the events of LangChain's content-block protocol (`version="v3"`).

A block is open from its first delta to the end of the message, since thinking and parallel calls
may go on after another block has begun.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from minimax_adapters.api import ChatEnd, ReasoningDelta, TextDelta
from minimax_adapters.langchain._reasoning import DETAILS, PROVIDER
from minimax_adapters.langchain._replies import (
    BlockCounter,
    arguments_of,
    is_cut,
    metadata_from,
    usage_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_protocol.protocol import ContentBlockDelta, MessagesData

    from minimax_adapters.api import ChatEvent, ChatReply, ToolCallDelta


@dataclass(slots=True)
class _OpenBlock:
    """A block while it comes.

    Attributes:
        block: Its members; that which grows is named `growing`.
        pieces: What `growing` holds so far. Joined at the end: to put a long text together anew
            with each piece takes the square of its length.
    """

    block: dict[str, Any]
    growing: str
    pieces: list[str] = field(default_factory=list)

    def whole(self) -> dict[str, Any]:
        """Return all of it."""
        return {**self.block, self.growing: "".join(self.pieces)}


class EventBuilder:
    """Turns the events of a stream into protocol events.

    State: `_started` once the message is open, `_counter` for the indexes of blocks, `_blocks`
    what each of them holds so far, `_entries` the index of each thinking entry's block.
    """

    def __init__(self, message_id: str | None, model: str) -> None:
        self._message_id = message_id
        self._model = model
        self._started = False
        self._counter = BlockCounter()
        self._blocks: list[_OpenBlock] = []
        self._entries: dict[int, int] = {}

    @staticmethod
    def ends(event: ChatEvent) -> bool:
        """Return whether `event` is the last one."""
        return isinstance(event, ChatEnd)

    def events(self, event: ChatEvent) -> Iterator[MessagesData]:
        """Yield what `event` says in the protocol."""
        if not self._started:
            self._started = True
            metadata = {"provider": PROVIDER, "model": self._model}
            yield _event("message-start", role="ai", id=self._message_id or "", metadata=metadata)
        if isinstance(event, TextDelta):
            index = self._counter.text()
            if index == len(self._blocks):
                yield self._open(index, "text", {"type": "text"})
            self._blocks[index].pieces.append(event.text)
            yield _delta(index, {"type": "text-delta", "text": event.text})
        elif isinstance(event, ReasoningDelta):
            yield from self._reasoning(event)
        elif isinstance(event, ChatEnd):
            yield from self._end(event.reply)
        else:
            yield from self._call(event)

    def _reasoning(self, event: ReasoningDelta) -> Iterator[MessagesData]:
        index = self._entries[event.index] = self._counter.block("reasoning", event.index)
        extras = {"extras": {DETAILS: event.detail}} if event.detail else {}
        if index == len(self._blocks):
            yield self._open(index, "reasoning", {"type": "reasoning", **extras})
        if event.text:
            self._blocks[index].pieces.append(event.text)
            yield _delta(index, {"type": "reasoning-delta", "reasoning": event.text})

    def _call(self, event: ToolCallDelta) -> Iterator[MessagesData]:
        index = self._counter.block("call", event.index)
        if index == len(self._blocks):
            named = {"id": event.id, "name": event.name}
            yield self._open(index, "args", {"type": "tool_call_chunk", **named, "index": index})
        block = self._blocks[index].block
        block["id"], block["name"] = block["id"] or event.id, block["name"] or event.name
        if event.arguments:
            self._blocks[index].pieces.append(event.arguments)
            yield _delta(index, {"type": "tool-call-delta", "args": event.arguments})

    def _open(self, index: int, growing: str, block: dict[str, Any]) -> MessagesData:
        opened = _OpenBlock(block, growing)
        self._blocks.append(opened)
        return _event("content-block-start", index=index, content=opened.whole())

    def _end(self, reply: ChatReply) -> Iterator[MessagesData]:
        for position, index in self._entries.items():
            # A signature, say, may have come after the first delta.
            members = {k: v for k, v in reply.reasoning_details[position].items() if k != "text"}
            self._blocks[index].block["extras"] = {DETAILS: members}
        for index, block in enumerate(self._blocks):
            content = _finished(block.whole(), cut=is_cut(reply))
            yield _event("content-block-finish", index=index, content=content)
        usage = usage_from(reply.usage)
        yield _event(
            "message-finish",
            **({"usage": usage} if usage else {}),
            metadata=metadata_from(reply),
        )


def _finished(block: dict[str, Any], *, cut: bool) -> dict[str, Any]:
    if block["type"] != "tool_call_chunk":
        return block
    call = {"id": block["id"] or "", "name": block["name"] or ""}
    arguments = arguments_of(block["args"], cut=cut)
    if arguments is not None:
        return {"type": "tool_call", **call, "args": arguments}
    error = "The arguments are not a JSON object."
    return {"type": "invalid_tool_call", **call, "args": block["args"], "error": error}


def _delta(index: int, delta: ContentBlockDelta) -> MessagesData:
    return {"event": "content-block-delta", "index": index, "delta": delta}


def _event(name: str, **members: object) -> MessagesData:
    return cast("MessagesData", {"event": name, **members})
