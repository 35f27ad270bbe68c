"""Thinking of answers whose message was written anew.

A ReActAgent keeps the text of its steps, and a chat engine that streams keeps the text of the
answer: both make new messages of it, and the thinking that MiniMax wants back is gone. It is found
again by what was said, and by the whole conversation before it.
"""

from __future__ import annotations

import threading
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from minimax_adapters.api import ChatReply

_DETAILS: Final = "reasoning_details"
_KEPT: Final = 128


class Recall:
    """The thinking of the last answers, each bound to the conversation that it was given in.

    An answer of another conversation is never found, even if it says the same: what one user's
    model thought must not reach another user's. State: `_kept`, oldest first.
    """

    def __init__(self) -> None:
        self._kept: dict[bytes, list[dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def restore(self, wire: list[dict[str, Any]]) -> bytes:
        """Add thinking to the messages in `wire` that lost it; return a mark of the conversation.

        Messages with tool calls are left alone: who keeps the calls keeps the thinking too.

        Raises:
            InvalidInputError: A message holds what JSON cannot, such as half a character.
        """
        from minimax_adapters.api.wire._base import encode  # noqa: PLC0415 - brings httpx, which is slow to import

        conversation = blake2b(digest_size=16)
        for message in wire:
            if message["role"] == "assistant" and not message.keys() & {_DETAILS, "tool_calls"}:
                kept = self._kept.get(_key(conversation.digest(), message["content"]))
                if kept is not None:
                    message[_DETAILS] = kept
            said = {name: value for name, value in message.items() if name != _DETAILS}
            conversation.update(encode(said))
        return conversation.digest()

    def keep(self, conversation: bytes, reply: ChatReply) -> None:
        """Remember the thinking of `reply`, given to the conversation with this mark."""
        if reply.tool_calls or not reply.reasoning_details:
            return
        with self._lock:
            self._kept[_key(conversation, reply.content)] = reply.reasoning_details
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]


def _key(conversation: bytes, text: str) -> bytes:
    # A ReActAgent writes the input of an action in another form, and line breaks as it likes.
    said = " ".join(text.partition("Action Input:")[0].split())
    return conversation + blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
