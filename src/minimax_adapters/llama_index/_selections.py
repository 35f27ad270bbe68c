"""Tool calls of an answer as LlamaIndex's selections, which its agents and programs run.

A call is run with the arguments that the model wrote, or not at all. Arguments that are no JSON
object end in one of two ways:

- Nothing can be done with the answer: its end was cut off, or a call was required, as structured
  output does, and this is no call. `refuse_broken()` raises before the answer is given out.
- A step of an agent: `selections_of()` selects a tool that does not exist, whose name says what is
  wrong. LlamaIndex's agents tell the model, which calls again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llama_index.core.base.llms.types import ToolCallBlock
from llama_index.core.llms.llm import ToolSelection

from minimax_adapters.llama_index._tool_calls import no_tool_call, partial_kwargs, read_arguments
from minimax_adapters.llama_index.errors import BrokenToolCallError

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import ChatResponse

    from minimax_adapters.api import ChatReply

_ENDS: Final = {
    "length": "the answer reached the output limit. Raise max_tokens, or ask for less at once.",
    "content_filter": "MiniMax filtered the answer. Change the input.",
}
_AGAIN: Final = "Ask again."


def refuse_broken(reply: ChatReply, *, required: bool) -> None:
    """Refuse an answer with a call that cannot be run, if nothing else can be done with it.

    Args:
        reply: The whole answer.
        required: Whether a tool call was required.

    Raises:
        BrokenToolCallError: See the head of this module; `partial` is the answer.
    """
    cut = reply.finish_reason in _ENDS
    if not (cut or required):
        return
    for call in reply.tool_calls:
        if fault := _fault(call.arguments, cut=cut and call is reply.tool_calls[-1]):
            error = BrokenToolCallError(
                f"The arguments of the tool call of {call.name!r} are no JSON object ({fault}), so"
                f" it is not run: {_ENDS.get(reply.finish_reason or '', _AGAIN)}",
                call.name,
                call.arguments,
            )
            error.partial = reply
            raise error


def selections_of(response: ChatResponse, *, needed: bool) -> list[ToolSelection]:
    """Return the tool calls of an answer; of a chunk, with the arguments that have come.

    Args:
        response: The answer, or a chunk of it.
        needed: Whether an answer without a call that can be run is an error.

    Raises:
        BrokenToolCallError: A call is needed, and the arguments of one are no JSON object.
        NoToolCallError: A call is needed, and there is none.
    """
    # Only the last chunk of a stream has the raw reply, and only chunks have a delta.
    whole = response.raw is not None or response.delta is None
    calls = [
        _selection(block, needed=needed)
        if whole
        else _selected(block, block.tool_name, partial_kwargs(block.tool_kwargs))
        for block in response.message.blocks
        if isinstance(block, ToolCallBlock)
    ]
    if not calls and needed:
        raise no_tool_call(response.message.content or "")
    return calls


def _selection(block: ToolCallBlock, *, needed: bool) -> ToolSelection:
    name, arguments = block.tool_name, block.tool_kwargs
    if not isinstance(arguments, str):
        return _selected(block, name, arguments)
    fault = _fault(arguments, cut=False)
    if not fault:
        kwargs = read_arguments(arguments) if arguments.strip() else {}
        return _selected(block, name, kwargs)
    if needed:
        raise BrokenToolCallError(
            f"The arguments of the tool call of {name!r} are no JSON object ({fault}), so it is not"
            f" run. {_AGAIN}",
            name,
            arguments,
        )
    unknown = f"{name} (not run: its arguments are no JSON object, {fault}; call it again with one)"
    return _selected(block, unknown, {})


def _selected(block: ToolCallBlock, name: str, kwargs: dict[str, object]) -> ToolSelection:
    return ToolSelection(tool_id=block.tool_call_id or "", tool_name=name, tool_kwargs=kwargs)


def _fault(arguments: str, *, cut: bool) -> str:
    """Return what is wrong with the arguments of a call, "" if nothing is.

    Calls of tools without parameters have none, which is `{}` after `minimax_adapters.api`; but a
    call that was cut off there has lost those that it would have had.
    """
    if arguments.strip() in {"", "{}"}:
        return "they are missing" if cut else ""
    try:
        read_arguments(arguments)
    except ValueError as error:
        return str(error)
    return ""
