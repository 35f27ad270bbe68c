"""What one call sends, and how its reply is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api._judge import HTTPReply
    from minimax_adapters.api.errors import APIError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """What to send and how to read the reply.

    Attributes:
        method: HTTP method.
        path: Path on the host.
        body: JSON, None for a call without body.
        parse: Reads a reply; for a stream, makes the `FrameSession` that reads it.
        native: Whether the endpoint is a native one, which takes a `GroupId`.
        query: Parameters of the address.
        content_type: What `body` is.
        metered: Whether its tokens count for the limit of tokens.
        too_long: Says what to do if the call alone may be over a limit of tokens, else None.
        about: Says what this call has to do with an error of MiniMax, before the error's advice.
    """

    method: str
    path: str
    body: bytes | None
    parse: Callable[[HTTPReply], T] = field(repr=False)
    native: bool = False
    query: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"
    metered: bool = False
    too_long: Callable[[], str | None] = field(default=lambda: None, repr=False)
    about: Callable[[APIError], str] = field(default=lambda _: "", repr=False)
