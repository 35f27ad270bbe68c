"""The rules of a call, without I/O: what is sent when, and with which waits."""

from __future__ import annotations

import dataclasses
import itertools
import math
import socket
import ssl
from typing import Any

import httpx
import pytest
from flows import CALL, HOSTS, OK, STREAM, Run, compatible, native

from minimax_adapters.api import (
    AuthenticationError,
    CallTimeoutError,
    ConfigurationError,
    ConnectionFailedError,
    InterruptedReplyError,
    RateLimitError,
    ServerError,
)
from minimax_adapters.api.settings import exponential_backoff

PASSING: list[Any] = [
    *(native(code) for code in (1000, 1001, 1002, 1013, 1024, 1033, 1039, 1041, 2045, 2062, 2064)),
    compatible(429, 1002),
    compatible(529, 2064),
    *((status, b"<html></html>") for status in (408, 429, 500, 502, 503, 504, 529)),
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("slow"),
    httpx.ReadTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.WriteError("reset"),
    httpx.RemoteProtocolError("closed"),
    (200, [httpx.ReadError("reset")]),
]
FINAL: list[Any] = [
    *(native(code) for code in (1004, 1008, 1026, 1027, 1042, 2013, 20132, 2049, 2056, 2061)),
    compatible(500, 2061),
    compatible(401, 2049),
    *((status, b"{}") for status in (302, 400, 401, 402, 403, 404, 413, 422)),
    (200, b"<html></html>"),
    (200, [b"{", httpx.ReadError("reset")]),
    httpx.UnsupportedProtocol("ftp"),
    httpx.LocalProtocolError("header"),
    httpx.DecodingError("gzip"),
]


@pytest.mark.parametrize("outcome", PASSING, ids=repr)
def test_what_passes_is_retried_exactly_as_often_as_allowed(outcome: object) -> None:
    """One attempt and `max_retries` more, then the error itself."""
    run = Run([outcome] * 9, max_retries=3)

    assert run.error().retryable
    assert len(run.sent) == 4
    assert len(run.waits) == 3


@pytest.mark.parametrize("outcome", PASSING, ids=repr)
def test_what_passes_is_forgotten_after_a_success(outcome: object) -> None:
    """The caller sees the answer only."""
    run = Run([outcome, OK])

    assert run.result() == {"fine": True}
    assert len(run.sent) == 2


def _unresolved(code: int) -> httpx.ConnectError:
    error = httpx.ConnectError("name")
    error.__cause__ = socket.gaierror(code, "name")
    return error


def test_a_name_that_nobody_knows_is_asked_for_once_more_only() -> None:
    """It is most likely misspelt, and who misspelt it waits for the error."""
    run = Run([_unresolved(socket.EAI_NONAME)] * 9, max_retries=4)

    assert "No host has the name" in str(run.error())
    assert len(run.sent) == 2


def test_a_host_without_tls_is_asked_once() -> None:
    """It will not have learned it by the next attempt."""
    error = httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number")
    error.__cause__ = ssl.SSLError(1, "wrong version number")
    error.__cause__.reason = "WRONG_VERSION_NUMBER"
    run = Run([error] * 9, max_retries=4)

    assert "http://" in str(run.error())
    assert len(run.sent) == 1


def test_a_name_server_that_fails_is_asked_as_often_as_allowed() -> None:
    """That passes."""
    run = Run([_unresolved(socket.EAI_AGAIN)] * 9, max_retries=4)

    assert run.error().retryable
    assert len(run.sent) == 5


@pytest.mark.parametrize("outcome", FINAL, ids=repr)
def test_what_does_not_pass_is_sent_once(outcome: object) -> None:
    """Not even to another host: it would be refused or billed again."""
    run = Run([outcome] * 9, fallback_base_urls=HOSTS[1:])

    assert not run.error().retryable
    assert len(run.sent) == 1
    assert run.waits == []


def test_no_retries_means_one_attempt() -> None:
    """`max_retries=0` leaves retrying to the caller."""
    run = Run([native(1002)] * 2, max_retries=0)

    assert isinstance(run.error(), RateLimitError)
    assert len(run.sent) == 1


def test_waits_grow_from_one_to_sixty_four_seconds_with_jitter() -> None:
    """Each is random between a power of two and the next, so that clients spread."""
    waits = list(itertools.islice(exponential_backoff(), 10))

    for number, wait in enumerate(waits):
        longest = min(2.0 ** (number + 1), 64.0)
        assert longest / 2 <= wait <= longest
    assert len({*waits, *itertools.islice(exponential_backoff(), 10)}) == 20


