"""What an exception of httpx means to a caller: which of our errors."""

from __future__ import annotations

import inspect
import socket
import ssl
import traceback
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import httpx

from minimax_adapters.api._addresses import shown
from minimax_adapters.api._deadline import SHORTENED, DeadlinePassed, deadline_passed
from minimax_adapters.api._proxies import PROXY
from minimax_adapters.api.errors import (
    CallTimeoutError,
    ConnectionFailedError,
    InterruptedReplyError,
    InvalidReplyError,
    MiniMaxError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

E = TypeVar("E", bound=BaseException)
# What OpenSSL calls an answer that is no TLS, by its version.
_NO_TLS: Final = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}
# Not EAI_AGAIN: that name server failed to answer, which passes.
_UNKNOWN_NAME: Final = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class _Way(NamedTuple):
    """Where a request went: host and port, the name alone, and " through the proxy ..."."""

    host: str
    name: str
    through: str = ""


def failure(cause: Exception, *, received: bool) -> MiniMaxError:
    """Return our error for an exception of httpx; `received` says that the body had begun."""
    if isinstance(cause, MiniMaxError):
        return cause
    if isinstance(cause, DeadlinePassed):
        return deadline_passed()
    reason = str(cause).rstrip(".") or type(cause).__name__
    if isinstance(cause, httpx.DecodingError):
        return InvalidReplyError(
            f"The reply cannot be decompressed ({reason}). Check whether a proxy changes it."
        )
    if received:
        return InterruptedReplyError(
            f"The connection broke off inside the reply ({reason}). What had arrived of a stream is"
            " in the error's `partial`. It is not repeated, as MiniMax may have billed it."
        )
    way = _way_of(cause)
    if isinstance(cause, httpx.TimeoutException):
        return _timeout(cause, way)
    return _not_connected(cause, way, reason)


def _not_connected(cause: Exception, way: _Way, reason: str) -> ConnectionFailedError:
    """Return the error for a connection that was not made, or that broke before a reply."""
    host, name, through = way
    if _is_refused_certificate(cause):
        refused = ConnectionFailedError(
            f"The certificate of {host} is not trusted ({reason}). Check the date of this machine;"
            " behind a proxy that opens TLS, let SSL_CERT_FILE name its certificate."
        )
        refused.retryable = False
        return refused
    if any(isinstance(link, ssl.SSLError) and link.reason in _NO_TLS for link in chain(cause)):
        plain = ConnectionFailedError(
            f"{host} does not speak TLS ({reason}). Check the base URL: an emulator or a gateway"
            " on this machine has http://."
        )
        plain.retryable = False
        return plain
    if is_unknown_name(cause) and not through:  # It would be the name of the proxy.
        return ConnectionFailedError(
            f"No host has the name {name} ({reason}). Check the spelling of the base URL, the"
            " network and proxy settings."
        )
    if isinstance(cause, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        unsent = ConnectionFailedError(
            f"The request to {host} cannot be sent: {reason}. Check the headers and the base URL."
        )
        unsent.retryable = False
        return unsent
    return ConnectionFailedError(
        f"No reply from {host}{through}: {reason}. Check the network, the base URL and proxy"
        " settings."
    )


def _timeout(cause: httpx.TimeoutException, way: _Way) -> CallTimeoutError:
    """Return the error that names the setting which ended the wait."""
    kind = type(cause).__name__
    try:
        shortened = cause.request.extensions.get(SHORTENED, ())
    except RuntimeError:  # httpx raises it when no request is attached.
        shortened = ()
    if kind.removesuffix("Timeout").lower() in shortened:
        return deadline_passed()
    return CallTimeoutError(
        f"No reply from {way.host}{way.through} in time ({kind}). Raise timeout, or ask for less"
        " at once."
    )


def is_unknown_name(error: BaseException) -> bool:
    """Return whether `error` comes from a name server that knows no such name."""
    return any(
        isinstance(link, socket.gaierror) and link.errno in _UNKNOWN_NAME for link in chain(error)
    )


def _is_refused_certificate(cause: BaseException) -> bool:
    return any(isinstance(link, ssl.SSLCertVerificationError) for link in chain(cause))


def without_frames(error: E) -> E:
    """Return `error`, just caught, without its frames and those of the errors behind it.

    Those of an HTTP library hold the headers, and crash reports print what frames hold. An error
    that a caller is handling meanwhile is behind it as well, and keeps them.
    """
    here = inspect.currentframe()
    # Without whoever has caught `error`, as its own frames begin there.
    above = here and here.f_back and here.f_back.f_back
    callers = {frame for frame, _ in traceback.walk_stack(above)} if above else set()
    seen: set[int] = set()
    links: list[BaseException | None] = [error]
    while links:
        link = links.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        frames = link.__traceback__
        if frames is None or frames.tb_frame not in callers:
            link.__traceback__ = None
            links += [link.__cause__, link.__context__]
    return error


def chain(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and its causes, each once, as httpx tells what happened by them only.

    Errors may be the causes of each other: one that a library keeps and raises again, say.
    """
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def _way_of(cause: Exception) -> _Way:
    try:
        request = cause.request if isinstance(cause, httpx.RequestError) else None
    except RuntimeError:  # httpx raises it when no request is attached.
        request = None
    if request is None:
        return _Way("the host", "the host")
    proxy = request.extensions.get(PROXY)
    through = f" through the proxy {shown(proxy)}" if proxy is not None else ""
    return _Way(shown(request.url), request.url.host, through)
