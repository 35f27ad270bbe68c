"""Plain chat answers: members, thinking, limits, caching, scripts."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    Ask = Callable[..., Any]

HELLO: dict[str, Any] = {"model": "MiniMax-M3", "messages": [{"role": "user", "content": "Hello"}]}
TOOL = {
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object", "properties": {}}},
}


def message(body: Any) -> Any:  # noqa: ANN401  # JSON.
    """Return the message of an answer."""
    return body["choices"][0]["message"]


def test_an_answer_has_the_recorded_members(client: httpx.Client) -> None:
    """Members and their order of magnitude are those of a recorded reply."""
    reply = client.post("/v1/chat/completions", json=HELLO)

    body = reply.json()
    assert set(body) == {
        "id", "choices", "created", "model", "object", "usage", "input_sensitive",
        "output_sensitive", "input_sensitive_type", "output_sensitive_type",
        "output_sensitive_int", "base_resp",
    }  # fmt: skip
    assert body["id"] == reply.headers["Trace-Id"]
    assert int(body["id"], 16) >= 0
    assert body["created"] == 1_794_000_000
    assert body["base_resp"] == {"status_code": 0, "status_msg": ""}
    assert message(body)["name"] == "MiniMax AI"
    assert message(body)["audio_content"] == ""
    assert reply.headers["content-type"] == "application/json; charset=utf-8"


def test_usage_adds_up(ask: Ask) -> None:
    """Total is prompt and completion, and thinking is part of the completion."""
    usage = ask("Hello")["usage"]

    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert 0 < usage["completion_tokens_details"]["reasoning_tokens"] < usage["completion_tokens"]
    assert usage["prompt_tokens_details"]["cached_tokens"] == 0


def test_equal_sequences_get_equal_answers() -> None:
    """Cassettes and goldens would rot otherwise; another seed gives other ids."""

    def answers(seed: int) -> list[Any]:

        with Emulator(seed=seed) as emulator:
            headers = {"Authorization": f"Bearer {emulator.api_key}"}
            url = f"{emulator.url}/v1/chat/completions"
            return [httpx.post(url, json=HELLO, headers=headers).json() for _ in range(2)]

    first, second, other = answers(0), answers(0), answers(1)

    assert first == second
    assert first[0]["id"] != first[1]["id"]
    assert first[0]["id"] != other[0]["id"]
    assert first[0]["choices"] == other[0]["choices"]


def test_a_clock_can_be_given() -> None:
    """Time stands still only by default."""
    with Emulator(clock=lambda: 5.9) as emulator:
        assert emulator.state.now() == 5


@pytest.mark.parametrize(
    ("model", "members", "thinks", "apart"),
    [
        ("MiniMax-M3", {}, True, False),
        ("MiniMax-M3", {"reasoning_split": True}, True, True),
        ("MiniMax-M3", {"thinking": {"type": "disabled"}}, False, False),
        ("MiniMax-M2.7", {"thinking": {"type": "disabled"}}, True, False),
        ("MiniMax-M2", {"reasoning_split": True}, True, True),
        ("MiniMax-M3.1-Flash", {}, True, True),
        ("MiniMax-M3.1-Flash", {"reasoning_split": False}, True, False),
        ("MiniMax-M3.1-Flash", {"thinking": {"type": "disabled"}}, True, True),
        ("M2-her", {}, False, False),
    ],
)
def test_models_think_as_documented(
    ask: Ask,
    model: str,
    members: dict[str, Any],
    thinks: bool,  # noqa: FBT001  # Parametrized.
    apart: bool,  # noqa: FBT001  # Parametrized.
) -> None:
    """Whether, and where it appears, differs by model and switch."""
    said = message(ask("Hello", model=model, **members))

    assert ("reasoning_content" in said) is apart
    assert said["content"].startswith("<think>\n") is (thinks and not apart)
    assert ("</think>\n\n" in said["content"]) is (thinks and not apart)
    if apart:
        (detail,) = said["reasoning_details"]
        assert detail["text"] == said["reasoning_content"]
        assert detail["type"] == "reasoning.text"
        assert detail["format"] == "MiniMax-response-v1"


def test_effort_scales_thinking(ask: Ask) -> None:
    """Max is the default of M3.1-Flash, and the dearest."""
    spent = [
        ask("Hello", model="MiniMax-M3.1-Flash", **members)["usage"]["completion_tokens"]
        for members in ({"reasoning_effort": "low"}, {"reasoning_effort": "high"}, {})
    ]

    assert spent == sorted(set(spent))


@pytest.mark.parametrize("member", ["max_tokens", "max_completion_tokens"])
def test_a_small_limit_is_eaten_by_thinking(ask: Ask, member: str) -> None:
    """The whole budget goes into thinking: no answer, and exactly the limit is billed."""
    body = ask("Hello", reasoning_split=True, **{member: 5})

    assert body["choices"][0]["finish_reason"] == "length"
    assert message(body)["content"] == ""
    assert body["usage"]["completion_tokens"] == 5


def test_the_newer_limit_wins(ask: Ask) -> None:
    """`max_tokens` is the deprecated alias."""
    body = ask("Hello", max_tokens=5, max_completion_tokens=900)

    assert body["choices"][0]["finish_reason"] == "stop"


def test_a_limit_cuts_text_and_calls(emulator: Emulator, ask: Ask) -> None:
    """Cut arguments are what a client must survive."""
    emulator.script(
        Reply(text="one two three four"),
        Reply(tool_calls=[ToolCall(name="f", arguments={"text": "a long text to cut"})]),
        Reply(text="one", tool_calls=[ToolCall(name="f")]),
    )

    text, call, none = (ask("Hi", max_tokens=count) for count in (2, 6, 2))

    assert message(text)["content"] == "one two"
    assert call["choices"][0]["finish_reason"] == "length"
    assert message(call)["tool_calls"][0]["function"]["arguments"] == '{"text":'
    assert call["usage"]["completion_tokens"] == 6
    assert "tool_calls" not in message(none)


def test_stop_is_accepted_and_ignored(emulator: Emulator, ask: Ask) -> None:
    """Clients have to cut for themselves."""
    emulator.script(Reply(text="one STOP two"))

    assert message(ask("Hi", stop=["STOP"]))["content"] == "one STOP two"


def test_scripts_are_followed_to_the_letter(emulator: Emulator, ask: Ask) -> None:
    """A test says what the model says; then the model speaks for itself again."""
    emulator.script(
        Reply(text="T", thinking="R"),
        Reply(
            tool_calls=[ToolCall(name="f", arguments='{"raw": 1 }', id="own"), ToolCall(name="g")]
        ),
        Reply(text="no", finish_reason="content_filter"),
    )

    first, second, third, fourth = (ask("Hello", reasoning_split=True) for _ in range(4))

    assert message(first)["content"] == "T"
    assert message(first)["reasoning_content"] == "R"
    own, named = message(second)["tool_calls"]
    assert second["choices"][0]["finish_reason"] == "tool_calls"
    assert own == {
        "id": "own",
        "type": "function",
        "function": {"name": "f", "arguments": '{"raw": 1 }'},
        "index": 0,
    }
    assert named["id"] == f"call_function_{second['id'][:12]}_2"
    assert named["function"]["arguments"] == "{}"
    assert third["choices"][0]["finish_reason"] == "content_filter"
    assert "Hello" in message(fourth)["content"]


def test_long_prefixes_are_cached(emulator: Emulator, ask: Ask) -> None:
    """Hits come in blocks of 128 tokens; tools stand before system and messages."""
    system = {"role": "system", "content": "fact " * 400}
    asked = [[system, {"role": "user", "content": text}] for text in ("one", "two")]

    cached = [
        body["usage"]["prompt_tokens_details"]["cached_tokens"]
        for body in (
            ask(asked[0]),
            ask(asked[1]),
            ask(asked[1], model="MiniMax-M2.7"),
            ask(asked[1], tools=[TOOL]),
        )
    ]

    assert cached == [0, 384, 0, 0]
    emulator.clear()
    assert ask(asked[0])["usage"]["prompt_tokens_details"]["cached_tokens"] == 0


DETAILS = [{"type": "reasoning.text", "id": "reasoning-text-1", "index": 0, "text": "R"}]


@pytest.mark.parametrize(
    ("kept", "lost"),
    [
        ({"reasoning_details": DETAILS}, False),
        ({"content": "<think>\nR\n</think>\n\n"}, False),
        ({"content": "<mm:think>R</mm:think>"}, False),
        ({}, True),
        ({"reasoning_content": "R"}, True),
        ({"reasoning_details": []}, True),
    ],
)
def test_lost_thinking_is_noticed(
    emulator: Emulator,
    ask: Ask,
    kept: dict[str, Any],
    lost: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Dropping it is no error for MiniMax, but for whoever tests a client it is."""
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assistant = {"role": "assistant", "content": "", "tool_calls": [call]} | kept
    result = {"role": "tool", "tool_call_id": "c", "content": "ok"}

    ask([{"role": "user", "content": "Go"}, assistant, result])

    assert emulator.requests[-1].lost_thinking is lost


