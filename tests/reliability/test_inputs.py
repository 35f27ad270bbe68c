"""Inputs at the edge of what can be said: sent correctly, or refused with a clear error."""

# ruff: noqa: ANN401, RUF001 - messages of any kind, in scripts that look like others

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from operations import no_wait

from minimax_adapters.api import (
    ChatRequest,
    Client,
    InvalidInputError,
    InvalidRequestError,
    MiniMaxError,
    SpeechRequest,
)
from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.emulator import Emulator

STRANGE: Final = {
    "nul": "before\x00after",
    "right to left": "\u202eشكرا \u2067תודה\u2069",
    "combining": "e" + "\u0301" * 200,
    "astral": "𝔘𝔫𝔦 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "controls": "".join(map(chr, range(1, 32))),
    "separators": "a\u2028b\u2029c\x85d\ufeffe",
    "one line of a megabyte": "word " * 200_000,
}


def _calls(emulator: Emulator) -> dict[str, Callable[[str], Any]]:
    known: Any = {"base_url": emulator.url, "api_key": emulator.api_key}
    named: Any = {"api_base": emulator.url, "api_key": emulator.api_key, "backoff": no_wait}

    def client(text: str) -> Any:
        with Client(**known) as made:
            return made.chat(ChatRequest(messages=[{"role": "user", "content": text}]))

    return {
        "client": client,
        "langchain": lambda text: ChatMiniMax(**known).invoke(text),
        "langchain_embed": lambda text: MiniMaxEmbeddings(**known).embed_query(text),
        "llama_index": lambda text: MiniMax(**named).complete(text),
        "llama_index_embed": lambda text: MiniMaxEmbedding(**named).get_text_embedding(text),
    }


@pytest.mark.parametrize("surface", ["client", "langchain", "llama_index"])
@pytest.mark.parametrize("name", STRANGE)
def test_strange_text_arrives_as_it_was_written(
    emulator: Emulator, surface: str, name: str
) -> None:
    """Nothing is changed on the way."""
    text = STRANGE[name]

    assert _calls(emulator)[surface](text)

    sent = emulator.requests[0].json["messages"][0]["content"]
    sent = sent if isinstance(sent, str) else sent[0]["text"]
    assert sent == text


@pytest.mark.parametrize("surface", ["langchain_embed", "llama_index_embed"])
@pytest.mark.parametrize("name", STRANGE)
def test_strange_text_is_embedded(emulator: Emulator, surface: str, name: str) -> None:
    """As long as it is short enough."""
    vector = _calls(emulator)[surface](STRANGE[name][:5000])

    assert len(vector) == 1536


@pytest.mark.parametrize("surface", ["client", "langchain", "langchain_embed", "llama_index"])
def test_half_a_character_is_a_clear_error(emulator: Emulator, surface: str) -> None:
    """It is no text, so JSON has no way to say it; nothing is sent."""
    with pytest.raises(InvalidInputError, match="lone surrogate"):
        _calls(emulator)[surface]("half \ud83d a face")

    assert emulator.requests == []


def test_a_body_of_more_than_64_megabytes_is_a_clear_error(emulator: Emulator) -> None:
    """MiniMax answers 413; the connection is not left behind."""
    with pytest.raises(InvalidRequestError, match="64 MB"):
        _calls(emulator)["client"]("x" * (65 << 20))

    assert len(emulator.requests) == 1
    emulator.clear()


@pytest.mark.parametrize("depth", [50, 100_000])
def test_deep_nesting_is_sent_or_refused(emulator: Emulator, depth: int) -> None:
    """Before it leaves, and not with a crash of the interpreter."""
    nested: Any = "end"
    for _ in range(depth):
        nested = {"a": nested}
    tool = {
        "type": "function",
        "function": {"name": "f", "parameters": {"type": "object", "x": nested}},
    }
    outcome: list[object] = []

    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        try:
            request = ChatRequest(messages=[{"role": "user", "content": "Hi"}], tools=[tool])
            outcome.append(client.chat(request).content)
        except MiniMaxError as error:
            outcome.append(error)

    assert outcome
    assert depth > 50 or len(emulator.requests) == 1


def test_nothing_to_say_is_refused_before_it_is_sent(emulator: Emulator) -> None:
    """And so is a text that is too long to be spoken at once."""
    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        for text in ("", "x" * 20_000):
            with pytest.raises((MiniMaxError, ValueError)):
                client.speak(SpeechRequest(text=text))
