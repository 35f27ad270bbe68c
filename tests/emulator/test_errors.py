"""Errors on demand: every code, both envelopes, broken transports, in order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from minimax_adapters.emulator import Emulator, Quirks
from minimax_adapters.emulator._errors import CODES, LOGIN_FAIL

if TYPE_CHECKING:
    from collections.abc import Callable

CHAT = "/v1/chat/completions"
HELLO: dict[str, Any] = {
    "model": "MiniMax-M3",
    "messages": [{"role": "user", "content": "Hello"}],
}
EMBED: dict[str, Any] = {"model": "embo-01", "texts": ["a"], "type": "db"}


@pytest.mark.parametrize("code", sorted(CODES))
def test_any_code_comes_in_the_compatible_envelope(
    emulator: Emulator, client: httpx.Client, validate: Callable[[str, Any], None], code: int
) -> None:
    """The number stands at the end of the message, and nowhere else."""
    emulator.fail_next(code)

    reply = client.post(CHAT, json=HELLO)

    body = reply.json()
    validate("error_envelope", body)
    assert reply.status_code == CODES[code].http_status
    assert body["error"]["type"] == CODES[code].error_type
    assert body["error"]["http_code"] == str(reply.status_code)
    assert re.search(r"\((\d{4,5})\)\s*$", body["error"]["message"])[1] == str(code)  # type: ignore[index]  # The match is the claim.
    assert body["request_id"] == reply.headers["Trace-Id"]
    assert "Retry-After" not in reply.headers


@pytest.mark.parametrize("code", sorted(CODES))
def test_any_code_comes_inside_200_on_native_endpoints(
    emulator: Emulator, client: httpx.Client, validate: Callable[[str, Any], None], code: int
) -> None:
    """`raise_for_status` never notices these."""
    emulator.fail_next(code)

    reply = client.post("/v1/embeddings", json=EMBED)

    assert reply.status_code == 200
    validate("embeddings.response", reply.json())
    assert reply.json()["base_resp"]["status_code"] == code


@pytest.mark.parametrize(("choices", "expected"), [("null", None), ("empty", [])])
def test_chat_can_fail_inside_200(
    emulator: Emulator,
    client: httpx.Client,
    validate: Callable[[str, Any], None],
    choices: Any,  # noqa: ANN401  # A literal type.
    expected: object,
) -> None:
    """Plan limits were seen like this: no choices, and the reason in `base_resp`."""
    emulator.fail_next(2056, envelope="base_resp", choices=choices)

    reply = client.post(CHAT, json=HELLO)

    assert reply.status_code == 200
    validate("chat_completions.response", reply.json())
    assert reply.json()["choices"] == expected
    assert reply.json()["base_resp"] == {"status_code": 2056, "status_msg": "usage limit exceeded"}


def test_faults_come_in_order_and_end(emulator: Emulator, client: httpx.Client) -> None:
    """A retry is tested with failures that stop."""
    emulator.fail_next(1002, times=2, retry_after=1.5)
    emulator.break_next("html_502")

    replies = [client.post(CHAT, json=HELLO) for _ in range(4)]

    assert [reply.status_code for reply in replies] == [429, 429, 502, 200]
    assert replies[0].headers["Retry-After"] == "1.5"
    assert replies[2].text.startswith("<html>")


def test_a_fault_can_wait_for_its_path(emulator: Emulator, client: httpx.Client) -> None:
    """Agents call several endpoints; only one of them shall fail."""
    emulator.fail_next(1008, path="/embeddings")

    assert client.post(CHAT, json=HELLO).status_code == 200
    code = client.post("/v1/embeddings", json=EMBED).json()["base_resp"]["status_code"]
    assert code == 1008


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("2064", 529),
        ("code=1026, text=no way", 422),
        ("html_502", 502),
        ("code=1002, envelope=base_resp", 200),
        ("code=1002, retry_after=2, after=1", 429),
        ("wrong=1", 400),
    ],
)
def test_a_request_can_ask_for_its_fault(client: httpx.Client, header: str, status: int) -> None:
    """Clients in other languages have headers, not our Python."""
    reply = client.post(CHAT, json=HELLO, headers={"X-Emulator-Fault": header})

    assert reply.status_code == status


def test_unknown_quirks_are_refused(client: httpx.Client) -> None:
    """A misspelled quirk would make a test prove nothing."""
    reply = client.post(CHAT, json=HELLO, headers={"X-Emulator-Quirks": "mising-done"})

    assert "unknown quirk 'mising-done'" in reply.json()["error"]["message"]


def test_http_code_can_be_a_number(emulator: Emulator, client: httpx.Client) -> None:
    """One client's schema has it as a number."""
    emulator.quirks = Quirks(numeric_http_code=True)
    emulator.fail_next(1002)

    assert client.post(CHAT, json=HELLO).json()["error"]["http_code"] == 429


