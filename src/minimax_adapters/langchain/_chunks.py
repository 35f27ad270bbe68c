"""Chunks made without checks: an answer has as many as words, and nothing in them is unknown.

LangChain's constructors validate each member. Here a chunk is a copy of one that they made, with
its own content: equal to theirs, and a third of the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from minimax_adapters._unchecked import unchecked

if TYPE_CHECKING:
    from collections.abc import Mapping

_MESSAGE: Final = dict(AIMessageChunk(content="").__dict__)
# Lists and dicts that no two messages may share.
_FRESH: Final = tuple(
    (name, type(value)) for name, value in _MESSAGE.items() if isinstance(value, list | dict)
)
_CHUNK: Final = dict(ChatGenerationChunk(message=AIMessageChunk(content="")).__dict__)


def message_of(
    content: str | list[Any],
    metadata: Mapping[str, Any],
    message_id: str | None,
    additional_kwargs: dict[str, Any] | None = None,
) -> AIMessageChunk:
    """Return a message without tool calls.

    Args:
        content: Text of the answer, "" if there is none, or content blocks.
        metadata: The `response_metadata`, copied.
        message_id: The id, None where LangChain gives it.
        additional_kwargs: Those of the message.
    """
    members = {**_MESSAGE}
    for name, make in _FRESH:
        members[name] = make()
    members["content"] = content
    members["response_metadata"] = {**metadata}
    names = {"content", "response_metadata"}
    if message_id is not None:
        members["id"] = message_id
        names.add("id")
    if additional_kwargs is not None:
        members["additional_kwargs"] = additional_kwargs
        names.add("additional_kwargs")
    return unchecked(AIMessageChunk, members, names, {})


def generation_of(message: AIMessageChunk) -> ChatGenerationChunk:
    """Return `message` as LangChain's hooks hand it on."""
    content = message.content
    if not isinstance(content, str):
        blocks: Any = content
        content = "".join(block["text"] for block in blocks if block["type"] == "text")
    members = {**_CHUNK, "text": content, "message": message}
    return unchecked(ChatGenerationChunk, members, {"text", "message"})
