"""Sockets that speak, over a network that fails below their protocol."""

# ruff: noqa: ANN401 - sockets and models of any kind

from __future__ import annotations

import asyncio
import itertools
import socket
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
    from collections.abc import AsyncIterator, Iterator

    from fault_server import FaultServer
    from operations import Colour

pytestmark = pytest.mark.sampled(share=0.25)

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
    """Yield all for the client; the adapters, which stand on it, take turns with the rest."""
    turns = itertools.count()
    for surface, moment, fault in itertools.product(SURFACES, MOMENTS, SOCKET_FAULTS):
        if (moment, fault) == ("greeting", "healthy"):
            continue  # Nothing is sent, as with "silent".
        if surface == "client":
            places = list(itertools.product(COLOURS, DIALECTS))
        else:
            turn = next(turns)
            places = [(COLOURS[turn % 2], DIALECTS[turn // 2 % 2])]
        for colour, dialect in places:
            name = f"{surface}-{colour}-{dialect}-{moment}-{fault}"
            yield pytest.param(surface, colour, dialect, moment, fault, id=name)


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
    "gzip_bomb": NOT_MINIMAX,
}
# A body without end meets one limit or the other of the library: its size or the time-out.
_WITHOUT_END: Final = {"endless_body", "endless_after_start", "gigantic_line"}


def _handshakes() -> Iterator[Any]:
    turns = itertools.count()
    for fault in FAULTS:
        for colour in COLOURS:
            dialect = DIALECTS[next(turns) // 2 % 2]
            yield pytest.param(colour, dialect, fault, id=f"{colour}-{dialect}-{fault}")


@pytest.mark.parametrize(("colour", "dialect", "fault"), list(_handshakes()))
def test_each_fault_of_a_handshake_has_its_outcome(
    fault_server: FaultServer, colour: Colour, dialect: Dialect, fault: str
) -> None:
    """A redirect is not followed, since the key would go along."""
    token = f"handshake-{next(_TOKENS)}"
    row = FAULTS[fault]

    options = {"timeout": ENOUGH} | row.options
    error = _outcome("client", colour, dialect, fault_server.url(fault, token), **options)

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


@pytest.mark.parametrize("envelope", ["base_resp", "compatible"])
@pytest.mark.parametrize("code", CODES)
def test_each_code_in_a_handshake_has_its_outcome(
    fault_server: FaultServer, code: int, envelope: str
) -> None:
    """As in any reply."""
    token = f"handshake-{next(_TOKENS)}"
    turn = next(_TOKENS)
    expected = outcome_of_code(code, envelope)

    error = _outcome(
        "client",
        COLOURS[turn % 2],
        DIALECTS[turn // 2 % 2],
        fault_server.url(f"{envelope}_{code}", token),
    )

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


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_socket_to_an_unknown_name_is_tried_again(
    colour: Colour,
    dialect: Dialect,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Name servers fail for moments; the error names the host."""

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    error = _outcome("client", colour, dialect, "https://no-such-host.invalid")

    assert isinstance(error, ConnectionFailedError)
    assert "no-such-host.invalid" in str(error)
    assert len([r for r in caplog.records if "retry_scheduled" in r.message]) == 1
