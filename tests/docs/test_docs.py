"""Every page of the documentation runs, and prints what it says.

The ```python blocks of a page run in order, in one namespace, like cells of a notebook. A ```text
block directly behind one is what it prints. Fragments that cannot run have another fence.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import types
from typing import TYPE_CHECKING, Final

import pytest
from pages import PAGES, blocks_of

from minimax_adapters.emulator import Emulator

if TYPE_CHECKING:
    from pathlib import Path

LINK: Final = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")


# What LangChain, LlamaIndex and pydantic do to each other; warnings of ours stay errors.
@pytest.mark.filterwarnings("ignore:Skipping serialization of known unserializable key")
@pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning")
@pytest.mark.filterwarnings(
    "ignore:The `__fields(_set)?__` attribute:pydantic.warnings.PydanticDeprecatedSince20"
)
@pytest.mark.filterwarnings(
    "ignore:Accessing the 'model_:pydantic.warnings.PydanticDeprecatedSince211"
)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block runs behind those before it, and prints what the page shows."""
    blocks = blocks_of(page)
    if not blocks:
        return
    monkeypatch.chdir(tmp_path)
    # pydantic and LlamaIndex look a class's annotations up in its module.
    module = types.ModuleType(f"docs_{page.stem.lower()}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with Emulator(voice="synthetic") as emulator:
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        for block in blocks:
            # The empty lines let a traceback name the line of the page.
            code = compile("\n" * block.line + block.code, str(page), "exec")
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(code, module.__dict__)  # noqa: S102 - the page is ours
            if block.shown is not None:
                where = f"{page.name}, line {block.line}"
                assert printed.getvalue().splitlines() == block.shown.splitlines(), where


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_files(page: Path) -> None:
    """A link to a file of this repository leads to one that is there."""
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing
