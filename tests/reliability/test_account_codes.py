"""What is done with an account meets each code, in both families of errors."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Final

import pytest
from account_operations import ACCOUNT, DOWNLOADS
from cells import check, run
from outcomes import CODES, outcome_of_code

if TYPE_CHECKING:
    from fault_server import FaultServer
    from operations import Colour

pytestmark = pytest.mark.sampled(share=0.06)

_TOKENS: Final = itertools.count()
# A download is a file, whatever stands in it.
_PLACES: Final = [place for place in ACCOUNT if place[1] not in DOWNLOADS]
_EACH: Final = 4


def _cells() -> list[Any]:
    """Return every code in every envelope, each with some operations; all take turns."""
    places, colours = itertools.cycle(_PLACES), itertools.cycle(("sync", "async"))
    cells = []
    for code, envelope in itertools.product(CODES, ("base_resp", "compatible")):
        for place, colour in itertools.islice(zip(places, colours, strict=False), _EACH):
            name = "-".join((*place, colour, envelope, str(code)))
            cells.append(pytest.param(place, colour, code, envelope, id=name))
        next(colours)  # Or a place would always have the same one.
    return cells


@pytest.mark.parametrize(("place", "colour", "code", "envelope"), _cells())
def test_each_code_has_its_outcome_for_an_account(
    fault_server: FaultServer, place: tuple[str, str], colour: Colour, code: int, envelope: str
) -> None:
    """The same as for any call."""
    expected = outcome_of_code(code, envelope)
    token = f"account-{next(_TOKENS)}"
    url = fault_server.url(f"{envelope}_{code}", token, ACCOUNT[place][0])

    error = run(place, colour, url, {})

    check(error, expected, place[1])
    assert getattr(error, "code", None) == code
    assert fault_server.seen(token, expected.requests) == expected.requests