@pytest.mark.parametrize("kind", [iter, list, tuple])
def test_waits_come_from_the_setting_and_end_with_it(kind: Any) -> None:  # noqa: ANN401 - each of them
    """A back-off that ends, ends the attempts."""
    run = Run([native(1000)] * 9, backoff=lambda: kind([1.0, 2.0]), max_retries=9)

    assert isinstance(run.error(), ServerError)
    assert run.waits == [1.0, 2.0]


@pytest.mark.parametrize("wait", [-1, "1", None, math.nan, math.inf, 1e9])
def test_a_wait_that_nobody_can_wait_is_a_setting_to_correct(wait: object) -> None:
    """Not a ValueError of whatever sleeps, in place of what MiniMax has answered."""
    run = Run([native(1000), OK], backoff=lambda: iter([wait]))

    error = run.error()

    assert isinstance(error, ConfigurationError)
    assert "backoff are seconds from 0 to 1,000,000, not" in str(error)
    assert isinstance(error.__context__, ServerError)


def test_waits_that_are_none_at_all_are_refused_before_anything_is_sent() -> None:
    """One number for each wait is a likely mistake."""
    run = Run([OK], backoff=lambda: 5)

    assert "one after the other" in str(run.error())
    assert not run.sent


@pytest.mark.parametrize(("asked", "wait"), [("7", 7.0), ("0", 0.0), ("64", 64.0)])
def test_retry_after_replaces_the_wait(asked: str, wait: float) -> None:
    """The server knows best when it is ready."""
    run = Run([(429, b"{}", {"retry-after": asked}), OK], backoff=lambda: itertools.repeat(1.0))

    run.result()

    assert run.waits == [wait]


@pytest.mark.parametrize("asked", ["65", "3600", "inf"])
def test_a_retry_after_that_is_too_long_is_raised_at_once(asked: str) -> None:
    """Nobody should hang for minutes without knowing why."""
    run = Run([(429, b"{}", {"retry-after": asked}), OK])

    assert run.error().retry_after == float(asked)
    assert run.waits == []


def test_a_retry_after_that_is_too_long_moves_to_the_next_host_at_once() -> None:
    """Another host may be ready; waiting for this one is out of the question."""
    run = Run([(429, b"{}", {"retry-after": "3600"}), OK], fallback_base_urls=HOSTS[1:])

    assert run.result() == {"fine": True}
    assert (run.hosts, run.waits) == (["one", "two"], [])


@pytest.mark.parametrize(
    "outcome", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.ProxyError("x")], ids=repr
)
def test_an_unreachable_host_is_replaced_without_waiting(outcome: Exception) -> None:
    """Nothing was sent, so the spare host is tried at once."""
    run = Run([outcome, OK], fallback_base_urls=HOSTS[1:])

    assert run.result() == {"fine": True}
    assert (run.hosts, run.waits) == (["one", "two"], [])


def test_other_failures_move_to_the_next_host_after_the_retries() -> None:
    """And the last host gets its retries as well, however it is unreachable."""
    run = Run(
        [native(1000)] * 3 + [httpx.ConnectError("x")] * 9,
        fallback_base_urls=HOSTS[1:],
        max_retries=2,
    )

    assert isinstance(run.error(), ConnectionFailedError)
    assert run.hosts == ["one"] * 3 + ["two"] * 3
    assert len(run.waits) == 4


def test_a_deadline_ends_the_waits() -> None:
    """What failed is raised, as waiting for another attempt has no sense any more."""
    run = Run([native(1000)] * 9, deadline=10, backoff=lambda: itertools.repeat(4.0))

    assert isinstance(run.error(), ServerError)
    assert run.waits == [4.0, 4.0]


def test_a_deadline_shortens_the_time_outs_of_each_attempt() -> None:
    """An attempt may not outlive the call."""
    run = Run(
        [native(1000)] * 2 + [OK], deadline=10, timeout=8, backoff=lambda: itertools.repeat(3.0)
    )

    run.result()

    reads = [request.extensions["timeout"]["read"] for request in run.sent]
    assert reads == [8, 7, 4]


