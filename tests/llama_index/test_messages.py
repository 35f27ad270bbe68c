"""Conversations to the wire and answers from it, without a network."""

# ruff: noqa: ANN401 - callables and blocks have no common type
from __future__ import annotations

import base64
import io
import logging
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

from minimax_adapters.api import ChatReply, ChatRequest, InvalidInputError, ToolCall, Usage
from minimax_adapters.llama_index.messages import from_wire, to_wire

if TYPE_CHECKING:
    from pathlib import Path

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PNG_URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(64)
DETAILS: list[dict[str, Any]] = [
    {
        "type": "reasoning.text",
        "id": "reasoning-text-1",
        "format": "MiniMax-response-v1",
        "index": 0,
        "text": "Whiskers.",
        "signature": "kept as it came",
    }
]


def user(*blocks: Any) -> ChatMessage:
    """Return a user message of these blocks."""
    return ChatMessage(role="user", blocks=list(blocks))


def wire_of(*messages: ChatMessage) -> list[dict[str, Any]]:
    """Return the wire messages, which a request accepts."""
    wire = to_wire(messages)
    ChatRequest(messages=wire)
    return wire


@pytest.mark.parametrize(
    ("role", "on_the_wire"),
    [
        (MessageRole.SYSTEM, "system"),
        (MessageRole.DEVELOPER, "system"),
        (MessageRole.USER, "user"),
        (MessageRole.ASSISTANT, "assistant"),
        (MessageRole.CHATBOT, "assistant"),
        (MessageRole.MODEL, "assistant"),
    ],
)
def test_every_role_has_its_place(role: MessageRole, on_the_wire: str) -> None:
    """LlamaIndex has more roles than MiniMax."""
    assert wire_of(ChatMessage(role=role, content="Hi")) == [{"role": on_the_wire, "content": "Hi"}]


@pytest.mark.parametrize("role", ["tool", "function"])
def test_a_tool_message_names_its_call(role: str) -> None:
    """FunctionAgent puts the id into additional_kwargs."""
    message = ChatMessage(role=role, content="4", additional_kwargs={"tool_call_id": "call_1"})

    assert to_wire([message]) == [{"role": "tool", "tool_call_id": "call_1", "content": "4"}]


def test_a_tool_message_without_an_id_is_refused() -> None:
    """MiniMax would answer 2013 without saying where."""
    with pytest.raises(InvalidInputError, match="tool_call_id"):
        to_wire([ChatMessage(role="tool", content="4")])


def test_several_texts_are_joined_like_content() -> None:
    """`ChatMessage.content` joins with a line break."""
    message = user(TextBlock(text="One."), TextBlock(text="Two."))

    assert wire_of(message) == [{"role": "user", "content": message.content}]


def test_images_become_parts() -> None:
    """An address goes as it is, bytes and files as data URLs."""
    content = wire_of(
        user(
            TextBlock(text="Which animal?"),
            ImageBlock(url="https://images.example.org/cat.png", detail="auto"),
            ImageBlock(image=PNG, detail="low"),
            ImageBlock(url=PNG_URL),
        )
    )[0]["content"]

    assert content == [
        {"type": "text", "text": "Which animal?"},
        {
            "type": "image_url",
            "image_url": {"url": "https://images.example.org/cat.png", "detail": "default"},
        },
        {"type": "image_url", "image_url": {"url": PNG_URL, "detail": "low"}},
        {"type": "image_url", "image_url": {"url": PNG_URL}},
    ]


def test_an_image_file_is_read(tmp_path: Path) -> None:
    """Also without a suffix that tells its type."""
    path = tmp_path / "picture"
    path.write_bytes(PNG)

    content = wire_of(user(ImageBlock(path=path)))[0]["content"]

    assert content == [{"type": "image_url", "image_url": {"url": PNG_URL}}]


def test_an_open_stream_stays_usable() -> None:
    """The caller may send the same message again."""
    stream = io.BytesIO(PNG)
    message = user(ImageBlock(image=stream))

    assert wire_of(message) == wire_of(message)
    assert not stream.closed


