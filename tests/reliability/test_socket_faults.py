"""Sockets that speak, over a network that fails below their protocol."""

# ruff: noqa: ANN401 - sockets and models of any kind

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any, Final, get_args

import pytest
from cells import check
from operations import HELLO, KEY, no_wait
from outcomes import (
    CODES,
    ENOUGH,
    FAULTS,
    MOST_BYTES,
    NO_REPLY,
    NOT_MINIMAX,
    TOO_LATE,
    Outcome,
    outcome_of_code,
)
from socket_faults import HEARD, SOCKET_FAULTS, Moment, SocketServer

from minimax_adapters.api import (
    AsyncClient,
    Audio,
    CallTimeoutError,
    Client,
    ConnectionFailedError,
    MiniMaxError,
)
from minimax_adapters.api.wire.speech_socket import Dialect
from minimax_adapters.langchain import MiniMaxSpeech as LangChainSpeech
from minimax_adapters.llama_index import MiniMaxSpeech as LlamaIndexSpeech

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from fault_server import FaultServer
    from operations import Colour

pytestmark = pytest.mark.sampled(share=0.05)

COLOURS: Final[tuple[Colour, ...]] = ("sync", "async")
DIALECTS: Final[tuple[Dialect, ...]] = get_args(Dialect)
MOMENTS: Final[tuple[Moment, ...]] = get_args(Moment)
SURFACES: Final = ("client", "langchain", "llama_index")
_TOKENS: Final = itertools.count()


@pytest.fixture(scope="module")
def sockets() -> Iterator[SocketServer]:
    """Return the server whose faults stand in its paths."""
    with SocketServer() as server:
        yield server


async def _collected(stream: Any) -> list[Any]:
    return [item async for item in stream]


def _speak(surface: str, colour: Colour, dialect: Dialect, options: dict[str, Any]) -> list[Any]:
    """Have a text spoken over a socket, and return all that comes."""
    if surface == "client" and colour == "sync":
        with Client(**options) as client, client.speech.connect(dialect=dialect) as voice:
            return list(voice.speak(HELLO))
    if surface == "client":

        async def speak() -> list[Any]:
            async with (
                AsyncClient(**options) as client,
                client.speech.connect(dialect=dialect) as voice,
            ):
                return await _collected(voice.speak(HELLO))

        return asyncio.run(speak())
    if surface == "langchain":
        chain: Any = LangChainSpeech(**options, transport=dialect)
        if colour == "sync":
            return list(chain.transform(iter([HELLO])))
        return asyncio.run(_collected(chain.atransform(_written())))
    options["api_base"] = options.pop("base_url")
    speech: Any = LlamaIndexSpeech(**options, transport=dialect)
    if colour == "sync":
        return list(speech.stream(iter([HELLO])))
    return asyncio.run(_collected(speech.astream(_written())))


async def _written() -> AsyncIterator[str]:
    yield HELLO


def _outcome(surface: str, colour: Colour, dialect: Dialect, url: str, **more: Any) -> Any:
    options = {"base_url": url, "api_key": KEY, "max_retries": 1, "backoff": no_wait, **more}
    try:
        assert _speak(surface, colour, dialect, options)
    except MiniMaxError as error:
        return error
    return None


def _cells() -> Iterator[Any]:
    for cell in itertools.product(SURFACES, COLOURS, DIALECTS, MOMENTS, SOCKET_FAULTS):
        if cell[3:] != ("greeting", "healthy"):  # Nothing is sent, as with "silent".
            yield pytest.param(*cell, id="-".join(cell))


@pytest.mark.parametrize(("surface", "colour", "dialect", "moment", "fault"), list(_cells()))
def test_each_fault_of_a_socket_has_its_outcome(  # noqa: PLR0913, PLR0917 - the dimensions
    sockets: SocketServer,
    surface: str,
    colour: Colour,
    dialect: Dialect,
    moment: Moment,
    fault: str,
) -> None:
    """The error, how often it was connected, and what was heard."""
    expected = SOCKET_FAULTS[fault][1][MOMENTS.index(moment)]
    token = f"socket-{next(_TOKENS)}"
    says_nothing = expected.error is CallTimeoutError or fault == "silent"
    more: dict[str, Any] = {"timeout": ENOUGH if says_nothing else 10.0}
    if fault in {"endless", "long_frame"}:
        more["max_reply_bytes"] = MOST_BYTES

    error = _outcome(surface, colour, dialect, sockets.url(moment, fault, token), **more)

    check(error, expected._replace(keeps=False), "stream_speech")
    assert sockets.connections[token] == expected.requests
    if expected.keeps:
        assert isinstance(error.partial, Audio)
        assert error.partial.data.startswith(HEARD if moment == "hearing" else b"\x00")