def test_a_deadline_that_passed_is_a_timeout() -> None:
    """Also between two hosts, and while a body trickles in."""
    between = Run(
        [httpx.ConnectError("x")] * 2,
        deadline=5,
        seconds_per_attempt=6,
        fallback_base_urls=HOSTS[1:],
    )
    inside = Run([(200, [b"{", b"}"])], deadline=5, seconds_per_attempt=6)

    for run in (between, inside):
        error = run.error()
        assert isinstance(error, CallTimeoutError)
        assert not error.retryable
        assert len(run.sent) == 1


@pytest.mark.parametrize("outcome", [native(1004), native(2049), (401, b"")], ids=repr)
def test_a_refused_key_is_asked_for_again_exactly_once(outcome: object) -> None:
    """It may have been rotated; a second refusal is final."""
    again = Run([outcome, OK], keys=["old", "new"])
    never = Run([outcome] * 3, keys=["old", "new"])

    again.result()
    assert isinstance(never.error(), AuthenticationError)

    for run in (again, never):
        assert run.asked == [False, True]
        assert [request.headers["authorization"] for request in run.sent] == [
            "Bearer old",
            "Bearer new",
        ]
        assert run.waits == []


def test_a_fixed_key_that_is_refused_is_final() -> None:
    """There is nobody to ask for another."""
    run = Run([native(1004)], keys=["key", None])

    assert isinstance(run.error(), AuthenticationError)


@pytest.mark.parametrize("outcome", [native(1004), native(2049), (401, b"")], ids=repr)
def test_the_host_that_refused_the_key_is_named(outcome: object) -> None:
    """It decides which key is needed, and a variable may have chosen it."""
    run = Run([outcome], keys=["key", None], base_url="https://h.example:8443/proxy")

    assert "). h.example:8443 refused the key. " in str(run.error())


def test_a_renewed_key_is_kept_for_later_attempts() -> None:
    """A rate limit after the renewal goes on with the new key."""
    run = Run([native(1004), native(1002), OK], keys=["old", "new"])

    run.result()

    assert run.sent[2].headers["authorization"] == "Bearer new"


@pytest.mark.parametrize("link", ["__cause__", "__context__"])
def test_a_refused_certificate_is_not_retried(link: str) -> None:
    """It stays refused; the text says what to look at."""
    failure = httpx.ConnectError("certificate verify failed")
    middle = OSError("from httpcore")
    refusal = ssl.SSLCertVerificationError("self-signed")
    setattr(middle, link, refusal)
    failure.__cause__ = middle
    run = Run([failure] * 3, fallback_base_urls=HOSTS[1:])

    error = run.error()

    assert "certificate" in str(error)
    assert len(run.sent) == 1


def test_texts_of_failures_name_the_host_and_what_to_do() -> None:
    """As far as httpx tells which host it was."""
    unknown = httpx.ReadTimeout("")
    known = httpx.ConnectError("refused", request=httpx.Request("GET", "https://one.example"))

    assert "the host" in str(Run([unknown], max_retries=0).error())
    assert "one.example" in str(Run([known], max_retries=0).error())
    assert "decompressed" in str(Run([httpx.DecodingError("x")]).error())


def test_headers_of_the_user_replace_ours_but_never_the_key() -> None:
    """However they are written: a header sent twice is refused by many hosts."""
    run = Run([OK])
    headers = {"user-agent": "mine", "AUTHORIZATION": "stolen", "X-Team": "a"}
    run.settings = dataclasses.replace(run.settings, headers=headers)  # Which checks nothing.

    run.result()

    sent = run.sent[0].headers
    assert sent.get_list("user-agent") == ["mine"]
    assert sent.get_list("authorization") == ["Bearer key"]
    assert sent["x-team"] == "a"


def test_the_group_goes_to_native_endpoints_only() -> None:
    """The compatible ones do not know it."""
    native = Run([OK], group_id="g1")
    compatible = Run([(200, [b"data: [DONE]\n\n"])], call=STREAM, group_id="g1")

    native.result()
    compatible.result()

    assert native.sent[0].url.query == b"GroupId=g1"
    assert compatible.sent[0].url.query == b""


@pytest.mark.parametrize("call", [CALL, STREAM])
@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_a_reply_that_breaks_off_tells_its_trace(call: Any, kind: str) -> None:  # noqa: ANN401 - both
    """Its head has come, whatever has become of the rest."""
    head = {"trace-id": "t-1", "content-type": kind}
    run = Run([(200, [b"{", httpx.ReadError("reset")], head)], call=call)

    error = run.error()

    assert isinstance(error, InterruptedReplyError)
    assert error.trace_id == "t-1"
    assert str(error).endswith("(trace t-1)")
