"""Speech from what LlamaIndex answers with: engines, chat engines and agents."""

# ruff: noqa: ANN401 - answers are of any kind
from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core import Document, SummaryIndex
from llama_index.core.agent.workflow import AgentOutput, FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.base.response.schema import PydanticResponse
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.memory import ChatMemoryBuffer

from minimax_adapters.api import InvalidInputError, MiniMaxError
from minimax_adapters.emulator import Emulator, Reply
from minimax_adapters.llama_index import MiniMaxSpeech

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from minimax_adapters.llama_index import MiniMax

ANSWER = "The library opens at nine."
CODE = "```python\nprint(1)\n```"


def texts(emulator: Emulator) -> list[str]:
    """Return what was spoken."""
    return [r.json["text"] for r in emulator.requests if r.path == "/v1/t2a_v2"]


def engine(llm: MiniMax, *, streaming: bool = False) -> Any:
    """Return a query engine over one document."""
    index = SummaryIndex.from_documents([Document(text="From nine.")])
    return index.as_query_engine(llm=llm, streaming=streaming)


def answers(llm: MiniMax) -> list[Callable[[], Any]]:
    """Return what makes an answer of each kind that comes outside of an event loop."""
    chat = SimpleChatEngine.from_defaults(llm=llm, memory=ChatMemoryBuffer.from_defaults())
    return [
        lambda: engine(llm).query("When?"),
        lambda: engine(llm, streaming=True).query("When?"),
        lambda: chat.chat("When?"),
        lambda: chat.stream_chat("When?"),
        lambda: AgentOutput(response=ChatMessage(content=ANSWER), current_agent_name="a"),
    ]


@pytest.fixture
def spoken(speech: MiniMaxSpeech, emulator: Emulator) -> MiniMaxSpeech:
    """Return a voice that is heard by requests, behind a model that always says the same."""
    speech.transport = "http"
    emulator.script(*[Reply(text=ANSWER)] * 4)
    return speech


