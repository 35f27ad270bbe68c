"""Long texts, Markdown, traces and voices of `MiniMaxSpeech`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from langchain_core.messages import (
    AIMessage,
)
from langchain_core.runnables import RunnableLambda
from langchain_core.tracers.base import BaseTracer
from listeners import TEXT, both, said, streamed, transformed

from minimax_adapters import api
from minimax_adapters.api import AudioChunk
from minimax_adapters.emulator import Reply
from minimax_adapters.langchain import MiniMaxInsufficientBalanceError, _speech_audio

if TYPE_CHECKING:
    from langchain_core.tracers.schemas import Run
    from makers import Make

    from minimax_adapters.emulator import Emulator

LONG: Final = "This sentence has a few words in it. " * 10


@pytest.fixture
def low_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a short text count as a long one, which takes long to speak."""
    monkeypatch.setattr(_speech_audio, "MAX_CHARACTERS", 100)


@pytest.mark.sampled(share=0.4)
@pytest.mark.parametrize("number", [9_999, 10_000])
def test_a_text_beyond_the_limit_of_a_request_is_spoken_whole(
    speech: Make, emulator: Emulator, number: int
) -> None:
    """It is cut at sentence ends, spoken in pieces side by side, and joined."""
    text = ("Mmmmmmmmmm mmmmm. " * 600)[:number]

    audio = speech(format="flac", sample_rate=8000, speed=2).invoke(text)

    # Pieces are spoken side by side, so that they arrive in any order.
    texts = [request.json["text"] for request in emulator.requests]
    assert sorted(" ".join(texts).split()) == sorted(text.split())
    assert (len(texts) == 1) == (number == 9_999)
    assert audio.data[:4] == b"fLaC"


@both
@pytest.mark.usefixtures("low_limit")
async def test_a_long_text_is_spoken_whole(
    speech: Make, emulator: Emulator, *, asynchronous: bool
) -> None:
    """As one file of any format."""
    voice = speech(format="flac", sample_rate=8000)

    audio = await voice.ainvoke(LONG) if asynchronous else voice.invoke(AIMessage(LONG))

    assert " ".join(request.json["text"] for request in emulator.requests) == LONG.strip()
    assert audio.data[:4] == b"fLaC"


@both
@pytest.mark.usefixtures("low_limit")
@pytest.mark.parametrize("name", ["pcm", "flac"])
async def test_a_long_text_is_streamed(
    speech: Make, emulator: Emulator, name: str, *, asynchronous: bool
) -> None:
    """Sentence by sentence where the format allows it, else as one chunk."""
    voice = speech(format=name, sample_rate=8000, transport="http")

    chunks = await streamed(voice, LONG, asynchronous=asynchronous)

    assert " ".join(request.json["text"] for request in emulator.requests) == LONG.strip()
    assert (len(chunks) == 1) == (name == "flac")


def test_chunks_can_be_added_and_the_trace_does_not(
    speech: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LangChain adds up what a stream yields: each chunk would copy all before it."""
    added = 0
    plain = AudioChunk.__add__

    def counted(self: AudioChunk, other: object) -> AudioChunk:
        nonlocal added
        added += 1
        return plain(self, other)

    monkeypatch.setattr(AudioChunk, "__add__", counted)
    chunks = list(speech().stream("Hello there, how is it going?"))

    assert added == 0
    assert sum(chunks[1:], chunks[0]).data == b"".join(chunk.data for chunk in chunks)
    assert added == len(chunks) - 1 > 0


@both
@pytest.mark.usefixtures("low_limit")
@pytest.mark.parametrize("wrong", [{"aigc_watermark": True}, {"output_format": "url"}])
async def test_what_long_texts_cannot_have_is_refused(
    speech: Make, emulator: Emulator, wrong: dict[str, Any], *, asynchronous: bool
) -> None:
    """A mark that is missing may be against the law; joined audio has no address."""
    voice = speech(**wrong)

    with pytest.raises(api.InvalidInputError, match="one request"):
        _ = await voice.ainvoke(LONG) if asynchronous else voice.invoke(LONG)
    if "aigc_watermark" in wrong:
        with pytest.raises(api.InvalidInputError, match="one request"):
            await streamed(RunnableLambda(str) | voice, "Hello.", asynchronous=asynchronous)
    assert not emulator.requests


@both
async def test_markdown_is_read_without_its_marks(
    speech: Make, emulator: Emulator, *, asynchronous: bool
) -> None:
    """The same whether it is spoken whole or in a stream; and not if it is no Markdown."""
    text = "# Title\n\nThis is **bold**."

    for markdown, expected in (
        (True, "Title\nThis is bold."),
        (False, "# Title\nThis is **bold**."),
    ):
        voice = speech(markdown=markdown, transport="http")
        _ = await voice.ainvoke(text) if asynchronous else voice.invoke(text)
        await streamed(voice, text, asynchronous=asynchronous)
        chunks = await transformed(voice, [text], asynchronous=asynchronous)

        assert [r.json["text"] for r in emulator.requests[:2]] == [expected, expected]
        assert said(chunks).split() == expected.split()
        emulator.clear()


class Notes(BaseTracer):
    """Keeps the runs that have ended."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[Run] = []

    def _persist_run(self, run: Run) -> None:
        self.runs.append(run)


@both
async def test_the_trace_has_the_text_once_and_the_model_only_once(
    chat: Make, speech: Make, emulator: Emulator, *, asynchronous: bool
) -> None:
    """One run of the chain, with one of the model and one of the voice in it."""
    emulator.script(Reply(text=TEXT))
    notes = Notes()
    chain = chat() | speech(transport="http")

    await streamed(chain, "Say it.", asynchronous=asynchronous, config={"callbacks": [notes]})

    (root,) = notes.runs
    kinds = sorted((run.run_type, run.name) for run in root.child_runs)
    assert kinds == [("llm", "ChatMiniMax"), ("tool", "MiniMaxSpeech")]
    spoken = next(run for run in root.child_runs if run.name == "MiniMaxSpeech")
    assert spoken.inputs == {"input": TEXT}
    assert len([r for r in emulator.requests if "chat" in r.path]) == 1


async def test_voices_are_listed(speech: Make) -> None:
    """In both colours."""
    voice = speech()

    voices = voice.voices()

    assert "English_Graceful_Lady" in {one.id for one in voices}
    assert voices == await voice.avoices()


async def test_errors_of_the_list_are_ours(speech: Make, emulator: Emulator) -> None:
    """And LangChain's."""
    emulator.fail_next(1008, times=2)

    with pytest.raises(MiniMaxInsufficientBalanceError):
        speech().voices()
    with pytest.raises(MiniMaxInsufficientBalanceError):
        await speech().avoices()
