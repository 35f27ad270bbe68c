"""A tool call as the text that M2 models sometimes let slip into their content."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from minimax_adapters.emulator._json import dumps

if TYPE_CHECKING:
    from minimax_adapters.emulator._reply import ToolCall


def as_leaked_text(call: ToolCall) -> str:
    """Return `call` in the markup of the model's own template."""
    try:
        arguments = json.loads(call.arguments_text)
    except ValueError:
        arguments = {"input": call.arguments_text}
    lines = [
        f'<parameter name="{name}">{value if isinstance(value, str) else dumps(value)}</parameter>'
        for name, value in arguments.items()
    ]
    inner = "\n".join([f'<invoke name="{call.name}">', *lines, "</invoke>"])
    return f"<minimax:tool_call>\n{inner}\n</minimax:tool_call>"
