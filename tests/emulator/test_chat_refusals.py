"""What chat completions refuse: the check list of the API reference, one case each."""

# A table reads best with one case per line.
# ruff: noqa: E501

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

CHAT = "/v1/chat/completions"
REFERENCE = Path(__file__).parents[1] / "contract" / "reference" / "examples.json"

USER = {"role": "user", "content": "Hi"}
SYSTEM = {"role": "system", "content": "Be brief."}


def call(call_id: str = "c1", arguments: str = "{}", kind: str = "function") -> dict[str, Any]:
    """Return a tool call of an assistant message."""
    return {"id": call_id, "type": kind, "function": {"name": "f", "arguments": arguments}}


def calling(*calls: dict[str, Any]) -> dict[str, Any]:
    """Return an assistant message with `calls`."""
    return {"role": "assistant", "content": "", "tool_calls": list(calls)}


def result(call_id: str = "c1", content: Any = "ok") -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return a tool message."""
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def image(url: str = "https://images.example.org/cat.png", **members: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return a user message with an image."""
    part = {"type": "image_url", "image_url": {"url": url, **members}}
    return {"role": "user", "content": [{"type": "text", "text": "What?"}, part]}


def video(**members: Any) -> dict[str, Any]:  # Any JSON values.  # noqa: ANN401 - any JSON
    """Return a user message with a video."""
    url = {"url": "https://videos.example.org/a.mp4", **members}
    return {"role": "user", "content": [{"type": "video_url", "video_url": url}]}


MISSING = "binding: expr_path={}, cause=missing required parameter"

