"""LangChain's messages as MiniMax's. Pure: no I/O, and the input is never changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from minimax_adapters.langchain._content import (
    content_to_wire,
    is_media,
    parts_to_wire,
    text_of,
)
from minimax_adapters.langchain._reasoning import entries_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WireMessage = dict[str, Any]

_ROLES: Final = frozenset(
    {
        "system",
        "root",
        "user",
        "assistant",
        "user_system",
        "group",
        "sample_message_user",
        "sample_message_ai",
    }
)
_ROLE_NAMES: Final = {"human": "user", "ai": "assistant", "developer": "system"}
# What a model said besides text: calls stand in `tool_calls`, thinking is gathered apart, and the
# records of another provider's own tools mean nothing to MiniMax.
_NOT_TEXT: Final = frozenset(
    {
        "audio",
        "citation",
        "code_interpreter_call",
        "file_search_call",
        "function_call",
        "input_json_delta",
        "invalid_tool_call",
        "reasoning",
        "reasoning_content",
        "redacted_thinking",
        "server_tool_call",
        "server_tool_call_chunk",
        "server_tool_result",
        "server_tool_use",
        "thinking",
        "tool_call",
        "tool_call_chunk",
        "tool_use",
        "web_search_call",
        "web_search_tool_result",
    }
)
_SHOWN_BELOW: Final = "(shown in the next message)"


def to_wire(messages: Sequence[BaseMessage]) -> list[WireMessage]:
    """Return `messages` as MiniMax expects them.

    Images in tool results follow in a user message after the last result, since MiniMax reads
    text only in tool messages. Broken tool calls go back if a result answers them.

    Raises:
        InvalidInputError: A message or one of its blocks has no counterpart.
    """
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    wire: list[WireMessage] = []
    images: list[dict[str, Any]] = []
    for message in messages:
        if images and not isinstance(message, ToolMessage):
            wire.append({"role": "user", "content": images})
            images = []
        match message:
            case HumanMessage():
                wire += _human(message)
            case AIMessage():
                wire.append(_assistant(message, answered))
            case ToolMessage():
                wire.append(_tool(message, images))
            case SystemMessage():
                wire.append(_with_name(message, "system"))
            case ChatMessage():
                wire.append(_with_name(message, _role_of(message)))
            case _:
                raise _no_role(type(message).__name__)
    if images:
        wire.append({"role": "user", "content": images})
    return wire


def _with_name(message: BaseMessage, role: str) -> WireMessage:
    wire: WireMessage = {"role": role, "content": content_to_wire(message.content, _place(message))}
    return wire | {"name": message.name} if message.name else wire


def _role_of(message: ChatMessage) -> str:
    role = _ROLE_NAMES.get(message.role, message.role)
    if role not in _ROLES:
        raise _no_role(f"the role {message.role!r}")
    return role


def _human(message: HumanMessage) -> list[WireMessage]:
    """Return the message; results of tools inside it, in Anthropic's form, come before it."""
    content = message.content
    if isinstance(content, str):
        return [_with_name(message, "user")]
    results = [block for block in content if _is_tool_result(block)]
    if not results:
        return [_with_name(message, "user")]
    images: list[dict[str, Any]] = []
    wire = [
        _tool(
            ToolMessage(
                content=block.get("content") or "",
                tool_call_id=_named_in(block, "tool_use_id", _place(message)),
                status="error" if block.get("is_error") else "success",
            ),
            images,
        )
        for block in results
        if isinstance(block, dict)
    ]
    rest = [block for block in content if not _is_tool_result(block)]
    parts = [*images, *parts_to_wire(rest, _place(message))]
    return [*wire, {"role": "user", "content": parts}] if parts else wire


def _is_tool_result(block: object) -> bool:
    return isinstance(block, dict) and block.get("type") == "tool_result"