# What differs from a plain call: the body of a refusal is read only by its way, and not for long.
_HANDSHAKES: Final = {
    **dict.fromkeys(["reset_in_body", "cut_chunked", "cut_length"], NO_REPLY),
    "half_closed_at_end": NO_REPLY,
    "silent_in_body": TOO_LATE,
    **dict.fromkeys(["gzip_bomb", "gzip_cut", "gzip_reset"], NOT_MINIMAX),
}
# A body without end meets one limit or the other of the library: its size or the time-out.
_WITHOUT_END: Final = {"endless_body", "endless_after_start", "gigantic_line", "gzip_of_nothing"}


def _handshakes(faults: Iterable[Any]) -> Iterator[Any]:
    """Yield all surfaces and colours with each fault; dialects take turns."""
    dialects = itertools.cycle([*DIALECTS, *reversed(DIALECTS)])
    for cell in itertools.product(faults, SURFACES, COLOURS):
        dialect = next(dialects)
        yield pytest.param(*cell, dialect, id="-".join(map(str, (*cell, dialect))))


@pytest.mark.parametrize(("fault", "surface", "colour", "dialect"), list(_handshakes(FAULTS)))
def test_each_fault_of_a_handshake_has_its_outcome(
    fault_server: FaultServer, fault: str, surface: str, colour: Colour, dialect: Dialect
) -> None:
    """A redirect is not followed, since the key would go along."""
    token = f"handshake-{next(_TOKENS)}"
    row = FAULTS[fault]

    options = row.options | {"timeout": ENOUGH}
    error = _outcome(surface, colour, dialect, fault_server.url(fault, token), **options)

    expected = expected_of_handshake(fault)
    if fault in _WITHOUT_END:
        assert isinstance(error, ConnectionFailedError)
    else:
        check(error, expected, "stream_speech")
    assert fault_server.seen(token, expected.requests) == expected.requests
    assert fault_server.requests[f"{token}-elsewhere"] == 0


def expected_of_handshake(fault: str) -> Outcome:
    """Return what the table says of a plain call, but that HTTP is never right."""
    if fault in _WITHOUT_END:
        return NO_REPLY
    row = _HANDSHAKES.get(fault, FAULTS[fault].plain)
    if row.error is None:
        return NOT_MINIMAX._replace(requests=row.requests)
    return row


_REFUSALS: Final = list(itertools.product(CODES, ("base_resp", "compatible")))


@pytest.mark.parametrize(("refusal", "surface", "colour", "dialect"), list(_handshakes(_REFUSALS)))
def test_each_code_in_a_handshake_has_its_outcome(
    fault_server: FaultServer,
    refusal: tuple[int, str],
    surface: str,
    colour: Colour,
    dialect: Dialect,
) -> None:
    """As in any reply."""
    code, envelope = refusal
    token = f"handshake-{next(_TOKENS)}"
    expected = outcome_of_code(code, envelope)

    error = _outcome(surface, colour, dialect, fault_server.url(f"{envelope}_{code}", token))

    check(error, expected, "stream_speech")
    assert getattr(error, "code", None) == code
    assert fault_server.seen(token, expected.requests) == expected.requests


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_untrusted_certificate_ends_a_handshake(
    untrusted_server: FaultServer, colour: Colour, dialect: Dialect
) -> None:
    """For good, and before the key is sent."""
    token = f"handshake-{next(_TOKENS)}"

    error = _outcome("client", colour, dialect, untrusted_server.url("healthy", token))

    assert isinstance(error, ConnectionFailedError)
    assert not error.retryable
    assert "certificate" in str(error)
    assert untrusted_server.requests[token] == 0


@pytest.mark.usefixtures("unknown_names")
@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_socket_to_an_unknown_name_is_tried_again(
    colour: Colour,
    dialect: Dialect,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Name servers fail for moments; the error names the host."""
    error = _outcome("client", colour, dialect, "https://no-such-host.invalid")

    assert isinstance(error, ConnectionFailedError)
    assert "no-such-host.invalid" in str(error)
    assert len([r for r in caplog.records if "retry_scheduled" in r.message]) == 1
