"""The model behind the emulator: pure functions from a request to a reply.

It knows next to nothing. It finds sentences in what it is given, fills schemas with what was said,
calls tools whose names the question contains, and says so when it does not know. The same
conversation always gets the same answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minimax_adapters.emulator._reply import Reply

from .composing import reply_to
from .dialogue import read
from .leaking import as_leaked_text
from .musing import muse

if TYPE_CHECKING:
    from minimax_adapters.emulator._catalog import ChatModel

__all__ = ["answer", "as_leaked_text"]


def answer(request: dict[str, Any], model: ChatModel) -> Reply:
    """Return what `model` says to `request`."""
    conversation = read(request)
    text, calls = reply_to(conversation, request["messages"])
    thinking = ""
    if thinks(request, model):
        effort = request.get("reasoning_effort") or "max" if model.uses_effort else None
        thinking = muse(conversation.question, calls, len(conversation.results), effort)
    return Reply(text=text, thinking=thinking, tool_calls=calls)


def thinks(request: dict[str, Any], model: ChatModel) -> bool:
    """Tell whether `model` thinks before this answer."""
    if model.thinking != "switchable":
        return model.thinking == "always"
    switch: dict[str, Any] = request.get("thinking") or {}
    return bool(switch.get("type", "adaptive") != "disabled")