def _assistant(message: AIMessage, answered: set[str]) -> WireMessage:
    wire: WireMessage = {"role": "assistant", "content": _said(message)}
    if message.name:
        wire["name"] = message.name
    if details := entries_of(message):
        wire["reasoning_details"] = details
    if calls := list(_calls(message, answered)):
        wire["tool_calls"] = calls
    return wire


def _said(message: AIMessage) -> str | list[dict[str, Any]]:
    """Return what the model said, as one text unless there are images in it."""
    if isinstance(message.content, str):
        return message.content
    blocks = [
        block
        for block in message.content
        if not (isinstance(block, dict) and block.get("type") in _NOT_TEXT)
    ]
    place = _place(message)
    if any(map(is_media, blocks)):
        return content_to_wire(blocks, place)
    return "".join(part["text"] for part in parts_to_wire(blocks, place))


def _calls(message: AIMessage, answered: set[str]) -> Iterable[dict[str, Any]]:
    calls = message.tool_calls or _calls_in_content(message)
    for position, call in enumerate(calls):
        call_id = call["id"] or f"call_{position + 1}"
        yield _call(call_id, call["name"], _arguments_of(call, call_id, message))
    for broken in message.invalid_tool_calls:
        # Without a result MiniMax would refuse the whole conversation from here on.
        if broken["id"] in answered:
            yield _call(broken["id"], broken["name"] or "unknown", broken["args"] or "{}")


def _arguments_of(call: Mapping[str, Any], call_id: str, message: AIMessage) -> str:
    try:
        text = json.dumps(call["args"], ensure_ascii=False)
        text.encode()  # Half a character would be taken for broken arguments, and mended away.
    except (TypeError, ValueError, RecursionError) as error:
        message_id = f" with the id {message.id!r}" if message.id else ""
        raise _refused(
            f"The arguments of the call {call_id!r} of {call['name']!r}, in {_place(message)}"
            f"{message_id}, cannot be written as JSON: {error}. Use texts, numbers, lists and"
            " dicts."
        ) from error
    return text


def _call(call_id: str | None, name: str, arguments: str) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function}


def _calls_in_content(message: AIMessage) -> list[Any]:
    """Return calls that stand in the content only, as in a history written for Anthropic."""
    content = message.content
    return [
        {
            "id": block.get("id"),
            "name": _named_in(block, "name", _place(message)),
            "args": block.get("input") or {},
        }
        for block in (content if isinstance(content, list) else ())
        if isinstance(block, dict) and block.get("type") == "tool_use"
    ]


def _named_in(block: Mapping[str, Any], member: str, place: str) -> str:
    """Return a member of a block that has to be there, and to be a text."""
    value = block.get(member)
    if isinstance(value, str) and value:
        return value
    given = f"{member} of type {type(value).__name__}" if member in block else f"no {member}"
    raise _refused(
        f"A block of type {block['type']!r} in {place} has {given}. It needs one, which is a text."
    )


def _tool(message: ToolMessage, images: list[dict[str, Any]]) -> WireMessage:
    """Return the result as text; its images are added to `images`."""
    content = message.content
    if not isinstance(content, str):
        media = list(parts_to_wire(filter(is_media, content), _place(message)))
        content = text_of([block for block in content if not is_media(block)], _place(message))
        if media:
            title = f"Result of the tool call {message.tool_call_id}:"
            images += [{"type": "text", "text": title}, *media]
            content = f"{content}\n{_SHOWN_BELOW}".strip()
    if message.status == "error" and not content:
        content = "error"
    return {"role": "tool", "tool_call_id": message.tool_call_id, "content": content}


def _place(message: BaseMessage) -> str:
    return f"a {type(message).__name__}"


def _no_role(what: str) -> Exception:
    return _refused(
        f"MiniMax chat has no role for {what}. Pass system, human, AI and tool messages."
    )


def _refused(text: str) -> Exception:
    from minimax_adapters.langchain.errors import MiniMaxInvalidInputError  # noqa: PLC0415 - slow to import

    return MiniMaxInvalidInputError(text)
