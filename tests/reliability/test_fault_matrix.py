"""Each operation on each surface in each colour meets each fault: one outcome for each."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import pytest
from account_operations import ACCOUNT
from cells import check, check_cell, run
from operations import OPERATIONS, STREAMED
from other_operations import OTHERS
from outcomes import CODES, FAULTS, outcome_of_code

from minimax_adapters.api._codes import CODES as OUR_CODES

if TYPE_CHECKING:
    from fault_server import FaultServer
    from operations import Colour

pytestmark = [
    pytest.mark.sampled(share=0.014),
    # LlamaIndex's structured LLM streams with a method that pydantic has renamed.
    pytest.mark.filterwarnings("ignore:The `json` method is deprecated"),
]

COLOURS: Final[tuple[Colour, ...]] = ("sync", "async")
_TOKENS: Final = itertools.count()
_ENVELOPES: Final = ("base_resp", "compatible", "first_frame", "mid_stream")


def _cells() -> list[Any]:
    return [
        pytest.param(*place, colour, fault, id="-".join((*place, colour, fault)))
        for place in (*OPERATIONS, *OTHERS, *ACCOUNT)
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
            if place[0] == surface and (not framed or place[1].startswith(STREAMED))
        ]
        turn = next(turns)
        operation = places[turn * 5 % len(places)][1]
        colour = COLOURS[turn % 2]
        name = f"{surface}-{operation}-{colour}-{envelope}-{code}"
        cells.append(pytest.param(surface, operation, colour, code, envelope, id=name))
    return cells


@pytest.mark.parametrize(("surface", "operation", "colour", "fault"), _cells())
def test_each_fault_has_its_outcome(
    fault_server: FaultServer, surface: str, operation: str, colour: Colour, fault: str
) -> None:
    """The error, the number of requests, and what is kept; nothing goes to another place."""
    check_cell(fault_server, (surface, operation), colour, fault)


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
