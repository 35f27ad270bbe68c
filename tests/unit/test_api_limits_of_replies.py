"""What a server may make us hold in memory: counted per reply, decompressed, with what came."""

from __future__ import annotations

from typing import Any

import pytest
from flows import OK, STREAM, Run

from minimax_adapters.api import ConfigurationError, ReplyTooLargeError, Settings
from minimax_adapters.api.settings import DEFAULT_MAX_REPLY_BYTES


def test_a_reply_of_the_allowed_size_is_read() -> None:
    """The limit itself is allowed."""
    assert Run([OK], max_reply_bytes=len(OK[1])).result() == {"fine": True}


def test_a_larger_reply_is_refused_and_not_asked_for_again() -> None:
    """It would be as large the next time, and billed again."""
    run = Run([OK], max_reply_bytes=len(OK[1]) - 1)

    error = run.error()

    assert isinstance(error, ReplyTooLargeError)
    assert "max_reply_bytes" in str(error)
    assert not error.retryable
    assert len(run.sent) == 1


def test_each_attempt_counts_from_the_beginning() -> None:
    """What a failed attempt received does not shorten the next one."""
    busy = (529, b"{}" + b" " * 60)

    assert Run([busy, OK], max_reply_bytes=64).result() == {"fine": True}


def test_a_stream_that_is_too_large_before_its_first_event_is_refused() -> None:
    """A line that never ends is held until it is too long."""
    run = Run([(200, [b"data: ", b"x" * 100])], call=STREAM, max_reply_bytes=80)

    assert isinstance(run.error(), ReplyTooLargeError)


@pytest.mark.parametrize("value", [0, -1])
def test_a_limit_is_positive(value: int) -> None:
    """None is the default."""
    options: Any = {"api_key": "k", "max_reply_bytes": value}
    with pytest.raises(ConfigurationError):
        Settings.resolve(**options)

    options["max_reply_bytes"] = None
    assert Settings.resolve(**options).max_reply_bytes == DEFAULT_MAX_REPLY_BYTES
