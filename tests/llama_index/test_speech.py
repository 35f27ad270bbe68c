"""Speech from texts, answers and streams of answers."""

# ruff: noqa: ANN401 - callables and blocks have no common type
from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import (
    AudioBlock,
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    TextBlock,
    ThinkingBlock,
)

from minimax_adapters.api import AuthenticationError, InvalidInputError
from minimax_adapters.emulator import Emulator, Reply, ToolCall
from minimax_adapters.llama_index import MiniMax, MiniMaxSpeech, MiniMaxToolSpec

if TYPE_CHECKING:
    from pathlib import Path

VOICES: dict[str, Any] = {
    "system_voice": [
        {
            "voice_id": "English_Graceful_Lady",
            "voice_name": "Graceful Lady",
            "description": ["A calm adult voice."],
        },
        {"voice_id": "Japanese_Whisper_Belle", "voice_name": "Whisper Belle"},
    ],
    "voice_cloning": [
        {"voice_id": "narrator-007", "description": [], "created_time": "2026-01-02"}
    ],
    "voice_generation": None,
    "base_resp": {"status_code": 0, "status_msg": "success"},
}
ANSWER = ChatMessage(
    role="assistant", blocks=[ThinkingBlock(content="Secret."), TextBlock(text="Good morning.")]
)


def texts(emulator: Emulator) -> list[str]:
    """Return what was spoken."""
    return [r.json["text"] for r in emulator.requests if r.path == "/v1/t2a_v2"]


@pytest.mark.parametrize(
    "what",
    [
        "Good morning.",
        ANSWER,
        ChatResponse(message=ANSWER),
        CompletionResponse(text="Good morning."),
    ],
    ids=["text", "message", "response", "completion"],
)
async def test_text_is_spoken_and_thinking_is_not(
    speech: MiniMaxSpeech, emulator: Emulator, what: Any
) -> None:
    """Of a text, a message or a response, sync and async."""
    audio = speech.speak(what)

    assert audio.format == "mp3"
    assert audio.data == (await speech.aspeak(what)).data
    assert texts(emulator) == ["Good morning."] * 2


async def test_calling_it_gives_a_block(speech: MiniMaxSpeech) -> None:
    """For messages of other models."""
    block, ablock = speech("Good morning."), await speech.acall("Good morning.")

    assert isinstance(block, AudioBlock)
    assert block.format == "mp3"
    assert block.resolve_audio().read() == speech.speak("Good morning.").data
    assert block == ablock


def test_settings_are_sent(emulator: Emulator) -> None:
    """Voice and audio in their groups."""
    speech = MiniMaxSpeech(
        "speech-2.8-turbo",
        api_key=emulator.api_key,
        api_base=emulator.url,
        voice_id="English_Graceful_Lady",
        speed=1.5,
        emotion="calm",
        format="wav",
        sample_rate=16_000,
        language_boost="English",
        additional_kwargs={"pronunciation_dict": {"tone": ["MiniMax/mini max"]}},
    )

    assert speech.speak("Hello.").format == "wav"

    sent = emulator.requests[-1].json
    assert sent["model"] == "speech-2.8-turbo"
    assert sent["voice_setting"] == {
        "voice_id": "English_Graceful_Lady",
        "speed": 1.5,
        "emotion": "calm",
    }
    assert sent["audio_setting"] == {"format": "wav", "sample_rate": 16_000}
    assert sent["pronunciation_dict"] == {"tone": ["MiniMax/mini max"]}


@pytest.mark.parametrize("wrong", [{"speed": 9}, {"emotion": "bored"}, {"format": "midi"}])
def test_wrong_settings_are_refused(speech: MiniMaxSpeech, wrong: dict[str, Any]) -> None:
    """Before anything is sent."""
    for name, value in wrong.items():
        setattr(speech, name, value)

    with pytest.raises(InvalidInputError, match="valid"):
        speech.speak("Hello.")


def test_what_cannot_be_spoken_is_refused(speech: MiniMaxSpeech) -> None:
    """An image has no sound."""
    what: Any = 7

    with pytest.raises(TypeError, match="cannot speak int"):
        speech.speak(what)


