"""Servers that are no MiniMax, or a strange one: the client must stay typed and safe."""

from __future__ import annotations

import contextlib
import http
import itertools
import json
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import websockets.asyncio.client
import websockets.sync.client
from talkers import COLOURS, Colour, Talker
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response
from websockets.sync.server import serve

from minimax_adapters.api import (
    CallTimeoutError,
    InvalidReplyError,
    MiniMaxError,
    NotFoundError,
    RateLimitError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from websockets.http11 import Request
    from websockets.sync.server import ServerConnection

both = pytest.mark.parametrize("colour", COLOURS)
GREETING = json.dumps({"event": "connected_success"})
STARTED = json.dumps({"event": "task_started"})


class Host:
    """A server with a behaviour, and what it was asked."""

    def __init__(
        self,
        talk: Callable[[ServerConnection], None],
        process: Callable[[Request], Response | None] = lambda _: None,
    ) -> None:
        self.requests: list[Request] = []
        self._talk = talk
        self._process = process

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Serve on loopback and yield the base URL."""

        def process(_: ServerConnection, request: Request) -> Response | None:
            self.requests.append(request)
            return self._process(request)

        def talk(connection: ServerConnection) -> None:
            with contextlib.suppress(ConnectionClosed):
                self._talk(connection)

        with serve(talk, "127.0.0.1", 0, process_request=process, close_timeout=0.1) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
            server.shutdown()
            thread.join()


def speak(colour: Colour, url: str, **options: Any) -> None:  # noqa: ANN401 - passed on as it came
    """Have one text spoken."""
    given: Any = {"base_url": url, "api_key": "k", "max_retries": 0} | options
    with Talker(colour, None, **given) as talker:
        talker.all(talker.connect().speak("Hello."))


def open_session(connection: ServerConnection) -> None:
    """Let the client start its task."""
    connection.send(GREETING)
    connection.recv()
    connection.send(STARTED)


@both
@pytest.mark.parametrize("begun", [False, True])
def test_a_silent_server_is_a_timeout(colour: Colour, *, begun: bool) -> None:
    """Before the task has started, and after."""

    def talk(connection: ServerConnection) -> None:
        if begun:
            open_session(connection)
        while True:
            connection.recv()

    error = MiniMaxError if begun else CallTimeoutError
    with Host(talk).running() as url, pytest.raises(error):
        speak(colour, url, timeout=httpx.Timeout(0.2))


@both
@pytest.mark.parametrize(
    "frames", [["no json"], ["[]"], [GREETING, "{"], [b"\x00\xff"], []], ids=str
)
def test_what_is_no_protocol_is_an_invalid_reply(colour: Colour, frames: list[str]) -> None:
    """Also a server that greets and goes."""

    def talk(connection: ServerConnection) -> None:
        for frame in frames:
            connection.send(frame)

    with Host(talk).running() as url, pytest.raises(InvalidReplyError):
        speak(colour, url)


@both
def test_redirects_are_not_followed(colour: Colour) -> None:
    """The key would go along."""
    other = Host(open_session)
    with other.running() as target:

        def redirect(_: Request) -> Response:
            headers = Headers({"Location": target.replace("http", "ws") + "/ws"})
            return Response(302, "Found", headers)

        with (
            Host(open_session, redirect).running() as url,
            pytest.raises(InvalidReplyError, match="redirect"),
        ):
            speak(colour, url)

    assert not other.requests


@both
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (404, b"404 page not found", NotFoundError),
        (200, b"<title>Welcome</title>", InvalidReplyError),
        (429, b'{"base_resp": {"status_code": 1002, "status_msg": "rate"}}', RateLimitError),
    ],
)
def test_a_refused_handshake_is_judged_like_any_reply(
    colour: Colour, status: int, body: bytes, kind: type[MiniMaxError]
) -> None:
    """With its code, if it has one."""

    def refuse(_: Request) -> Response:
        headers = Headers({"Content-Length": str(len(body))})
        return Response(status, http.HTTPStatus(status).phrase, headers, body)

    with Host(open_session, refuse).running() as url, pytest.raises(kind):
        speak(colour, url)


@both
def test_nobody_there_is_a_failed_connection(colour: Colour) -> None:
    """Retried and then typed; a spare host is used at once."""
    with Host(open_session).running() as url:
        pass

    with pytest.raises(MiniMaxError, match="No reply"):
        speak(colour, url, max_retries=2, backoff=lambda: itertools.repeat(0.0))


@both
def test_the_group_and_the_headers_of_the_user_go_along(colour: Colour) -> None:
    """As with every other call; the key stands in the handshake."""

    def talk(connection: ServerConnection) -> None:
        open_session(connection)
        connection.send(json.dumps({"event": "task_flushed"}))

    host = Host(talk)
    with host.running() as url, contextlib.suppress(MiniMaxError):
        speak(colour, url, group_id="g1", headers={"X-Own": "1"})

    # A text of which nothing was heard is sent again, once.
    request = host.requests[0]
    assert request.path == "/ws/v1/t2a_v2_bidi?GroupId=g1"
    assert request.headers["Authorization"] == "Bearer k"
    assert request.headers["X-Own"] == "1"


@both
def test_a_listener_that_takes_its_time_is_not_taken_for_dead(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Audio is played while it comes; the answer to a ping would wait behind it for too long."""
    given: list[dict[str, Any]] = []

    def watched(connect: Callable[..., Any]) -> Callable[..., Any]:
        def watching(**options: Any) -> Any:  # noqa: ANN401 - as the library
            given.append(options)
            return connect(**options)

        return watching

    for module in (websockets.sync.client, websockets.asyncio.client):
        for name in {"connect", "reconnect"} & set(vars(module)):
            monkeypatch.setattr(module, name, watched(getattr(module, name)))

    with Host(open_session).running() as url, pytest.raises(MiniMaxError):
        speak(colour, url)

    assert [options["ping_interval"] for options in given] == [None] * len(given) != []
