"""What MiniMax answers when it refuses: one table of codes, two envelopes.

Native endpoints (embeddings, speech, voices, files) say HTTP 200 and put the code into
`base_resp`. Compatible endpoints (chat completions, models) use a real HTTP status and an
envelope whose `message` ends with the code in parentheses.

For endpoint authors:

* raise `MiniMaxFault(code, text)` anywhere inside an HTTP route. The application turns it into the
  envelope of the endpoint's family (see `is_compatible`), with the `Trace-Id` header set.
* or build the answer yourself with `native_error` or `compatible_error`.
* WebSocket endpoints catch `MiniMaxFault` themselves and send `base_resp_for(code, text)` in
  their own frame.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

from starlette.responses import JSONResponse, Response

LOGIN_FAIL: Final = (
    "login fail: Please carry the API secret key in the 'Authorization' field of the request header"
)

Envelope = Literal["auto", "compatible", "base_resp"]


class Meaning(NamedTuple):
    """Text of a code, and how the compatible endpoints dress it."""

    text: str
    http_status: int
    error_type: str


BAD_REQUEST: Final = (400, "bad_request_error")
UNAUTHORIZED: Final = (401, "authorized_error")
THROTTLED: Final = (429, "rate_limit_error")
FILTERED: Final = (422, "unprocessable_entity_error")
BROKEN: Final = (500, "server_error")

CODES: Final[dict[int, Meaning]] = {
    1000: Meaning("unknown error", *BROKEN),
    1001: Meaning("request timeout", *BROKEN),
    1002: Meaning("rate limit exceeded(RPM)", *THROTTLED),
    1004: Meaning(LOGIN_FAIL, *UNAUTHORIZED),
    1008: Meaning("insufficient balance", 402, "insufficient_balance_error"),
    1013: Meaning("internal server error", *BROKEN),
    1024: Meaning("internal error", *BROKEN),
    1026: Meaning("input new_sensitive", *FILTERED),
    1027: Meaning("output new_sensitive", *FILTERED),
    1028: Meaning("quota exhausted", *THROTTLED),
    1030: Meaning("quota exhausted", *THROTTLED),
    1033: Meaning("system error", *BROKEN),
    1039: Meaning("token limit", *THROTTLED),
    1041: Meaning("conn limit", *THROTTLED),
    1042: Meaning("invisible character ratio limit", *BAD_REQUEST),
    1043: Meaning("The asr similarity check failed", *BAD_REQUEST),
    1044: Meaning("clone prompt similarity check failed", *BAD_REQUEST),
    2013: Meaning("invalid params", *BAD_REQUEST),
    20132: Meaning("invalid samples or voice_id", *BAD_REQUEST),
    2037: Meaning("voice duration too short / too long", *BAD_REQUEST),
    2038: Meaning("no cloning permission", *BAD_REQUEST),
    2039: Meaning("voice clone voice id duplicate", *BAD_REQUEST),
    2042: Meaning("no access to this voice_id", *BAD_REQUEST),
    2045: Meaning("rate growth limit", *THROTTLED),
    2048: Meaning("prompt audio too long", *BAD_REQUEST),
    2049: Meaning("invalid api key", *UNAUTHORIZED),
    2056: Meaning("usage limit exceeded", *THROTTLED),
    2061: Meaning("your current token plan not support model", 500, "api_error"),
    2062: Meaning("token plan rate limit", *THROTTLED),
    2064: Meaning("the server cluster is under high load", 529, "overloaded_error"),
    2201: Meaning("timeout disconnect", *BAD_REQUEST),
    2202: Meaning("illegal event", *BAD_REQUEST),
    2203: Meaning("empty text, skipped", *BAD_REQUEST),
    2204: Meaning("character limit exceeded, skipped", *BAD_REQUEST),
    2205: Meaning("request limit exceeded", *BAD_REQUEST),
    2206: Meaning("illegal event order", *BAD_REQUEST),
}
UNKNOWN: Final = Meaning("unknown error", *BROKEN)


class MiniMaxFault(Exception):  # noqa: N818  # The server's word for an injected or earned refusal.
    """A refusal on its way to the client.

    Attributes:
        code: MiniMax code, for example 2013.
        text: Message without the code; the table's text when None was given.
        envelope: `auto` follows the endpoint's family, the others force one.
        retry_after: Seconds for a `Retry-After` header, which MiniMax itself does not send.
        http_status: Overrides the table's status on compatible endpoints.
    """

    def __init__(  # noqa: PLR0913  # Each argument is one visible property of the answer.
        self,
        code: int,
        text: str | None = None,
        *,
        envelope: Envelope = "auto",
        retry_after: float | None = None,
        http_status: int | None = None,
        choices: Literal["null", "empty"] = "null",
    ) -> None:
        self.code = code
        self.text = text if text is not None else CODES.get(code, UNKNOWN).text
        self.envelope = envelope
        self.retry_after = retry_after
        self.http_status = http_status
        self.choices = choices
        super().__init__(code, self.text)


def invalid(text: str) -> MiniMaxFault:
    """Return the 2013 refusal with MiniMax's usual opening words."""
    return MiniMaxFault(2013, f"invalid params, {text}")


def is_compatible(path: str) -> bool:
    """Tell whether `path` belongs to the family with real HTTP statuses."""
    return path.startswith(("/v1/chat/", "/v1/models", "/v1/responses", "/anthropic/"))


def base_resp_for(code: int, text: str | None = None) -> dict[str, Any]:
    """Return the `base_resp` object of `code`."""
    message = text if text is not None else CODES.get(code, UNKNOWN).text
    return {"status_code": code, "status_msg": message}


def envelope_for(
    code: int,
    text: str | None,
    trace_id: str,
    *,
    http_status: int | None = None,
    numeric_http_code: bool = False,
) -> dict[str, Any]:
    """Return the error body of the compatible endpoints."""
    meaning = CODES.get(code, UNKNOWN)
    status = http_status or meaning.http_status
    message = text if text is not None else meaning.text
    return {
        "type": "error",
        "error": {
            "type": meaning.error_type,
            "message": f"{message} ({code})",
            "http_code": status if numeric_http_code else str(status),
        },
        "request_id": trace_id,
    }


def answer_headers(trace_id: str, retry_after: float | None = None) -> dict[str, str]:
    """Return the headers that every JSON answer carries."""
    headers = {"Trace-Id": trace_id, "Minimax-Request-Id": trace_id[::-1]}
    if retry_after is not None:
        headers["Retry-After"] = f"{retry_after:g}"
    return headers


def native_error(
    code: int, message: str | None, trace_id: str, *, retry_after: float | None = None
) -> Response:
    """Return HTTP 200 with `base_resp`, as the native endpoints do."""
    body = {"base_resp": base_resp_for(code, message)}
    return JSONResponse(body, headers=answer_headers(trace_id, retry_after))


def compatible_error(fault: MiniMaxFault, trace_id: str, *, numeric: bool = False) -> Response:
    """Return the HTTP status and envelope of the compatible endpoints."""
    status = fault.http_status or CODES.get(fault.code, UNKNOWN).http_status
    body = envelope_for(
        fault.code, fault.text, trace_id, http_status=status, numeric_http_code=numeric
    )
    return JSONResponse(
        body, status_code=status, headers=answer_headers(trace_id, fault.retry_after)
    )
