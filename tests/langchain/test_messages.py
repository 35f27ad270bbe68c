"""LangChain's messages as MiniMax's: pure conversion, without a network."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from minimax_adapters.api import ChatRequest, InvalidInputError
from minimax_adapters.langchain.messages import to_wire

IMAGE = "https://images.example.org/cat.png"
CALL = {"id": "1", "name": "add", "args": {"a": 1}}


def sent(*messages: BaseMessage) -> list[dict[str, Any]]:
    """Return what would be sent, once the client has checked it, and the input is as it was."""
    before = copy.deepcopy(messages)
    wire = to_wire(messages)
    ChatRequest(messages=wire)
    assert list(messages) == list(before)
    return wire


def test_plain_conversation_keeps_its_roles_and_names() -> None:
    """Several speakers of one role are told apart by their names."""
    wire = sent(
        SystemMessage("Be brief."),
        HumanMessage("Hello", name="ann"),
        AIMessage("Hi"),
        HumanMessage("Bye"),
    )

    assert wire == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello", "name": "ann"},
        {"role": "assistant", "content": "Hi"},
        {"role": "user", "content": "Bye"},
    ]


@pytest.mark.parametrize(
    ("role", "expected"),
    [("user", "user"), ("human", "user"), ("developer", "system"), ("root", "root")],
)
def test_role_of_a_chat_message_is_passed_on(role: str, expected: str) -> None:
    """M3 has the role `root`, M2-her roles of its own; `developer` is OpenAI's."""
    assert sent(ChatMessage(content="Hello", role=role))[0]["role"] == expected


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image_url", "image_url": {"url": IMAGE}},
        {"type": "image_url", "image_url": {"url": IMAGE, "detail": "auto"}},
        {"type": "image_url", "image_url": IMAGE},
        {"type": "image", "url": IMAGE},
        {"type": "image", "source_type": "url", "url": IMAGE},
        {"type": "image", "source": {"type": "url", "url": IMAGE}},
        {"type": "input_image", "image_url": IMAGE},
    ],
)
def test_image_by_url_in_every_form(block: dict[str, Any]) -> None:
    """OpenAI's form, standard blocks of either version, Anthropic's form."""
    wire = sent(HumanMessage([{"type": "text", "text": "What is it?"}, block]))

    assert wire[0]["content"] == [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": IMAGE}},
    ]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image", "base64": "AAAA", "mime_type": "image/png"},
        {"type": "image", "source_type": "base64", "data": "AAAA", "mime_type": "image/png"},
        {
            "type": "image",
            "source": {"type": "base64", "data": "AAAA", "media_type": "image/png"},
        },
    ],
)
def test_image_as_base64_in_every_form(block: dict[str, Any]) -> None:
    """MiniMax takes a data URL."""
    part = sent(HumanMessage([block]))[0]["content"][0]

    assert part["image_url"]["url"] == "data:image/png;base64,AAAA"


@pytest.mark.parametrize(
    ("block", "url"),
    [
        ({"type": "video", "url": "https://v.example.org/a.mp4"}, "https://v.example.org/a.mp4"),
        ({"type": "video", "base64": "AAAA"}, "data:video/mp4;base64,AAAA"),
        ({"type": "video", "file_id": "17"}, "mm_file://17"),
        ({"type": "video_url", "video_url": {"url": "mm_file://17"}}, "mm_file://17"),
    ],
)
def test_video_in_every_form(block: dict[str, Any], url: str) -> None:
    """By URL, base64, or the file id of MiniMax's Files API."""
    part = sent(HumanMessage([block]))[0]["content"][0]

    assert part == {"type": "video_url", "video_url": {"url": url}}


def test_limits_of_images_and_videos_are_passed_on() -> None:
    """They decide about tokens and money."""
    wire = sent(
        HumanMessage(
            [
                {"type": "image", "url": IMAGE, "extras": {"detail": "low"}},
                {"type": "video", "url": IMAGE, "extras": {"fps": 2, "max_long_side_pixel": 280}},
            ]
        )
    )

    image, video = wire[0]["content"]
    assert image["image_url"]["detail"] == "low"
    assert video["video_url"] == {"url": IMAGE, "fps": 2, "max_long_side_pixel": 280}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "file", "base64": "AAAA", "mime_type": "application/pdf"},
        {"type": "audio", "base64": "AAAA"},
        {"type": "hologram"},
    ],
)
def test_unknown_block_is_reported_by_name(block: dict[str, Any]) -> None:
    """Leaving it out in silence would answer another question."""
    with pytest.raises(InvalidInputError, match=block["type"]):
        to_wire([HumanMessage([block])])


