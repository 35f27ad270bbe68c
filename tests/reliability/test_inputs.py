"""Inputs at the edge of what can be said: sent correctly, or refused with a clear error."""

# ruff: noqa: ANN401, RUF001 - messages of any kind, in scripts that look like others

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from operations import no_wait

from minimax_adapters.api import (
    ChatRequest,
    Client,
    ConfigurationError,
    InvalidInputError,
    InvalidRequestError,
    MiniMaxError,
    RateLimit,
    SpeechRequest,
)
from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding
from minimax_adapters.llama_index import MiniMaxSpeech as LlamaIndexSpeech

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


@pytest.mark.sampled(share=0.4)
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


def _socket(client: Client, text: str) -> list[Any]:
    with client.speech.connect(dialect="bidi") as voice:
        return list(voice.speak(text))


def _upload(client: Client, text: str) -> Any:
    name = f"{text[:20]}.txt"
    return client.files.upload(text.encode(), "t2a_async_input", filename=name)


WITH_CLIENT: Final[dict[str, Callable[[Client, str], Any]]] = {
    "client": lambda client, text: client.speak(SpeechRequest(text=text)),
    "task": lambda client, text: client.speech.submit(text),
    "design": lambda client, text: client.voices.design(text, "Hello."),
    "file": _upload,
    "socket": _socket,
}


def _spoken(emulator: Emulator, surface: str, text: str) -> Any:
    known: Any = {"base_url": emulator.url, "api_key": emulator.api_key}
    if surface == "langchain":
        return MiniMaxSpeech(**known).invoke(text)
    if surface == "llama_index":
        return LlamaIndexSpeech(api_base=emulator.url, api_key=emulator.api_key).speak(text)
    with Client(**known) as client:
        return WITH_CLIENT[surface](client, text)


SPEAKERS: Final = ("langchain", "llama_index", *WITH_CLIENT)


@pytest.mark.sampled(share=0.4)
@pytest.mark.parametrize("surface", SPEAKERS)
@pytest.mark.parametrize("name", [name for name in STRANGE if "megabyte" not in name])
def test_strange_text_is_spoken_or_a_clear_error(
    emulator: Emulator, surface: str, name: str
) -> None:
    """MiniMax refuses texts of invisible characters (1042); nothing else ends them."""
    try:
        assert _spoken(emulator, surface, STRANGE[name])
    except MiniMaxError as error:
        assert len(str(error)) > 20  # noqa: PT017 - either is right


@pytest.mark.parametrize("surface", [speaker for speaker in SPEAKERS if speaker != "file"])
def test_half_a_character_is_not_spoken(emulator: Emulator, surface: str) -> None:
    """As in a chat: nothing is sent."""
    with pytest.raises(InvalidInputError, match=r"surrogate|unicode string"):
        _spoken(emulator, surface, "half \ud83d a face")

    assert not [request for request in emulator.requests if request.method == "POST"]


@pytest.mark.parametrize(
    "name", ["half \ud83d.txt", "a\x00b.txt", 'a"\r\nX-Evil: 1.txt', "\u202etxt"]
)
def test_names_of_files_cannot_break_a_request(emulator: Emulator, name: str) -> None:
    """A name is text inside a header of the form."""
    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        try:
            client.files.upload(b"text", "video_understanding", filename=name)
        except MiniMaxError as error:
            assert str(error)  # noqa: PT017 - either is right

    for request in emulator.requests:
        assert b"\r\nX-Evil" not in request.body
        assert "x-evil" not in request.headers


def test_64_megabytes_are_refused_before_they_are_spoken(emulator: Emulator) -> None:
    """Each has a limit of its own, which is told without a request."""
    large = "word " * (13 << 20)
    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        for call in (
            lambda: client.speak(SpeechRequest(text=large)),
            lambda: client.speech.submit(large),
            lambda: client.voices.clone(bytes(64 << 20), "my-voice-1", filename="a.wav"),
        ):
            with pytest.raises((MiniMaxError, ValueError)):
                call()

    assert emulator.requests == []


class _Odd:
    """Nothing that JSON has."""


def _deep() -> dict[str, Any]:
    deep: dict[str, Any] = {}
    for _ in range(10_000):
        deep = {"a": deep}
    return deep


ODD_ARGUMENTS: Final[dict[str, Callable[[], Any]]] = {
    "bytes": lambda: b"\xff",
    "object": _Odd,
    "deep": _deep,
    "digits": lambda: 10**5_000,
    "surrogate": lambda: "half \ud83d a face",
}


@pytest.mark.parametrize("surface", ["langchain", "llama_index"])
@pytest.mark.parametrize("odd", ODD_ARGUMENTS)
def test_odd_arguments_of_an_earlier_call_are_sent_or_named(
    emulator: Emulator, surface: str, odd: str
) -> None:
    """A tool that was called in code may have had anything; its result is in the history now."""
    arguments = {"value": ODD_ARGUMENTS[odd]()}
    known: Any = {"base_url": emulator.url, "api_key": emulator.api_key}

    def langchain() -> Any:
        call: Any = {"id": "call-1", "name": "weigh", "args": arguments}
        asked = AIMessage("", tool_calls=[call], id="message-1")
        return ChatMiniMax(**known).invoke(
            ["Weigh it.", asked, ToolMessage("5", tool_call_id="call-1")]
        )

    def llama_index() -> Any:
        block = ToolCallBlock(tool_call_id="call-1", tool_name="weigh", tool_kwargs=arguments)
        result = ChatMessage(role="tool", content="5", additional_kwargs={"tool_call_id": "call-1"})
        asked = ChatMessage(role="assistant", blocks=[block])
        return MiniMax(**known).chat([ChatMessage("Weigh it."), asked, result])

    if (surface, odd) == ("llama_index", "digits"):
        assert llama_index()  # It writes a number of any length.
        return
    with pytest.raises(InvalidInputError, match=r"call-1.*weigh"):
        langchain() if surface == "langchain" else llama_index()


def test_half_a_character_in_an_id_is_not_sent(emulator: Emulator) -> None:
    """Ids stand in the address."""
    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        for call in (
            lambda: client.files.retrieve("\ud83d"),
            lambda: client.speech.check("\ud83d"),
        ):
            with pytest.raises(InvalidInputError, match="no text"):
                call()

    assert emulator.requests == []


def test_a_file_of_a_limit_that_cannot_be_used_is_a_setting_to_correct(
    emulator: Emulator, tmp_path: Path
) -> None:
    """A folder that is missing, and a file of something else."""
    (tmp_path / "notes.txt").write_text("This is no database, but a text.\n" * 100)
    for name in ("missing/limit.db", "notes.txt"):
        limit = RateLimit(1, path=tmp_path / name)
        client = Client(base_url=emulator.url, api_key=emulator.api_key, rate_limit=limit)
        with client, pytest.raises(ConfigurationError, match=r"of the RateLimit.*folder"):
            client.models()
        limit.close()
