"""Errors that only these classes raise; each is also what LlamaIndex or Python would raise."""

from __future__ import annotations

from minimax_adapters.api.errors import ConfigurationError, InvalidInputError, InvalidReplyError

__all__ = [
    "BrokenToolCallError",
    "NoToolCallError",
    "UnknownArgumentError",
    "UnspeakableError",
]


class UnknownArgumentError(ConfigurationError, TypeError):
    """An argument has a name that the class or the call does not know, or two that differ."""


class UnspeakableError(InvalidInputError, TypeError):
    """What was given to `MiniMaxSpeech` is no text and no answer."""


class NoToolCallError(InvalidReplyError, ValueError):
    """The model answered in words where it was to call a tool, or to fill in a structure.

    Attributes:
        text: What it said.
    """

    def __init__(self, message: str, text: str = "") -> None:
        super().__init__(message)
        self.text = text


class BrokenToolCallError(InvalidReplyError, ValueError):
    """The model called a tool with arguments that are no JSON object; the tool was not run.

    Attributes:
        tool_name: The tool.
        arguments: What came as arguments.
        partial: The whole `ChatReply`, where it is known.
    """

    def __init__(self, message: str, tool_name: str = "", arguments: str = "") -> None:
        super().__init__(message)
        self.tool_name = tool_name
        self.arguments = arguments
