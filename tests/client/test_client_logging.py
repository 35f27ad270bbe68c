"""What a client writes into the log."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import pytest

from minimax_adapters.api import APIError, ChatRequest, Client

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])


@pytest.mark.parametrize("failure", [1002, 2013])
def test_failures_are_logged_without_secrets(
    options: dict[str, Any], emulator: Emulator, caplog: pytest.LogCaptureFixture, failure: int
) -> None:
    """Operators see codes and waits; keys, prompts and answers never."""
    emulator.fail_next(failure, text="words of the server")
    caplog.set_level("DEBUG", logger="minimax_adapters")
    client = Client(**options, backoff=lambda: iter([0.0]), fallback_base_urls=[emulator.url])

    with contextlib.suppress(APIError), client:
        client.chat(HELLO)

    records = [record for record in caplog.records if record.name == "minimax_adapters"]
    retried = "minimax_adapters.retry_scheduled: attempt 2 of 5 in 0.0 s after RateLimitError"
    assert [record.message for record in records] == [
        "minimax_adapters.attempt_failed",
        *([f"{retried} (code 1002)"] if failure == 1002 else []),
    ]
    assert vars(records[0])["code"] == failure
    assert vars(records[0])["trace_id"] == emulator.requests[0].trace_id
    logged = " ".join(str(vars(record)) for record in records)
    for secret in (emulator.api_key, "Hello", "words of the server"):
        assert secret not in logged
