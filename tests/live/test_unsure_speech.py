"""What is not certain about speech, its tasks, keys and paths that are gone; see `test_unsure`."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.live

VOICE: Final = {"voice_id": "English_Graceful_Lady"}
TASK: Final = {"model": "speech-2.8-turbo", "text": "Chapter one.", "voice_setting": VOICE}
STATUS: Final = "/v1/query/t2a_async_query_v2"
# Seconds between looks, and how many.
PAUSE: Final = float(os.environ.get("MINIMAX_LIVE_PAUSE", "2"))
LOOKS: Final = 60


def base_of(answer: dict[str, Any]) -> str:
    """Return code and text of a native answer."""
    base = answer.get("base_resp") or {}
    return f"code {base.get('status_code')}, {str(base.get('status_msg'))[:60]!r}"


def spoken(minimax: httpx.Client, text: str, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return the answer to a request for speech."""
    body = {"model": "speech-2.8-turbo", "text": text, "voice_setting": VOICE, **members}
    answer: dict[str, Any] = minimax.post("/v1/t2a_v2", json=body).json()
    return answer


@pytest.mark.parametrize("text", ["Hello", "\u4f60\u597d", "(laughs) \u4f60\u597d", "(laughs) Hi"])
def test_billed_characters(
    minimax: httpx.Client, found: Callable[[object], None], text: str
) -> None:
    """How many characters are billed?"""
    answer = spoken(minimax, text)

    billed = (answer.get("extra_info") or {}).get("usage_characters")
    found(f"{text!r}, {len(text)} characters: {billed}, {base_of(answer)}")


def test_older_dictionary(minimax: httpx.Client, found: Callable[[object], None]) -> None:
    """Is char_to_pitch of 2023 still known?"""
    answer = spoken(minimax, "omg", char_to_pitch=["omg/oh my god"])

    found(base_of(answer))


def test_what_a_task_delivers(minimax: httpx.Client, found: Callable[[object], None]) -> None:
    """Is a task's status capitalised, is its id a number, and is the result an archive?"""
    task = minimax.post("/v1/t2a_async_v2", json=TASK).json()
    seen: list[str] = []
    state: dict[str, Any] = {}

    for _ in range(LOOKS):
        state = minimax.get(STATUS, params={"task_id": task.get("task_id")}).json()
        seen.append(str(state.get("status")))
        if seen[-1].lower() != "processing":
            break
        time.sleep(PAUSE)

    file_id = state.get("file_id")
    kept = minimax.get("/v1/files/retrieve", params={"file_id": file_id}).json().get("file") or {}
    address = kept.get("download_url")
    # Without the key: the address is of another host, and signed.
    content = httpx.get(address, timeout=60).content if address else b""
    kinds = (type(task.get("task_id")).__name__, type(file_id).__name__)
    found(
        f"{base_of(task)}, ids {kinds}, status {sorted(set(seen))}, {len(content)} bytes that"
        f" begin with {content[:4]!r}"
    )


def test_how_often_a_task_is_looked_at(
    minimax: httpx.Client, found: Callable[[object], None]
) -> None:
    """Are more than ten looks per second refused?"""
    task = minimax.post("/v1/t2a_async_v2", json=TASK).json().get("task_id")
    begin = time.monotonic()

    codes = [base_of(minimax.get(STATUS, params={"task_id": task}).json()) for _ in range(25)]

    found(f"25 in {time.monotonic() - begin:.1f} s: {sorted(set(codes))}")


def test_what_the_key_is(minimax: httpx.Client, found: Callable[[object], None]) -> None:
    """Is the key a JWT whose claims name the group?"""
    key = minimax.headers["Authorization"].removeprefix("Bearer ")
    parts = key.split(".")
    claims: dict[str, Any] = {}
    if len(parts) == len(("head", "claims", "signature")):
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))

    found(f"{len(parts)} parts, claims {sorted(claims)}, plan key {key.startswith('sk-cp-')}")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/assistants/list",
        "/v1/threads/create",
        "/v1/knowledge_base/list",
        "/v1/fine_tuning/jobs",
        "/v1/t2a_pro",
        "/v1/t2a_async",
        "/v1/embedding",
    ],
)
def test_retired_path(minimax: httpx.Client, found: Callable[[object], None], path: str) -> None:
    """Does a path that the documentation gave up still answer?"""
    response = minimax.post(path, json={})

    found(f"{path}: HTTP {response.status_code}, {response.text[:40]!r}")
