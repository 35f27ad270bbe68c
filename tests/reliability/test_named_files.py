"""What a message names stays where it is: no address is fetched by us, and no file read unasked."""

# ruff: noqa: ANN401 - blocks and messages of either framework

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain_core.messages import HumanMessage
from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    VideoBlock,
)

from minimax_adapters.api import MiniMaxError
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fault_server import FaultServer
    from operations import Colour

    from minimax_adapters.emulator import Emulator

SECRET: Final = "what-stands-in-the-file"
both = pytest.mark.parametrize("colour", ["sync", "async"])
_TOKENS: Final = itertools.count()

LANGCHAIN: Final[dict[str, Callable[[str], Any]]] = {
    "text": lambda address: address,
    "image_url": lambda address: {"type": "image_url", "image_url": {"url": address}},
    "image_url_as_text": lambda address: {"type": "image_url", "image_url": address},
    "video_url": lambda address: {"type": "video_url", "video_url": {"url": address}},
    "image": lambda address: {"type": "image", "url": address, "mime_type": "image/png"},
    "image_by_path": lambda address: {"type": "image", "path": address},
    "anthropic": lambda address: {"type": "image", "source": {"type": "url", "url": address}},
    "video": lambda address: {"type": "video", "url": address},
    "audio": lambda address: {"type": "audio", "url": address},
    "file": lambda address: {"type": "file", "url": address, "mime_type": "text/plain"},
}
LLAMA_INDEX: Final[dict[str, Callable[[str], Any]]] = {
    "text": lambda address: TextBlock(text=address),
    "image": lambda address: ImageBlock(url=address),
    "video": lambda address: VideoBlock(url=address),
    "document": lambda address: DocumentBlock(url=address, title="a.txt"),
    "picture": lambda address: DocumentBlock(url=address, document_mimetype="image/png"),
    "audio": lambda address: AudioBlock(url=address),
    "citable": lambda address: CitableBlock(
        title="a", source=address, content=[DocumentBlock(url=address)]
    ),
    "citation": lambda address: CitationBlock(
        cited_content=ImageBlock(url=address),
        source=address,
        title="a",
        additional_location_info={},
    ),
}


def _ask_langchain(emulator: Emulator, colour: Colour, block: Any) -> Any:
    model = ChatMiniMax(base_url=emulator.url, api_key=emulator.api_key, max_retries=0)
    message = HumanMessage(content=block if isinstance(block, str) else [block])
    if colour == "sync":
        return model.invoke([message])
    return asyncio.run(model.ainvoke([message]))


def _ask_llama_index(emulator: Emulator, colour: Colour, *messages: ChatMessage) -> Any:
    model = MiniMax(api_base=emulator.url, api_key=emulator.api_key, max_retries=0)
    if colour == "sync":
        return model.chat(list(messages))
    return asyncio.run(model.achat(list(messages)))


@pytest.fixture(params=["http", "file"])
def address(request: pytest.FixtureRequest, fault_server: FaultServer, tmp_path: Path) -> Any:
    """Return an address of something secret, which nobody must have asked for in the end."""
    if request.param == "http":
        token = f"named-{next(_TOKENS)}"
        yield fault_server.url("healthy", token) + "/v1/models"
        assert fault_server.requests[token] == 0
    else:
        secret = tmp_path / "secret.txt"
        secret.write_text(SECRET)
        yield secret.as_uri()


def _check_sent(emulator: Emulator, address: str) -> None:
    """Look at what left: the address as it is, if anything, and not what stands there."""
    sent = json.dumps([request.json for request in emulator.requests])
    assert SECRET not in sent
    assert not emulator.requests or address in sent


@both
@pytest.mark.parametrize("form", LANGCHAIN)
def test_langchain_opens_nothing(
    emulator: Emulator, colour: Colour, form: str, address: str
) -> None:
    """It is sent as it stands, or refused."""
    try:
        assert _ask_langchain(emulator, colour, LANGCHAIN[form](address)).text
    except MiniMaxError as error:
        assert SECRET not in str(error)  # noqa: PT017 - a refusal is right as well

    _check_sent(emulator, address)
    assert len(emulator.requests) <= 1


@both
@pytest.mark.parametrize("form", LLAMA_INDEX)
def test_llama_index_fetches_nothing(
    emulator: Emulator, colour: Colour, form: str, address: str
) -> None:
    """Its blocks would, if they were asked for their content."""
    message = ChatMessage(role="user", blocks=[LLAMA_INDEX[form](address)])
    try:
        assert _ask_llama_index(emulator, colour, message)
    except MiniMaxError as error:
        assert SECRET not in str(error)  # noqa: PT017 - a refusal is right as well

    _check_sent(emulator, address)
    assert len(emulator.requests) <= 1


@both
def test_llama_index_does_not_fetch_what_a_tool_found(
    emulator: Emulator, colour: Colour, address: str
) -> None:
    """A tool may return anything; audio is told in words."""
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    messages = [
        ChatMessage(role="user", content="Look."),
        ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": [call]}),
        ChatMessage(
            role="tool",
            blocks=[AudioBlock(url=address, format="mp3")],
            additional_kwargs={"tool_call_id": "c1"},
        ),
    ]

    assert _ask_llama_index(emulator, colour, *messages)

    (sent,) = emulator.requests
    assert sent.json["messages"][2]["content"] == "[audio: mp3]"


def test_a_path_in_a_block_of_llama_index_is_an_order_to_read(
    emulator: Emulator, tmp_path: Path
) -> None:
    """That is what its member `path` is for; SECURITY.md says so."""
    document = tmp_path / "a.txt"
    document.write_text(SECRET)
    block = DocumentBlock(path=document, title="a.txt")

    _ask_llama_index(emulator, "sync", ChatMessage(role="user", blocks=[block]))

    assert SECRET in json.dumps(emulator.requests[0].json)
