"""What chat models answer: whole, or as the events of a stream.

Source: `POST /v1/chat/completions`, MiniMax's page `text-chat-openai`. Several dialects of it come
to the same classes, so these are not wire models: `_chat` and `_chat_stream` fill them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call, as MiniMax counts them.

    Attributes:
        prompt_tokens: Tokens read, cached ones included.
        completion_tokens: Tokens written, thinking included.
        total_tokens: The sum.
        cached_tokens: Those of the prompt that were read from the cache.
        cache_creation_tokens: Those of the prompt that were written to the cache.
        reasoning_tokens: Those of the answer that were thinking, None if MiniMax does not say.
        raw: The object as it came.
    """

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int = 0
    cache_creation_tokens: int = 0
    reasoning_tokens: int | None = None
    raw: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that the model wants made; `arguments` is its JSON text, perhaps broken."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ChatReply:
    """An answer, whole.

    Attributes:
        content: The answer without thinking, cut at a stop text.
        reasoning: The thinking as text, empty if there was none.
        reasoning_details: The thinking as MiniMax sent it, to be given back unchanged. If it
            came in another form, it is put into this one.
        tool_calls: Calls that the model wants made, in order.
        finish_reason: `stop`, `length`, `tool_calls` or `content_filter`; None if unknown.
        usage: Token counts, None if MiniMax sent none (also after a stop text in a stream).
        model: Model that answered.
        id: MiniMax's id of the reply.
        created: Unix seconds, None if MiniMax sent none.
        trace_id: `Trace-Id` header, to be named when asking MiniMax for support.
        service_tier: Tier that served the call, if MiniMax says so.
        raw: The JSON as it came; for a stream, its last frames in one object.
        answer_offset: Characters of `content` that a stream has shown before a `</think>` whose
            opening tag is missing, so that they are thinking; None in all other answers.
    """

    content: str
    reasoning: str = ""
    reasoning_details: list[dict[str, Any]] = field(default_factory=list)
    tool_calls: list[ToolCall] = field(default_factory=list)
    finish_reason: str | None = None
    usage: Usage | None = None
    model: str = ""
    id: str = ""
    created: int | None = None
    trace_id: str | None = None
    service_tier: str | None = None
    raw: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    answer_offset: int | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """New text of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """New thinking.

    Attributes:
        text: What is new.
        index: Position of its entry in `ChatReply.reasoning_details`.
        detail: The other members of the entry (`type`, `id`, `format` ...) with its first delta,
            None afterwards.
    """

    text: str
    index: int = 0
    detail: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A fragment of a call.

    Attributes:
        index: Position of the call in `ChatReply.tool_calls`.
        id: The id, once per call.
        name: The name, once per call.
        arguments: New JSON text.
    """

    index: int
    id: str | None = None
    name: str | None = None
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class ChatEnd:
    """The end of a stream, once and last: the whole answer with its usage."""

    reply: ChatReply


ChatEvent: TypeAlias = TextDelta | ReasoningDelta | ToolCallDelta | ChatEnd