def test_the_trace_id_can_be_missing(client: httpx.Client) -> None:
    """Proxies drop headers."""
    reply = client.post(CHAT, json=HELLO, headers={"X-Emulator-Quirks": "no-trace-id"})

    assert "Trace-Id" not in reply.headers


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("breakage", "error"),
    [
        ("reset_before_headers", httpx.ReadError),
        ("reset_mid_body", httpx.ReadError),
        ("close_mid_body", httpx.RemoteProtocolError),
    ],
)
def test_connections_break(
    emulator: Emulator,
    client: httpx.Client,
    breakage: Any,  # noqa: ANN401  # A literal type.
    error: type[Exception],
    streamed: bool,  # noqa: FBT001  # Parametrized.
) -> None:
    """Below HTTP everything can end at any moment."""
    emulator.break_next(breakage)

    with pytest.raises(error):
        client.post(CHAT, json=HELLO | {"stream": streamed})

    assert client.post(CHAT, json=HELLO).status_code == 200


def test_connections_break_at_any_level_of_logging(caplog: pytest.LogCaptureFixture) -> None:
    """Below DEBUG, uvicorn would put itself between the connection and the emulator."""
    caplog.set_level(1)
    with Emulator() as emulator, httpx.Client(base_url=emulator.url) as client:
        emulator.break_next("reset_before_headers")

        with pytest.raises(httpx.ReadError):
            client.post(CHAT, json=HELLO)


def test_a_stream_breaks_after_some_frames(emulator: Emulator, client: httpx.Client) -> None:
    """What came before the break must have reached the client."""
    emulator.break_next("reset_mid_body", after=3)
    received: list[bytes] = []

    with client.stream("POST", CHAT, json=HELLO | {"stream": True}) as reply:
        chunks = reply.iter_raw()
        with pytest.raises(httpx.ReadError):
            received.extend(chunks)

    assert b"".join(received).count(b"\n\n") == 3


def test_bodies_can_be_empty_or_truncated(emulator: Emulator, client: httpx.Client) -> None:
    """HTTP says all is well; JSON says otherwise."""
    emulator.break_next("empty_body")
    emulator.break_next("truncated_json")

    empty, truncated = (client.post(CHAT, json=HELLO) for _ in range(2))

    assert (empty.status_code, empty.content) == (200, b"")
    assert truncated.status_code == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
        truncated.json()


@pytest.mark.parametrize(
    ("header", "code", "text"),
    [
        ({}, 1004, LOGIN_FAIL),
        ({"Authorization": "emulator-key"}, 1004, LOGIN_FAIL),
        ({"Authorization": "Bearer"}, 1004, LOGIN_FAIL),
        ({"X-Api-Key": "emulator-key"}, 1004, LOGIN_FAIL),
        ({"Authorization": "Bearer wrong"}, 2049, "invalid api key"),
    ],
)
def test_keys_are_checked(emulator: Emulator, header: dict[str, str], code: int, text: str) -> None:
    """A bad key is 401 on compatible paths and 200 on native ones."""
    with httpx.Client(base_url=emulator.url, headers=header) as stranger:
        chat = stranger.post(CHAT, json=HELLO)
        models = stranger.get("/v1/models")
        embeddings = stranger.post("/v1/embeddings", json=EMBED)

    assert (chat.status_code, models.status_code, embeddings.status_code) == (401, 401, 200)
    assert chat.json()["error"]["type"] == "authorized_error"
    assert chat.json()["error"]["message"] == f"{text} ({code})"
    assert embeddings.json()["base_resp"] == {"status_code": code, "status_msg": text}


def test_a_known_group_must_match() -> None:
    """Without a configured group any `GroupId` passes; with one only that."""
    with Emulator(group_id="7") as emulator:
        headers = {"Authorization": f"Bearer {emulator.api_key}"}
        url = f"{emulator.url}/v1/embeddings"
        replies = [
            httpx.post(f"{url}{query}", json=EMBED, headers=headers).json()["base_resp"]
            for query in ("", "?GroupId=7", "?GroupId=8")
        ]

    assert [reply["status_code"] for reply in replies] == [0, 0, 1004]
    assert replies[2]["status_msg"] == "token not match group"


def test_models_are_listed(emulator: Emulator, client: httpx.Client) -> None:
    """The list is the recorded one, newest model first."""
    emulator.fail_next(2064)
    assert client.get("/v1/models").status_code == 529

    listed = client.get("/v1/models").json()

    assert listed["object"] == "list"
    assert listed["data"][1] == {
        "id": "MiniMax-M3",
        "object": "model",
        "created": 1780272000,
        "owned_by": "minimax",
    }
    assert client.get("/v1/models/MiniMax-M2").json()["id"] == "MiniMax-M2"
    assert client.get("/v1/models/embo-01").status_code == 404


def test_wrong_methods_are_unknown_pages(client: httpx.Client) -> None:
    """The router knows method and path together."""
    assert client.get(CHAT).text == "404 page not found"


def test_requests_beyond_the_limit_of_the_account_are_refused(emulator: Emulator) -> None:
    """A sliding window, as on the platform; the refused request does not count."""
    emulator.quirks = Quirks(max_requests=2, window=60)
    key = {"Authorization": f"Bearer {emulator.api_key}"}

    statuses = [httpx.get(f"{emulator.url}/v1/models", headers=key).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    emulator.clear()
    assert httpx.get(f"{emulator.url}/v1/models", headers=key).status_code == 200