def test_an_image_of_an_unknown_type_is_refused() -> None:
    """MiniMax loads data URLs of images only."""
    with pytest.raises(InvalidInputError, match="image_mimetype"):
        to_wire([user(ImageBlock(image=b"not an image"))])


def test_an_empty_block_is_refused() -> None:
    """It says what is missing, not which function failed."""
    with pytest.raises(InvalidInputError, match="Give it bytes or a path"):
        to_wire([user(ImageBlock())])


def test_videos_become_parts() -> None:
    """With the frames per second that were asked for."""
    content = wire_of(
        user(
            VideoBlock(url="https://videos.example.org/cat.mp4", fps=2, detail="high"),
            VideoBlock(video=MP4),
        )
    )[0]["content"]

    assert content[0]["video_url"] == {
        "url": "https://videos.example.org/cat.mp4",
        "fps": 2,
        "detail": "high",
    }
    assert content[1]["video_url"]["url"].startswith("data:video/mp4;base64,")


def test_a_text_document_becomes_text() -> None:
    """MiniMax chat reads no files."""
    block = DocumentBlock(data=b"Opens at nine.", title="hours.txt", document_mimetype="text/plain")

    assert wire_of(user(TextBlock(text="When?"), block)) == [
        {"role": "user", "content": "When?\nhours.txt:\nOpens at nine."}
    ]


def test_a_document_that_is_an_image_becomes_an_image() -> None:
    """Scans come as documents."""
    block = DocumentBlock(data=PNG, title="scan.png", document_mimetype="image/png")

    assert wire_of(user(block))[0]["content"] == [
        {"type": "image_url", "image_url": {"url": PNG_URL}}
    ]


def test_a_pdf_becomes_its_text() -> None:
    """As long as it has some, and pypdf is installed."""
    block = DocumentBlock(data=pdf("The library opens at nine."), title="hours.pdf")

    assert wire_of(user(block))[0]["content"] == "hours.pdf:\nThe library opens at nine."


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"PK\x03\x04\xff\xfe binary", "Load it with a LlamaIndex reader"),
        (b"%PDF-1.4\nbroken", "cannot be read"),
    ],
)
def test_an_unreadable_document_is_refused(data: bytes, advice: str) -> None:
    """The error says what to do."""
    with pytest.raises(InvalidInputError, match=advice):
        to_wire([user(DocumentBlock(data=data, title="report.bin"))])


