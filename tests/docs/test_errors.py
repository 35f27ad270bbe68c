"""Each error that a user can meet is where the page of errors says."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import pytest
from pages import ROOT

from minimax_adapters import api, langchain, llama_index, testing

PAGE: Final = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
# Of LangChain's, the page says that the names are longer; these have others.
RENAMED: Final = {"MiniMaxConnectionError", "MiniMaxTimeoutError", "MiniMaxError"}


def below(base: type[BaseException]) -> set[type[BaseException]]:
    """Return `base` and all errors below it."""
    return {base}.union(*(below(error) for error in base.__subclasses__()))


def every_error() -> list[type[BaseException]]:
    """Return the errors of this package, each of which comes with something that it offers."""
    for package in (api, langchain, llama_index, testing):
        for name in package.__all__:
            getattr(package, name)
    found = below(api.MiniMaxError) | below(testing.CassetteError)
    ours = [error for error in found if error.__module__.startswith("minimax_adapters.")]
    return sorted(ours, key=lambda error: (error.__module__, error.__name__))


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_an_error_is_described_and_can_be_imported(error: type[BaseException]) -> None:
    """From the package that the page names, not from a module inside of it."""
    package, name = ".".join(error.__module__.split(".")[:2]), error.__name__
    described = name.removeprefix("MiniMax") if package.endswith("langchain") else name

    assert getattr(import_module(package), name) is error
    assert f"`{package}`" in PAGE
    assert f"`{described}`" in PAGE or name in RENAMED
