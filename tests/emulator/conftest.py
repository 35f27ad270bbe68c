"""A running emulator, ways to talk to it, and the published schemas to hold its answers against."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import jsonschema
import pytest

from minimax_adapters.emulator import Emulator

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

SCHEMAS = Path(__file__).parents[1] / "contract" / "schemas"


@functools.cache
def validator(name: str) -> Any:  # noqa: ANN401  # jsonschema has no types.
    """Return the validator of a published schema."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Run an emulator for one test."""
    with Emulator() as running:
        yield running


@pytest.fixture
def client(emulator: Emulator, no_tls: ssl.SSLContext) -> Iterator[httpx.Client]:
    """Return a client that holds the right key."""
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    with httpx.Client(
        base_url=emulator.url, headers=headers, timeout=30, verify=no_tls
    ) as open_client:
        yield open_client


@pytest.fixture
def validate() -> Callable[[str, Any], None]:
    """Return a check of an instance against a published schema."""

    def check(name: str, instance: Any) -> None:  # noqa: ANN401  # Any JSON value.
        validator(name).validate(instance)

    return check


@pytest.fixture
def ask(client: httpx.Client, validate: Callable[[str, Any], None]) -> Callable[..., Any]:
    """Return a plain chat call: the question or messages, then further members."""

    def call(asked: str | list[dict[str, Any]], **members: Any) -> Any:  # noqa: ANN401 - any JSON
        reply = client.post("/v1/chat/completions", json=chat_body(asked, **members))
        assert reply.status_code == 200, reply.text
        body = reply.json()
        validate("chat_completions.response", body)
        return body

    return call


@pytest.fixture
def stream(client: httpx.Client) -> Callable[..., list[dict[str, Any]]]:
    """Return a streamed chat call that gives the payloads, `[DONE]` excluded."""

    def call(
        asked: str | list[dict[str, Any]],
        *,
        quirks: str = "",
        **members: Any,  # noqa: ANN401 - any JSON
    ) -> list[dict[str, Any]]:
        body = chat_body(asked, stream=True, **members)
        headers = {"X-Emulator-Quirks": quirks}
        reply = client.post("/v1/chat/completions", json=body, headers=headers)
        assert reply.headers["content-type"].startswith("text/event-stream"), reply.text
        return payloads(reply.content)

    return call


def chat_body(asked: str | list[dict[str, Any]], **members: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return a request body."""
    messages = [{"role": "user", "content": asked}] if isinstance(asked, str) else asked
    return {"model": "MiniMax-M3", "messages": messages} | members


def payloads(content: bytes) -> list[dict[str, Any]]:
    """Return the JSON payloads of an event stream, whatever its line ends are."""
    lines = [line.rstrip(b"\r") for line in content.split(b"\n")]
    texts = [line.removeprefix(b"data:").strip() for line in lines if line.startswith(b"data:")]
    return [json.loads(text) for text in texts if text != b"[DONE]"]
