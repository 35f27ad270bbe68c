"""One answer of the model, before the server dresses it for the wire."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Literal

from ._json import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A call of the tool `name`; `arguments` as members, or as raw text to send unchanged."""

    name: str
    arguments: Mapping[str, Any] | str = dataclasses.field(default_factory=dict)
    id: str | None = None

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
    """

    text: str = ""
    thinking: str = ""
    tool_calls: Sequence[ToolCall] = ()
    finish_reason: FinishReason | None = None

    @property
    def reason(self) -> FinishReason:
        """Why the answer ends."""
        return self.finish_reason or ("tool_calls" if self.tool_calls else "stop")
