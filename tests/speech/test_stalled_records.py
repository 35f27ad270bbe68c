"""Hosts over TLS that stall in the middle of a record: whoever reads has to take it whole.

So the thread that reads waits for the rest, where no closing of its socket reaches it.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import threading
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from deaf_host import DeafHost, error_of, trusted_tls
from stalling_relay import StallingRelay

from minimax_adapters.api import CallTimeoutError, Client, InterruptedReplyError
from minimax_adapters.api._closing import CLOSER

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    from websockets.sync.server import ServerConnection

    from minimax_adapters.api.wire.speech_socket import Dialect

LONG: Final = httpx.Timeout(30)
_STDERR: Final = 2
dialects = pytest.mark.parametrize("dialect", ["plain", "bidi"])


class StallingHost(DeafHost):
    """Behind a relay that stalls in the answer to the handshake, or in the audio of a text.

    By then the client has had all that was sent before: it has answered.
    """

    def __init__(self, tls: ssl.SSLContext, *, in_handshake: bool = False) -> None:
        super().__init__(0, tls=tls, before=self._stall if in_handshake else lambda: None)
        self._relay = StallingRelay(self.url)

    def _stall(self) -> None:
        self._relay.stall.set()

    def _speak(self, connection: ServerConnection) -> None:
        self._stall()
        super()._speak(connection)

    @contextlib.contextmanager
    def relayed(self) -> Iterator[StallingRelay]:
        """Yield the relay while both run."""
        with self, self._relay as relay:
            yield relay


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Iterator[StallingRelay]:
    """Return one that stalls in the middle of audio."""
    with StallingHost(trusted_tls(monkeypatch)).relayed() as relay:
        yield relay


def client_of(relay: StallingRelay, timeout: httpx.Timeout = LONG, **options: Any) -> Client:  # noqa: ANN401 - passed on
    """Return a client that tries once."""
    return Client(base_url=relay.url, api_key="k", max_retries=0, timeout=timeout, **options)


def outcome_of(call: Callable[[], Any]) -> Any:  # noqa: ANN401 - any result
    """Return what a call returns, on a thread that a test can leave if it never does."""
    outcomes: list[Any] = []
    thread = threading.Thread(target=lambda: outcomes.append(call()), daemon=True)
    thread.start()
    thread.join(20)
    if not outcomes:
        faulthandler.dump_traceback(_STDERR)  # Which says where.
    assert outcomes, "it never ends"
    return outcomes[0]


def stalled_voice(relay: StallingRelay, dialect: Dialect) -> Any:  # noqa: ANN401 - a voice
    """Return a voice whose audio has stalled."""
    voice = client_of(relay).speech.connect(dialect=dialect)
    voice.open()
    voice.send("Hello.")
    assert relay.stalled.wait(10)
    return voice


@dialects
def test_a_text_ends_by_the_read_time_out(relay: StallingRelay, dialect: Dialect) -> None:
    """As it does where nothing comes at all."""
    voice = client_of(relay, httpx.Timeout(5, read=1)).speech.connect(dialect=dialect)

    error = outcome_of(lambda: error_of(lambda: list(voice.speak("Hello."))))

    assert isinstance(error, InterruptedReplyError)


@dialects
def test_a_text_ends_by_the_deadline(relay: StallingRelay, dialect: Dialect) -> None:
    """Whichever of the two is first."""
    voice = client_of(relay, deadline=0.5).speech.connect(dialect=dialect)

    error = outcome_of(lambda: error_of(lambda: list(voice.speak("Hello."))))

    assert isinstance(error, CallTimeoutError)


@dialects
def test_a_stream_ends_by_the_read_time_out(relay: StallingRelay, dialect: Dialect) -> None:
    """It has a connection of its own, and closes that as well."""
    client = client_of(relay, httpx.Timeout(5, read=1))
    stream = client.stream_speech_from(["Hello. "], transport=dialect)

    error = outcome_of(lambda: error_of(lambda: list(stream)))

    assert isinstance(error, InterruptedReplyError)


def test_connecting_ends_by_its_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer to the handshake stalls."""
    with StallingHost(trusted_tls(monkeypatch), in_handshake=True).relayed() as relay:
        voice = client_of(relay, httpx.Timeout(30, connect=0.5)).speech.connect()

        error = outcome_of(lambda: error_of(voice.open))

    assert isinstance(error, CallTimeoutError)


@dialects
def test_a_voice_is_closed(relay: StallingRelay, dialect: Dialect) -> None:
    """The host cannot say goodbye, which is not waited for without an end."""
    voice = stalled_voice(relay, dialect)
    reading = voice._driver._connection.current.recv_events_thread

    outcome_of(voice.close)

    reading.join(10)
    assert not reading.is_alive()


@dialects
def test_a_voice_that_is_dropped_keeps_nobody_waiting(
    relay: StallingRelay, dialect: Dialect
) -> None:
    """It is closed beside all else that is left in the process, however long that takes."""
    voice = stalled_voice(relay, dialect)
    connection = voice._driver._connection.current
    reading, other = connection.recv_events_thread, threading.Event()

    with connection.protocol_mutex:
        del voice
        gc.collect()
        CLOSER.close_soon(other.set)
        assert other.wait(10)

    reading.join(10)
    assert not reading.is_alive()
