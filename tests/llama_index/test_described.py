"""What `help()`, notebooks and JSON schemas say of each argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding, MiniMaxSpeech

if TYPE_CHECKING:
    from pydantic import BaseModel

CLASSES: Final = [MiniMax, MiniMaxEmbedding, MiniMaxSpeech]
# LlamaIndex says nothing of these.
SILENT: Final = {"callback_manager", "pydantic_program_mode"}


def test_an_object_shows_its_model_and_what_was_set() -> None:
    """Not its defaults, of which LlamaIndex has many; never the key."""
    assert repr(MiniMax(api_key="k", temperature=0.2)) == (
        "MiniMax(model='MiniMax-M3', temperature=0.2)"
    )
    assert repr(MiniMaxEmbedding(api_key="k")) == "MiniMaxEmbedding(model_name='embo-01')"
    assert repr(MiniMaxSpeech("speech-2.8-turbo", voice="x")) == (
        "MiniMaxSpeech(model='speech-2.8-turbo', voice_id='x')"
    )


@pytest.mark.parametrize("model", CLASSES)
def test_each_argument_is_described(model: type[BaseModel]) -> None:
    """In the schema that tools read, and in the docstring that people read."""
    described = {name for name, field in model.model_fields.items() if field.description}

    assert model.model_fields.keys() - SILENT <= described
    assert all(f"\n        {name}: " in str(model.__doc__) for name in described)
