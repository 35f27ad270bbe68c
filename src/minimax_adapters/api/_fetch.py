"""Downloads from addresses that MiniMax names, without the key.

The address is one of a storage service, signed and valid for hours. The key goes to none but the
configured hosts; redirects are followed without it, and no more is read than was allowed.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

import httpx

from minimax_adapters.api._addresses import is_internal, url_of
from minimax_adapters.api._arguments import at_least
from minimax_adapters.api._deadline import Deadline
from minimax_adapters.api._failures import failure
from minimax_adapters.api._judge import HTTPReply, check_file, parse_json
from minimax_adapters.api._keys import bearer
from minimax_adapters.api._masking import mask
from minimax_adapters.api._receiving import read_body
from minimax_adapters.api._retries import waits_between_attempts
from minimax_adapters.api._steps import AskKey, Flow, Incoming, Send, Sleep
from minimax_adapters.api.audio import Audio
from minimax_adapters.api.errors import (
    InterruptedReplyError,
    InvalidInputError,
    InvalidReplyError,
    MiniMaxError,
    ReplyTooLargeError,
)
from minimax_adapters.api.subtitles import parse_subtitle_file

if TYPE_CHECKING:
    from minimax_adapters.api._flow import Policy


MAX_BYTES: Final = 512 * 1024 * 1024
_MAX_SUBTITLES: Final = 32 * 1024 * 1024
_MOST_REDIRECTS: Final = 5
_OK: Final = 200
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def fetch_audio(policy: Policy, audio: Audio, max_bytes: int) -> Flow[Audio]:
    """Return `audio` with its bytes and its subtitles, where it only names their addresses.

    Raises:
        InvalidInputError: It is something else, the address say.
        MiniMaxError: See `download()`.
    """
    if not isinstance(audio, Audio):
        kind = type(audio).__name__
        raise InvalidInputError(
            f"Pass the Audio of a reply, not {kind}; an address as Audio(b'', 'mp3', url=...)."
        )
    at_least(1, "max_bytes", max_bytes)
    audio = yield from fetch_sound(policy, audio, max_bytes)
    return (yield from fetch_subtitles(policy, audio))


def fetch_sound(policy: Policy, audio: Audio, max_bytes: int = MAX_BYTES) -> Flow[Audio]:
    """Return `audio` with its bytes; see `fetch_audio()`."""
    if audio.url and not audio.data:
        content = yield from download(policy, audio.url, max_bytes)
        audio = dataclasses.replace(audio, data=content)
    return audio


def fetch_subtitles(policy: Policy, audio: Audio) -> Flow[Audio]:
    """Return `audio` with its subtitles; see `fetch_audio()`."""
    if audio.subtitle_url and not audio.subtitles:
        content = yield from download(policy, audio.subtitle_url, _MAX_SUBTITLES)
        audio = dataclasses.replace(audio, subtitles=parse_subtitle_file(content))
    return audio


def download(policy: Policy, url: str, max_bytes: int = MAX_BYTES) -> Flow[bytes]:
    """Return what is at `url`; what passes is retried.

    Raises:
        InvalidInputError: It is no http(s) address.
        ReplyTooLargeError: There is more than `max_bytes`.
        InvalidReplyError: The way there never ends.
    """
    settings = policy.settings
    deadline = Deadline(settings.deadline, policy.clock, max_bytes)
    delays = waits_between_attempts(settings)
    for attempt in range(settings.max_retries + 1):
        try:
            return (yield from _attempt(policy, url, max_bytes, deadline))
        except MiniMaxError as error:
            wait = next(delays, None)
            last = attempt == settings.max_retries
            if last or wait is None or not error.retryable or not deadline.allows(wait):
                raise
        yield Sleep(wait)
    raise AssertionError  # pragma: no cover - the last attempt returns or raises


def _attempt(policy: Policy, url: str, max_bytes: int, deadline: Deadline) -> Flow[bytes]:
    for _ in range(_MOST_REDIRECTS + 1):
        request = yield from _request(policy, url, deadline)
        try:
            outcome = yield Send(request, deadline)
            if isinstance(outcome, Exception):
                raise failure(outcome, received=False) from outcome
            response = outcome.response
            if response.status_code not in _REDIRECTS:
                return (yield from _body(outcome, max_bytes, deadline))
            url = _target(policy, request.url, response.headers.get("location", ""))
        except MiniMaxError as error:
            mask(error, request)
            raise
    raise InvalidReplyError("The address redirects again and again. Ask for a new one.")


def _target(policy: Policy, source: httpx.URL, location: str) -> str:
    """Return where `source` redirects to.

    Raises:
        InvalidReplyError: It is nothing that can be downloaded from, or a public address sends us
            to a machine of this network, which others could read through us otherwise.
    """
    try:
        target = url_of(str(source.join(location)))
    except (httpx.InvalidURL, ValueError):
        target = None
    if target is None or target.userinfo:
        raise InvalidReplyError("The address redirects to one that cannot be downloaded from.")
    if is_internal(target.host) and not (is_internal(source.host) or _is_ours(policy, target)):
        raise InvalidReplyError(
            f"The address redirects to {target.host}, a machine of your own network, which was not"
            " asked. Download from there yourself if that is what you want."
        )
    return str(target)


def _request(policy: Policy, url: str, deadline: Deadline) -> Flow[httpx.Request]:
    target = _checked(url)
    extensions = deadline.extensions(policy.settings.timeout)
    headers = [(b"User-Agent", b"minimax-adapters")]
    if _is_ours(policy, target):
        key = yield AskKey(deadline)
        headers.append((b"Authorization", bearer(key)))
    return httpx.Request("GET", target, headers=headers, extensions=extensions)


def _checked(url: str) -> httpx.URL:
    target = url_of(url)
    if target is None or target.userinfo:
        raise InvalidInputError("This is no http(s) address that can be downloaded from.")
    return target


def _is_ours(policy: Policy, url: httpx.URL) -> bool:
    """Return whether `url` is at a configured host, which gets the key."""
    return any(_origin(url) == _origin(httpx.URL(host)) for host in policy.settings.base_urls)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    port = url.port or {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, port


def _body(incoming: Incoming, max_bytes: int, deadline: Deadline) -> Flow[bytes]:
    response = incoming.response
    stated = response.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > max_bytes:
        raise _too_large(max_bytes)
    try:
        content = yield from read_body(incoming, deadline)
    except InterruptedReplyError as error:
        # Nothing is billed for a download, so it can be repeated.
        error.retryable = True
        raise
    except ReplyTooLargeError:
        raise _too_large(max_bytes) from None
    reply = HTTPReply(response.status_code, response.headers, content)
    if response.status_code != _OK:
        parse_json(reply)
    check_file(reply)
    return content


def _too_large(max_bytes: int) -> ReplyTooLargeError:
    return ReplyTooLargeError(
        f"The file has more than {max_bytes:,} bytes, so it was not read. Raise max_bytes."
    )
