"""What llama-index-core checks of programs with its mock model, with ours in its place."""

# ruff: noqa: ANN401 - programs have no common type
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core.program import FunctionCallingProgram
from llama_index.core.program.function_program import get_function_tool
from llama_index.core.storage.kvstore import SimpleKVStore
from pydantic import BaseModel, Field

from minimax_adapters.emulator import Reply, ToolCall

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator
    from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding


class Song(BaseModel):
    """A song."""

    title: str


class Album(BaseModel):
    """An album."""

    title: str
    artist: str
    songs: list[Song]


class Names(BaseModel):
    """One field, with a default."""

    names: list[str] = Field(default_factory=list, description="List of names")


FIRST = {"title": "hello", "artist": "world", "songs": [{"title": "one"}, {"title": "two"}]}
SECOND = {"title": "hello2", "artist": "world2", "songs": [{"title": "three"}]}


def albums(*arguments: dict[str, Any]) -> Reply:
    """Return an answer with these albums."""
    calls = [ToolCall(name="Album", arguments=given) for given in arguments]
    return Reply(thinking="An album.", tool_calls=calls)


def program(llm: MiniMax, **options: Any) -> FunctionCallingProgram[Album]:
    """Return a program that makes albums."""
    return FunctionCallingProgram.from_defaults(
        output_cls=Album,
        prompt_template_str="This is a test album with {topic}",
        llm=llm,
        **options,
    )


async def test_a_program_returns_an_object(llm: MiniMax, emulator: Emulator) -> None:
    """Called or awaited."""
    emulator.script(albums(FIRST), albums(FIRST))

    made = program(llm)(topic="songs")
    amade = await program(llm).acall(topic="songs")

    assert made == amade == Album.model_validate(FIRST)


async def test_a_program_returns_several(llm: MiniMax, emulator: Emulator) -> None:
    """If it may."""
    emulator.script(albums(FIRST, SECOND), albums(FIRST, SECOND))
    both = program(llm, allow_parallel_tool_calls=True)

    made: Any = both(topic="songs")
    amade: Any = await both.acall(topic="songs")

    assert made == amade == [Album.model_validate(FIRST), Album.model_validate(SECOND)]


@pytest.mark.parametrize(
    ("choice", "member"),
    [
        ("required", "required"),
        ({"type": "any"}, "required"),
        ({"type": "auto"}, None),
        ({"type": "tool", "name": "Album"}, {"type": "function", "function": {"name": "Album"}}),
        ("Album", {"type": "function", "function": {"name": "Album"}}),
    ],
)
async def test_a_program_hands_the_tool_choice_on(
    llm: MiniMax, emulator: Emulator, choice: Any, member: Any
) -> None:
    """In the words of OpenAI and of Anthropic, which core's own tests use."""
    emulator.script(albums(FIRST), albums(FIRST))

    program(llm, tool_choice=choice)(topic="songs")
    await program(llm, tool_choice=choice).acall(topic="songs")

    assert [request.json.get("tool_choice") for request in emulator.requests] == [member] * 2


async def test_a_program_without_a_call_says_what_came(llm: MiniMax, emulator: Emulator) -> None:
    """An error, not a string in place of an object."""
    emulator.script(*[Reply(text="Here is a great album.")] * 2)

    with pytest.raises(ValueError, match="tool call"):
        program(llm)(topic="songs")
    with pytest.raises(ValueError, match="tool call"):
        await program(llm).acall(topic="songs")


async def test_a_program_with_wrong_arguments_is_an_error(llm: MiniMax, emulator: Emulator) -> None:
    """Likewise."""
    emulator.script(*[albums({"title": "hello"})] * 2)

    with pytest.raises(ValueError, match="artist"):
        program(llm)(topic="songs")
    with pytest.raises(ValueError, match="artist"):
        await program(llm).acall(topic="songs")


def test_a_field_with_a_default_gets_its_value(llm: MiniMax, emulator: Emulator) -> None:
    """Models with one such field have lost it once."""
    call = ToolCall(name="Names", arguments={"names": ["deep learning", "neural networks"]})
    emulator.script(Reply(tool_calls=[call]))
    made = FunctionCallingProgram.from_defaults(
        output_cls=Names, prompt_template_str="Names of {topic}", llm=llm
    )(topic="fields")

    assert getattr(made, "names", None) == ["deep learning", "neural networks"]


async def test_predict_and_call_raises_on_request(llm: MiniMax, emulator: Emulator) -> None:
    """A tool that fails is reported, or raised with `error_on_tool_error`."""
    emulator.script(*[Reply(tool_calls=[ToolCall(name="Album", arguments={})])] * 4)
    tool = get_function_tool(Album)

    assert llm.predict_and_call([tool], "An album").sources[0].is_error
    assert (await llm.apredict_and_call([tool], "An album")).sources[0].is_error
    with pytest.raises(ValueError, match="artist"):
        llm.predict_and_call([tool], "An album", error_on_tool_error=True)
    with pytest.raises(ValueError, match="artist"):
        await llm.apredict_and_call([tool], "An album", error_on_tool_error=True)


async def test_a_cache_is_filled_as_core_fills_it(embedding: MiniMaxEmbedding) -> None:
    """Other embedding models read the same store."""
    embedding.embeddings_cache = cache = SimpleKVStore()

    vector = embedding.get_text_embedding("Hello")
    avectors = await embedding.aget_text_embedding_batch(["Hello", "World"])

    assert avectors[0] == vector
    for text, expected in zip(["Hello", "World"], avectors, strict=True):
        stored = cache.get(key=text, collection="embeddings")
        assert stored is not None
        assert list(stored.values()) == [expected]
