"""Arguments of another kind: an error that names the argument and says what to pass."""

# ruff: noqa: ANN401 - what is wrong has no common type
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.llms import AudioBlock, ChatMessage, DocumentBlock, ImageBlock, VideoBlock

from minimax_adapters.api import InvalidInputError

if TYPE_CHECKING:
    from pathlib import Path

    from minimax_adapters.emulator import Emulator
    from minimax_adapters.llama_index import MiniMax

ASK = [ChatMessage(role="user", content="Hello!")]
WRONG: list[Any] = [
    ({"tools": 5}, "tools is of type int. Pass a list"),
    ({"tools": "add"}, "tools is of type str. Pass a list"),
    ({"tools": {"type": "function"}}, "tools is of type dict. Pass a list"),
    ({"tools": [5]}, "int is no tool of LlamaIndex"),
    ({"tools": [{}]}, "has no members and describes no function. Pass"),
    ({"tools": [{"type": "function", "name": "add"}]}, "has 'type', 'name' and describes no"),
    ({"tools": [{"function": "add"}]}, "has 'function' and describes no function"),
    ({"extra_body": "x"}, "extra_body is of type str. Pass a dict"),
    ({"extra_body": [1]}, "extra_body is of type list. Pass a dict"),
    ({"n": [2]}, r"n is \[2\], but MiniMax gives one answer"),
    ({"n": "2"}, "n is '2', but MiniMax gives one answer"),
]


@pytest.mark.parametrize(("given", "text"), WRONG)
@pytest.mark.parametrize("where", ["call", "additional_kwargs"])
async def test_what_cannot_be_sent_is_named(
    where: str, given: dict[str, Any], text: str, llm: MiniMax, emulator: Emulator
) -> None:
    """Given with a call, or with the model."""
    if where == "additional_kwargs":
        llm.additional_kwargs = given
    arguments = given if where == "call" else {}

    with pytest.raises(InvalidInputError, match=text):
        llm.chat(ASK, **arguments)
    with pytest.raises(InvalidInputError, match=text):
        await llm.achat(ASK, **arguments)

    assert emulator.requests == []


def test_a_dict_is_no_message(llm: MiniMax) -> None:
    """Clients of OpenAI take them."""
    wrong: Any = [*ASK, {"role": "user", "content": "Hello!"}]

    with pytest.raises(InvalidInputError, match=r"Message 1 is of type dict\. Pass ChatMessage"):
        llm.chat(wrong)


@pytest.mark.parametrize("kind", [ImageBlock, DocumentBlock, VideoBlock])
@pytest.mark.parametrize("how", ["gone", "folder"])
def test_a_file_that_cannot_be_read_is_named(
    kind: Any, how: str, llm: MiniMax, tmp_path: Path
) -> None:
    """It was there when the block was made, in another process perhaps."""
    path = tmp_path / "one"
    path.write_bytes(b"content")
    block = kind(path=path)
    path.unlink()
    if how == "folder":
        path.mkdir()

    with pytest.raises(InvalidInputError, match=r"cannot be read: .*one'. Give it bytes, or"):
        llm.chat([ChatMessage(role="user", blocks=[block])])


def test_audio_of_a_tool_that_is_gone_is_named(llm: MiniMax, tmp_path: Path) -> None:
    """It becomes a note with its size, which is not known either."""
    path = tmp_path / "one.mp3"
    path.write_bytes(b"content")
    calls = [{"id": "1", "type": "function", "function": {"name": "speak", "arguments": "{}"}}]
    called = ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": calls})
    block = AudioBlock(path=path, format="mp3")
    result = ChatMessage(role="tool", blocks=[block], additional_kwargs={"tool_call_id": "1"})
    path.unlink()

    with pytest.raises(InvalidInputError, match="The audio of a block cannot be read"):
        llm.chat([*ASK, called, result])
