"""Every public method has a scenario in both colours: found by watching the scenarios play."""

from __future__ import annotations

import contextlib
import functools
import inspect
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import pytest
from every import SCENARIOS
from scenario import play_tape

from minimax_adapters import api, langchain, llama_index
from minimax_adapters.testing import Tape

if TYPE_CHECKING:
    from collections.abc import Iterator

# The classes whose objects do something; those behind properties of the client have no names.
NAMES: Final = {
    api: ("Client", "AsyncClient", "SpeechSocket", "AsyncSpeechSocket"),
    langchain: ("ChatMiniMax", "MiniMaxEmbeddings", "MiniMaxSpeech", "MiniMaxSpeechTool"),
    llama_index: ("MiniMax", "MiniMaxEmbedding", "MiniMaxSpeech", "MiniMaxToolSpec"),
}
NAMESPACES: Final = ("speech", "voices", "files")
# What sends nothing, so that no cassette can show it.
SENDS_NOTHING: Final = {
    "aclose": "closes; the stage closes what it opened, and LlamaIndex's classes at their end",
    "class_name": "a name",
    "close": "as aclose",
    "get_num_tokens": "counts here",
    "get_num_tokens_from_messages": "counts here",
    "is_lc_serializable": "a constant",
    "model_copy": "changes fields of a copy",
    "model_post_init": "of pydantic",
    "request": "returns what would be sent",
}


def classes() -> list[type]:
    """Return the classes that users call."""
    found = [getattr(module, name) for module, names in NAMES.items() for name in names]
    with api.Client(api_key="k") as client:
        found += [type(getattr(client, name)) for name in NAMESPACES]
    asynchronous = api.AsyncClient(api_key="k")
    return found + [type(getattr(asynchronous, name)) for name in NAMESPACES]


def methods(kind: type) -> Iterator[tuple[type, str]]:
    """Yield the public methods that are ours, with the class that has each."""
    for owner in kind.__mro__:
        if owner.__module__.startswith("minimax_adapters."):
            for name, value in vars(owner).items():
                if not name.startswith("_") and inspect.isfunction(value):
                    yield owner, name


def noting(function: Any, called: set[str]) -> Any:  # noqa: ANN401 - any method
    """Return `function`, which writes down whose it is."""

    @functools.wraps(function)
    def noted(self: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
        called.add(f"{type(self).__module__}.{type(self).__name__}.{function.__name__}")
        return function(self, *arguments, **options)

    return noted


@pytest.mark.thorough
def test_every_public_method_plays_from_a_cassette() -> None:
    """One that is new fails here until it has a scenario."""
    called: set[str] = set()
    wanted: dict[str, tuple[type, str]] = {}
    for kind in classes():
        for owner, name in methods(kind):
            if name not in SENDS_NOTHING:
                wanted.setdefault(f"{kind.__module__}.{kind.__name__}.{name}", (owner, name))

    with contextlib.ExitStack() as stack:
        for owner, name in set(wanted.values()):
            replacement = noting(vars(owner)[name], called)
            stack.enter_context(mock.patch.object(owner, name, replacement))
        for scenario in SCENARIOS.values():
            if not scenario.name.startswith("errors/"):
                for colour in scenario.colours:
                    play_tape(scenario, colour, Tape.load(scenario.path))

    assert sorted(set(wanted) - called) == []


@pytest.mark.parametrize("name", SENDS_NOTHING)
def test_what_is_left_out_exists(name: str) -> None:
    """A reason for a method that is gone is none."""
    assert any(name == method for kind in classes() for _, method in methods_and_more(kind))


def methods_and_more(kind: type) -> Iterator[tuple[type, str]]:
    """Yield class methods too."""
    for owner in kind.__mro__:
        yield from ((owner, name) for name in vars(owner))
