"""Structured output: through tools, validated, and readable while it comes."""

# ruff: noqa: ANN401 - callables and blocks have no common type
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.base.llms.types import ChatResponse
from llama_index.core.llms import ChatMessage
from llama_index.core.program import FunctionCallingProgram
from llama_index.core.program.utils import process_streaming_objects
from llama_index.core.prompts import ChatPromptTemplate, PromptTemplate
from llama_index.core.types import PydanticProgramMode
from pydantic import BaseModel, Field

from minimax_adapters.api import MiniMaxError
from minimax_adapters.emulator import Emulator, Quirks, Reply, ToolCall
from minimax_adapters.llama_index import NoToolCallError

if TYPE_CHECKING:
    from minimax_adapters.llama_index import MiniMax


def invent() -> PromptTemplate:
    """Return a prompt of its own: programs that ask for text put their schema into it."""
    return PromptTemplate("Invent an album about {topic}.")


class Song(BaseModel):
    """A song."""

    title: str
    seconds: int


class Album(BaseModel):
    """An album with its songs."""

    name: str = Field(description="Name of the album.")
    artist: str
    songs: list[Song] = Field(default_factory=list)


MEMBERS: dict[str, Any] = {
    "name": "Tides",
    "artist": "The Ebb",
    "songs": [{"title": "Moon", "seconds": 180}, {"title": "Harbour", "seconds": 200}],
}
ALBUM = Album.model_validate(MEMBERS)
SHORT = Album(name="Ebb", artist="Tides")


def written(name: str = "Album", members: Any = None) -> Reply:
    """Return an answer that fills in the schema."""
    call = ToolCall(name=name, arguments=MEMBERS if members is None else members)
    return Reply(thinking="An album about the sea.", tool_calls=[call])


def test_structured_predict(llm: MiniMax, emulator: Emulator) -> None:
    """The tool is required, since a text would be no album."""
    emulator.script(written())

    assert llm.structured_predict(Album, invent(), topic="the sea") == ALBUM
    assert emulator.requests[-1].json["tool_choice"] == "required"


async def test_astructured_predict(llm: MiniMax, emulator: Emulator) -> None:
    """Its asynchronous twin."""
    emulator.script(written())

    assert await llm.astructured_predict(Album, invent(), topic="the sea") == ALBUM


