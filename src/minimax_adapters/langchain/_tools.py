"""Tools and tool choice in every form that LangChain users write, as MiniMax's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.tools import BaseTool

_FUNCTION_MEMBERS: Final = ("name", "description", "parameters")
_WORDS: Final = {"any": "required", "required": "required", "auto": None, "none": "none"}


def tools_to_wire(
    tools: Sequence[Mapping[str, Any] | type | Callable[..., Any] | BaseTool],
    *,
    strict: bool | None = None,
) -> list[dict[str, Any]]:
    """Return `tools` as functions.

    Args:
        tools: Tools, functions, pydantic models, TypedDicts, JSON schemas, or OpenAI's form.
        strict: Close the schemas and require every member, as for OpenAI's strict mode. MiniMax
            has no such mode: the word itself is not sent.

    Raises:
        InvalidInputError: It is no list, or a tool is no function, such as another provider's
            built-in search.
    """
    # A tool of LangChain's can be iterated over: it is a pydantic model.
    if isinstance(tools, str | Mapping | BaseModel) or not isinstance(tools, Iterable):
        raise _refusal("Pass a list of tools, also for one: [tool].")
    return [_tool(tool, strict=strict) for tool in tools]


def _tool(tool: Any, *, strict: bool | None) -> dict[str, Any]:  # noqa: ANN401 - see above
    if isinstance(tool, dict) and tool.get("type") == "function" and "function" not in tool:
        tool = {name: value for name, value in tool.items() if name != "type"}
    wire = convert_to_openai_tool(tool, strict=strict)
    if wire.get("type") != "function":
        raise _refusal(
            f"MiniMax knows no built-in tool {wire.get('type')!r}: pass functions, pydantic"
            " models or JSON schemas."
        )
    function = {
        name: wire["function"][name] for name in _FUNCTION_MEMBERS if name in wire["function"]
    }
    return {"type": "function", "function": function}


def tool_choice_to_wire(
    choice: str | bool | Mapping[str, Any] | None,  # noqa: FBT001 - ChatOpenAI takes True
    tools: Sequence[Mapping[str, Any]],
) -> str | dict[str, Any] | None:
    """Return the choice, None for `auto`, which some M2 hosts refuse when it is spelled out.

    Args:
        choice: None, `auto`, `none`, `any`, `required`, True, the name of a tool, or a named
            choice in the form of OpenAI or of Anthropic.
        tools: The tools as MiniMax takes them.

    Raises:
        InvalidInputError: There is no such tool.
    """
    if choice is None or choice is False:
        return None
    if choice is True:
        return "required"
    name = choice if isinstance(choice, str) else _named(choice)
    names = [tool["function"]["name"] for tool in tools]
    if name in _WORDS and name not in names:
        return _WORDS[name]
    if name not in names:
        known = ", ".join(map(repr, names)) or "none"
        raise _refusal(
            f"tool_choice names {name!r}, which is not among the tools ({known}). Name one of"
            " them, or use 'auto', 'any' or 'none'."
        )
    return {"type": "function", "function": {"name": name}}


def _named(choice: Mapping[str, Any]) -> str:
    function = choice.get("function")
    if isinstance(function, dict) and "name" in function:
        return str(function["name"])
    return str(choice.get("name") or choice.get("type"))


def _refusal(text: str) -> Exception:
    from minimax_adapters.langchain.errors import MiniMaxInvalidInputError  # noqa: PLC0415 - slow to import

    return MiniMaxInvalidInputError(text)
