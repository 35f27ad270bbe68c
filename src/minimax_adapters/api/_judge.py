"""What a reply means before anyone looks at its content: fine, or which error.

MiniMax has two families of errors, and each call may meet both: native endpoints answer HTTP 200
with a `base_resp`, compatible ones a real status with an `error` object whose message ends with
the code. Sources: recorded replies; `errorcode` on both platforms.
"""

from __future__ import annotations

import contextlib
import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pydantic_core import from_json

from minimax_adapters.api._codes import meaning_of
from minimax_adapters.api.errors import (
    APIError,
    ContextWindowError,
    InvalidReplyError,
    RateLimitError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_OK: Final = 200
_REDIRECT: Final = 300
_FAILED: Final = 400
_TOKEN_LIMIT: Final = 1039
_LONGEST_TEXT: Final = 500
CUT: Final = " ..."  # At the end of a text that was longer.
_CODE_AT_END: Final = re.compile(r"\s*\((\d{4,5})\)\s*$")
# Both patterns stop at the next tag, so that no page makes them slow.
_TITLE: Final = re.compile(r"<title[^<>]*>([^<]*)", re.IGNORECASE)
_TAG: Final = re.compile(r"<[^<>]*>")
_LONGEST_NUMBER: Final = 9
_LONGEST_AUDIO: Final = 1e12  # Milliseconds: thirty years.
_BROKEN_TEXT: Final = re.compile(r"\ufffd|\\u[dD][89a-fA-F]")


class HTTPReply(NamedTuple):
    """A whole reply, or the head of one whose body is read as a stream."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def trace_id(self) -> str | None:
        """`Trace-Id`, under each name that hosts use."""
        for name in ("trace-id", "x-trace-id", "minimax-request-id"):
            if value := self.headers.get(name):
                return value
        return None


def parse_json(reply: HTTPReply) -> dict[str, Any]:
    """Return the JSON object of `reply`.

    Raises:
        APIError: It is an error of either family, or has the status of one.
        InvalidReplyError: It is no JSON object.
    """
    payload = decode_object(reply.body)
    if payload is not None:
        raise_error_in(payload, reply)
        if reply.status < _REDIRECT:
            return payload
    raise _without_protocol(reply)


def parse_native(reply: HTTPReply, *members: str) -> dict[str, Any]:
    """Return the JSON object of a native endpoint, which says that it worked or has a list.

    Raises:
        APIError: It is an error.
        InvalidReplyError: It is no JSON object, or one that says nothing.
    """
    payload = parse_json(reply)
    if isinstance(payload.get("base_resp"), dict):
        return payload
    if any(isinstance(payload.get(name), list) for name in members):
        return payload
    raise InvalidReplyError(
        "MiniMax answered without saying whether it worked. Check the base URL, and whether a"
        " proxy answers in MiniMax's place.",
        reply.status,
        reply.trace_id,
    )


def check_file(reply: HTTPReply) -> None:
    """Check what should be a file of the account.

    Raises:
        InvalidReplyError: It is empty, or a page, such as that of a proxy.
    """
    if not reply.body or reply.headers.get("content-type", "").startswith("text/html"):
        raise _without_protocol(reply, "a file")


def list_or_empty(value: object) -> list[Any]:
    """Return `value` if it is a list; a member of the wrong type counts as missing."""
    return value if isinstance(value, list) else []


def dict_or_empty(value: object) -> dict[str, Any]:
    """Return `value` if it is an object; a member of the wrong type counts as missing."""
    return value if isinstance(value, dict) else {}


def decode_object(body: bytes) -> dict[str, Any] | None:
    """Return the JSON object that `body` is, None if it is none.

    Old hosts cut a character in two: invalid UTF-8 and lone surrogates become U+FFFD.
    """
    try:
        payload = from_json(body)
    except ValueError:
        payload = _decode_broken_text(body)
    return payload if isinstance(payload, dict) else None


def _decode_broken_text(body: bytes) -> object:
    text = body.decode("utf-8", "replace")
    if not _BROKEN_TEXT.search(text):
        # Whole text is no JSON; brackets without end would only bring the decoder to its limit.
        return None
    try:
        lenient = json.dumps(json.loads(text), ensure_ascii=False)
        return from_json(lenient.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        return None


def raise_error_in(payload: dict[str, Any], reply: HTTPReply) -> None:
    """Raise the error that `payload` is, if it is one.

    Raises:
        APIError: `payload` has an `error` object or a `base_resp` with a code other than 0.
    """
    base_resp = payload.get("base_resp")
    if isinstance(base_resp, dict) and base_resp.get("status_code") not in (0, None, "0", ""):
        text = base_resp.get("status_msg") or "MiniMax answered without a text"
        raise _api_error(str(text), _number(base_resp["status_code"]), reply, payload)
    error = payload.get("error")
    if isinstance(error, str):
        error = {"message": error}
    if isinstance(error, dict) and any(error.values()):
        text = str(error.get("message") or error.get("type") or "MiniMax answered with an error")
        status = _number(error.get("http_code"))
        raise _api_error(text, _number(error.get("code")), reply, payload, status)


def _api_error(
    text: str,
    code: int | None,
    reply: HTTPReply,
    payload: dict[str, Any],
    status: int | None = None,
) -> APIError:
    if found := _CODE_AT_END.search(text):
        text, code = text[: found.start()], int(found[1])
    # Inside a stream the status is 200, and the frame says which one it would have been.
    status = reply.status if reply.status >= _FAILED or status is None else status
    meaning = meaning_of(code, status, text)
    base_resp = payload.get("base_resp")
    in_base_resp = base_resp.get("trace_id") if isinstance(base_resp, dict) else None
    return meaning.error(
        _shorten(text),
        code,
        status,
        text_or_none(payload.get("trace_id")) or text_or_none(in_base_resp) or reply.trace_id,
        text_or_none(payload.get("request_id")),
        retryable=meaning.retryable,
        retry_after=retry_after(reply.headers),
        advice=meaning.advice,
    )


@contextlib.contextmanager
def telling_too_long(too_long: Callable[[], str | None]) -> Iterator[None]:
    """Tell a call that is too long from one that came too soon: 1039 may stand for either.

    Raises:
        ContextWindowError: Code 1039, and `too_long` says what to do; it is not tried again.
    """
    try:
        yield
    except RateLimitError as error:
        if error.code != _TOKEN_LIMIT or (advice := too_long()) is None:
            raise
        known = (error.message, error.code, error.http_status, error.trace_id, error.request_id)
        raise ContextWindowError(*known, advice=advice) from error


def _without_protocol(
    reply: HTTPReply, wanted: str = "MiniMax's JSON"
) -> APIError | InvalidReplyError:
    """Return the error for a reply that carries none of MiniMax's members."""
    if _REDIRECT <= reply.status < _FAILED:
        target = reply.headers.get("location", "an unknown place")
        text = (
            f"The host redirects (HTTP {reply.status}) to {_shorten(target)}. Redirects are"
            " not followed, since the key would go along: set the base URL to the final address."
        )
        return InvalidReplyError(text, reply.status, reply.trace_id)
    if reply.status >= _FAILED:
        return _api_error(_unexpected(reply, wanted), None, reply, {})
    if _is_cut(reply.body):
        text = (
            f"The reply is JSON that breaks off after {len(reply.body):,} bytes. Ask again; if it"
            " stays so, check whether a proxy cuts replies."
        )
        return InvalidReplyError(text, reply.status, reply.trace_id)
    text = (
        f"{_unexpected(reply, wanted)}. Check the base URL, and whether a proxy answers in"
        " MiniMax's place."
    )
    return InvalidReplyError(text, reply.status, reply.trace_id)


def _unexpected(reply: HTTPReply, wanted: str) -> str:
    """Return what came in place of what was wanted."""
    if not reply.body.strip():
        return f"HTTP {reply.status} with an empty body in place of {wanted}"
    kind = reply.headers.get("content-type", "").partition(";")[0] or "no content type"
    return f"HTTP {reply.status} with {kind} in place of {wanted}: {_excerpt(reply.body)}"


def _is_cut(body: bytes) -> bool:
    """Return whether `body` is the beginning of a JSON object with members, not a whole one."""
    try:
        begun = from_json(body, allow_partial=True)
    except ValueError:
        return False
    return isinstance(begun, dict) and bool(begun) and decode_object(body) is None


def _excerpt(body: bytes) -> str:
    text = body[:20_000].decode("utf-8", "replace")
    if (title := _TITLE.search(text)) and title[1].strip():
        return _shorten(title[1].strip())
    return _shorten(" ".join(_TAG.sub(" ", text).split())) or "nothing to read"


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + CUT


def _number(value: object) -> int | None:
    """Return an integer that some hosts send as text."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= _LONGEST_NUMBER:
        return int(value)
    return int_or_none(value)


def int_or_none(value: object) -> int | None:
    """Return `value` if it is an integer; a member of the wrong type counts as missing."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def seconds_or_none(milliseconds: object) -> float | None:
    """Return the seconds of a time on the wire; one that no audio has counts as missing."""
    if isinstance(milliseconds, int | float) and 0 <= milliseconds < _LONGEST_AUDIO:
        return milliseconds / 1000
    return None


def text_or_none(value: object) -> str | None:
    """Return `value` if it is text with content; anything else counts as missing."""
    return value if isinstance(value, str) and value else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a `Retry-After` header; a date is relative to that of the reply."""
    value = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(value)
        now = parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
