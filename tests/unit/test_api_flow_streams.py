"""The rules of a call for streams: repeated until the first event, never after it."""

from __future__ import annotations

import httpx
import pytest
from flows import STREAM, Run, native

from minimax_adapters.api import InterruptedReplyError, InvalidReplyError, RateLimitError

SSE = {"content-type": "text/event-stream"}
TEXT = b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\n'
ERROR = b'data: {"base_resp": {"status_code": 1002, "status_msg": "slow"}}\n\n'


def test_a_stream_is_retried_until_its_first_event() -> None:
    """An error frame at the start, a reset, a JSON error: nothing was shown yet."""
    run = Run(
        [
            (200, [ERROR], SSE),
            (200, [httpx.ReadError("x")], SSE),
            native(1002),
            (200, [TEXT], SSE),
        ],
        call=STREAM,
    )

    opened = run.result()

    assert [event.text for event in opened.events] == ["Hi"]
    assert len(run.sent) == 4


def test_a_stream_with_text_before_its_error_is_not_retried() -> None:
    """The text was paid for and is shown; how the network cut the bytes does not matter."""
    run = Run([(200, [TEXT + ERROR], SSE)] * 2, call=STREAM)

    opened = run.result()

    assert [event.text for event in opened.events] == ["Hi"]
    with pytest.raises(RateLimitError):
        opened.session.finish()
    assert len(run.sent) == 1


def test_a_stream_that_breaks_before_its_first_event_but_after_its_first_byte_is_final() -> None:
    """MiniMax may have billed it already."""
    run = Run([(200, [b": hello\n", httpx.ReadError("x")], SSE)] * 2, call=STREAM)

    assert isinstance(run.error(), InterruptedReplyError)
    assert len(run.sent) == 1


def test_a_stream_that_breaks_after_its_finish_reason_is_complete() -> None:
    """Even if it had nothing to show before."""
    body = b'data: {"choices": [{"delta": null, "finish_reason": "stop"}]}\n\n'
    run = Run([(200, [body, httpx.ReadError("x")], SSE)], call=STREAM)

    opened = run.result()

    assert opened.incoming is None
    assert opened.events[-1].reply.finish_reason == "stop"


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_no_stream_in_answer_to_a_stream_request_is_read_whole(kind: str) -> None:
    """A portal's page is an invalid reply; JSON may be an answer."""
    run = Run([(200, b"<html></html>", {"content-type": kind})], call=STREAM)

    assert isinstance(run.error(), InvalidReplyError)
