"""One cell of the matrix of faults: an operation in a colour meets a fault, and has its outcome."""

from __future__ import annotations

import itertools
import traceback
from typing import TYPE_CHECKING, Any, Final

from account_operations import ACCOUNT, ALL, DOWNLOADS, FILES, SILENT
from operations import KEY, STREAMED
from other_operations import OTHERS
from outcomes import FAULTS, Outcome

from minimax_adapters.api import Audio, ChatReply, MiniMaxError

if TYPE_CHECKING:
    from fault_server import FaultServer
    from operations import Colour

_TOKENS: Final = itertools.count()


def expected_of(operation: str, fault: str) -> Outcome:
    """Return what the table says of an operation."""
    row = FAULTS[fault]
    if operation.startswith(STREAMED):
        return row.stream
    if operation in DOWNLOADS:
        return row.download
    return row.file if operation in FILES else row.plain


def check_cell(
    fault_server: FaultServer, place: tuple[str, str], colour: Colour, fault: str
) -> None:
    """Run an operation on a host with `fault` and compare: error, requests, what is kept."""
    expected = expected_of(place[1], fault)
    token = f"cell-{next(_TOKENS)}"
    path = ACCOUNT[place][0] if place in ACCOUNT else ""
    url = fault_server.url(fault, token, path)

    error = run(place, colour, url, FAULTS[fault].options)

    check(error, expected, place[1])
    assert fault_server.seen(token, expected.requests) == expected.requests
    followed = place[1] in DOWNLOADS and fault.startswith("redirect")
    assert fault_server.requests[f"{token}-elsewhere"] == followed


def check(error: MiniMaxError | None, expected: Outcome, partial_of: str) -> None:
    """Compare what a call ended with, and look for the key in all that a user may see."""
    if expected.error is None:
        if error is not None:
            raise error
        return
    assert error is not None
    assert isinstance(error, expected.error), repr(error)
    # An adapter's own class is the framework's as well; the class of ours has to be the same.
    ours = [cls for cls in type(error).__mro__ if cls.__module__ == "minimax_adapters.api.errors"]
    assert ours[0] is expected.error
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert KEY not in shown
    if expected.keeps:
        _check_partial(error.partial, partial_of)


def _check_partial(partial: object, operation: str) -> None:
    if operation == "stream_speech":
        assert isinstance(partial, Audio)
        assert partial.data == b"01234567"
    else:
        assert isinstance(partial, ChatReply)
        assert partial.content.startswith("Good") or partial.tool_calls
        assert partial.tool_calls or operation != "stream_tools"


def run(
    place: tuple[str, str], colour: Colour, url: str, options: dict[str, Any]
) -> MiniMaxError | None:
    """Run an operation and return its error."""
    known = {"base_url": url, "api_key": KEY, "max_retries": 1, **options}
    try:
        result = (ALL | OTHERS)[place](known, colour)
    except MiniMaxError as error:
        return error
    assert result or place[1] in SILENT
    return None
