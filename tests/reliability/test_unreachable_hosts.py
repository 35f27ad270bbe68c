"""Hosts that no request reaches: each operation tries again where that can help, and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from account_operations import ALL
from operations import KEY

from minimax_adapters.api import CallTimeoutError, ConnectionFailedError, MiniMaxError

if TYPE_CHECKING:
    from fault_server import FaultServer
    from operations import Colour

pytestmark = pytest.mark.sampled(share=0.1)

PLACES: Final = [
    pytest.param(*place, colour, id="-".join((*place, colour)))
    for place in ALL
    if place[1] != "fetch"  # Its one request is a download, which is not logged.
    for colour in ("sync", "async")
]


def _fail(
    place: tuple[str, str],
    colour: Colour,
    url: str,
    caplog: pytest.LogCaptureFixture,
    **more: Any,  # noqa: ANN401 - passed on as it came
) -> tuple[MiniMaxError, int]:
    """Return the error of an operation, and how many attempts it made."""
    caplog.set_level("DEBUG", logger="minimax_adapters")
    options = {"base_url": url, "api_key": KEY, "max_retries": 1, **more}
    with pytest.raises(MiniMaxError) as caught:
        ALL[place](options, colour)
    attempts = [r for r in caplog.records if r.message == "minimax_adapters.attempt_failed"]
    assert KEY not in str(caught.value)
    return caught.value, len(attempts)


@pytest.mark.parametrize(("surface", "operation", "colour"), PLACES)
def test_a_refused_connection_is_tried_again(
    surface: str,
    operation: str,
    colour: Colour,
    unused_port: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A server that restarts is back soon."""
    url = f"http://127.0.0.1:{unused_port}"

    error, attempts = _fail((surface, operation), colour, url, caplog)

    assert isinstance(error, ConnectionFailedError)
    assert not isinstance(error, CallTimeoutError)
    assert attempts == 2


@pytest.mark.usefixtures("unknown_names")
@pytest.mark.parametrize(("surface", "operation", "colour"), PLACES)
def test_an_unknown_name_is_tried_again_once(
    surface: str,
    operation: str,
    colour: Colour,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """However many retries are allowed: it is most likely misspelt. The error names the host."""
    url = "https://no-such-host.invalid"
    error, attempts = _fail((surface, operation), colour, url, caplog, max_retries=3)

    assert isinstance(error, ConnectionFailedError)
    assert "no-such-host.invalid" in str(error)
    assert attempts == 2


@pytest.mark.parametrize(("surface", "operation", "colour"), PLACES)
def test_an_untrusted_certificate_is_final(  # noqa: PLR0913, PLR0917 - fixtures
    surface: str,
    operation: str,
    colour: Colour,
    untrusted_server: FaultServer,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    """Trying again would not make it better, and the key never leaves."""
    token = request.node.name

    error, attempts = _fail(
        (surface, operation), colour, untrusted_server.url("healthy", token), caplog
    )

    assert isinstance(error, ConnectionFailedError)
    assert not error.retryable
    assert "certificate" in str(error)
    assert attempts == 1
    assert untrusted_server.requests[token] == 0


@pytest.mark.parametrize(("surface", "operation", "colour"), PLACES[::3])
def test_a_connection_that_hangs_is_given_up(
    surface: str,
    operation: str,
    colour: Colour,
    full_port: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After the time-out to connect, once more, and then for good."""
    url = f"http://127.0.0.1:{full_port}"

    error, attempts = _fail((surface, operation), colour, url, caplog, timeout=0.05)

    assert isinstance(error, CallTimeoutError)
    assert attempts == 2
