"""The example of each public class runs as it is written."""

from __future__ import annotations

import doctest
import importlib
from typing import TYPE_CHECKING

import pytest

import minimax_adapters.langchain as package

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

WITH_EXAMPLE = {
    "ChatMiniMax",
    "MiniMaxEmbeddings",
    "MiniMaxSpeech",
    "MiniMaxSpeechTool",
    "audio_block",
    "cost_of_reply",
    "register_with_langchain",
}


@pytest.mark.parametrize("name", sorted(WITH_EXAMPLE))
def test_example_runs(name: str, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the emulator, with nothing but the environment set."""
    for variable, value in emulator.environment.items():
        monkeypatch.setenv(variable, value)
    thing = getattr(package, name)
    module = importlib.import_module(thing.__module__)
    (test,) = [
        one
        for one in doctest.DocTestFinder(recurse=False).find(thing, name, module=module)
        if one.examples
    ]

    result = doctest.DocTestRunner().run(test)

    assert result.failed == 0
    assert result.attempted > 0


def test_example_of_the_errors_runs(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """They share one: each says in a line when it is raised."""
    for variable, value in emulator.environment.items():
        monkeypatch.setenv(variable, value)

    result = doctest.testmod(importlib.import_module("minimax_adapters.langchain.errors"))

    assert result.failed == 0
    assert result.attempted > 0


def test_every_public_name_can_be_imported_and_is_listed() -> None:
    """Most are imported when they are first used."""
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    assert set(package.__all__) <= set(dir(package))
    assert package.__all__ == sorted(package.__all__)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = package.nothing_like_it
