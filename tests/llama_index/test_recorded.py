"""What MiniMax really sent, played by a server that knows nothing of us or of the emulator."""

# ruff: noqa: ANN401 - JSON has no common type
from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, ThinkingBlock

from minimax_adapters.api import APIError, AuthenticationError
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from collections.abc import Iterator

# Recorded by third parties; not ours to publish, so absent outside of this workplace.
CAPTURES: Final = Path(__file__).resolve().parents[3] / "shared" / "captures"
ASK: Final = [ChatMessage(role="user", content="What is 7 times 8?")]
USAGE: Final = {"total_tokens": 412, "prompt_tokens": 388, "completion_tokens": 24}
# In the form of MiniMax-M2.7-highspeed, as of April 2026.
M2_REPLY: Final[dict[str, Any]] = {
    "model": "MiniMax-M2.7-highspeed",
    "object": "chat.completion",
    "choices": [
        {
            "finish_reason": "stop",
            "index": 0,
            "message": {
                "content": "<think>\nSeven times eight.\n</think>\n\nIt is 56.",
                "role": "assistant",
                "name": "MiniMax AI",
                "audio_content": "",
            },
        }
    ],
    "usage": USAGE | {"completion_tokens_details": {"reasoning_tokens": 9}},
    "base_resp": {"status_code": 0, "status_msg": ""},
}


class Player:
    """A server that answers every request with the same bytes."""

    def __init__(self) -> None:
        self.status = 200
        self.content_type = "application/json"
        self.frames: list[bytes] = []
        self.received: list[dict[str, Any]] = []
        player = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                player.received.append(json.loads(body))
                self.send_response(player.status)
                self.send_header("Content-Type", player.content_type)
                self.end_headers()
                for frame in player.frames:
                    self.wfile.write(frame)
                    self.wfile.flush()

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def plain(self, payload: Any, status: int = 200) -> None:
        """Answer with one JSON body."""
        self.status, self.content_type = status, "application/json"
        self.frames = [json.dumps(payload).encode()]

    def stream(self, payloads: list[Any], *, done: bool = True) -> None:
        """Answer with a stream of events."""
        self.status, self.content_type = 200, "text/event-stream"
        self.frames = [b"data: " + json.dumps(payload).encode() + b"\n\n" for payload in payloads]
        if done:
            self.frames.append(b"data: [DONE]\n\n")