def test_a_pdf_needs_pypdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is not needed for anything else, so it is not required."""
    monkeypatch.setitem(sys.modules, "pypdf", None)

    with pytest.raises(InvalidInputError, match="pip install pypdf"):
        to_wire([user(DocumentBlock(data=pdf("Text."), title="hours.pdf"))])


def test_a_pdf_without_text_is_refused() -> None:
    """A scan has to go as images."""
    with pytest.raises(InvalidInputError, match="image blocks"):
        to_wire([user(DocumentBlock(data=pdf(""), title="scan.pdf"))])


def test_citations_become_text() -> None:
    """With where they come from."""
    citable = CitableBlock(title="Hours", source="library", content="Opens at nine.")
    citation = CitationBlock(
        cited_content="Nine.", source="library", title="Hours", additional_location_info={}
    )

    assert wire_of(user(citable, citation))[0]["content"] == (
        "Hours (library):\nOpens at nine.\nNine."
    )


def test_a_cache_point_is_ignored_with_a_note(caplog: pytest.LogCaptureFixture) -> None:
    """MiniMax caches every prefix by itself."""
    point = CachePoint(cache_control=CacheControl(type="ephemeral"))

    with caplog.at_level(logging.DEBUG, "minimax_adapters"):
        wire = wire_of(user(TextBlock(text="Hi"), point))

    assert wire == [{"role": "user", "content": "Hi"}]
    assert "minimax_adapters.cache_point_ignored" in caplog.messages


def test_audio_is_refused() -> None:
    """No chat model of MiniMax hears."""
    with pytest.raises(InvalidInputError, match="Transcribe"):
        to_wire([user(AudioBlock(audio=b"RIFF", format="wav"))])


def test_an_unknown_block_is_refused() -> None:
    """Silence would change the question."""
    message = ChatMessage.model_construct(
        role=MessageRole.USER, blocks=cast("Any", [object()]), additional_kwargs={}
    )

    with pytest.raises(InvalidInputError, match="no part for a object"):
        to_wire([message])


def test_a_tool_call_in_a_user_message_is_refused() -> None:
    """Only the assistant calls tools."""
    with pytest.raises(InvalidInputError, match="ToolCallBlock"):
        to_wire([user(ToolCallBlock(tool_call_id="1", tool_name="add"))])


def test_an_image_in_an_assistant_message_is_refused() -> None:
    """MiniMax takes text there."""
    with pytest.raises(InvalidInputError, match="in a user message"):
        to_wire([ChatMessage(role="assistant", blocks=[ImageBlock(image=PNG)])])


def test_thinking_goes_back_unchanged() -> None:
    """MiniMax asks for the details as they came."""
    reply = ChatReply("A cat.", "Whiskers.", DETAILS)

    wire = wire_of(from_wire(reply))

    assert wire == [{"role": "assistant", "content": "A cat.", "reasoning_details": DETAILS}]


def test_thinking_survives_json() -> None:
    """Chat stores keep messages as JSON."""
    message = from_wire(ChatReply("A cat.", "Whiskers.", DETAILS))

    stored = ChatMessage.model_validate_json(message.model_dump_json())

    assert to_wire([stored]) == to_wire([message])


def test_thinking_of_another_model_is_put_into_the_form() -> None:
    """A history may come from another provider."""
    message = ChatMessage(
        role="assistant", blocks=[ThinkingBlock(content="Whiskers."), TextBlock(text="A cat.")]
    )

    details = wire_of(message)[0]["reasoning_details"]

    assert [(detail["type"], detail["text"]) for detail in details] == [
        ("reasoning.text", "Whiskers.")
    ]


def test_empty_thinking_is_left_out() -> None:
    """There is nothing to send back."""
    message = ChatMessage(role="assistant", blocks=[ThinkingBlock(), TextBlock(text="A cat.")])

    assert wire_of(message) == [{"role": "assistant", "content": "A cat."}]


def test_an_answer_becomes_blocks() -> None:
    """Thinking, text and calls, each in a block of its own; calls also as plain JSON."""
    usage = Usage(10, 20, 30, reasoning_tokens=7)
    calls = [ToolCall("c1", "add", '{"a": 1}'), ToolCall("c2", "add", "broken")]

    message = from_wire(ChatReply("Let me see.", "Whiskers.", DETAILS, calls, usage=usage))

    assert message.blocks == [
        ThinkingBlock(
            content="Whiskers.", num_tokens=7, additional_information={"reasoning_details": DETAILS}
        ),
        TextBlock(text="Let me see."),
        ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 1}),
        ToolCallBlock(tool_call_id="c2", tool_name="add", tool_kwargs="broken"),
    ]
    assert message.additional_kwargs["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}},
        {"id": "c2", "type": "function", "function": {"name": "add", "arguments": "broken"}},
    ]


def test_an_empty_answer_has_an_empty_text() -> None:
    """`content` is then "" and not None."""
    assert from_wire(ChatReply("")).content == ""


def test_arguments_go_back_letter_by_letter() -> None:
    """Another spelling of the same JSON would miss MiniMax's prompt cache."""
    arguments = '{ "b":2,   "a" : 1 }'
    message = from_wire(ChatReply("", tool_calls=[ToolCall("c1", "add", arguments)]))

    assert wire_of(message)[0]["tool_calls"][0]["function"]["arguments"] == arguments


def test_edited_arguments_win() -> None:
    """A human in the loop may correct a call."""
    message = from_wire(ChatReply("", tool_calls=[ToolCall("c1", "add", '{"a": 1}')]))
    message.blocks[-1] = ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 2})

    assert wire_of(message)[0]["tool_calls"][0]["function"]["arguments"] == '{"a":2}'


