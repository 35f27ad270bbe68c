"""Faults that happen once, in the order in which they were asked for.

A fault either carries a MiniMax code or breaks the transport. Broken transports need nothing from
an endpoint: the application's outermost layer spoils the answer on its way out.
"""

from __future__ import annotations

import dataclasses
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Literal, cast, get_args

from ._errors import CODES, Envelope, MiniMaxFault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HEADER: Final = "x-emulator-fault"

Breakage = Literal[
    "html_502",  # a proxy in front of MiniMax answers
    "empty_body",  # HTTP 200 without a body
    "truncated_json",  # a complete HTTP answer whose JSON stops in the middle
    "reset_before_headers",  # TCP reset instead of an answer
    "reset_mid_body",  # TCP reset after half a body, or after some frames of a stream
    "close_mid_body",  # the connection is closed there without an error
]
Moment = Literal["response", "first_frame", "mid_stream"]
Choices = Literal["null", "empty"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fault:
    """One misbehaviour of one answer.

    Attributes:
        code: MiniMax code to answer with, when `breakage` is None.
        text: Message; None means the text of the code.
        envelope: `auto` follows the endpoint's family.
        choices: What `choices` is beside a `base_resp` in a chat answer.
        retry_after: Seconds for a `Retry-After` header.
        at: `response` answers with one JSON body, also to a stream request; the others send the
            error as a frame, first or after `after` frames.
        after: Frames of a stream (or body writes) before the fault.
        path: End of the request path that the fault waits for; empty for any.
        breakage: How the transport breaks.

    Raises:
        ValueError: There is no such code, breakage, envelope or moment. Codes that MiniMax does
            not document need a `text`.
    """

    code: int = 1000
    text: str | None = None
    envelope: Envelope = "auto"
    choices: Choices = "null"
    retry_after: float | None = None
    at: Moment = "response"
    after: int = 2
    path: str = ""
    breakage: Breakage | None = None

    def __post_init__(self) -> None:
        if self.code not in CODES and self.text is None:
            known = ", ".join(map(str, sorted(CODES)))
            raise ValueError(
                f"There is no code {self.code!r}: pass text as well, or one of {known}."
            )
        check_choice("envelope", self.envelope, get_args(Envelope))
        check_choice("choices", self.choices, get_args(Choices))
        check_choice("at", self.at, get_args(Moment))
        if self.breakage is not None:
            check_choice("breakage", self.breakage, get_args(Breakage))

    def as_error(self) -> MiniMaxFault:
        """Return the exception that makes the application answer with this fault."""
        return MiniMaxFault(
            self.code,
            self.text,
            envelope=self.envelope,
            retry_after=self.retry_after,
            choices=self.choices,
        )


def check_choice(name: str, value: object, choices: Sequence[object]) -> None:
    """Raise unless `value` is among `choices`: a misspelt one would make a test pass by chance.

    Raises:
        ValueError: It is not.
    """
    if value not in choices:
        raise ValueError(f"{name} is one of {', '.join(map(str, choices))}, not {value!r}.")


class FaultQueue:
    """Faults that wait for requests. Tests append while the server's thread takes."""

    def __init__(self) -> None:
        self._waiting: deque[Fault] = deque()
        self._lock = threading.Lock()

    def append(self, fault: Fault, times: int = 1) -> None:
        """Queue `fault` for the next `times` requests."""
        with self._lock:
            self._waiting.extend([fault] * times)

    def clear(self) -> None:
        """Forget every waiting fault."""
        with self._lock:
            self._waiting.clear()

    def take(self, path: str, *, breaking: bool) -> Fault | None:
        """Take the oldest fault for `path` if it is of the asked kind, else leave it."""
        with self._lock:
            for position, fault in enumerate(self._waiting):
                if path.endswith(fault.path):
                    if (fault.breakage is not None) is not breaking:
                        return None
                    del self._waiting[position]
                    return fault
        return None


def fault_from_header(headers: Mapping[str, str]) -> Fault | None:
    """Read `X-Emulator-Fault: 1002` or `code=1002, at=mid_stream` or `breakage=html_502`.

    Raises:
        ValueError: The header does not describe a fault.
    """
    text = headers.get(HEADER, "").strip()
    if not text:
        return None
    if text.isdecimal():
        return Fault(code=int(text))
    if text in get_args(Breakage):
        return Fault(breakage=cast("Breakage", text))
    pairs = (item.partition("=") for item in text.split(","))
    members: dict[str, Any] = {name.strip(): value.strip() for name, _, value in pairs}
    for name in ("code", "after"):
        if name in members:
            members[name] = int(str(members[name]))
    if "retry_after" in members:
        members["retry_after"] = float(str(members["retry_after"]))
    try:
        return Fault(**members)
    except TypeError as error:
        raise ValueError(f"unknown member in {text!r}") from error
