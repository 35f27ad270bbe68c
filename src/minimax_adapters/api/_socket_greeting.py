"""How the connection of a speech socket becomes a session: handshake, greeting, start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minimax_adapters.api._failures import failure
from minimax_adapters.api._judge import HTTPReply, parse_json
from minimax_adapters.api._socket_bounds import within
from minimax_adapters.api._socket_session import Phase
from minimax_adapters.api._socket_steps import Closed, Receive, Transmit
from minimax_adapters.api.errors import ConnectionFailedError, InvalidReplyError

if TYPE_CHECKING:
    import httpx

    from minimax_adapters.api._call import Call
    from minimax_adapters.api._deadline import Deadline
    from minimax_adapters.api._socket_session import SocketSession
    from minimax_adapters.api._socket_steps import Steps


def greet(
    timeout: httpx.Timeout, call: Call[SocketSession], outcome: object, deadline: Deadline
) -> Steps[SocketSession]:
    """Take part in the greeting of a connection, and return its session when it is open.

    Raises:
        APIError: MiniMax refused, in the handshake or in a frame.
        CallTimeoutError: It took too long.
        ConnectionFailedError: Nothing was connected, or it broke off.
        InvalidReplyError: Something else than MiniMax answered.
    """
    if isinstance(outcome, Exception):
        raise failure(outcome, received=False) from outcome
    if isinstance(outcome, HTTPReply):
        parse_json(outcome)
        raise InvalidReplyError(
            "The host answers this path with HTTP, not with a WebSocket. Check the base URL,"
            " and whether a proxy in between lets WebSockets through.",
            outcome.status,
            outcome.trace_id,
        )
    session = call.parse(HTTPReply(101, {}))
    while session.phase is not Phase.OPEN:
        frame: Any = yield Receive(within(timeout.read, deadline))
        if isinstance(frame, Closed):
            kind = ConnectionFailedError if frame.broken else InvalidReplyError
            raise kind(f"The socket closed before it was ready ({frame.reason}).")
        _check(frame, deadline)
        deadline.take(frame)
        session.receive(frame)
        while session.outbox:
            told = yield Transmit(session.outbox.popleft(), within(timeout.write, deadline))
            _check(told, deadline)
    return session


def _check(outcome: object, deadline: Deadline) -> None:
    if isinstance(outcome, Exception):
        deadline.check()
        raise failure(outcome, received=False) from outcome
