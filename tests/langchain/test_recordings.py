"""What MiniMax was recorded to send, played by a server that knows nothing of the emulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from langchain_core.exceptions import ModelAuthenticationError, ModelInvalidRequestError
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage, message_chunk_to_message
from recordings import RECORDINGS

from minimax_adapters import api
from minimax_adapters.langchain import ChatMiniMax

if TYPE_CHECKING:
    from plain_server import PlainServer
    from recordings import Recording

# Recorded by third parties and not ours to publish: where they are absent, nothing is played.
CAPTURES: Final = Path(__file__).resolve().parents[3] / "shared" / "captures"


def make(server: PlainServer, version: str | None = None) -> ChatMiniMax:
    """Return a model of that server."""
    return ChatMiniMax(
        base_url=server.url, api_key="k", max_retries=0, output_version=version, model="MiniMax-M3"
    )


async def answered(model: ChatMiniMax, way: str) -> AIMessage:
    """Return the answer of a stream, merged by LangChain."""
    match way:
        case "stream":
            first, *rest = model.stream("Hello")
        case "astream":
            first, *rest = [chunk async for chunk in model.astream("Hello")]
        case "events":
            return model.stream_events("Hello", version="v3").output
        case _:
            return await (await model.astream_events("Hello", version="v3"))
    message = message_chunk_to_message(first + rest)
    assert isinstance(message, AIMessage)
    return message


@pytest.mark.sampled(share=0.4)
@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainBetaWarning")
@pytest.mark.parametrize("recording", RECORDINGS.values(), ids=RECORDINGS)
@pytest.mark.parametrize("version", [None, "v1"])
@pytest.mark.parametrize("way", ["stream", "astream", "events", "aevents"])
async def test_a_recorded_stream_arrives_whole(
    server: PlainServer, recording: Recording, version: str | None, way: str
) -> None:
    """Text, thinking, calls and usage, in every form of streams; and the thinking goes back."""
    server.body = recording.body
    model = make(server, version)

    answer = await answered(model, way)
    again = [ToolMessage("Rain.", tool_call_id=call["id"]) for call in answer.tool_calls]
    model.invoke([HumanMessage("Hello"), answer, *again], stream=True)

    blocks = answer.content_blocks
    assert answer.text.strip() == recording.text.strip()
    assert [b["reasoning"] for b in blocks if b["type"] == "reasoning"] == recording.thinking
    calls = [{k: call[k] for k in ("name", "args", "id")} for call in answer.tool_calls]
    assert calls == recording.calls
    assert isinstance(answer.content, str) == (version is None and "events" not in way)
    assert answer.response_metadata["finish_reason"] == recording.finish
    assert answer.response_metadata["model_name"] == recording.model
    usage = answer.usage_metadata
    assert usage is not None
    assert usage["total_tokens"] == recording.usage["total_tokens"]
    details = recording.usage["completion_tokens_details"]
    assert usage["output_token_details"]["reasoning"] == details["reasoning_tokens"]
    sent = server.received[-1]["messages"][1]
    assert [one["text"] for one in sent.get("reasoning_details", ())] == recording.thinking


def test_thinking_streams_before_the_text(server: PlainServer) -> None:
    """As it came, delta by delta; no chunk holds both."""
    server.body = RECORDINGS["M3 thinking, then text"].body

    kinds = [
        [block["type"] for block in chunk.content_blocks] for chunk in make(server).stream("Hello")
    ]

    assert [kind for kind in kinds if kind] == [["reasoning"]] * 2 + [["text"]] * 2


@pytest.mark.parametrize("version", [None, "v1"])
async def test_recorded_replies_are_read(server: PlainServer, version: str | None) -> None:
    """Whole ones of M2.7, with their thinking in tags."""
    for file in sorted(CAPTURES.glob("chat-completion-*.json")):
        reply = json.loads(file.read_text(encoding="utf-8"))
        thinking, text = reply["choices"][0]["message"]["content"].split("</think>")
        server.answer(reply)
        model = make(server, version)

        for answer in (model.invoke("Hello"), await model.ainvoke("Hello")):
            reasoning, *_ = answer.content_blocks
            assert answer.text == text.strip()
            assert reasoning["type"] == "reasoning"
            assert reasoning["reasoning"] == thinking.removeprefix("<think>").strip()
            assert answer.usage_metadata is not None
            assert answer.usage_metadata["total_tokens"] == reply["usage"]["total_tokens"]


@pytest.mark.parametrize(
    ("pattern", "kind"),
    [
        ("errors-E401-*.json", ModelAuthenticationError),
        ("errors-E40[04]-*.json", ModelInvalidRequestError),
        ("errors-E413-*.json", ModelInvalidRequestError),
    ],
)
async def test_recorded_errors_are_langchain_errors(
    server: PlainServer, pattern: str, kind: type[Exception]
) -> None:
    """Of both families of endpoints, with the trace id to tell MiniMax."""
    for file in sorted(CAPTURES.glob(pattern)):
        meta = json.loads(file.read_text(encoding="utf-8"))["_meta"]
        server.answer(meta["response_body_json"], f"{meta['http_status']} Whatever")

        with pytest.raises(kind) as caught:
            await make(server).ainvoke("Hello")
        with pytest.raises(kind):
            list(make(server).stream("Hello"))

        assert isinstance(caught.value, api.APIError)
        assert caught.value.code in {1004, 2013, 2049}
