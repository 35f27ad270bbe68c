"""Messages of users, and what they are on the wire."""

from __future__ import annotations

import base64
from typing import Any, Final

from llama_index.core.base.llms.types import ChatMessage

from minimax_adapters.api import ChatRequest
from minimax_adapters.llama_index.messages import to_wire

PNG: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PNG_URL: Final = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
DETAILS: Final[list[dict[str, Any]]] = [
    {
        "type": "reasoning.text",
        "id": "reasoning-text-1",
        "format": "MiniMax-response-v1",
        "index": 0,
        "text": "Whiskers.",
        "signature": "kept as it came",
    }
]


def user(*blocks: Any) -> ChatMessage:  # noqa: ANN401 - any JSON
    """Return a user message of these blocks."""
    return ChatMessage(role="user", blocks=list(blocks))


def wire_of(*messages: ChatMessage) -> list[dict[str, Any]]:
    """Return the wire messages, which a request accepts."""
    wire = to_wire(messages)
    ChatRequest(messages=wire)
    return wire
