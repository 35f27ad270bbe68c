"""The steps that the flows of a socket yield beside those of `_steps`, and their outcomes."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")
# The steps of `_steps` and those below; what is sent back depends on the step.
Steps: TypeAlias = Generator[Any, Any, T]


class Transmit(NamedTuple):
    """Step: send a frame, within `seconds`. Outcome: None, `Closed` or an exception."""

    frame: str
    seconds: float | None


class Receive(NamedTuple):
    """Step: wait for a frame, at most `seconds`. Outcome: the frame, `Closed` or an exception."""

    seconds: float | None


class Disconnect(NamedTuple):
    """Step: close the connection."""


class Closed(NamedTuple):
    """The connection is gone, and why; `broken` says that nobody closed it."""

    reason: str
    broken: bool = False
