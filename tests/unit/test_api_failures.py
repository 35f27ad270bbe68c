"""The causes of an error, however they are tied together."""

from __future__ import annotations

import httpx
import pytest

from minimax_adapters.api._failures import chain, failure
from minimax_adapters.api._partial import partial_of


def test_errors_that_are_causes_of_each_other_are_looked_at_once() -> None:
    """A library that keeps an error and raises it again ties such a knot."""
    first, second, third = OSError("a"), ValueError("b"), KeyError("c")
    first.__context__, second.__cause__, third.__context__ = second, third, first

    assert list(chain(first)) == [first, second, third]
    assert partial_of(first) is None
    second.partial = "kept"  # type: ignore[attr-defined]  # as a job does
    assert partial_of(first) == "kept"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://127.0.0.1:8001/v1", "127.0.0.1:8001"),
        ("http://[::1]:8001/v1", "[::1]:8001"),
        ("https://h.example/v1", "h.example"),
        ("https://h.example:443/v1", "h.example"),
    ],
)
def test_a_port_that_was_given_is_named(url: str, place: str) -> None:
    """It is what is mistaken as often as the host: that of an emulator that has ended, say."""
    request = httpx.Request("GET", url)

    refused = failure(httpx.ConnectError("refused", request=request), received=False)
    late = failure(httpx.ReadTimeout("", request=request), received=False)

    assert str(refused).startswith(f"No reply from {place}: refused. Check")
    assert str(late).startswith(f"No reply from {place} in time (ReadTimeout). Raise")


def test_a_request_that_cannot_be_sent_is_no_matter_of_the_network() -> None:
    """Another attempt would end the same way; the reason ends with one full stop."""
    request = httpx.Request("GET", "https://h.example/")

    error = failure(httpx.LocalProtocolError("A header is bad.", request=request), received=False)

    assert not error.retryable
    assert str(error).startswith("The request to h.example cannot be sent: A header is bad. Check")