def test_calls_in_additional_kwargs_are_enough() -> None:
    """Messages of older integrations have no blocks for them."""
    call = {"id": "c1", "type": "function", "function": {"name": "add", "arguments": {"a": 1}}}
    message = ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": [call]})

    assert wire_of(message)[0]["tool_calls"] == [
        {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
    ]


@pytest.mark.parametrize("entry", [{"name": "add"}, "add"])
def test_foreign_calls_in_additional_kwargs_are_refused(entry: Any) -> None:
    """There is no telling what they mean."""
    message = ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": [entry]})

    with pytest.raises(InvalidInputError, match="ToolCallBlock"):
        to_wire([message])


def test_a_call_without_an_id_is_refused() -> None:
    """No result could name it."""
    message = ChatMessage(role="assistant", blocks=[ToolCallBlock(tool_name="add")])

    with pytest.raises(InvalidInputError, match="'add' has no id"):
        to_wire([message])


def test_images_of_tools_follow_in_a_user_message() -> None:
    """MiniMax's tool messages hold text only, and must follow the calls without a gap."""
    calls = [ToolCall("c1", "photo", "{}"), ToolCall("c2", "photo", "{}")]
    history = [
        from_wire(ChatReply("", tool_calls=calls)),
        tool("c1", TextBlock(text="A photo."), ImageBlock(image=PNG)),
        tool("c2", TextBlock(text="Nothing.")),
    ]

    wire = wire_of(*history)

    assert [message["role"] for message in wire] == ["assistant", "tool", "tool", "user"]
    assert wire[1]["content"] == "A photo.\n(shown in the next message)"
    assert wire[3]["content"] == [
        {"type": "text", "text": "From the tool call c1:"},
        {"type": "image_url", "image_url": {"url": PNG_URL}},
    ]


def test_audio_of_tools_becomes_a_note() -> None:
    """A speech tool returns audio to the agent, which cannot hear it."""
    wire = to_wire([tool("c1", AudioBlock(audio=b"\xff\xfb" * 500, format="mp3"))])

    assert wire[0]["content"] == "[audio: mp3, 1,000 bytes]"


def test_calls_cut_short_by_return_direct_are_answered() -> None:
    """LlamaIndex drops the other results of a step; MiniMax would refuse the history."""
    calls = [ToolCall("c1", "add", "{}"), ToolCall("c2", "add", "{}")]
    direct = ChatMessage(role="assistant", content="3", additional_kwargs={"tool_call_id": "c1"})
    history = [from_wire(ChatReply("", tool_calls=calls)), tool("c1", TextBlock(text="3")), direct]

    wire = wire_of(*history)

    assert [message["role"] for message in wire] == ["assistant", "tool", "tool", "assistant"]
    assert wire[2]["tool_call_id"] == "c2"
    assert wire[3] == {"role": "assistant", "content": "3"}


def test_names_tell_users_apart() -> None:
    """MiniMax has a member for it."""
    message = ChatMessage(role="user", content="Hi", additional_kwargs={"name": "Ada"})

    assert wire_of(message) == [{"role": "user", "content": "Hi", "name": "Ada"}]


def test_messages_are_not_changed() -> None:
    """Agents and memories keep using them."""
    calls = [ToolCall("c1", "photo", "{}")]
    history = [
        ChatMessage(role="system", content="Be brief."),
        user(TextBlock(text="Look"), ImageBlock(image=PNG)),
        from_wire(ChatReply("", "Whiskers.", DETAILS, calls)),
        tool("c1", ImageBlock(image=PNG)),
    ]
    before = [message.model_dump_json() for message in history]

    to_wire(history)

    assert [message.model_dump_json() for message in history] == before


def tool(call_id: str, *blocks: Any) -> ChatMessage:
    """Return a tool message as FunctionAgent makes it."""
    return ChatMessage(
        role="tool", blocks=list(blocks), additional_kwargs={"tool_call_id": call_id}
    )


def pdf(text: str) -> bytes:
    """Return a PDF with one line of text."""
    stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources 5 0 R >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, start)
    return out