def test_cache_control_of_another_provider_is_left_out() -> None:
    """MiniMax caches by itself; the text it marks is sent."""
    block = {"type": "text", "text": "Long text", "cache_control": {"type": "ephemeral"}}

    assert sent(HumanMessage([block]))[0]["content"] == "Long text"


def test_tool_history_in_string_and_list_form() -> None:
    """What the model said and called, and the results."""
    wire = sent(
        HumanMessage("1 + 1?"),
        AIMessage([{"type": "text", "text": "Let me see."}], tool_calls=[CALL]),
        ToolMessage([{"type": "text", "text": "2"}], tool_call_id="1"),
    )

    assert wire[1:] == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [
                {
                    "id": "1",
                    "type": "function",
                    "function": {"name": "add", "arguments": '{"a": 1}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "1", "content": "2"},
    ]


def test_images_of_tool_results_follow_after_the_last_result() -> None:
    """Tool messages are text, and nothing may stand between the results of one turn."""
    second = {**CALL, "id": "2"}
    wire = sent(
        AIMessage("", tool_calls=[CALL, second]),
        ToolMessage([{"type": "image", "url": IMAGE}], tool_call_id="1"),
        ToolMessage("2", tool_call_id="2"),
        AIMessage("A cat."),
    )

    assert [message["role"] for message in wire] == [
        "assistant",
        "tool",
        "tool",
        "user",
        "assistant",
    ]
    assert "next message" in wire[1]["content"]
    assert wire[3]["content"][1]["image_url"]["url"] == IMAGE


def test_broken_call_goes_back_only_with_its_result() -> None:
    """Without a result MiniMax would refuse every later turn."""
    broken = {"id": "1", "name": "add", "args": '{"a": 1,', "error": "no JSON"}
    message = AIMessage("Hm.", invalid_tool_calls=[broken])

    alone = sent(message, HumanMessage("Go on."))
    answered = sent(message, ToolMessage("Write JSON.", tool_call_id="1", status="error"))

    assert "tool_calls" not in alone[0]
    assert answered[0]["tool_calls"][0]["function"]["arguments"] == '{"a": 1,'


def test_history_of_anthropic_converts() -> None:
    """`with_fallbacks` from another class hands its messages to us."""
    wire = sent(
        HumanMessage("1 + 1?"),
        AIMessage(
            [
                {"type": "thinking", "thinking": "Easy.", "signature": "c2ln"},
                {"type": "text", "text": "Let me see."},
                {"type": "tool_use", "id": "1", "name": "add", "input": {"a": 1}},
            ],
            response_metadata={"model_provider": "anthropic"},
        ),
        HumanMessage(
            [
                {"type": "tool_result", "tool_use_id": "1", "content": "2"},
                {"type": "text", "text": "Well?"},
            ]
        ),
    )

    assert [message["role"] for message in wire] == ["user", "assistant", "tool", "user"]
    assert wire[1]["content"] == "Let me see."
    assert wire[1]["tool_calls"][0]["function"]["name"] == "add"
    assert wire[1]["reasoning_details"][0]["text"] == "Easy."
    assert "c2ln" not in str(wire)


def test_history_of_openai_responses_converts() -> None:
    """Encrypted thinking means nothing to MiniMax; readable summaries do."""
    wire = sent(
        AIMessage(
            [
                {
                    "type": "reasoning",
                    "id": "rs_1",
                    "encrypted_content": "c2VjcmV0",
                    "summary": [{"type": "summary_text", "text": "Adding."}],
                },
                {"type": "text", "text": "2", "annotations": []},
                {"type": "function_call", "name": "add", "arguments": "{}", "call_id": "1"},
            ],
            tool_calls=[CALL],
            response_metadata={"model_provider": "openai"},
        ),
        ToolMessage("2", tool_call_id="1"),
    )

    assert wire[0]["content"] == "2"
    assert [detail["text"] for detail in wire[0]["reasoning_details"]] == ["Adding."]
    assert "c2VjcmV0" not in str(wire)


def test_thinking_of_a_compatible_host_converts() -> None:
    """DeepSeek, Qwen and others leave it in `reasoning_content`."""
    message = AIMessage("2", additional_kwargs={"reasoning_content": "Adding."})

    assert sent(message)[0]["reasoning_details"][0]["text"] == "Adding."


@pytest.mark.parametrize(
    "message", [FunctionMessage(content="2", name="add"), RemoveMessage(id="1")]
)
def test_message_without_counterpart_is_refused_by_name(message: BaseMessage) -> None:
    """The old form of tools, and LangGraph's commands, are no conversation."""
    with pytest.raises(InvalidInputError, match=type(message).__name__):
        to_wire([message])