def test_stream_structured_predict(llm: MiniMax, emulator: Emulator) -> None:
    """Members appear one after the other, and the tool is required here too."""
    emulator.quirks = Quirks(tool_argument_chars=8)
    emulator.script(written())

    seen = list(llm.stream_structured_predict(Album, invent(), topic="the sea"))

    assert seen[-1] == ALBUM
    names = [getattr(partial, "name", None) for partial in seen]
    assert "Tides" in names[: len(names) // 2]
    assert emulator.requests[-1].json["tool_choice"] == "required"


async def test_astream_structured_predict(llm: MiniMax, emulator: Emulator) -> None:
    """Its asynchronous twin."""
    emulator.quirks = Quirks(tool_argument_chars=8)
    emulator.script(written())

    stream = await llm.astream_structured_predict(Album, invent(), topic="the sea")
    seen = [partial async for partial in stream]

    assert seen[-1] == ALBUM
    assert len(seen) > 5


async def test_a_structured_llm(llm: MiniMax, emulator: Emulator) -> None:
    """`as_structured_llm` in each form: the object is in `raw`, its JSON in the text."""
    emulator.script(*[written()] * 6)
    structured = llm.as_structured_llm(Album)
    ask = [ChatMessage(role="user", content="Invent an album.")]

    answers = [
        structured.chat(ask),
        await structured.achat(ask),
        list(structured.stream_chat(ask))[-1],
        [chunk async for chunk in await structured.astream_chat(ask)][-1],
        structured.complete("Invent an album."),
        await structured.acomplete("Invent an album."),
    ]

    assert [answer.raw for answer in answers] == [ALBUM] * 6
    assert isinstance(answers[0], ChatResponse)
    assert Album.model_validate_json(answers[0].message.content or "") == ALBUM


def test_several_objects(llm: MiniMax, emulator: Emulator) -> None:
    """A program may ask for several."""
    emulator.script(Reply(tool_calls=[*written().tool_calls, *written().tool_calls]))
    program = FunctionCallingProgram.from_defaults(
        Album, prompt=invent(), llm=llm, allow_parallel_tool_calls=True
    )

    assert program(topic="the sea") == [ALBUM, ALBUM]


def test_what_does_not_fit_is_an_error(llm: MiniMax, emulator: Emulator) -> None:
    """Pydantic says what is missing."""
    emulator.script(written(members={"name": "Tides"}))

    with pytest.raises(ValueError, match="artist"):
        llm.structured_predict(Album, invent(), topic="the sea")


def test_text_in_place_of_a_call_is_an_error(llm: MiniMax, emulator: Emulator) -> None:
    """And not an object of blanks."""
    emulator.script(Reply(thinking="Hm.", text="I would rather not."))

    with pytest.raises(ValueError, match="tool call"):
        llm.structured_predict(Album, invent(), topic="the sea")


def test_thinking_does_not_reach_the_object(llm: MiniMax, emulator: Emulator) -> None:
    """Also where the host writes it into the text."""
    emulator.quirks = Quirks(inline_think=True)
    emulator.script(written())

    album = llm.structured_predict(Album, invent(), topic="the sea")

    assert "An album about" not in album.model_dump_json()


def test_structured_output_without_tools(llm: MiniMax, emulator: Emulator) -> None:
    """The text mode reads JSON from the answer."""
    llm.pydantic_program_mode = PydanticProgramMode.LLM
    emulator.script(Reply(thinking='{"name": "wrong"}', text=ALBUM.model_dump_json()))

    assert llm.structured_predict(Album, invent(), topic="the sea") == ALBUM
    assert "tools" not in emulator.requests[-1].json


@pytest.mark.parametrize("mode", [PydanticProgramMode.LLM, PydanticProgramMode.DEFAULT])
@pytest.mark.parametrize("around", ["{}", "Perhaps {}? No."])
@pytest.mark.parametrize(
    "answered",
    [
        (Reply(text=SHORT.model_dump_json(exclude_unset=True)), SHORT),
        (written(members=SHORT.model_dump(exclude_unset=True)), SHORT),
        (Reply(text="I would rather not."), None),
    ],
)
async def test_a_stream_whose_thinking_has_no_opening_tag_ends_in_the_answer(
    llm: MiniMax,
    emulator: Emulator,
    mode: PydanticProgramMode,
    around: str,
    answered: tuple[Reply, Album | None],
) -> None:
    """Its draft has been shown by then, and has more members, but it is not what was answered."""
    answer, album = answered
    llm.pydantic_program_mode = mode
    emulator.quirks = Quirks(inline_think=True, orphan_think_close=True, chunk_chars=40)
    draft = around.replace("{}", ALBUM.model_dump_json())
    emulator.script(*[replace(answer, thinking=draft)] * 2)
    prompt = invent()

    sync = list(llm.stream_structured_predict(Album, prompt, topic="the sea"))
    stream = await llm.astream_structured_predict(Album, prompt, topic="the sea")
    asynchronous = [partial async for partial in stream]

    for last in (sync[-1], asynchronous[-1]):
        assert last == album if album else last.model_dump(exclude_none=True) == {}


async def test_another_stream_meanwhile_is_not_taken_for_the_object(
    llm: MiniMax, emulator: Emulator
) -> None:
    """The same model may be asked for text while it writes an object."""
    emulator.quirks = Quirks(inline_think=True, orphan_think_close=True, chunk_chars=40)
    emulator.script(replace(written(), thinking=SHORT.model_dump_json()), Reply(text="Hm."))

    objects = llm.stream_structured_predict(Album, invent(), topic="the sea")
    first = next(objects)
    text = "".join(chunk.delta or "" for chunk in llm.stream_complete("Hello"))

    assert text == "Hm."
    assert [first, *objects][-1] == ALBUM


def test_streaming_objects_from_a_chunk(llm: MiniMax, emulator: Emulator) -> None:
    """The core reads only `additional_kwargs["tool_calls"]`."""
    emulator.script(written())
    last = list(llm.stream_chat([ChatMessage(content="Invent.")]))[-1]

    assert process_streaming_objects(last, Album, llm=llm) == ALBUM


def test_the_system_prompt_of_the_model_is_sent(llm: MiniMax, emulator: Emulator) -> None:
    """In structured prediction as in all other."""
    emulator.script(written())
    llm.system_prompt = "You know music."
    prompt = ChatPromptTemplate([ChatMessage(role="user", content="An album about {topic}.")])

    llm.structured_predict(Album, prompt, topic="the sea")

    assert emulator.requests[-1].json["messages"][0]["content"] == "You know music."


async def test_a_model_that_declines_is_quoted(llm: MiniMax, emulator: Emulator) -> None:
    """What it said tells why; the error is one of the package."""
    prompt = invent()
    emulator.script(*[Reply(text="I would rather not.")] * 2)

    with pytest.raises(NoToolCallError, match="I would rather not") as caught:
        llm.structured_predict(Album, prompt, topic="the sea")
    with pytest.raises(MiniMaxError, match="I would rather not"):
        await llm.astructured_predict(Album, prompt, topic="the sea")

    assert isinstance(caught.value, ValueError)
    assert caught.value.text == "I would rather not."