async def test_audio_is_streamed(speech: MiniMaxSpeech) -> None:
    """Its pieces are the file."""
    whole = speech.speak("The library opens at nine in the morning.").data

    pieces = list(speech.stream("The library opens at nine in the morning."))
    apieces = [piece async for piece in speech.astream("The library opens at nine in the morning.")]

    assert len(pieces) > 1
    assert b"".join(pieces) == b"".join(apieces)
    assert abs(len(b"".join(pieces)) - len(whole)) < len(whole) // 2


async def test_an_answer_is_spoken_while_it_is_written(
    llm: MiniMax, speech: MiniMaxSpeech, emulator: Emulator
) -> None:
    """Sentence by sentence, chat or completion, sync or async."""
    speech.transport = "http"
    answer = "The library opens at nine. It closes at six in the evening."
    emulator.script(*[Reply(thinking="Do not say this.", text=answer)] * 3)
    ask = [ChatMessage(content="When?")]

    audio = b"".join(speech.stream(llm.stream_chat(ask)))
    again = b"".join(speech.stream(llm.stream_complete("When?")))
    later = b"".join([piece async for piece in speech.astream(await llm.astream_chat(ask))])

    assert audio
    assert again
    assert later
    assert " ".join(texts(emulator)) == " ".join([answer] * 3)


def test_the_first_sentence_does_not_wait_for_the_last(speech: MiniMaxSpeech) -> None:
    """Audio begins while the model writes."""
    heard = threading.Event()

    def writing() -> Any:
        yield from ["The library is open now. ", "It will "]
        assert heard.wait(timeout=10)
        yield "close at six."

    for data in speech.stream(writing()):
        assert data
        heard.set()

    assert heard.is_set()


async def test_markdown_and_inline_thinking_are_not_spoken(
    speech: MiniMaxSpeech, emulator: Emulator
) -> None:
    """An answer is written to be read."""
    speech.transport = "http"
    deltas = ["<think>Hm.</think># Hours of", " the library\n\n**Nine** to ", "six on all days."]

    async def writing() -> Any:
        for delta in deltas:
            yield delta

    list(speech.stream(deltas))
    [_ async for _ in speech.astream(writing())]
    [_ async for _ in speech.astream(deltas)]

    # Sentences that wait for each other are spoken together.
    assert " ".join(texts(emulator)).split() == (
        ["Hours", "of", "the", "library", "Nine", "to", "six", "on", "all", "days."] * 3
    )


def spec(reply: dict[str, Any] = VOICES) -> MiniMaxToolSpec:
    """Return tools for a MiniMax that answers every call with `reply`."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=reply))
    return MiniMaxToolSpec(
        api_key="k",
        http_client=httpx.Client(transport=transport),
        async_http_client=httpx.AsyncClient(transport=transport),
    )


async def test_voices_are_listed() -> None:
    """One per line, those of the account too."""
    lines = spec().list_voices().splitlines()

    assert lines == [
        "English_Graceful_Lady: Graceful Lady A calm adult voice.",
        "Japanese_Whisper_Belle: Whisper Belle",
        "narrator-007",
    ]
    assert await spec().alist_voices("japanese") == lines[1]
    assert spec().list_voices("Klingon") == "No voice matches 'Klingon'."


async def test_the_voices_of_the_emulator_speak(speech: MiniMaxSpeech) -> None:
    """Each id in the list is one that text can be spoken with."""
    voices = speech.voices()

    assert voices == await speech.avoices()
    speech.voice_id = voices[-1].id
    assert speech.speak("Hello.").data


def test_voices_have_their_kind() -> None:
    """MiniMax's own, cloned or designed."""
    kinds = [(voice.id, voice.kind) for voice in spec().speech.voices()]

    assert kinds == [
        ("English_Graceful_Lady", "system"),
        ("Japanese_Whisper_Belle", "system"),
        ("narrator-007", "voice_cloning"),
    ]


