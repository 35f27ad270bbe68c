"""`MiniMaxSpeech` and the tool: audio from text, and never in the model's context."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompt_values import StringPromptValue
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import ConfigurableField
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import ValidationError

from minimax_adapters import api
from minimax_adapters.api import Audio
from minimax_adapters.api.subtitles import Subtitle, Word
from minimax_adapters.emulator import Reply, ToolCall
from minimax_adapters.langchain import MiniMaxSpeech, MiniMaxSpeechTool, audio_block

if TYPE_CHECKING:
    from makers import Make

    from minimax_adapters.emulator import Emulator

THOUGHTFUL = AIMessage(
    [{"type": "reasoning", "reasoning": "Secret."}, {"type": "text", "text": "Good morning!"}]
)


@pytest.mark.parametrize(
    "spoken",
    [
        "Good morning!",
        AIMessage("Good morning!"),
        THOUGHTFUL,
        StringPromptValue(text="Good morning!"),
    ],
)
async def test_text_and_messages_are_spoken_without_thinking(
    speech: Make, emulator: Emulator, spoken: Any
) -> None:
    """In both colours, whole or as it is made."""
    model = speech()

    whole = model.invoke(spoken)
    awaited = await model.ainvoke(spoken)
    chunks = list(model.stream(spoken))
    awaited_chunks = [chunk async for chunk in model.astream(spoken)]

    assert whole.data == awaited.data
    assert len(chunks) > 1
    assert b"".join(one.data for one in chunks) == b"".join(one.data for one in awaited_chunks)
    assert {request.json["text"] for request in emulator.requests} == {"Good morning!"}


def test_settings_are_sent_under_minimax_names(speech: Make, emulator: Emulator) -> None:
    """Voice, audio and the rest in their groups; what is not set stays out."""
    speech(
        model="speech-2.8-turbo",
        voice_id="English_Graceful_Lady",
        speed=1.2,
        volume=2,
        emotion="happy",
        format="wav",
        sample_rate=16000,
        language_boost="English",
        pronunciation_dict={"tone": ["omg/oh my god"]},
    ).invoke("Hello")

    sent = emulator.requests[-1].json
    assert sent["model"] == "speech-2.8-turbo"
    assert sent["voice_setting"] == {
        "voice_id": "English_Graceful_Lady",
        "speed": 1.2,
        "vol": 2.0,
        "emotion": "happy",
    }
    assert sent["audio_setting"] == {"format": "wav", "sample_rate": 16000}
    assert sent["pronunciation_dict"] == {"tone": ["omg/oh my god"]}


def test_fields_are_configurable(speech: Make, emulator: Emulator) -> None:
    """One chain, many voices."""
    model = speech().configurable_fields(speed=ConfigurableField(id="speed"))

    model.with_config(configurable={"speed": 1.5}).invoke("Hello")
    speech().bind(speed=0.8).invoke("Hello")

    speeds = [request.json["voice_setting"]["speed"] for request in emulator.requests]
    assert speeds == [1.5, 0.8]


def test_answer_of_a_model_can_be_piped_into_speech(chat: Make, speech: Make) -> None:
    """With and without a parser between."""
    prompt = ChatPromptTemplate.from_messages([("user", "Greet {name}.")])

    direct = (prompt | chat() | speech()).invoke({"name": "Ann"})
    parsed = (prompt | chat() | StrOutputParser() | speech()).invoke({"name": "Ann"})

    assert direct.data == parsed.data
    assert direct.mime_type == "audio/mpeg"


@pytest.mark.parametrize("spoken", ["", "  ", AIMessage(""), 17])
def test_nothing_to_say_is_an_error(speech: Make, spoken: Any) -> None:
    """Before anything is sent."""
    with pytest.raises(api.InvalidInputError):
        speech().invoke(spoken)


def test_errors_are_our_typed_errors(speech: Make, emulator: Emulator) -> None:
    """Also in streams."""
    emulator.fail_next(20132, times=2)

    with pytest.raises(api.InvalidVoiceError):
        speech().invoke("Hello")
    with pytest.raises(api.InvalidVoiceError):
        list(speech().stream("Hello"))


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("samplerate", "Did you mean 'sample_rate'"),
        ("voice_setting", "voice, speed"),
        ("audio_setting", "format, sample_rate"),
    ],
)
def test_unknown_argument_is_an_error(name: str, advice: str) -> None:
    """With the near name, or where it goes."""
    with pytest.raises(api.ConfigurationError, match=advice):
        MiniMaxSpeech(api_key="k", **{name: 16000})


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_agent_speaks_and_never_reads_the_audio(
    chat: Make, speech: Make, emulator: Emulator, *, asynchronous: bool
) -> None:
    """The audio is the artifact; the model reads one line; checkpoints keep both."""
    emulator.script(
        Reply(tool_calls=[ToolCall(name="text_to_speech", arguments={"text": "Good morning!"})]),
        Reply(text="Done."),
    )
    tool = MiniMaxSpeechTool(speech=speech())
    agent: Any = create_agent(chat(), [tool], checkpointer=InMemorySaver())
    question = {"messages": [HumanMessage("Say good morning.")]}
    config: Any = {"configurable": {"thread_id": "1"}}

    if asynchronous:
        await agent.ainvoke(question, config)
    else:
        agent.invoke(question, config)
    messages = agent.get_state(config).values["messages"]

    (result,) = [message for message in messages if isinstance(message, ToolMessage)]
    audio = MiniMaxSpeechTool.audio_of(result)
    assert audio.format == "mp3"
    assert len(audio.data) > 1000
    read = emulator.requests[-1].json["messages"][-1]
    assert read["role"] == "tool"
    assert len(read["content"]) < 100


def test_tool_shows_the_model_what_is_useful_and_nothing_else(
    speech: Make, emulator: Emulator
) -> None:
    """The mood and the speed; never voices that may not exist, formats or keys."""
    tool = MiniMaxSpeechTool(speech=speech(voice="English_Graceful_Lady", emotion="calm"))

    function = convert_to_openai_tool(tool)["function"]
    call = {"type": "tool_call", "id": "1", "name": tool.name}
    chosen = {"text": "Hello!", "emotion": "happy", "speed": 1.5}
    tool.invoke({**call, "args": chosen})
    tool.invoke({**call, "args": {"text": "Hello!"}})

    assert set(function["parameters"]["properties"]) == {"text", "emotion", "speed"}
    assert function["parameters"]["required"] == ["text"]
    voice = {"voice_id": "English_Graceful_Lady"}
    assert [request.json["voice_setting"] for request in emulator.requests] == [
        voice | {"emotion": "happy", "speed": 1.5},
        voice | {"emotion": "calm"},
    ]


@pytest.mark.parametrize("wrong", [{"speed": 9}, {"emotion": "bored"}, {"text": ""}])
def test_what_the_model_gets_wrong_is_told_to_it(
    chat: Make, speech: Make, emulator: Emulator, wrong: dict[str, Any]
) -> None:
    """It can mend it in the next step; nothing was sent to be spoken."""
    arguments = {"text": "Hello!", **wrong}
    emulator.script(
        Reply(tool_calls=[ToolCall(name="text_to_speech", arguments=arguments)]),
        Reply(text="Sorry."),
    )
    agent: Any = create_agent(chat(), [MiniMaxSpeechTool(speech=speech())])

    state = agent.invoke({"messages": [HumanMessage("Say hello.")]})

    assert next(iter(wrong)) in state["messages"][2].text
    assert state["messages"][2].status == "error"
    assert {request.path for request in emulator.requests} == {"/v1/chat/completions"}


@pytest.mark.parametrize(
    "audio",
    [
        Audio(b"abc", "mp3", sample_rate=16000, duration=1.5, usage_characters=7, trace_id="t"),
        Audio(b"", "wav", url="https://e.example.org/a.wav"),
        Audio(
            b"abc",
            "mp3",
            subtitles=(Subtitle("Hi.", 0.0, 1.0, (Word("Hi", 0.0, 0.5),)), Subtitle("Yo.", 1.0, 2)),
        ),
    ],
)
def test_audio_becomes_a_block_of_plain_json_and_back(audio: Audio) -> None:
    """For messages to models that hear, and for every checkpointer."""
    block = audio_block(audio)
    kept = json.loads(json.dumps(block))

    assert kept == block
    assert block["mime_type"] == audio.mime_type
    assert MiniMaxSpeechTool.audio_of(ToolMessage("", artifact=kept, tool_call_id="1")) == audio
    assert AIMessage(content_blocks=[block]).content_blocks == [block]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"speed": 9}, "at least 0.5 and at most 2"),
        ({"vol": 0}, "above 0 and at most 10"),
        ({"pitch": 13}, "at least -12 and at most 12"),
        ({"emotion": "bored"}, "'happy'"),
        ({"emotion": "whisper"}, "speech-2.6"),
        ({"format": "midi"}, "'mp3'"),
        ({"sample_rate": 1}, "16000"),
        ({"language_boost": "Klingon"}, "'English'"),
        ({"timbre_weights": []}, "at least 1"),
    ],
)
def test_settings_out_of_range_are_refused_at_once(wrong: dict[str, Any], said: str) -> None:
    """With the range, where the object is made, and in each call."""
    with pytest.raises(ValidationError, match=said):
        MiniMaxSpeech(api_key="k", **wrong)
    with pytest.raises(api.InvalidInputError, match=said):
        MiniMaxSpeech(api_key="k").request("Hello", **wrong)


def test_a_new_model_is_sent_as_it_is(speech: Make, emulator: Emulator) -> None:
    """It must not need a new version of this package; this emulator does not know it."""
    with pytest.raises(api.InvalidRequestError, match="model"):
        speech(model="speech-9-hd", emotion="whisper").invoke("Hello")

    assert emulator.requests[-1].json["model"] == "speech-9-hd"
    emulator.clear()
