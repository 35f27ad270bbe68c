"""What no page of MiniMax tells, or what sources disagree about: asked, and printed as a table.

A finding is no failure; a test fails only where the client relies on the answer.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

pytestmark = pytest.mark.live

CHAT: Final = "/v1/chat/completions"
TOOL: Final = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Add two numbers.",
        "parameters": {
            "type": "object",
            "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        },
    },
}


def ask(minimax: httpx.Client, text: str = "Say hello.", **members: Any) -> httpx.Response:  # noqa: ANN401 - any JSON
    """Send a chat request as it is."""
    messages = [{"role": "user", "content": text}]
    body = {"model": "MiniMax-M3", "messages": messages, "max_completion_tokens": 400, **members}
    return minimax.post(CHAT, json=body)


def code_of(response: httpx.Response) -> str:
    """Return status, code and the beginning of the text of an answer."""
    body = response.json()
    base = body.get("base_resp") or {}
    text = body.get("error", {}).get("message") or base.get("status_msg", "")
    return f"HTTP {response.status_code}, code {base.get('status_code')}, {text[:60]!r}"


def message_of(response: httpx.Response) -> dict[str, Any]:
    """Return the message of an answer, empty if there is none."""
    choices = response.json().get("choices") or [{}]
    message: dict[str, Any] = choices[0].get("message") or {}
    return message


@pytest.mark.parametrize(
    "choice", ["none", "required", {"type": "function", "function": {"name": "add"}}]
)
def test_tool_choice(minimax: httpx.Client, found: Callable[[object], None], choice: Any) -> None:  # noqa: ANN401 - of the wire
    """Is tool_choice honoured?"""
    response = ask(minimax, "Hello!", tools=[TOOL], tool_choice=choice)

    called = bool(message_of(response).get("tool_calls"))
    found(f"{json.dumps(choice)}: {code_of(response)}, calls {called}")


SCHEMA: Final = {"type": "object", "properties": {"colour": {"type": "string"}}}


@pytest.mark.parametrize(
    "form",
    [
        {"type": "json_object"},
        {"type": "json_schema", "json_schema": {"name": "Colour", "schema": SCHEMA}},
    ],
    ids=["json_object", "json_schema"],
)
def test_response_format(
    minimax: httpx.Client, found: Callable[[object], None], form: dict[str, Any]
) -> None:
    """Is response_format enforced?"""
    response = ask(minimax, "Name a colour.", response_format=form, thinking={"type": "disabled"})

    answer = str(message_of(response).get("content"))[:40]
    found(f"{form['type']}: {code_of(response)}, answer {answer!r}")


def test_stop(minimax: httpx.Client, found: Callable[[object], None]) -> None:
    """Is stop honoured?"""
    response = ask(minimax, "Count from 1 to 9.", stop=["5"], thinking={"type": "disabled"})

    found(f"{code_of(response)}, answer {str(message_of(response).get('content'))[:40]!r}")


def test_several_answers(minimax: httpx.Client, found: Callable[[object], None]) -> None:
    """Is n above 1 honoured?"""
    response = ask(minimax, n=2)

    found(f"{code_of(response)}, {len(response.json().get('choices') or [])} choices")


@pytest.mark.parametrize(
    "texts", [[], [""], ["a"] * 51, ["a"] * 501], ids=["none", "empty", "51", "501"]
)
def test_texts_of_embeddings(
    minimax: httpx.Client, found: Callable[[object], None], texts: list[str]
) -> None:
    """Which lists of texts does embo-01 take?"""
    response = minimax.post(
        "/v1/embeddings", json={"model": "embo-01", "type": "db", "texts": texts}
    )

    found(f"{len(texts)} texts {texts[:1]}: {code_of(response)}")


def test_refused_stream(minimax: httpx.Client, found: Callable[[object], None]) -> None:
    """Does a refused stream answer with frames, or with one JSON body?"""
    response = minimax.post(CHAT, json={"model": "MiniMax-M0", "messages": [], "stream": True})

    kind = response.headers.get("content-type")
    found(f"HTTP {response.status_code}, {kind}, {response.text[:40]!r}")
    assert response.text.lstrip().startswith(("data:", "{"))


def test_group_in_the_query(minimax: httpx.Client, found: Callable[[object], None]) -> None:
    """Is a wrong GroupId refused?"""
    body = {"model": "embo-01", "type": "db", "texts": ["a"]}

    found(code_of(minimax.post("/v1/embeddings", params={"GroupId": "1"}, json=body)))


def test_wrong_key(minimax: httpx.Client, found: Callable[[object], None]) -> None:
    """How is a wrong key refused?"""
    headers = {"Authorization": "Bearer not-a-key"}
    chat = minimax.post(CHAT, json={"model": "MiniMax-M3", "messages": []}, headers=headers)
    native = minimax.post("/v1/embeddings", json={}, headers=headers)

    found(f"chat {code_of(chat)}; embeddings {code_of(native)}")
    assert chat.status_code in {401, 403}
