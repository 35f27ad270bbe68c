"""Every row of the error table, in both envelopes: class, members, advice, pickles."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, NamedTuple

import httpx
import pytest

from minimax_adapters.api import (
    APIError,
    Audio,
    AuthenticationError,
    CallTimeoutError,
    ContentFilterError,
    ContextWindowError,
    InsufficientBalanceError,
    InterruptedReplyError,
    InvalidReplyError,
    InvalidRequestError,
    InvalidVoiceError,
    MiniMaxError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    QuotaExceededError,
    RateLimitError,
    ServerError,
)
from minimax_adapters.api._codes import CODES
from minimax_adapters.api._judge import HTTPReply, decode_object, parse_json, retry_after


class Row(NamedTuple):
    """What a code means: its status on compatible endpoints, and a word of the advice."""

    code: int
    status: int
    kind: type[APIError]
    advice: str
    retryable: bool = False


ROWS = [
    Row(1000, 500, ServerError, "repeated", retryable=True),
    Row(1001, 500, ServerError, "repeated", retryable=True),
    Row(1002, 429, RateLimitError, "fewer requests", retryable=True),
    Row(1004, 401, AuthenticationError, "MINIMAX_API_KEY"),
    Row(1008, 402, InsufficientBalanceError, "Top up"),
    Row(1013, 500, ServerError, "repeated", retryable=True),
    Row(1024, 500, ServerError, "repeated", retryable=True),
    Row(1026, 422, ContentFilterError, "Change the input"),
    Row(1027, 422, ContentFilterError, "Change the input"),
    Row(1028, 429, QuotaExceededError, "reset"),
    Row(1030, 429, QuotaExceededError, "reset"),
    Row(1033, 500, ServerError, "repeated", retryable=True),
    Row(1039, 429, RateLimitError, "fewer tokens", retryable=True),
    Row(1041, 429, RateLimitError, "fewer connections", retryable=True),
    Row(1042, 400, InvalidRequestError, "invisible"),
    Row(1043, 400, InvalidVoiceError, "sample"),
    Row(1044, 400, InvalidVoiceError, "prompt audio"),
    Row(2013, 400, InvalidRequestError, "parameter"),
    Row(20132, 400, InvalidVoiceError, "voice_id"),
    Row(2037, 400, InvalidVoiceError, "sample"),
    Row(2038, 400, PermissionDeniedError, "Verify"),
    Row(2039, 400, InvalidVoiceError, "another voice_id"),
    Row(2042, 400, PermissionDeniedError, "another account"),
    Row(2045, 429, RateLimitError, "slowly", retryable=True),
    Row(2048, 400, InvalidVoiceError, "8 seconds"),
    Row(2049, 401, AuthenticationError, "region='china'"),
    Row(2056, 429, QuotaExceededError, "reset"),
    Row(2061, 500, PermissionDeniedError, "another model"),
    Row(2062, 429, RateLimitError, "fewer requests", retryable=True),
    Row(2064, 529, OverloadedError, "repeated", retryable=True),
    Row(2201, 400, ServerError, "Connect again"),
    Row(2202, 400, InvalidRequestError, "not allowed"),
    Row(2203, 400, InvalidRequestError, "Send text"),
    Row(2204, 400, InvalidRequestError, "10,000"),
    Row(2205, 400, RateLimitError, "later"),
    Row(2206, 400, InvalidRequestError, "once"),
]


def _reply(status: int, body: object, **headers: str) -> HTTPReply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPReply(status, httpx.Headers({"content-type": "application/json"} | names), content)


def _error(reply: HTTPReply) -> Any:  # noqa: ANN401 - its class is what the tests check
    with pytest.raises(MiniMaxError) as caught:
        parse_json(reply)
    return caught.value


def test_the_table_has_a_row_for_each_code() -> None:
    """A code that is added needs its claim here."""
    assert {row.code for row in ROWS} == set(CODES)


@pytest.mark.sampled(share=0.3)
@pytest.mark.parametrize("http_code", ["text", "number", "absent"])
@pytest.mark.parametrize("row", ROWS)
def test_compatible_errors_are_typed(row: Row, http_code: str) -> None:
    """The code stands at the end of the message only; `http_code` is text on most hosts."""
    code, status, kind, advice, retryable = row
    error = {"type": "some_error", "message": f"words of MiniMax ({code})"}
    if http_code != "absent":
        error |= {"http_code": str(status) if http_code == "text" else status}  # type: ignore[dict-item]  # as hosts do
    body = {"type": "error", "error": error, "request_id": "request-1"}

    raised = _error(_reply(status, body, trace_id="trace-1"))

    assert type(raised) is kind
    assert (raised.code, raised.message, raised.http_status) == (code, "words of MiniMax", status)
    assert (raised.trace_id, raised.request_id) == ("trace-1", "request-1")
    assert raised.retryable is retryable
    assert advice in str(raised)
    assert f"(code {code}, HTTP {status}, trace trace-1)" in str(raised)


@pytest.mark.sampled(share=0.3)
@pytest.mark.parametrize("number", [int, str])
@pytest.mark.parametrize("row", ROWS)
def test_native_errors_are_typed(row: Row, number: type) -> None:
    """HTTP 200 says nothing: the code in `base_resp` does."""
    code, _, kind, advice, retryable = row
    body = {"base_resp": {"status_code": number(code), "status_msg": "words of MiniMax"}}

    raised = _error(_reply(200, body, trace_id="trace-2"))

    assert type(raised) is kind
    assert (raised.code, raised.message, raised.http_status) == (code, "words of MiniMax", 200)
    assert (raised.trace_id, raised.retryable) == ("trace-2", retryable)
    assert advice in str(raised)


@pytest.mark.parametrize("choices", [None, []])
def test_choices_null_beside_a_code_is_the_error(choices: object) -> None:
    """`base_resp` is looked at before `choices`."""
    body = {"choices": choices, "base_resp": {"status_code": 2056, "status_msg": "usage limit"}}

    assert isinstance(_error(_reply(200, body)), QuotaExceededError)


@pytest.mark.parametrize("code", [0, "0", None, ""])
def test_a_code_of_zero_is_no_error(code: object) -> None:
    """Hosts send 0, and may send it as text."""
    body = {"x": 1, "base_resp": {"status_code": code, "status_msg": "success"}, "error": {}}

    assert parse_json(_reply(200, body)) == body


def test_a_file_that_is_not_there_is_no_voice() -> None:
    """The code is the same for both."""
    base_resp = {"status_code": 20132, "status_msg": "invalid samples or file_id"}
    error = _error(_reply(200, {"base_resp": base_resp}))

    assert type(error) is NotFoundError
    assert "Client.files.list()" in str(error)


@pytest.mark.parametrize(
    "body", ['{"choices": [{"secret": "val', '{"a": 1', '{"vectors": [[0.1, 0.']
)
def test_json_that_is_cut_is_called_so(body: str) -> None:
    """To check the base URL would be the wrong advice, and the content is no part of an error."""
    with pytest.raises(InvalidReplyError, match=f"breaks off after {len(body)} bytes") as caught:
        parse_json(HTTPReply(200, {"content-type": "application/json"}, body.encode()))

    assert "secret" not in str(caught.value)


def test_a_full_context_is_told_from_other_parameter_errors() -> None:
    """Agents can shorten their history and go on; the code is 2013 for everything."""
    body = {"error": {"message": "invalid params, context window exceeds limit (2013)"}}

    assert isinstance(_error(_reply(400, body)), ContextWindowError)


@pytest.mark.parametrize(
    ("message", "expected"), [("invalid params, unknown model", True), ("text is empty", False)]
)
def test_only_an_error_about_a_model_speaks_of_models(message: str, *, expected: bool) -> None:
    """The code is the same for every parameter, and the advice for one is noise for the others."""
    error = _error(_reply(400, {"error": {"message": f"{message} (2013)"}}))

    assert ("Client.models()" in str(error)) is expected


@pytest.mark.sampled(share=0.3)
@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        (400, InvalidRequestError, False),
        (401, AuthenticationError, False),
        (402, InsufficientBalanceError, False),
        (403, PermissionDeniedError, False),
        (404, NotFoundError, False),
        (408, ServerError, True),
        (413, InvalidRequestError, False),
        (418, APIError, False),
        (422, InvalidRequestError, False),
        (429, RateLimitError, True),
        (500, ServerError, True),
        (502, ServerError, True),
        (504, ServerError, True),
        (529, OverloadedError, True),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"<html><head><title>\n 5xx Sorry \n</title></head></html>",
        b"<p>5xx <b>Sorry</b></p>",
        b'{"error": "5xx Sorry"}',
        b'{"error": {"type": "5xx Sorry"}}',
        b'{"detail": "5xx Sorry"}',
        b"5xx Sorry",
    ],
)
def test_a_status_without_a_code_decides(
    status: int,
    kind: type[APIError],
    retryable: bool,  # noqa: FBT001 - a column
    body: bytes,
) -> None:
    """Proxies and gateways answer with a status, and some text."""
    raised = _error(_reply(status, body))

    assert type(raised) is kind
    assert (raised.code, raised.http_status, raised.retryable) == (None, status, retryable)
    assert "5xx Sorry" in str(raised)
    assert "</" not in str(raised)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"text"', b"<html>Log in</html>", b"\xff\xfe", b"[" * 9999]
)
def test_success_without_an_object_is_an_invalid_reply(body: bytes) -> None:
    """An empty body, half a JSON text, the page of a captive portal."""
    raised = _error(_reply(200, body, trace_id="trace-3"))

    assert isinstance(raised, InvalidReplyError)
    assert (raised.http_status, raised.trace_id, raised.retryable) == (200, "trace-3", False)
    assert "base URL" in str(raised)


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "with an empty body in place of MiniMax's JSON"),
        (b" \n", "with an empty body in place of MiniMax's JSON"),
        (b"<p></p>", "with application/json in place of MiniMax's JSON: nothing to read"),
        (b"no", "with application/json in place of MiniMax's JSON: no"),
    ],
)
def test_a_reply_that_is_no_json_is_called_what_it_is(status: int, body: bytes, said: str) -> None:
    """What has no body has no type either, whatever its header says."""
    assert str(_error(_reply(status, body))).startswith(f"HTTP {status} {said}")


def test_a_long_page_is_quoted_shortly() -> None:
    """An error text is for reading."""
    assert len(str(_error(_reply(200, b"word " * 100_000)))) < 1000
    assert len(str(_error(_reply(302, b"", location="https://x/" + "y" * 9999)))) < 1000
    assert "word" in str(_error(_reply(200, b"<title></title>word")))


def test_a_redirect_names_its_target() -> None:
    """The user has to decide whether the key may go there."""
    raised = _error(_reply(307, b"", location="https://elsewhere.example/v1"))

    assert "https://elsewhere.example/v1" in str(raised)
    assert raised.http_status == 307


@pytest.mark.parametrize("place", ["body", "base_resp", "header"])
def test_the_trace_id_is_found_in_each_place(place: str) -> None:
    """Hosts differ in where they put it."""
    body: dict[str, Any] = {"base_resp": {"status_code": 1000}, "trace_id": {"not": "text"}}
    if place == "body":
        body["trace_id"] = "t"
    elif place == "base_resp":
        body["base_resp"]["trace_id"] = "t"
    header = {"trace_id": "t"} if place == "header" else {}

    assert _error(_reply(200, body, **header)).trace_id == "t"


def test_an_error_without_origin_or_advice_is_its_message() -> None:
    """Texts are made of what is known."""
    assert str(APIError("No")) == "No"
    assert str(APIError("No", advice="Stop.")) == "No. Stop."
    assert str(APIError("No", 1, request_id="r")) == "No (code 1, trace r)"


def _through_pickle(error: MiniMaxError) -> object:
    return pickle.loads(pickle.dumps(error))  # noqa: S301 - our own


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, _through_pickle])
@pytest.mark.parametrize(
    "error",
    [
        RateLimitError("m", 1002, 429, "t", "r", retryable=True, retry_after=2.5, advice="a"),
        InvalidReplyError("m", 200, "t"),
        InterruptedReplyError("m"),
        CallTimeoutError("m"),
    ],
)
def test_errors_survive_process_pools(error: MiniMaxError, again: Any) -> None:  # noqa: ANN401 - any way of copying
    """Process pools, Celery and deepcopy bring errors back whole."""
    error.partial = Audio(b"x", "mp3")

    twin = again(error)

    assert type(twin) is type(error)
    assert str(twin) == str(error)
    assert vars(twin) == vars(error)


def test_deadlines_are_timeouts_for_those_who_catch_timeouts() -> None:
    """`except TimeoutError` is what asyncio code has."""
    assert issubclass(CallTimeoutError, TimeoutError)


NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": f"Mon, {'9' * 20} Jan 2024 00:00:00 GMT"}, None),
        ({"retry-after": f"Mon, 01 Jan 2024 {'9' * 20}:00 GMT"}, None),
        ({}, None),
        (
            {
                "retry-after": format_datetime(NOW + timedelta(seconds=9)),
                "date": format_datetime(NOW),
            },
            9,
        ),
        ({"retry-after": format_datetime(NOW), "date": format_datetime(NOW + timedelta(1))}, 0.0),
        ({"retry-after": format_datetime(NOW), "date": "yesterday"}, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    """Both forms are in the standard; a date is relative to the clock of the server."""
    assert retry_after(headers) == seconds


def test_a_date_without_the_clock_of_the_server_is_relative_to_ours() -> None:
    """Not every server sends `Date`."""
    until = datetime.now(UTC) + timedelta(seconds=60)

    seconds = retry_after({"retry-after": format_datetime(until)})

    assert seconds is not None
    assert 50 < seconds <= 60


def test_only_broken_text_is_read_a_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brackets without end would bring Python's own decoder to the limit of its stack."""
    monkeypatch.setattr(json, "loads", pytest.fail)

    assert decode_object(b'{"a": 1}') == {"a": 1}
    assert decode_object(b"[" * 100_000) is None
    assert decode_object(b'{"a": "x"') is None