def test_quirks_reach_plain_answers(emulator: Emulator, client: httpx.Client) -> None:
    """Thinking in odd places, unknown members, no usage, null content, a leaked call."""

    def answer(quirks: str, reply: Reply, **members: Any) -> Any:  # noqa: ANN401 - any JSON
        emulator.script(reply)
        headers = {"X-Emulator-Quirks": quirks}
        body = HELLO | {"reasoning_split": True} | members
        return client.post("/v1/chat/completions", json=body, headers=headers).json()

    thought = Reply(text="T", thinking="R")
    calling = Reply(tool_calls=[ToolCall(name="f", arguments={"a": "x", "n": 1})])

    assert message(answer("inline-think", thought))["content"] == "<think>\nR\n</think>\n\nT"
    tagged = answer("inline-think, think-tag=mm:think", thought)
    assert message(tagged)["content"] == "<mm:think>\nR\n</mm:think>\n\nT"
    assert message(answer("inline-think, unclosed-think", thought))["content"] == "<think>\nR\n\nT"
    orphan = answer("inline-think, orphan-think-close", thought)
    assert message(orphan)["content"] == "R\n</think>\n\nT"
    assert "reasoning_details" not in message(answer("reasoning-content-only", thought))
    assert "reasoning_content" not in message(answer("reasoning-details-only", thought))
    assert "nested_extra" in answer("extra-members", thought)
    assert "usage" not in answer("no-usage", thought)
    assert message(answer("null-content", calling))["content"] is None
    broken = message(answer("broken-arguments", calling))["tool_calls"][0]["function"]
    assert broken["arguments"] == '{"a":"x","n":1,'
    leaked = answer("leaked-tool-call", calling)
    assert leaked["choices"][0]["finish_reason"] == "stop"
    assert message(leaked)["content"] == (
        '<minimax:tool_call>\n<invoke name="f">\n<parameter name="a">x</parameter>\n'
        '<parameter name="n">1</parameter>\n</invoke>\n</minimax:tool_call>'
    )
    fenced = answer("code-fence", Reply(text='{"a":1}'))
    assert message(fenced)["content"] == '```json\n{"a":1}\n```'


def test_quirks_can_change_at_run_time(emulator: Emulator, ask: Ask) -> None:
    """A server changes its habits between two calls."""
    assert "reasoning_details" in message(ask("Hello", reasoning_split=True))

    emulator.quirks = Quirks(reasoning_content_only=True)

    assert "reasoning_details" not in message(ask("Hello", reasoning_split=True))


def test_a_request_from_before_clear_takes_no_reply(emulator: Emulator) -> None:
    """A call that a test gave up must not answer for the calls of the next one."""
    emulator.quirks = Quirks(response_delay=0.3)
    headers = {"Authorization": f"Bearer {emulator.api_key}"}
    url = f"{emulator.url}/v1/chat/completions"

    with ThreadPoolExecutor() as pool:
        late = pool.submit(httpx.post, url, json=HELLO, headers=headers)
        while not emulator.requests:
            time.sleep(0.001)
        emulator.clear()
        emulator.script(Reply(text="Mine."))
        late.result()
        emulator.quirks = Quirks()
        mine = httpx.post(url, json=HELLO, headers=headers).json()

    assert message(mine)["content"].endswith("Mine.")
