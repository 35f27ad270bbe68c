"""What `help()`, notebooks and JSON schemas say of each argument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech

if TYPE_CHECKING:
    from pydantic import BaseModel

CLASSES: Final = [ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech]


def own_fields(model: type[BaseModel]) -> set[str]:
    """Return the names of the fields that are not LangChain's."""
    bases = [base for base in model.__mro__ if base.__module__.startswith("langchain")]
    theirs = {name for base in bases for name in getattr(base, "model_fields", ())}
    return model.model_fields.keys() - theirs


@pytest.mark.parametrize("model", CLASSES)
def test_each_argument_is_described(model: type[BaseModel]) -> None:
    """In the schema that tools read, and in the docstring that people read."""
    described = {name for name, field in model.model_fields.items() if field.description}

    assert own_fields(model) <= described
    assert all(f"\n        {name}: " in str(model.__doc__) for name in described)


def test_the_first_argument_is_the_model() -> None:
    """What people look for comes before what connects."""
    arguments = str(ChatMiniMax.__doc__).partition("    Args:\n")[2]

    assert arguments.startswith("        model: Id of a chat model")
    assert max(map(len, arguments.splitlines())) <= 100
