"""Chunks made without checks: an answer has as many as words, and nothing in them is unknown.

LangChain's constructors validate each member. Here a chunk is a copy of one that they made, with
its own content: equal to theirs, and a third of the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

if TYPE_CHECKING:
    from collections.abc import Mapping

_MESSAGE: Final = dict(AIMessageChunk(content="").__dict__)
# Lists and dicts that no two messages may share.
_FRESH: Final = tuple(
    (name, type(value)) for name, value in _MESSAGE.items() if isinstance(value, list | dict)
)
_CHUNK: Final = dict(ChatGenerationChunk(message=AIMessageChunk(content="")).__dict__)
_set: Final = object.__setattr__


def chunk_of(
    text: str,
    metadata: Mapping[str, Any],
    block: dict[str, Any] | None = None,
    additional_kwargs: dict[str, Any] | None = None,
) -> ChatGenerationChunk:
    """Return a chunk without tool calls.

    Args:
        text: Text of the answer, "" if there is none.
        metadata: The `response_metadata`, copied.
        block: Content block that is the content in place of `text`.
        additional_kwargs: Those of the message.
    """
    members = _MESSAGE | {name: make() for name, make in _FRESH}
    members["content"] = text if block is None else [block]
    members["response_metadata"] = dict(metadata)
    names = {"content", "response_metadata"}
    if additional_kwargs is not None:
        members["additional_kwargs"] = additional_kwargs
        names.add("additional_kwargs")
    message = AIMessageChunk.__new__(AIMessageChunk)
    _fill(message, members, names, {})
    chunk = ChatGenerationChunk.__new__(ChatGenerationChunk)
    _fill(chunk, _CHUNK | {"text": text, "message": message}, {"text", "message"}, None)
    return chunk


def _fill(made: object, members: dict[str, Any], names: set[str], extra: object) -> None:
    _set(made, "__dict__", members)
    _set(made, "__pydantic_fields_set__", names)
    _set(made, "__pydantic_extra__", extra)
    _set(made, "__pydantic_private__", None)
