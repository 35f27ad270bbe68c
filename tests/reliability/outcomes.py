"""The one right outcome of each fault, written down once.

A row says what a plain call and a stream end with, each as an `Outcome`: the error (None for a
correct answer), how many requests reach the host when one retry is allowed, and whether the error
keeps what had come. `CODES` says the same of MiniMax's codes, on purpose without a look at the
table in `api/_codes.py`, which is tested with it.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import httpx

from minimax_adapters.api import errors as e


class Outcome(NamedTuple):
    """What a call ends with.

    Attributes:
        error: Class of the error, None for a correct answer.
        requests: Requests that the host receives.
        keeps: Whether `partial` holds the beginning of the answer.
    """

    error: type[e.MiniMaxError] | None = None
    requests: int = 1
    keeps: bool = False


class Row(NamedTuple):
    """The outcomes of one fault.

    Attributes:
        plain: Of a call whose reply is read whole.
        stream: Of a stream.
        file: Of a call whose reply is the content of a file, which may be anything but a page.
        download: Of a file from an address; nothing is billed, so it may be asked for again.
        options: Settings that the fault needs.
    """

    plain: Outcome
    stream: Outcome
    file: Outcome
    download: Outcome
    options: dict[str, Any]


def row(
    plain: Outcome,
    stream: Outcome | None = None,
    *,
    file: Outcome | None = None,
    download: Outcome | None = None,
    **options: Any,  # noqa: ANN401 - passed on as it came
) -> Row:
    """Return a row; what is not given ends like a plain call, a download like a file."""
    file = file or plain
    return Row(plain, stream or plain, file, download or file, options)


FINE: Final = Outcome()
NO_REPLY: Final = Outcome(e.ConnectionFailedError, 2)
TOO_LATE: Final = Outcome(e.CallTimeoutError, 2)
INTERRUPTED: Final = Outcome(e.InterruptedReplyError)
AGAIN: Final = Outcome(e.InterruptedReplyError, 2)
BROKEN_OFF: Final = Outcome(e.InterruptedReplyError, keeps=True)
NOT_MINIMAX: Final = Outcome(e.InvalidReplyError)
TOO_LARGE: Final = Outcome(e.ReplyTooLargeError)

# Seconds for many tests. Where nothing comes, it does not matter how busy the machine is; where
# something has to come first, it does.
SHORT: Final = 0.05
ENOUGH: Final = 0.5
# The host hears each request, however busy the machine is, and says nothing.
SILENCE: Final = httpx.Timeout(SHORT, connect=10, write=10, pool=10)
# Of a reply: more than any healthy one has, and little to read for many tests.
MOST_BYTES: Final = 200_000

FAULTS: Final[dict[str, Row]] = {
    # Nothing is wrong.
    "healthy": row(FINE),
    "early_hints": row(FINE),
    "slow_drip": row(FINE),
    "body_until_close": row(FINE),
    "gzip_fine": row(FINE),
    "wrong_content_type": row(FINE),
    "no_content_type": row(FINE),
    "invalid_utf8": row(FINE),
    # Passing trouble: one retry is enough.
    "reset_once": row(Outcome(requests=2)),
    "throttled_once": row(Outcome(requests=2), download=FINE),
    # No byte of a body came: tried again.
    "reset_before_headers": row(NO_REPLY),
    "closed_before_headers": row(NO_REPLY),
    "reset_in_headers": row(NO_REPLY),
    "reset_after_headers": row(NO_REPLY),
    "not_http": row(NO_REPLY),
    "endless_headers": row(NO_REPLY),
    "silent": row(TOO_LATE, timeout=SILENCE),
    "silent_after_headers": row(TOO_LATE, timeout=SILENCE),
    # The body had begun: MiniMax may have billed it, so it is not tried again.
    "reset_in_body": row(INTERRUPTED, BROKEN_OFF, download=AGAIN),
    "cut_chunked": row(INTERRUPTED, BROKEN_OFF, download=AGAIN),
    "cut_length": row(INTERRUPTED, BROKEN_OFF, download=AGAIN),
    "silent_in_body": row(INTERRUPTED, BROKEN_OFF, download=AGAIN, timeout=ENOUGH),
    "gzip_reset": row(INTERRUPTED, download=AGAIN),
    "gzip_cut": row(INTERRUPTED, FINE, download=AGAIN),
    "half_closed_at_end": row(INTERRUPTED, FINE, download=AGAIN),
    "drip_past_deadline": row(
        Outcome(e.CallTimeoutError), Outcome(e.CallTimeoutError, keeps=True), deadline=ENOUGH
    ),
    # More than anybody should hold in memory.
    "gzip_bomb": row(TOO_LARGE, max_reply_bytes=MOST_BYTES),
    "gzip_of_nothing": row(TOO_LARGE, max_reply_bytes=MOST_BYTES),
    "endless_body": row(TOO_LARGE, max_reply_bytes=MOST_BYTES),
    "gigantic_line": row(TOO_LARGE, max_reply_bytes=MOST_BYTES),
    "endless_after_start": row(
        TOO_LARGE, Outcome(e.ReplyTooLargeError, keeps=True), max_reply_bytes=MOST_BYTES
    ),
    # Something else than MiniMax answers.
    "html_200": row(NOT_MINIMAX),
    "html_404": row(Outcome(e.NotFoundError)),
    "html_502": row(Outcome(e.ServerError, 2)),
    "empty_body": row(NOT_MINIMAX, INTERRUPTED),
    "no_content": row(NOT_MINIMAX),
    "invalid_json": row(NOT_MINIMAX, file=FINE),
    "json_array": row(NOT_MINIMAX, file=FINE),
    "json_empty_object": row(NOT_MINIMAX, file=FINE),
    "json_too_deep": row(NOT_MINIMAX, file=FINE),
    "wrong_types": row(NOT_MINIMAX, file=FINE),
    "gzip_garbage": row(NOT_MINIMAX),
    "gzip_twice": row(NOT_MINIMAX),
    "brotli": row(NOT_MINIMAX),
    "redirect_301": row(NOT_MINIMAX, download=FINE),
    "redirect_302": row(NOT_MINIMAX, download=FINE),
    "redirect_303": row(NOT_MINIMAX, download=FINE),
    "redirect_307": row(NOT_MINIMAX, download=FINE),
    "redirect_308": row(NOT_MINIMAX, download=FINE),
}

# Switches of the emulator that are not on the way to the same answer.
QUIRKS: Final[dict[str, Row]] = {
    "cut_stream_after": row(FINE, BROKEN_OFF),
}

# Code: error, and whether the call is tried again.
CODES: Final[dict[int, tuple[type[e.APIError], bool]]] = {
    1000: (e.ServerError, True),
    1001: (e.ServerError, True),
    1002: (e.RateLimitError, True),
    1004: (e.AuthenticationError, False),
    1008: (e.InsufficientBalanceError, False),
    1013: (e.ServerError, True),
    1024: (e.ServerError, True),
    1026: (e.ContentFilterError, False),
    1027: (e.ContentFilterError, False),
    1028: (e.QuotaExceededError, False),
    1030: (e.QuotaExceededError, False),
    1033: (e.ServerError, True),
    1039: (e.RateLimitError, True),
    1041: (e.RateLimitError, True),
    1042: (e.InvalidRequestError, False),
    1043: (e.InvalidVoiceError, False),
    1044: (e.InvalidVoiceError, False),
    2013: (e.InvalidRequestError, False),
    2037: (e.InvalidVoiceError, False),
    2038: (e.PermissionDeniedError, False),
    2039: (e.InvalidVoiceError, False),
    2042: (e.PermissionDeniedError, False),
    2045: (e.RateLimitError, True),
    2048: (e.InvalidVoiceError, False),
    2049: (e.AuthenticationError, False),
    2056: (e.QuotaExceededError, False),
    2061: (e.PermissionDeniedError, False),
    2062: (e.RateLimitError, True),
    2064: (e.OverloadedError, True),
    2201: (e.ServerError, False),
    2202: (e.InvalidRequestError, False),
    2203: (e.InvalidRequestError, False),
    2204: (e.InvalidRequestError, False),
    2205: (e.RateLimitError, False),
    2206: (e.InvalidRequestError, False),
    20132: (e.InvalidVoiceError, False),
}


def outcome_of_code(code: int, envelope: str) -> Outcome:
    """Return what a code ends with; in the middle of a stream nothing is tried again."""
    error, passes = CODES[code]
    if envelope == "mid_stream":
        return Outcome(error, keeps=True)
    return Outcome(error, 2 if passes else 1)
