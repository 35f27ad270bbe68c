"""Mends what MiniMax refuses in a conversation, and reports what cannot be mended.

Sources: rules of tool messages as MiniMax's verifier tests them; the reports of 2013 for several
system messages, tools without parameters, null content and broken arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from pydantic_core import from_json, to_json

from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from minimax_adapters.api.wire.chat import Message, Tool

_NO_PARAMETERS: Final[dict[str, Any]] = {"type": "object", "properties": {}}
_EMPTY_RESULT: Final = "(empty)"  # An empty tool result is answered 200 or 400.


def mend_messages(
    messages: Sequence[Message], *, several_system_messages: bool
) -> list[dict[str, Any]]:
    """Return `messages` as MiniMax takes them; the input is not changed.

    Raises:
        InvalidInputError: A tool result has no call, or a call has no result.
    """
    wire = [cast("dict[str, Any]", message) for message in messages]
    _check_tool_order(wire)
    mended = [_mend(message) for message in wire]
    return mended if several_system_messages else _with_one_system_message(mended)


def mend_tools(tools: Iterable[Tool]) -> list[dict[str, Any]]:
    """Return `tools` where each has parameters: without, MiniMax answers 2013."""
    return [
        {
            **tool,
            "function": {
                **tool["function"],
                "parameters": tool["function"].get("parameters") or _NO_PARAMETERS,
            },
        }
        for tool in tools
    ]


def _mend(message: dict[str, Any]) -> dict[str, Any]:
    role = message["role"]
    if role == "tool" and not message["content"]:
        return {**message, "content": _EMPTY_RESULT}
    if role != "assistant":
        return message
    # The M2 models answer 2013 to a null or missing content; an empty one is accepted.
    mended = {name: value for name, value in message.items() if value is not None}
    mended.setdefault("content", "")
    if calls := mended.pop("tool_calls", None):
        mended["tool_calls"] = [_mend_call(call) for call in calls]
    return mended


def _mend_call(call: dict[str, Any]) -> dict[str, Any]:
    arguments = call["function"]["arguments"]
    mended = mend_arguments(arguments)
    if mended == arguments:
        return call
    return {**call, "function": {**call["function"], "arguments": mended}}


def mend_arguments(arguments: str) -> str:
    """Return `arguments` if they are JSON, else as much of them as is.

    A model sometimes writes broken JSON; sent back as it is, it makes MiniMax refuse every
    later turn of the conversation.
    """
    try:
        from_json(arguments, allow_inf_nan=False)
    except (ValueError, TypeError):  # A lone surrogate is a TypeError.
        pass
    else:
        return arguments
    try:
        start = from_json(arguments, allow_partial="trailing-strings")
    except (ValueError, TypeError):
        start = None
    return to_json(start, inf_nan_mode="null").decode() if isinstance(start, dict) else "{}"


def _check_tool_order(messages: Sequence[dict[str, Any]]) -> None:
    open_calls: list[str] = []
    for position, message in enumerate(messages):
        if message["role"] == "tool":
            call_id = message["tool_call_id"]
            if call_id not in open_calls:
                raise InvalidInputError(
                    f"Message {position} answers the tool call {call_id!r}, but no call with this"
                    " id comes directly before it. Keep an assistant message and the results of"
                    " its tool calls together when you shorten a history."
                )
            open_calls.remove(call_id)
            continue
        _check_answered(open_calls, position)
        open_calls = [call["id"] for call in message.get("tool_calls") or ()]
    _check_answered(open_calls, len(messages))


def _check_answered(open_calls: Sequence[str], position: int) -> None:
    if open_calls:
        raise InvalidInputError(
            f"Before message {position}, no tool message answers the call"
            f" {', '.join(map(repr, open_calls))}. Add a tool message with this tool_call_id"
            " directly after the assistant message, or remove the call from it."
        )


def _with_one_system_message(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merge system messages into one at the start, an empty line between them."""
    system = [message for message in messages if message["role"] in {"system", "root"}]
    if not system or (len(system) == 1 and messages[0] is system[0]):
        return messages
    contents = [message["content"] for message in system]
    merged: str | list[Any]
    if all(isinstance(content, str) for content in contents):
        merged = "\n\n".join(filter(None, contents))
    else:
        merged = list(_parts(contents))
    rest = [message for message in messages if message["role"] not in {"system", "root"}]
    return [{"role": "system", "content": merged}, *rest]


def _parts(contents: Iterable[str | list[Any]]) -> Iterator[Any]:
    for content in contents:
        if isinstance(content, str):
            yield {"type": "text", "text": content}
        else:
            yield from content
