"""What chat completions refuse about tools and about calls in the history."""

from __future__ import annotations

import json
from typing import Any

from ._errors import invalid
from ._kinds import expect


def check_tools(tools: Any, *, strict_null: bool) -> None:  # noqa: ANN401  # expect() says what it is.
    """Refuse tools without name or parameters, and other types than `function`.

    `strict_null` refuses a null `strict`, as the models before M3 do.
    """
    expect(tools, "array", "[]*open_platform_oai.Tool")
    for tool in tools:
        expect(tool, "object", "open_platform_oai.Tool")
        check_type(tool)
        function = tool.get("function")
        expect(function, "object", "open_platform_oai.Function")
        name = function.get("name")
        if not isinstance(name, str) or not name:
            raise invalid("function name is empty")
        if function.get("parameters") is None:
            raise invalid("function parameters is empty")
        expect(function["parameters"], "object", "open_platform_oai.FunctionParameters")
        if strict_null and function.get("strict", False) is None:
            raise invalid("function strict is null")


def check_type(entry: dict[str, Any]) -> None:
    """Refuse a tool or call that is not a function."""
    kind = entry.get("type")
    if kind != "function":
        raise invalid(f"invalid tool type: {kind or ''}".rstrip())


def check_tool_choice(choice: object) -> None:
    """Refuse a choice that is neither a known word nor a named function."""
    if choice is None or choice in ("auto", "none", "required"):
        return
    if isinstance(choice, dict) and choice.get("type") == "function":
        function = choice.get("function")
        if isinstance(function, dict) and function.get("name"):
            return
    raise invalid("invalid tool_choice")


class CallOrder:
    """Watches that every call is answered by the tool messages right after it.

    State: `_open` are the calls of the last assistant message that wait for an answer, `_group` all
    calls of that message while only tool messages followed it, `_known` every call so far.
    """

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._group: set[str] = set()
        self._known: set[str] = set()

    def see(self, message: dict[str, Any]) -> None:
        """Take the next message.

        Raises:
            MiniMaxFault: 2013, the message breaks the order.
        """
        if message["role"] == "tool":
            self._see_result(message)
            return
        self.finish()
        self._group = set()
        if message["role"] == "assistant" and message.get("tool_calls"):
            self._group = {check_call(call) for call in message["tool_calls"]}
            self._open = set(self._group)
            self._known |= self._group

    def _see_result(self, message: dict[str, Any]) -> None:
        call_id = message.get("tool_call_id") or ""
        if call_id in self._open:
            self._open.remove(call_id)
        elif call_id in self._known and call_id not in self._group:
            raise invalid("tool call result does not follow tool call")
        else:
            raise invalid(f"tool result's tool id({call_id}) not found")

    def finish(self) -> None:
        """Refuse calls that nobody answered."""
        if self._open:
            raise invalid("tool call and result not match")


def check_call(call: Any) -> str:  # noqa: ANN401  # Likewise.
    """Check one call of an assistant message and return its id."""
    expect(call, "object", "open_platform_oai.ToolCall")
    check_type(call)
    call_id = call.get("id")
    if not isinstance(call_id, str) or not call_id:
        raise invalid("tool call id is empty")
    function = call.get("function")
    expect(function, "object", "open_platform_oai.FunctionCall")
    if not isinstance(function.get("name"), str) or not function["name"]:
        raise invalid("function name is empty")
    arguments = function.get("arguments")
    expect(arguments, "string", "string")
    try:
        json.loads(arguments)
    except ValueError as error:
        text = f"invalid function arguments json string, tool_call_id: {call_id}"
        raise invalid(text) from error
    return call_id
