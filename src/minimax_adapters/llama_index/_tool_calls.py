"""Tool calls between LlamaIndex's blocks, OpenAI's JSON and the wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, from_json, to_json

from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.llama_index.errors import NoToolCallError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llama_index.core.base.llms.types import ToolCallBlock
    from llama_index.core.tools.types import BaseTool

    from minimax_adapters.api import ToolCall

# Characters of what a model said that an error shows.
_SHOWN: Final = 500


def read_arguments(arguments: str) -> dict[str, Any]:
    """Return the arguments of a call as a dict.

    Raises:
        ValueError: They are no JSON object; it says why.
    """
    try:
        parsed = from_json(arguments)
    except (ValueError, TypeError) as error:  # A lone surrogate is a TypeError.
        try:
            # Models write line breaks into strings, and nest deeper than that parser reads.
            parsed = json.loads(arguments, strict=False)
        except (ValueError, RecursionError):
            raise ValueError(str(error)) from error
    if not isinstance(parsed, dict):
        raise ValueError("the outermost value is no object")  # noqa: TRY004 - the model wrote it
    return parsed


def kwargs_of(arguments: str) -> dict[str, Any] | str:
    """Return the arguments of a call as a dict, unchanged if they are no JSON object."""
    try:
        return read_arguments(arguments)
    except ValueError:
        return arguments


def partial_kwargs(arguments: dict[str, Any] | str) -> dict[str, Any]:
    """Return as much of the arguments of a chunk as has come, perhaps nothing."""
    if isinstance(arguments, dict):
        return arguments
    try:
        parsed = from_json(arguments, allow_partial="trailing-strings")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def tool_calls_member(calls: Sequence[ToolCall]) -> dict[str, Any]:
    """Return `additional_kwargs` for a message with `calls`, as OpenAI's JSON."""
    if not calls:
        return {}
    return {"tool_calls": [call_to_json(call.id, call.name, call.arguments) for call in calls]}


def call_to_json(call_id: str | None, name: str, arguments: str) -> dict[str, Any]:
    """Return one call as it goes over the wire."""
    function = {"name": name, "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function}


def calls_to_wire(blocks: Sequence[ToolCallBlock], member: object) -> list[dict[str, Any]]:
    """Return the calls of an assistant message.

    Args:
        blocks: Its tool call blocks; without any, `member` counts, as older integrations wrote it.
        member: `additional_kwargs["tool_calls"]`. It has the arguments letter by letter, which
            keeps MiniMax's prompt cache valid.

    Raises:
        InvalidInputError: A call has no id, or arguments that are no JSON.
    """
    listed = [_listed(call) for call in member] if isinstance(member, list) else []
    if not blocks:
        return [_checked(call) for call in listed]
    written = {call["id"]: call["function"]["arguments"] for call in listed}
    return [
        _checked(call_to_json(block.tool_call_id, block.tool_name, _text(block, written)))
        for block in blocks
    ]


def _text(block: ToolCallBlock, written: dict[str, str]) -> str:
    as_written = written.get(block.tool_call_id or "")
    if as_written is not None and kwargs_of(as_written) == block.tool_kwargs:
        return as_written
    kwargs = block.tool_kwargs
    return _written(kwargs, block.tool_call_id, block.tool_name)


def _written(arguments: object, call_id: str | None, name: str) -> str:
    if isinstance(arguments, str):
        return arguments
    try:
        return to_json(arguments).decode()
    except (PydanticSerializationError, ValueError, TypeError, RecursionError) as error:
        raise InvalidInputError(
            f"The arguments of the tool call {call_id!r} of {name!r} cannot be written as JSON:"
            f" {error}. Use texts, numbers, lists and dicts in its message."
        ) from error


def _listed(call: Any) -> dict[str, Any]:  # noqa: ANN401 - what integrations put there
    members = call.model_dump() if isinstance(call, BaseModel) else call
    function = members.get("function") if isinstance(members, dict) else None
    if not (isinstance(function, dict) and isinstance(members.get("id"), str | None)):
        raise InvalidInputError(
            "additional_kwargs['tool_calls'] holds something else than OpenAI's tool calls. Use"
            " ToolCallBlock in the blocks of the message."
        )
    call_id, name = members.get("id"), function.get("name") or ""
    return call_to_json(call_id, name, _written(function.get("arguments") or "", call_id, name))


def _checked(call: dict[str, Any]) -> dict[str, Any]:
    if not call["id"]:
        raise InvalidInputError(
            f"The tool call of {call['function']['name']!r} has no id, so that no result can name"
            " it. Set tool_call_id in its block and in the tool message."
        )
    return call


def tool_to_wire(tool: BaseTool) -> dict[str, Any]:
    """Return a tool as a function of MiniMax's.

    Raises:
        InvalidInputError: It is no tool, but the function itself say.
    """
    if not hasattr(tool, "metadata"):
        raise InvalidInputError(
            f"{type(tool).__name__} is no tool of LlamaIndex: pass"
            " FunctionTool.from_defaults(function). Agents take functions as they are."
        )
    wire: dict[str, Any] = tool.metadata.to_openai_tool(skip_length_check=True)
    return wire


def no_tool_call(text: str) -> Exception:
    """Return the error of an answer in words where a call was asked for."""
    said = text if len(text) <= _SHOWN else text[:_SHOWN] + " ..."
    return NoToolCallError(
        f"The model answered {said!r}, without a tool call. Ask again, or say in the prompt what to"
        " do where the answer is unknown. If you call tools yourself, ask with tool_required=True,"
        " or pass error_on_no_tool_call=False to take the text.",
        text,
    )
