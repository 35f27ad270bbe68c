"""The one table from MiniMax code or HTTP status to an error.

Sources: MiniMax's page `errorcode` on both platforms, the AsyncAPI documents of the T2A
WebSockets, and recorded replies for 1028, 1030, 2061, 2062 and 2064, which no page lists.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, NamedTuple

from minimax_adapters.api import errors as e


class Meaning(NamedTuple):
    """What a code means to the caller."""

    error: type[e.APIError]
    advice: str
    retryable: bool = False


_KEY_ADVICE = (
    "Check the key, and that it belongs to this host: a key works on one platform only. "
    "International keys need region='global' (api.minimax.io), keys made in China "
    "region='china' (api.minimax.cn); set it in the code or in MINIMAX_REGION."
)
_NO_KEY_ADVICE = (
    "Pass api_key or set MINIMAX_API_KEY to the API secret key, without 'Bearer '. "
    "If the key is right, it may belong to the other platform: set region or MINIMAX_REGION."
)
_SLOWER = "Send fewer requests per minute, or put more work into each."
_PASSING = "This passes: the call can be repeated."
_WINDOW = "The window of the plan has to reset; until then use a pay-as-you-go key."
_PLAN = "The plan of this key does not include the model: use another model or another key."
_SAMPLE = "Record another sample that fits the documented limits."

CODES: Final = {
    1000: Meaning(e.ServerError, _PASSING, retryable=True),
    1001: Meaning(e.ServerError, _PASSING, retryable=True),
    1002: Meaning(e.RateLimitError, _SLOWER, retryable=True),
    1004: Meaning(e.AuthenticationError, _NO_KEY_ADVICE),
    1008: Meaning(e.InsufficientBalanceError, "Top up the balance of the account of this key."),
    1013: Meaning(e.ServerError, _PASSING, retryable=True),
    1024: Meaning(e.ServerError, _PASSING, retryable=True),
    1026: Meaning(e.ContentFilterError, "Change the input; the same text is refused again."),
    1027: Meaning(e.ContentFilterError, "Change the input; the answer to it was filtered."),
    1028: Meaning(e.QuotaExceededError, _WINDOW),
    1030: Meaning(e.QuotaExceededError, _WINDOW),
    1033: Meaning(e.ServerError, _PASSING, retryable=True),
    1039: Meaning(e.RateLimitError, "Send fewer tokens per minute.", retryable=True),
    1041: Meaning(e.RateLimitError, "Keep fewer connections open.", retryable=True),
    1042: Meaning(
        e.InvalidRequestError,
        "Remove invisible or illegal characters: more than 10 % of the text are such.",
    ),
    1043: Meaning(e.InvalidVoiceError, "The sample does not say the text given with it."),
    1044: Meaning(e.InvalidVoiceError, "The prompt audio does not say the text given with it."),
    2013: Meaning(e.InvalidRequestError, "Correct the parameter that the message names."),
    2037: Meaning(e.InvalidVoiceError, _SAMPLE),
    2038: Meaning(e.PermissionDeniedError, "Verify the account before cloning voices."),
    2039: Meaning(e.InvalidVoiceError, "Choose another voice_id; this one exists."),
    2042: Meaning(e.PermissionDeniedError, "This voice belongs to another account."),
    2045: Meaning(
        e.RateLimitError, "Raise the traffic slowly: it grew or fell too fast.", retryable=True
    ),
    2048: Meaning(e.InvalidVoiceError, "The prompt audio must be shorter than 8 seconds."),
    2049: Meaning(e.AuthenticationError, _KEY_ADVICE),
    2056: Meaning(e.QuotaExceededError, _WINDOW),
    2061: Meaning(e.PermissionDeniedError, _PLAN),
    2062: Meaning(e.RateLimitError, _SLOWER, retryable=True),
    2064: Meaning(e.OverloadedError, _PASSING, retryable=True),
    2201: Meaning(e.ServerError, "Connect again: the socket was idle for 120 seconds."),
    2202: Meaning(e.InvalidRequestError, "This event is not allowed in the current state."),
    2203: Meaning(e.InvalidRequestError, "Send text: an empty piece was skipped."),
    2204: Meaning(e.InvalidRequestError, "Send at most 10,000 characters in one piece."),
    2205: Meaning(e.RateLimitError, "Send this piece again later: too much text is queued."),
    2206: Meaning(e.InvalidRequestError, "Start a task once in a session."),
    20132: Meaning(
        e.InvalidVoiceError, "Use a voice_id that Client.voices.list() names for this account."
    ),
}

STATUSES: Final = {
    400: Meaning(e.InvalidRequestError, "Correct the request as the message says."),
    401: Meaning(e.AuthenticationError, _KEY_ADVICE),
    402: CODES[1008],
    403: Meaning(e.PermissionDeniedError, "The key may not do this on this host."),
    404: Meaning(
        e.NotFoundError, "Check the base URL: it names the host, with or without a closing /v1."
    ),
    408: Meaning(e.ServerError, _PASSING, retryable=True),
    413: Meaning(e.InvalidRequestError, "A request may have at most 64 MB."),
    422: Meaning(e.InvalidRequestError, "Correct the request as the message says."),
    429: Meaning(e.RateLimitError, _SLOWER, retryable=True),
    529: CODES[2064],
}

_SERVER_FAILURE: Final = Meaning(e.ServerError, _PASSING, retryable=True)
_UNKNOWN: Final = Meaning(e.APIError, "MiniMax's error page may explain the code.")
# 2013 is the umbrella of every parameter error, 20132 of what an id names: only the text tells
# some from the others. Agents can shorten their history and go on, so that they need to know.
_TOLD_BY_TEXT: Final = (
    (
        2013,
        "context window exceeds limit",
        Meaning(e.ContextWindowError, "Shorten the input, or use a model with a longer context."),
    ),
    (
        2013,
        "model",
        Meaning(
            e.InvalidRequestError,
            "Correct the parameter that the message names. Ids of models are case-sensitive:"
            " Client.models() lists those of chat.",
        ),
    ),
    (
        20132,
        "file_id",
        Meaning(e.NotFoundError, "Use a file_id that Client.files.list() names."),
    ),
)


def meaning_of(code: int | None, http_status: int | None, message: str) -> Meaning:
    """Return what `code` means, or what the status does if the code is unknown."""
    for told, text, meaning in _TOLD_BY_TEXT:
        if code == told and text in message:
            return meaning
    if code in CODES:
        return CODES[code]
    if http_status in STATUSES:
        return STATUSES[http_status]
    if http_status is not None and http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _SERVER_FAILURE
    return _UNKNOWN
