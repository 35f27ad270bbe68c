"""What the `websockets` library, which is an extra, is told and says, in our terms."""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any, Final, cast

import httpx

from minimax_adapters.api._addresses import is_loopback
from minimax_adapters.api._clients import tls_context
from minimax_adapters.api._judge import HTTPReply
from minimax_adapters.api._socket_steps import Closed
from minimax_adapters.api.errors import ConfigurationError, ReplyTooLargeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from minimax_adapters.api.settings import Settings

# A frame holds the audio of a sentence at most, in hexadecimal digits.
_LONGEST_FRAME: Final = 64 * 1024 * 1024
_MOST_FRAMES: Final = 16
_TOO_BIG: Final = 1009  # RFC 6455, 7.4.1
# For the other side to say goodbye, which is not heard behind audio that nobody takes.
CLOSE_SECONDS: Final = 0.25
# A handshake sets these itself.
_OWN_HEADERS: Final = frozenset({"host", "accept-encoding", "connection", "user-agent"})


class _Discreet(logging.LoggerAdapter[logging.Logger]):
    """The library's log without its DEBUG lines, which hold the key and every text.

    Whatever the levels of the program are: to see its own details is no wish to see the key.
    """

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name of the base class
        return level > logging.DEBUG and super().isEnabledFor(level)


_LOGGER: Final = _Discreet(logging.getLogger("websockets.client"), {})


def has_websockets() -> bool:
    """Return whether the library is installed."""
    try:
        importlib.import_module("websockets")
    except ImportError:
        return False
    return True


def websockets(part: str) -> Any:  # noqa: ANN401 - a module of an optional package
    """Return a module of the library.

    Raises:
        ConfigurationError: It is not installed.
    """
    try:
        return importlib.import_module(f"websockets.{part}")
    except ImportError as error:
        raise ConfigurationError(
            "Speech over WebSockets needs the package websockets. Install it with:"
            " pip install 'minimax-adapters[speech]'"
        ) from error


def options_of(request: httpx.Request, settings: Settings) -> dict[str, Any]:
    """Return the arguments of `connect` for a request that opens a socket.

    There are no pings: their answers come behind the audio, so whoever plays it while it comes
    would be taken for dead. Who says nothing at all meets the read time-out.
    """
    url, limits = request.url, request.extensions["timeout"]
    secure = url.scheme == "https"
    longest = _longest_frame(settings)
    headers = {name: value for name, value in request.headers.items() if name not in _OWN_HEADERS}
    # It is this machine, which no proxy can reach.
    direct: dict[str, Any] = {"proxy": None} if is_loopback(url.host) else {}
    return {
        **direct,
        "uri": str(url.copy_with(scheme="wss" if secure else "ws")),
        "ssl": tls_context() if secure else None,
        "additional_headers": headers,
        "user_agent_header": request.headers.get("user-agent"),
        "compression": None,
        "open_timeout": limits["connect"],
        "close_timeout": CLOSE_SECONDS,
        "ping_interval": None,
        "max_size": longest,
        # Frames that wait to be taken, together below the limit; then the host has to wait.
        "max_queue": max(1, min(_MOST_FRAMES, settings.max_reply_bytes // longest)),
        "logger": _LOGGER,
    }


def no_redirect(error: Exception) -> Exception:
    """Follow no redirect: the key would go along to wherever it points."""
    return error


def refusal(error: Exception, request: httpx.Request) -> HTTPReply | Exception:
    """Return what became of an attempt to connect, in the terms that flows know.

    Raises:
        ConfigurationError: The proxy of the environment needs a package.
    """
    if isinstance(error, ImportError):
        raise ConfigurationError(
            f"The proxy that the environment names cannot be used: {error}. Install that, unset the"
            " proxy, or list the host in NO_PROXY."
        ) from error
    library = websockets("exceptions")
    if isinstance(error, library.InvalidStatus):
        response = cast("Any", error).response
        headers: Mapping[str, str] = {
            name.lower(): value for name, value in response.headers.raw_items()
        }
        return HTTPReply(response.status_code, headers, bytes(response.body or b""))
    kind = httpx.ConnectTimeout if isinstance(error, TimeoutError) else httpx.ConnectError
    refused = kind(str(error) or type(error).__name__, request=request)
    refused.__cause__ = error  # Which says whether it was the certificate.
    return refused


def _longest_frame(settings: Settings) -> int:
    return min(_LONGEST_FRAME, settings.max_reply_bytes)


def closed(
    error: Exception, settings: Settings, *, full: bool
) -> Closed | ReplyTooLargeError | httpx.WriteTimeout:
    """Return why a connection is gone, by the library's `ConnectionClosed`.

    Args:
        error: What the library says.
        settings: Those of the client.
        full: Whether it was broken off since the host took nothing more.
    """
    if full:
        return httpx.WriteTimeout("the host takes nothing more")
    received, sent = getattr(error, "rcvd", None), getattr(error, "sent", None)
    if getattr(sent, "code", None) == _TOO_BIG:
        longest = _longest_frame(settings)
        advice = "" if longest == _LONGEST_FRAME else " Raise max_reply_bytes if it has to be."
        return ReplyTooLargeError(
            f"A frame of the socket has more than {longest:,} bytes, so it was not read.{advice}"
        )
    if received is None:
        return Closed("the connection broke off", broken=True)
    return Closed(f"code {received.code}" + (f", {received.reason}" if received.reason else ""))