def test_a_long_list_of_voices_is_cut() -> None:
    """More than 300 exist, and a model reads them all."""
    many = {"system_voice": [{"voice_id": f"voice-{n}"} for n in range(60)]}

    assert spec(many).list_voices().splitlines()[-1] == "... and 10 more: ask for a language."
    assert spec({"base_resp": {"status_code": 0}}).list_voices() == "There are no voices."


def test_an_error_in_the_list_of_voices_is_typed() -> None:
    """It comes with HTTP 200."""
    error = {"base_resp": {"status_code": 1004, "status_msg": "login fail"}}

    with pytest.raises(AuthenticationError):
        spec(error).list_voices()


async def test_tools_speak(speech: MiniMaxSpeech, tmp_path: Path) -> None:
    """To a block and to a file, called or awaited."""
    tools = {tool.metadata.name: tool for tool in MiniMaxToolSpec(speech, tmp_path).to_tool_list()}

    said = tools["speak"].call(text="Hello.")
    asaid = await tools["speak"].acall(text="Hello.")
    saved = tools["speak_to_file"].call(text="Hello.", file_name="greeting.mp3")
    await tools["speak_to_file"].acall(text="Hello.", file_name="words/again")

    assert [type(block) for block in (*said.blocks, *asaid.blocks)] == [AudioBlock, AudioBlock]
    assert str(tmp_path / "greeting.mp3") in saved.content
    assert "seconds of speech" in saved.content
    data = speech.speak("Hello.").data
    assert (tmp_path / "greeting.mp3").read_bytes() == data
    assert (tmp_path / "words" / "again.mp3").read_bytes() == data


async def test_the_model_chooses_how_it_is_said(
    speech: MiniMaxSpeech, emulator: Emulator, tmp_path: Path
) -> None:
    """Voice, emotion and speed; what it leaves out stays as the app set it."""
    speech.pitch = 1
    tools = {tool.metadata.name: tool for tool in MiniMaxToolSpec(speech, tmp_path).to_tool_list()}
    voice = {"voice_id": "German_FriendlyMan", "emotion": "happy", "speed": 1.5}

    tools["speak"].call(text="Hello.", **voice)
    await tools["speak_to_file"].acall(text="Hello.", file_name="a", voice_id="", emotion="sad")

    first, second = (r.json["voice_setting"] for r in emulator.requests)
    assert first == voice | {"pitch": 1}
    assert second == {"voice_id": speech.voice_id, "emotion": "sad", "pitch": 1}
    assert speech.emotion is None


def test_the_model_is_told_what_it_may_choose(speech: MiniMaxSpeech) -> None:
    """Each argument has a description, and nothing else of the settings is there."""
    tools = {tool.metadata.name: tool.metadata for tool in MiniMaxToolSpec(speech).to_tool_list()}
    speak = tools["speak"].get_parameters_dict()["properties"]
    to_file = tools["speak_to_file"].get_parameters_dict()["properties"]

    assert speak.keys() == {"text", "voice_id", "emotion", "speed"}
    assert to_file.keys() == speak.keys() | {"file_name"}
    assert all("description" in to_file[name] for name in to_file.keys() - {"text"})
    assert tools["speak"].description == "Turn text of any length into speech and return the audio."
    assert "(" not in "".join(tool.description for tool in tools.values())


@pytest.mark.parametrize("tool", ["speak", "speak_to_file"])
async def test_an_agent_speaks(
    llm: MiniMax, speech: MiniMaxSpeech, emulator: Emulator, tmp_path: Path, tool: str
) -> None:
    """The audio that a tool returns does not stop the conversation."""
    arguments = {"text": "Hello."} | ({} if tool == "speak" else {"file_name": "a.mp3"})
    emulator.script(
        Reply(thinking="Aloud.", tool_calls=[ToolCall(name=tool, arguments=arguments)]),
        Reply(thinking="Done.", text="I said it."),
    )
    tools: Any = MiniMaxToolSpec(speech, tmp_path).to_tool_list()

    answer = await FunctionAgent(tools=tools, llm=llm).run("Say hello")

    assert str(answer) == "I said it."
    result = emulator.requests[-1].json["messages"][-1]["content"]
    assert result.startswith("[audio: mp3" if tool == "speak" else "Saved")
