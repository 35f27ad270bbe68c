"""The package as it is installed: names, import, examples."""

from __future__ import annotations

import doctest
from importlib import import_module
from importlib.metadata import files
from typing import TYPE_CHECKING, Any

import pytest

import minimax_adapters.llama_index as package

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator


def test_the_names_are_these() -> None:
    """And `dir()` shows them before they are imported."""
    assert package.__all__ == [
        "BrokenToolCallError",
        "MiniMax",
        "MiniMaxEmbedding",
        "MiniMaxSpeech",
        "MiniMaxToolSpec",
        "NoToolCallError",
        "UnknownArgumentError",
        "UnspeakableError",
    ]
    assert set(package.__all__) <= set(dir(package))
    assert all(getattr(package, name).__name__ == name for name in package.__all__)
    with pytest.raises(AttributeError, match="no attribute 'MiniMaxi'"):
        getattr(package, "MiniMaxi")  # noqa: B009 - mypy knows that it is missing


def test_nothing_is_installed_under_llama_index() -> None:
    """Two distributions that own one path overwrite each other."""
    paths = [str(path) for path in files("minimax-adapters") or ()]

    assert not [path for path in paths if path.startswith("llama_index")]


@pytest.mark.parametrize("module", ["llm", "embedding", "speech", "tool_spec"])
def test_the_examples_of_the_docstrings_run(
    module: str, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they stand, against the emulator."""
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    target: Any = import_module(f"minimax_adapters.llama_index.{module}")

    result = doctest.testmod(target)

    assert result.attempted > 0
    assert result.failed == 0
