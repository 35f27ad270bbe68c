"""Settings of the chat model that are wrong, and how a model is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

if TYPE_CHECKING:
    from makers import Make


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"thinking": "on"}, "'adaptive'"),
        ({"thinking": {"type": "on"}}, "'adaptive'"),
        ({"reasoning_effort": "hi"}, "'high'"),
        ({"service_tier": "flex"}, "'priority'"),
        ({"model": ""}, "at least 1 character"),
    ],
)
def test_a_wrong_word_is_refused_where_the_model_is_made(
    chat: Make, wrong: dict[str, Any], told: str
) -> None:
    """Not at the first call; the error names what there is."""
    with pytest.raises(ValidationError, match=told):
        chat(**wrong)


@pytest.mark.parametrize(
    "right",
    [
        {"model": "MiniMax-M3", "thinking": True},
        {"thinking": {"type": "enabled"}, "reasoning_effort": "none"},
        {"reasoning_effort": "minimal", "service_tier": "auto"},
    ],
)
def test_new_models_and_words_of_other_providers_are_taken(
    chat: Make, right: dict[str, Any]
) -> None:
    """What the package does not know yet may exist."""
    assert chat(**right).invoke("Hello!").text
    assert chat(**right | {"model": "MiniMax-M9-preview"}).model == "MiniMax-M9-preview"


def test_a_model_shows_which_it_is(chat: Make) -> None:
    """And not its twenty abilities."""
    shown = repr(chat())

    assert shown.startswith("ChatMiniMax(model='MiniMax-M3'")
    assert "profile" not in shown