REFUSED: list[tuple[dict[str, Any], str]] = [
    # Body and messages.
    ({"messages": None}, "Mismatch type []*open_platform_oai.ChatCompletionMessage with value null"),
    ({"messages": []}, "messages is empty"),
    ({"messages": ["x"]}, "Mismatch type open_platform_oai.ChatCompletionMessage with value string"),
    ({"messages": [{"role": "robot", "content": "x"}]}, "chat content has invalid message role: robot"),
    ({"messages": [{"role": "developer", "content": "x"}]}, "chat content has invalid message role: developer"),
    ({"messages": [{"content": "x"}]}, "chat content has invalid message role: "),
    ({"messages": [{"role": "user", "content": None}]}, "message content is empty"),
    ({"messages": [{"role": "user"}]}, "message content is empty"),
    ({"messages": [USER, {"role": "assistant", "content": None}]}, "message content is empty"),
    ({"messages": [{"role": "user", "content": 5}]}, "Mismatch type string with value number"),
    ({"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, "invalid content type: audio"),
    # Model and its rules for system messages.
    ({"model": "gpt-4o"}, "unknown model 'gpt-4o'"),
    ({"model": "minimax-m3"}, "unknown model 'minimax-m3'"),
    ({"model": "MiniMax-Text-01"}, "unknown model 'MiniMax-Text-01'"),
    ({"model": "MiniMax-M2.7", "messages": [SYSTEM, SYSTEM, USER]}, "invalid chat setting"),
    ({"model": "MiniMax-M2", "messages": [USER, SYSTEM]}, "chat content has invalid message role: system"),
    ({"model": "MiniMax-M2.1", "messages": [{"role": "root", "content": "x"}, USER]}, "chat content has invalid message role: root"),
    ({"messages": [{"role": "group", "content": "x"}]}, "chat content has invalid message role: group"),
    # Ranges and limits.
    ({"temperature": 5.0}, "temperature must be in range [0, 2]"),
    ({"temperature": -0.1}, "temperature must be in range [0, 2]"),
    ({"temperature": "hot"}, "Mismatch type float64 with value string"),
    ({"top_p": 1.2}, "top_p must be in range [0, 1]"),
    ({"top_p": -1}, "top_p must be in range [0, 1]"),
    ({"n": 2}, "model[MiniMax-M3] does not support n > 1"),
    ({"n": 0}, "model[MiniMax-M3] does not support n > 1"),
    ({"max_tokens": 0}, "max_tokens must be greater than 0"),
    ({"max_completion_tokens": -3}, "max_completion_tokens must be greater than 0"),
    ({"max_tokens": 1.5}, "Mismatch type int64 with value number 1.5"),
    ({"max_tokens": 700000}, "model[MiniMax-M3] does not support max tokens > 524288"),
    ({"model": "MiniMax-M2.1", "max_completion_tokens": 300000}, "model[MiniMax-M2.1] does not support max tokens > 204800"),
    ({"model": "M2-her", "max_tokens": 2049}, "model[M2-her] does not support max tokens > 2048"),
    # Tools.
    ({"tools": {}}, "Mismatch type []*open_platform_oai.Tool with value object"),
    ({"tools": [{"type": "web_search"}]}, "invalid tool type: web_search"),
    ({"tools": [{"type": ""}]}, "invalid tool type:"),
    ({"tools": [{"type": "function", "function": {"parameters": {}}}]}, "function name is empty"),
    ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "function parameters is empty"),
    ({"tool_choice": "any"}, "invalid tool_choice"),
    ({"tool_choice": {"type": "function"}}, "invalid tool_choice"),
    # Calls in the history.
    ({"messages": [USER, result("zz")]}, "tool result's tool id(zz) not found"),
    ({"messages": [USER, {"role": "tool", "content": "x"}]}, "tool result's tool id() not found"),
    ({"messages": [USER, calling(call()), result("c2")]}, "tool result's tool id(c2) not found"),
    ({"messages": [USER, calling(call()), result(), USER, result()]}, "tool call result does not follow tool call"),
    ({"messages": [USER, calling(call()), USER]}, "tool call and result not match"),
    ({"messages": [USER, calling(call("a"), call("b")), result("a")]}, "tool call and result not match"),
    ({"messages": [USER, calling(call()), result(content={"a": 1})]}, "Mismatch type string with value object"),
    ({"messages": [USER, calling(call()), result(content=None)]}, "message content is empty"),
    ({"messages": [USER, calling(call(arguments="{bad")), result()]}, "invalid function arguments json string, tool_call_id: c1"),
    ({"messages": [USER, calling(call(arguments="")), result()]}, "invalid function arguments json string, tool_call_id: c1"),
    ({"messages": [USER, calling(call(call_id="")), result("")]}, "tool call id is empty"),
    ({"messages": [USER, calling({"id": "c1", "type": "function", "function": {"arguments": "{}"}})]}, "function name is empty"),
    ({"messages": [USER, calling(call(kind="custom")), result()]}, "invalid tool type: custom"),
    # Thinking and effort.
    ({"thinking": {"type": "enabled"}}, 'invalid thinking.type: "enabled" (allowed: adaptive, disabled)'),
    ({"model": "MiniMax-M2", "thinking": {"type": "on"}}, 'invalid thinking.type: "on" (allowed: adaptive, disabled)'),
    ({"thinking": False}, "Mismatch type open_platform_oai.ThinkingConfig with value bool"),
    ({"model": "MiniMax-M3.1-Flash", "reasoning_effort": "huge"}, 'invalid reasoning_effort: "huge"'),
    ({"service_tier": "gold"}, 'invalid service_tier: "gold"'),
    ({"stream": "yes"}, "Mismatch type bool with value string"),
    # Media.
    ({"model": "MiniMax-M2.7", "messages": [image()]}, "model[MiniMax-M2.7] not support img"),
    ({"model": "MiniMax-M2", "messages": [video()]}, "model[MiniMax-M2] not support video"),
    ({"messages": [image("")]}, "image_url is empty"),
    ({"messages": [image("ftp://x")]}, "invalid image_url"),
    ({"messages": [image("data:image/png;base64,@@@")]}, "image_url base64 decode failed"),
    ({"messages": [image("data:image/png;base64,")]}, "invalid image_url size: 0"),
    ({"messages": [image(detail="auto")]}, 'invalid detail: "auto"'),
    ({"messages": [image(max_long_side_pixel=0)]}, "max_long_side_pixel must be greater than 0"),
    ({"messages": [video(fps=10)]}, "fps must be in range [0.2, 5]"),
    ({"messages": [image() for _ in range(201)]}, "too many images, at most 200"),
    # Nulls on the models before M3.
    ({"model": "MiniMax-M2", "temperature": None}, "temperature is null"),
    ({"model": "MiniMax-M2", "messages": [USER, calling(call()) | {"content": None}, result()]}, "message content is empty"),
    ({"model": "MiniMax-M2", "tools": [{"type": "function", "function": {"name": "f", "parameters": {}, "strict": None}}]}, "function strict is null"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "text"), REFUSED)
def test_bad_requests_are_refused(
    client: httpx.Client,
    validate: Callable[[str, Any], None],
    changes: dict[str, Any],
    text: str,
) -> None:
    """Status, type, code and words, as MiniMax sends them."""
    body = {"model": "MiniMax-M3", "messages": [USER]} | changes

    reply = client.post(CHAT, json=body)

    validate("error_envelope", reply.json())
    assert reply.status_code == 400
    assert reply.json()["error"] == {
        "type": "bad_request_error",
        "message": f"invalid params, {text} (2013)",
        "http_code": "400",
    }


@pytest.mark.parametrize("member", ["model", "messages"])
def test_required_members_are_named(client: httpx.Client, member: str) -> None:
    """The words of the server's binding validator."""
    body = {"model": "MiniMax-M3", "messages": [USER]}
    del body[member]

    message = client.post(CHAT, json=body).json()["error"]["message"]

    assert message == f"invalid params, {MISSING.format(member)} (2013)"


def test_broken_json_is_quoted_back(client: httpx.Client) -> None:
    """The recorded complaint about a body that stops too early, to the letter."""
    body = b'{"model": "MiniMax-M2.7-highspeed", "messages": [{"role": "user", "content": "Hi"}'

    message = client.post(CHAT, content=body).json()["error"]["message"]

    assert message == (
        r'invalid params, "Syntax error at index 82: eof\n\n\t{\"model\": '
        r"\"MiniMax-M2.7-highspeed\", \"messages\": [{\"role\": \"user\", "
        r'\"content\": \"Hi\"}\n\t^\n" (2013)'
    )


def test_other_json_is_a_type_mismatch(client: httpx.Client) -> None:
    """A body must be an object."""
    message = client.post(CHAT, content=b"[1]").json()["error"]["message"]

    assert "Mismatch type open_platform_oai.ChatCompletionRequest with value array" in message
    assert "invalid char" in client.post(CHAT, content=b"{x}").json()["error"]["message"]


def test_a_prompt_can_be_too_long(client: httpx.Client) -> None:
    """The words of the recorded answer to five megabytes."""
    body = {"model": "MiniMax-M2", "messages": [{"role": "user", "content": "a " * 204_800}]}

    error = client.post(CHAT, json=body).json()["error"]

    assert error["message"] == "invalid params, context window exceeds limit (2013)"


def test_a_body_can_be_too_large(client: httpx.Client) -> None:
    """Sixty-four megabytes fit, not one byte more."""
    reply = client.post(CHAT, content=b" " * (64 * 1024 * 1024 + 1))

    assert reply.status_code == 413


IGNORED: list[dict[str, Any]] = [
    {"presence_penalty": 9, "frequency_penalty": "x", "logit_bias": [], "seed": 1},
    {"stop": ["x"], "parallel_tool_calls": False, "user": "me", "functions": []},
    {"response_format": {"type": "json_schema"}, "unknown": {"deep": True}},
    {"temperature": 0, "top_p": 0, "n": 1, "max_tokens": 524_288},
    {"model": "MiniMax-M2.7", "thinking": {"type": "disabled"}, "reasoning_effort": "huge"},
    {"model": "MiniMax-M3.1-Flash", "thinking": {"type": "disabled"}},
    {"model": "MiniMax-M3.1-Flash", "reasoning_effort": "none"},
    {"messages": [SYSTEM, SYSTEM, USER, SYSTEM, {"role": "root", "content": "x"}]},
    {"messages": [{"role": "system", "name": "MiniMax AI"}, USER]},
    {
        "messages": [
            USER,
            {"role": "assistant", "content": "a"},
            {"role": "assistant", "content": "b"},
        ]
    },
    {"messages": [USER, calling(call()) | {"content": None}, result()]},
    {"messages": [USER, calling(call("a"), call("b")), result("b"), result("a", "")]},
    {"messages": [USER, calling(call()), result(content=[{"type": "text", "text": "x"}])]},
    {"messages": [image(detail="low")]},
    {"messages": [video(fps=0.2)]},
    {"model": "M2-her", "messages": [{"role": "user_system", "content": "x"}, USER]},
    {"tools": [{"type": "function", "function": {"name": "a-b.c", "parameters": {}}}]},
    {"temperature": None, "tools": None, "tool_choice": None},
]


@pytest.mark.parametrize("changes", IGNORED)
def test_what_minimax_takes_is_taken(client: httpx.Client, changes: dict[str, Any]) -> None:
    """Strictness beyond the real server would forbid what works."""
    body = {"model": "MiniMax-M3", "messages": [USER]} | changes

    reply = client.post(CHAT, json=body)

    assert reply.status_code == 200, reply.text


def test_zero_temperature_was_an_error_once(client: httpx.Client) -> None:
    """Models before M3 refused it under the contract of 2025."""
    body = {"model": "MiniMax-M2.5", "messages": [USER], "temperature": 0}
    quirk = {"X-Emulator-Quirks": "old-temperature-range"}

    assert client.post(CHAT, json=body).status_code == 200
    assert client.post(CHAT, json=body, headers=quirk).status_code == 400


def test_the_reference_and_the_emulator_agree(client: httpx.Client) -> None:
    """Every published example of a good or bad request is judged the same way."""
    fixtures = json.loads(REFERENCE.read_text("utf-8"))["fixtures"]

    for fixture in fixtures:
        if fixture["schema"] == "chat_completions.request":
            status = client.post(CHAT, json=fixture["value"]).status_code
            assert (status == 200) is fixture["valid"], fixture["note"]
