"""What MiniMax refuses in a conversation is mended or reported before it is sent."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minimax_adapters.api import ChatRequest, InvalidInputError
from minimax_adapters.api._chat import chat_body, chat_call, chat_stream_call
from minimax_adapters.api._conversation import mend_arguments

USER = {"role": "user", "content": "Hello"}
PATH = "/v1/chat/completions"


def _call(number: int, arguments: str = "{}") -> dict[str, Any]:
    return {
        "id": f"call_{number}",
        "type": "function",
        "function": {"name": "f", "arguments": arguments},
    }


def _result(number: int, content: Any = "ok") -> dict[str, Any]:  # noqa: ANN401 - any content
    return {"role": "tool", "tool_call_id": f"call_{number}", "content": content}


def _sent(*messages: dict[str, Any], model: str = "MiniMax-M3", **members: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    call = chat_call(ChatRequest(messages=list(messages), model=model, **members))
    assert call.body is not None
    sent: dict[str, Any] = json.loads(call.body)
    return sent


def test_system_messages_are_merged_where_only_one_is_taken() -> None:
    """The M2 models answer 2013 to a second one, and to one that is not first."""
    first, late = {"role": "system", "content": "A"}, {"role": "system", "content": "B"}

    sent = _sent(first, USER, {"role": "system", "content": ""}, late, model="MiniMax-M2.7")

    assert sent["messages"] == [{"role": "system", "content": "A\n\nB"}, USER]
    assert _sent(USER, late, model="MiniMax-M2")["messages"] == [late, USER]
    assert _sent(first, USER, model="MiniMax-M2")["messages"] == [first, USER]


def test_system_messages_stay_where_several_are_taken() -> None:
    """Their places have a meaning on the M3 generation."""
    messages = [USER, {"role": "system", "content": "A"}, {"role": "root", "content": "B"}]

    assert _sent(*messages)["messages"] == messages


def test_system_messages_of_parts_are_merged_as_parts() -> None:
    """An image among the instructions must not be lost."""
    image = {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}}
    first = {"role": "system", "content": "A"}
    second = {"role": "system", "content": [image]}

    merged = _sent(first, second, USER, model="MiniMax-M2")["messages"][0]

    assert merged == {"role": "system", "content": [{"type": "text", "text": "A"}, image]}


def test_content_of_an_assistant_is_never_null() -> None:
    """The M2 models answer 2013 to it; an empty text is accepted."""
    message = {
        "role": "assistant",
        "content": None,
        "reasoning_content": None,
        "tool_calls": [_call(1)],
    }

    sent = _sent(USER, message, _result(1))["messages"][1]

    assert sent == {"role": "assistant", "content": "", "tool_calls": [_call(1)]}
    assert _sent(USER, {"role": "assistant"})["messages"][1]["content"] == ""
    assert (
        "tool_calls"
        not in _sent({"role": "assistant", "content": "a", "tool_calls": []})["messages"][0]
    )


@pytest.mark.parametrize("content", ["", []])
def test_an_empty_tool_result_says_so(content: object) -> None:
    """MiniMax answers 200 or 400 to an empty one."""
    sent = _sent(USER, {"role": "assistant", "tool_calls": [_call(1)]}, _result(1, content))

    assert sent["messages"][2]["content"] == "(empty)"


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ('{"a": 1', '{"a":1}'),
        ('{"a": "half a tex', '{"a":"half a tex"}'),
        ('{"a": [1, 2', '{"a":[1,2]}'),
        ('{"a": 1,', '{"a":1}'),
        ('{"a": NaN}', '{"a":null}'),
        ("", "{}"),
        ("nonsense", "{}"),
        ('{"a": 1}}', '{"a":1}'),
        ("\ud800", "{}"),
        ("[1, 2", "{}"),
    ],
)
def test_broken_arguments_are_mended(broken: str, mended: str) -> None:
    """Sent back as they are, they make MiniMax refuse every later turn."""
    assert mend_arguments(broken) == mended


@pytest.mark.parametrize("whole", ["{}", ' {"a" : 1.0 } ', '{"a": null}', "[]"])
def test_whole_arguments_stay_as_they_are(whole: str) -> None:
    """Byte for byte, since the prompt cache is looked up by them."""
    assert mend_arguments(whole) == whole


def test_broken_arguments_are_mended_in_the_history() -> None:
    """And the other members of the call are kept."""
    message = {"role": "assistant", "tool_calls": [{**_call(1, '{"a": 1'), "index": 0}]}

    sent = _sent(USER, message, _result(1))["messages"][1]["tool_calls"]

    assert sent == [{**_call(1, '{"a":1}'), "index": 0}]


@pytest.mark.parametrize(
    ("messages", "reason"),
    [
        ([USER, _result(1)], "Message 1 answers the tool call 'call_1'"),
        ([USER, {"role": "assistant", "tool_calls": [_call(1)]}], "no tool message answers"),
        ([{"role": "assistant", "tool_calls": [_call(1)]}, USER, _result(1)], "Before message 1"),
        ([{"role": "assistant", "tool_calls": [_call(1), _call(2)]}, _result(2)], "'call_1'"),
        ([{"role": "assistant", "tool_calls": [_call(1)]}, _result(2)], "'call_2'"),
        ([{"role": "assistant", "tool_calls": [_call(1)]}, _result(1), _result(1)], "Message 2"),
    ],
)
def test_results_and_calls_that_do_not_belong_together_are_reported(
    messages: list[dict[str, Any]], reason: str
) -> None:
    """Before they are sent, with the place; MiniMax says only that a tool id was not found."""
    with pytest.raises(InvalidInputError, match=reason):
        _sent(*messages)


@pytest.mark.parametrize("parameters", [None, {}, "absent"])
def test_a_tool_without_parameters_gets_an_empty_object(parameters: object) -> None:
    """Without, MiniMax answers `function parameters is empty`."""
    function: dict[str, Any] = {"name": "now"}
    if parameters == {}:
        function["parameters"] = {}

    sent = _sent(USER, tools=[{"type": "function", "function": function}])

    assert sent["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}


def test_null_inside_schemas_and_thinking_survives() -> None:
    """There it has a meaning, or came from MiniMax and goes back unchanged."""
    parameters = {"type": "object", "properties": {"a": {"enum": ["x", None], "default": None}}}
    details = [{"type": "reasoning.text", "signature": None, "text": "a", "extra": {"n": None}}]
    function = {"name": "f", "parameters": parameters}

    sent = _sent(
        USER,
        {"role": "assistant", "content": "b", "reasoning_details": details},
        tools=[{"type": "function", "function": function}],
    )

    assert sent["tools"][0]["function"]["parameters"] == parameters
    assert sent["messages"][1]["reasoning_details"] == details


def test_members_that_are_not_set_are_not_sent() -> None:
    """Null in an optional member is a known source of 2013."""
    assert _sent(USER) == {
        "model": "MiniMax-M3",
        "messages": [USER],
        "thinking": {"type": "adaptive"},
        "reasoning_split": True,
    }
    assert "thinking" not in _sent(USER, model="MiniMax-M2.7")


def test_every_member_that_is_set_is_sent() -> None:
    """Under MiniMax's names; members of one's own come on top."""
    members: dict[str, Any] = {
        "max_completion_tokens": 5,
        "temperature": 0.5,
        "top_p": 0.5,
        "thinking": {"type": "disabled"},
        "reasoning_split": False,
        "tools": [
            {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
        ],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "stop": ["END"],
        "seed": 7,
        "response_format": {"type": "json_object"},
        "service_tier": "priority",
    }

    sent = _sent(USER, **members, extra_body={"mask_sensitive_info": True})

    assert (
        sent == {"model": "MiniMax-M3", "messages": [USER], "mask_sensitive_info": True} | members
    )
    assert (
        _sent(USER, model="MiniMax-M3.1-Flash", reasoning_effort="low")["reasoning_effort"] == "low"
    )


def test_a_tool_choice_of_auto_or_without_tools_is_left_out() -> None:
    """It is the default, and some M2 hosts refuse it."""
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]

    assert "tool_choice" not in _sent(USER, tools=tools, tool_choice="auto")
    assert "tool_choice" not in _sent(USER, tool_choice="required")
    assert "tools" not in _sent(USER, tools=[])


@pytest.mark.parametrize(
    ("model", "sent"), [("MiniMax-M2.7", 0.01), ("MiniMax-M3", 0), ("someone/minimax-m2", 0.01)]
)
def test_a_temperature_of_zero_is_raised_where_it_was_an_error(model: str, sent: float) -> None:
    """Models before M3 took temperatures above 0 only."""
    assert _sent(USER, model=model, temperature=0)["temperature"] == sent


def test_a_model_that_always_thinks_cannot_be_told_not_to() -> None:
    """M3.1-Flash answers 400 on some hosts and thinks all the same on others."""
    with pytest.raises(InvalidInputError, match="reasoning_effort='low'"):
        _sent(USER, model="MiniMax-M3.1-Flash", thinking={"type": "disabled"})
    assert _sent(USER, model="MiniMax-M2", thinking={"type": "disabled"})["thinking"]


def test_a_stream_asks_for_its_usage() -> None:
    """Without being asked, MiniMax sends none."""
    body = chat_stream_call(ChatRequest(messages=[{"role": "user", "content": "Hi"}])).body

    assert json.loads(body or b"")["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    "members",
    [
        {"messages": []},
        {"messages": [{"role": "developer", "content": "x"}]},
        {"messages": [{"role": "user", "content": "x", "typo": 1}]},
        {"messages": [{"role": "user", "content": None}]},
        {"temperature": 2.1},
        {"temperature": float("nan")},
        {"top_p": -0.1},
        {"max_completion_tokens": 0},
        {"n": 2},
        {"stop": [""]},
        {"thinking": {"type": "enabled"}},
        {"tools": [{"type": "retrieval"}]},
        {"tools": [{"type": "function", "function": {"name": ""}}]},
        {"reasoning_effort": "none"},
        {"service_tier": "gold"},
        {"extra_body": {"a": "\ud800"}},
        {"extra_body": {"a": object()}},
        {"extra_body": {"a": float("inf")}},
    ],
)
def test_what_cannot_be_sent_is_refused_before_it_is(members: dict[str, Any]) -> None:
    """As our own error, which does not repeat what the user wrote."""
    with pytest.raises(InvalidInputError) as caught:
        chat_call(ChatRequest(**{"messages": [USER], **members}))

    assert "input_value" not in str(caught.value)


def test_many_mistakes_are_counted_rather_than_listed() -> None:
    """An error text is for reading."""
    with pytest.raises(InvalidInputError, match="and 4 more"):
        ChatRequest(messages=[{"role": "user"}] * 9)


arguments = st.sampled_from(["{}", '{"a": 1}', '{"a": ', "x", '{"a": NaN}'])
numbers = st.integers(1, 3)
contents = st.text(max_size=5) | st.just([{"type": "text", "text": "part"}])
messages_ = st.lists(
    st.builds(lambda c: {"role": "user", "content": c}, contents)
    | st.builds(
        lambda r, c: {"role": r, "content": c}, st.sampled_from(["system", "root"]), contents
    )
    | st.builds(lambda n, a: {"role": "assistant", "tool_calls": [_call(n, a)]}, numbers, arguments)
    | st.builds(
        lambda n, a: {
            "role": "assistant",
            "content": None,
            "tool_calls": [_call(n, a), _call(n + 1)],
        },
        numbers,
        arguments,
    )
    | st.builds(
        lambda c: {"role": "assistant", "content": c, "tool_calls": []}, contents | st.none()
    )
    | st.builds(_result, numbers, contents),
    min_size=1,
    max_size=7,
)


@given(messages_, st.sampled_from(["MiniMax-M3", "MiniMax-M2.7"]))
def test_a_conversation_is_sent_as_the_schema_says_or_refused(
    validators: dict[str, Any], messages: list[dict[str, Any]], model: str
) -> None:
    """Whatever the order; and what the user gave is never changed."""
    given_messages = copy.deepcopy(messages)
    try:
        request = ChatRequest(messages=messages, model=model)
        kept = copy.deepcopy(request.messages)
        body = chat_body(request)
    except InvalidInputError:
        return

    assert messages == given_messages
    assert request.messages == kept
    for validator in [validators[PATH]] if PATH in validators else []:
        validator.validate(body)
    roles = [message["role"] for message in body["messages"]]
    if model == "MiniMax-M2.7":
        assert not {"system", "root"} & set(roles[1:])
    for message in body["messages"]:
        for call in message.get("tool_calls", ()):
            json.loads(call["function"]["arguments"])
