"""The steps that flows yield, and what each of them answers.

A flow is a generator without I/O. It yields a step and is sent its outcome by `_drivers`, in both
colours; where a step can fail, the outcome may be the exception.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

if TYPE_CHECKING:
    import httpx
    from pydantic import SecretStr

    from minimax_adapters.api._deadline import Deadline
    from minimax_adapters.api._line import Bell
    from minimax_adapters.api._unpacking import Unpacker
    from minimax_adapters.api.limits import RateLimit

T = TypeVar("T")


class Incoming(NamedTuple):
    """A response whose body has not been read, the iterator that reads it, and what unpacks it."""

    response: httpx.Response
    chunks: Any
    unpacker: Unpacker | None = None


class AskKey(NamedTuple):
    """Step: get the key, before `deadline`; its provider is asked for another than `refused`.

    Outcome: the key as a `SecretStr`, or None if `refused` is all there is, without a provider.
    """

    deadline: Deadline
    refused: SecretStr | None = None


class Reserve(NamedTuple):
    """Step: take requests and tokens from a limit together, before `deadline`.

    Outcome: seconds until there is enough, 0 if taken; None while another process holds the file.
    """

    limit: RateLimit
    requests: int
    tokens: int
    deadline: Deadline


class Send(NamedTuple):
    """Step: send, for a reply before `deadline`. Outcome: `Incoming`, or the exception."""

    request: httpx.Request
    deadline: Deadline


class Read(NamedTuple):
    """Step: read on. Outcome: bytes, None at the end, or the exception."""

    incoming: Incoming


class Sleep(NamedTuple):
    """Step: close the response that is open, and wait for `seconds`, or until `bell` rings.

    Outcome: None.
    """

    seconds: float
    bell: Bell | None = None


Step: TypeAlias = AskKey | Reserve | Send | Read | Sleep
Flow: TypeAlias = Generator[Step, Any, T]
