"""What the community package's tests of its MiniMax classes ask for, asked of ours.

Its ten tests of the chat model, of the embeddings and of keys; the other two are of a class that
takes a text and returns a text, which LangChain has given up for chat models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel, SecretStr

from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from minimax_adapters.emulator import Emulator


@pytest.fixture
def _environment(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what users of the community classes have set."""
    monkeypatch.setenv("MINIMAX_API_KEY", emulator.api_key)
    monkeypatch.setenv("MINIMAX_API_HOST", f"{emulator.url}/v1/text/chatcompletion_v2")


@tool
def add(a: int, b: int) -> int:
    """Add a and b."""
    return a + b


@tool
def multiply(a: int, b: int) -> int:
    """Multiply a and b."""
    return a * b


class Answer(BaseModel):
    """An answer with what speaks for it."""

    answer: str
    justification: str


@pytest.mark.usefixtures("_environment")
def test_no_group_is_needed() -> None:
    """Keys of today know their group."""
    reply = ChatMiniMax().invoke("你好呀")

    assert isinstance(reply, AIMessage)
    assert isinstance(reply.content, str)


@pytest.mark.usefixtures("_environment")
def test_chunks_are_messages_with_text() -> None:
    """Not lists of blocks."""
    for chunk in ChatMiniMax().stream("你好呀"):
        assert isinstance(chunk, AIMessage)
        assert isinstance(chunk.content, str)


@pytest.mark.usefixtures("_environment")
def test_the_loop_of_tools_by_hand() -> None:
    """A question, one call, its result, an answer."""
    model = ChatMiniMax().bind_tools([add, multiply])
    messages: list[BaseMessage] = [HumanMessage("What is 3 * 12?")]

    asked = model.invoke(messages)
    (call,) = asked.tool_calls
    result = {"add": add, "multiply": multiply}[call["name"]].invoke(call["args"])
    messages += [asked, ToolMessage(result, tool_call_id=call["id"])]

    assert isinstance(model.invoke(messages), AIMessage)


@pytest.mark.usefixtures("_environment")
def test_structured_output_is_an_object_and_its_message() -> None:
    """By the default method."""
    question = "What weighs more, a pound of bricks or a pound of feathers?"

    plain = ChatMiniMax().with_structured_output(Answer).invoke(question)
    raw = ChatMiniMax().with_structured_output(Answer, include_raw=True).invoke(question)

    assert isinstance(plain, Answer)
    assert isinstance(raw["raw"], AIMessage)
    assert isinstance(raw["parsed"], Answer)


def test_embeddings_know_key_and_group_by_both_names() -> None:
    """Set by one name, read by the other."""
    embeddings = MiniMaxEmbeddings(api_key="your-api-key", group_id="your-group-id")

    assert isinstance(embeddings.minimax_api_key, SecretStr)
    assert embeddings.minimax_api_key.get_secret_value() == "your-api-key"
    assert embeddings.minimax_group_id == "your-group-id"


@pytest.mark.parametrize("where", ["argument", "environment"])
def test_the_key_is_a_secret(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is masked when it is printed, and there when it is asked for."""
    monkeypatch.setenv("MINIMAX_API_KEY", "secret-api-key")
    monkeypatch.setenv("MINIMAX_GROUP_ID", "group_id")
    given = {"minimax_api_key": "secret-api-key", "minimax_group_id": "group_id"}

    model = ChatMiniMax(**(given if where == "argument" else {}))

    assert isinstance(model.minimax_api_key, SecretStr)
    assert str(model.minimax_api_key) == "**********"
    assert model.minimax_api_key.get_secret_value() == "secret-api-key"