@pytest.fixture
def player() -> Iterator[Player]:
    """Return a server that runs as long as the test."""
    player = Player()
    thread = threading.Thread(target=player.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield player
    player.server.shutdown()
    player.server.server_close()
    thread.join()


@pytest.fixture
def llm(player: Player) -> MiniMax:
    """Return a model of that server."""
    return MiniMax(api_key="k", api_base=player.url, max_retries=0)


def m2_stream(reply: dict[str, Any], size: int) -> list[Any]:
    """Return a reply as M2.7 streams it: thinking inside the text, usage in a last frame."""
    content = reply["choices"][0]["message"]["content"]
    common = {"object": "chat.completion.chunk", "model": reply["model"]}
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    frames: list[Any] = []
    for number, piece in enumerate(pieces):
        delta = {"role": "assistant", "name": "MiniMax AI", "content": piece, "audio_content": ""}
        choice: dict[str, Any] = {"index": 0, "delta": delta}
        if number == len(pieces) - 1:
            choice["finish_reason"] = "stop"
        frames.append(common | {"choices": [choice], "usage": None})
    return [*frames, common | {"choices": [], "usage": reply["usage"]}]


def m3_stream(thinking: list[str], text: list[str]) -> list[Any]:
    """Return frames of M3 with `reasoning_split`: thinking twice, then text, then usage."""
    common = {"object": "chat.completion.chunk", "model": "MiniMax-M3", "usage": None}
    deltas: list[dict[str, Any]] = [
        {
            "role": "assistant",
            "name": "MiniMax AI",
            "reasoning_content": part,
            "reasoning_details": [
                {
                    "type": "reasoning.text",
                    "id": "reasoning-text-1",
                    "format": "MiniMax-response-v1",
                    "index": 0,
                    "text": part,
                }
            ],
        }
        for part in thinking
    ]
    deltas += [{"role": "", "content": part, "audio_content": ""} for part in text]
    frames = [common | {"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    last = common | {"choices": [{"index": 0, "finish_reason": "stop", "delta": None}]}
    return [*frames, last, common | {"choices": [], "usage": USAGE}]


def replies() -> list[Any]:
    """Return the recorded replies, and one in their form."""
    files = sorted(CAPTURES.glob("chat-completion-*.json"))
    recorded = [pytest.param(json.loads(file.read_text()), id=file.stem) for file in files]
    return [*recorded, pytest.param(M2_REPLY, id="in their form")]


def errors() -> list[Any]:
    """Return the recorded errors."""
    files = sorted(CAPTURES.glob("errors-*.json"))
    return [pytest.param(json.loads(file.read_text())["_meta"], id=file.stem) for file in files]


def parts_of(content: str) -> tuple[str, str]:
    """Return thinking and text, told apart by hand."""
    thinking, _, text = content.removeprefix("<think>").partition("</think>")
    return thinking.strip(), text.strip()


def thinking_of(response: ChatResponse) -> str:
    """Return what the thinking blocks hold."""
    blocks = response.message.blocks
    return "".join(block.content or "" for block in blocks if isinstance(block, ThinkingBlock))


@pytest.mark.parametrize("size", [1, 3, 1_000])
@pytest.mark.parametrize("reply", replies())
async def test_a_recorded_reply_is_streamed(
    player: Player, llm: MiniMax, reply: dict[str, Any], size: int
) -> None:
    """Thinking tags cut anywhere; text and thinking apart; usage at the end."""
    thinking, text = parts_of(reply["choices"][0]["message"]["content"])
    player.stream(m2_stream(reply, size))

    chunks = list(llm.stream_chat(ASK))
    achunks = [chunk async for chunk in await llm.astream_chat(ASK)]

    for got in (chunks, achunks):
        assert "".join(chunk.delta or "" for chunk in got).strip() == text
        assert (got[-1].message.content or "").strip() == text
        assert thinking_of(got[-1]).strip() == thinking
        deltas = [chunk.additional_kwargs.get("thinking_delta", "") for chunk in got]
        assert "".join(deltas).strip() == thinking
        assert got[-1].raw["usage"]["total_tokens"] == reply["usage"]["total_tokens"]


@pytest.mark.parametrize("reply", replies())
async def test_a_recorded_reply_is_read(
    player: Player, llm: MiniMax, reply: dict[str, Any]
) -> None:
    """In all methods that wait for the whole."""
    thinking, text = parts_of(reply["choices"][0]["message"]["content"])
    player.plain(reply)

    chats = [llm.chat(ASK), await llm.achat(ASK)]
    completions = [llm.complete("7 times 8?"), await llm.acomplete("7 times 8?")]

    assert {(chat.message.content or "").strip() for chat in chats} == {text}
    assert {thinking_of(chat).strip() for chat in chats} == {thinking}
    assert {completion.text.strip() for completion in completions} == {text}
    tokens = reply["usage"]["prompt_tokens"]
    assert {chat.additional_kwargs["prompt_tokens"] for chat in chats} == {tokens}


@pytest.mark.parametrize("done", [True, False], ids=["[DONE]", "no [DONE]"])
async def test_a_stream_of_m3_is_read(player: Player, llm: MiniMax, *, done: bool) -> None:
    """An empty role, a null delta with the finish reason, usage without choices."""
    player.stream(m3_stream(["Seven ", "times eight."], ["It ", "is 56."]), done=done)

    last = list(llm.stream_chat(ASK))[-1]
    alast = [chunk async for chunk in await llm.astream_chat(ASK)][-1]
    texts = ["".join(chunk.delta or "" for chunk in llm.stream_complete("7 times 8?"))]
    texts += [
        "".join([c.delta or "" async for c in await llm.astream_complete("7 times 8?")]),
        str(last.message.content),
        str(alast.message.content),
    ]

    assert set(texts) == {"It is 56."}
    assert thinking_of(last) == thinking_of(alast) == "Seven times eight."
    assert last.raw["usage"]["completion_tokens"] == 24


async def test_thinking_of_a_recorded_stream_goes_back(player: Player, llm: MiniMax) -> None:
    """In MiniMax's own form, and as text where it came as text."""
    player.stream(m3_stream(["Seven ", "times eight."], ["56."]))
    answer = list(llm.stream_chat(ASK))[-1].message

    list(llm.stream_chat([*ASK, answer, *ASK]))

    sent = player.received[-1]["messages"][1]
    assert sent["content"] == "56."
    assert [entry["text"] for entry in sent["reasoning_details"]] == ["Seven times eight."]


def test_a_recorded_error_is_typed(player: Player, llm: MiniMax) -> None:
    """A bad key is 401 here, also for a stream."""
    about = {"type": "authorized_error", "message": "invalid api key (2049)", "http_code": "401"}
    error = {
        "type": "error",
        "error": about,
        "request_id": "0640ba838096cbdbe96fe03bc1654ebe",
    }
    player.plain(error, status=401)

    with pytest.raises(AuthenticationError) as caught:
        llm.chat(ASK)
    with pytest.raises(AuthenticationError):
        list(llm.stream_chat(ASK))
    assert caught.value.code == 2049


@pytest.mark.parametrize("recorded", errors())
async def test_recorded_errors_are_typed(player: Player, llm: MiniMax, recorded: Any) -> None:
    """Each says what MiniMax said."""
    body = recorded["response_body_json"]
    player.plain(body, status=recorded["http_status"])

    with pytest.raises(APIError) as caught:
        llm.chat(ASK)
    with pytest.raises(APIError):
        [chunk async for chunk in await llm.astream_chat(ASK)]
    assert str(caught.value.code) in json.dumps(body)
