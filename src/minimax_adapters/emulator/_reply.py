"""One answer of the model, before the server dresses it for the wire."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, get_args

from ._faults import check_choice
from ._json import dumps

if TYPE_CHECKING:
    from types import UnionType

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A call of the tool `name`; `arguments` as members, or as raw text to send unchanged.

    Raises:
        TypeError: A member is of another type, or the arguments are no JSON.
    """

    name: str
    arguments: Mapping[str, Any] | str = dataclasses.field(default_factory=dict)
    id: str | None = None

    def __post_init__(self) -> None:
        _expect("ToolCall.name", self.name, str)
        _expect("ToolCall.id", self.id, str | None)
        _expect("ToolCall.arguments", self.arguments, Mapping | str)
        if not isinstance(self.arguments, str):
            try:
                dumps(self.arguments)
            except (TypeError, ValueError, RecursionError) as error:
                raise TypeError(
                    f"ToolCall.arguments cannot be written as JSON: {error}."
                ) from error

    @property
    def arguments_text(self) -> str:
        """The arguments as they go over the wire."""
        return self.arguments if isinstance(self.arguments, str) else dumps(self.arguments)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reply:
    """What the model says.

    Attributes:
        text: The visible answer.
        thinking: The reasoning before it; empty for none.
        tool_calls: Calls, in order.
        finish_reason: None means `tool_calls` or `stop`, whichever fits.

    Raises:
        TypeError: A member is of another type, a dict in place of a `ToolCall` say.
        ValueError: There is no such `finish_reason`.
    """

    text: str = ""
    thinking: str = ""
    tool_calls: Sequence[ToolCall] = ()
    finish_reason: FinishReason | None = None

    def __post_init__(self) -> None:
        _expect("Reply.text", self.text, str)
        _expect("Reply.thinking", self.thinking, str)
        _expect("Reply.tool_calls", self.tool_calls, Sequence)
        for call in self.tool_calls:
            if not isinstance(call, ToolCall):
                raise TypeError(
                    "Pass Reply(tool_calls=[ToolCall(name=..., arguments={...})]), not"
                    f" {type(call).__name__}."
                )
        check_choice("finish_reason", self.finish_reason, (None, *get_args(FinishReason)))

    @property
    def reason(self) -> FinishReason:
        """Why the answer ends."""
        return self.finish_reason or ("tool_calls" if self.tool_calls else "stop")


def _expect(name: str, value: object, wanted: type | UnionType) -> None:
    """Refuse what would make the server fail later, without a word about where it came from."""
    if not isinstance(value, wanted):
        kind = getattr(wanted, "__name__", str(wanted))
        raise TypeError(f"{name} is a {kind}, not {type(value).__name__}.")
