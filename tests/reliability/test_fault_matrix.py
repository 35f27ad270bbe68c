"""Each operation on each surface in each colour meets each fault: one outcome for each."""

from __future__ import annotations

import itertools
import traceback
from typing import TYPE_CHECKING, Any, Final

import pytest
from account_operations import ACCOUNT, ALL, DOWNLOADS, FILES, SILENT
from operations import KEY, OPERATIONS, STREAMED
from outcomes import CODES, FAULTS, Outcome, outcome_of_code

from minimax_adapters.api import Audio, ChatReply, MiniMaxError
from minimax_adapters.api._codes import CODES as OUR_CODES

if TYPE_CHECKING:
    from fault_server import FaultServer
    from operations import Colour

pytestmark = pytest.mark.sampled(share=0.13)

COLOURS: Final[tuple[Colour, ...]] = ("sync", "async")
_TOKENS: Final = itertools.count()
_ENVELOPES: Final = ("base_resp", "compatible", "first_frame", "mid_stream")


def _cells() -> list[Any]:
    return [
        pytest.param(*place, colour, fault, id="-".join((*place, colour, fault)))
        for place in (*OPERATIONS, *ACCOUNT)
        for colour in COLOURS
        for fault in FAULTS
    ]


def _code_cells() -> list[Any]:
    """Return every code in every envelope: twice for the client, once for each adapter.

    Operations and colours take turns.
    """
    turns = itertools.count()
    cells = []
    for code, envelope, surface in itertools.product(
        CODES, _ENVELOPES, ("client", "client", "langchain", "llama_index")
    ):
        framed = envelope in {"first_frame", "mid_stream"}
        places = [
            place
            for place in OPERATIONS
            if place[0] == surface and (not framed or place[1] in STREAMED)
        ]
        turn = next(turns)
        operation = places[turn * 5 % len(places)][1]
        colour = COLOURS[turn % 2]
        name = f"{surface}-{operation}-{colour}-{envelope}-{code}"
        cells.append(pytest.param(surface, operation, colour, code, envelope, id=name))
    return cells


def expected_of(operation: str, fault: str) -> Outcome:
    """Return what the table says of an operation."""
    row = FAULTS[fault]
    if operation in STREAMED:
        return row.stream
    if operation in DOWNLOADS:
        return row.download
    return row.file if operation in FILES else row.plain


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
        has_calls = operation == "stream_tools"
        assert partial.tool_calls if has_calls else partial.content.startswith("Good")


def run(
    place: tuple[str, str], colour: Colour, url: str, options: dict[str, Any]
) -> MiniMaxError | None:
    """Run an operation and return its error."""
    known = {"base_url": url, "api_key": KEY, "max_retries": 1, **options}
    try:
        result = ALL[place](known, colour)
    except MiniMaxError as error:
        return error
    assert result or place[1] in SILENT
    return None


@pytest.mark.parametrize(("surface", "operation", "colour", "fault"), _cells())
def test_each_fault_has_its_outcome(
    fault_server: FaultServer, surface: str, operation: str, colour: Colour, fault: str
) -> None:
    """The error, the number of requests, and what is kept; nothing goes to another place."""
    expected = expected_of(operation, fault)
    token = f"cell-{next(_TOKENS)}"
    path = ACCOUNT[surface, operation][0] if (surface, operation) in ACCOUNT else ""
    url = fault_server.url(fault, token, path)

    error = run((surface, operation), colour, url, FAULTS[fault].options)

    check(error, expected, operation)
    assert fault_server.seen(token, expected.requests) == expected.requests
    followed = operation in DOWNLOADS and fault.startswith("redirect")
    assert fault_server.requests[f"{token}-elsewhere"] == followed


@pytest.mark.parametrize(("surface", "operation", "colour", "code", "envelope"), _code_cells())
def test_each_code_has_its_outcome(  # noqa: PLR0913, PLR0917 - the dimensions of the matrix
    fault_server: FaultServer,
    surface: str,
    operation: str,
    colour: Colour,
    code: int,
    envelope: str,
) -> None:
    """In both families of errors, as a whole answer and as a frame."""
    expected = outcome_of_code(code, envelope)
    token = f"code-{next(_TOKENS)}"
    url = fault_server.url(f"{envelope}_{code}", token)

    error = run((surface, operation), colour, url, {})

    check(error, expected, operation)
    assert getattr(error, "code", None) == code
    assert fault_server.seen(token, expected.requests) == expected.requests


def test_the_table_of_codes_is_complete() -> None:
    """A code that the client learns has to be decided on here, too."""
    assert {code: (row.error, row.retryable) for code, row in OUR_CODES.items()} == CODES