@pytest.fixture
def loop_of_the_core() -> Iterator[None]:
    """Close the event loop that the core's memory takes to count tokens, and leaves open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.usefixtures("loop_of_the_core")
@pytest.mark.parametrize("number", range(5))
def test_answers_are_spoken(
    llm: MiniMax, spoken: MiniMaxSpeech, emulator: Emulator, number: int
) -> None:
    """Whole, or while they are written."""
    ask = answers(llm)[number]

    assert spoken.speak(ask()).data
    assert b"".join(spoken.stream(ask()))

    assert texts(emulator) == [ANSWER, ANSWER]


@pytest.mark.parametrize("number", range(5))
async def test_answers_are_spoken_in_an_event_loop(
    llm: MiniMax, spoken: MiniMaxSpeech, emulator: Emulator, number: int
) -> None:
    """The asynchronous methods of engines and agents."""
    chat = SimpleChatEngine.from_defaults(llm=llm, memory=ChatMemoryBuffer.from_defaults())
    agent = FunctionAgent(llm=llm)
    asks: list[Callable[[], Any]] = [
        lambda: engine(llm).aquery("When?"),
        lambda: engine(llm, streaming=True).aquery("When?"),
        lambda: chat.achat("When?"),
        lambda: chat.astream_chat("When?"),
        lambda: agent.run("When?", memory=ChatMemoryBuffer.from_defaults()),
    ]

    assert (await spoken.aspeak(await asks[number]())).data
    assert [piece async for piece in spoken.astream(await asks[number]())]

    assert texts(emulator) == [ANSWER, ANSWER]


def test_an_answer_can_be_read_after_it_was_spoken(llm: MiniMax, spoken: MiniMaxSpeech) -> None:
    """A stream can be read once; its text is kept on the answer, and can be spoken again."""
    answer = engine(llm, streaming=True).query("When?")

    list(spoken.stream(answer))

    assert str(answer) == ANSWER
    assert spoken.speak(answer).data


async def test_an_answer_of_an_event_loop_is_for_the_asynchronous_methods(
    llm: MiniMax, spoken: MiniMaxSpeech
) -> None:
    """Nobody else can wait for it."""
    answer = await engine(llm, streaming=True).aquery("When?")

    with pytest.raises(InvalidInputError, match="aspeak"):
        spoken.speak(answer)
    with pytest.raises(InvalidInputError, match="astream"):
        list(spoken.stream(answer))


async def test_an_asynchronous_stream_is_sent_to_the_asynchronous_method(
    llm: MiniMax, speech: MiniMaxSpeech
) -> None:
    """To name `stream()` would not help who has just called it."""
    advice = r"is asynchronous: pass it to astream\(\)\.$"

    stream = await llm.astream_complete("When?")
    with pytest.raises(InvalidInputError, match=advice):
        list(speech.stream(stream))
    with pytest.raises(InvalidInputError, match=advice):
        await speech.aspeak(stream)
    await stream.aclose()
    run: Any = FunctionAgent(llm=llm, tools=[]).run("When?")
    with pytest.raises(InvalidInputError, match=advice):
        list(speech.stream(run))
    await run.cancel_run()


@pytest.mark.parametrize("what", [5, None, PydanticResponse(response=None), object()])
async def test_anything_else_is_an_error_of_the_package(speech: MiniMaxSpeech, what: Any) -> None:
    """It is a TypeError, too."""
    for error in (MiniMaxError, TypeError):
        with pytest.raises(error, match="cannot speak"):
            speech.speak(what)
        with pytest.raises(error, match="cannot speak"):
            await speech.aspeak(what)
        with pytest.raises(error, match="cannot speak"):
            list(speech.stream(what))
        with pytest.raises(error, match="cannot speak"):
            [_ async for _ in speech.astream(what)]


async def test_marks_are_not_read_aloud(speech: MiniMaxSpeech, emulator: Emulator) -> None:
    """A text is read as in LangChain, however long it is."""
    marked = "Up to `max_retries` times, **always**."

    speech.speak(marked)
    await speech.aspeak(marked)
    speech.markdown = False
    speech.speak(marked)

    assert texts(emulator) == ["Up to max_retries times, always."] * 2 + [marked]


@pytest.mark.parametrize("text", ["***", "😀", CODE])
async def test_a_text_without_words_is_refused(speech: MiniMaxSpeech, text: str) -> None:
    """By all methods that know the whole text."""
    with pytest.raises(InvalidInputError, match="no words"):
        speech.speak(text)
    with pytest.raises(InvalidInputError, match="no words"):
        await speech.aspeak(text)
    with pytest.raises(InvalidInputError, match="no words"):
        list(speech.stream(text))
    with pytest.raises(InvalidInputError, match="no words"):
        [_ async for _ in speech.astream(text)]
    with pytest.raises(InvalidInputError, match="the text is empty"):
        speech.speak(" ")


async def test_subtitles_of_a_short_text_are_fetched(
    speech: MiniMaxSpeech, emulator: Emulator
) -> None:
    """MiniMax gives an address only."""
    speech.additional_kwargs = {"subtitle_enable": True}

    audio = speech.speak("Hello there. How are you?")
    awaited = await speech.aspeak("Hello there. How are you?")

    assert [line.text for line in audio.subtitles] == ["Hello there.", "How are you?"]
    assert audio.srt == awaited.srt
    assert len(texts(emulator)) == 2


@pytest.mark.parametrize("wrong", [{"speed": 9}, {"format": "ogg"}])
def test_wrong_settings_are_refused_where_the_object_is_made(wrong: dict[str, Any]) -> None:
    """By the names that it has for them."""
    (name,) = wrong

    with pytest.raises(ValueError, match=f"MiniMaxSpeech is not valid: {name}: ") as caught:
        MiniMaxSpeech(api_key="k", **wrong)

    assert "Setting" not in str(caught.value)
