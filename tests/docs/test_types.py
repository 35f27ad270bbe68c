"""Type checkers accept what the pages show, also without pydantic's plugin for mypy."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest
from pages import ROOT, blocks_of

from minimax_adapters.api import (
    ChatRequest,
    SpeechOptions,
    SpeechRequest,
    SpeechTaskOptions,
    SpeechTaskRequest,
)
from minimax_adapters.api.wire import arguments

if TYPE_CHECKING:
    from pathlib import Path

# What belongs to the frameworks is theirs; these pages show the client alone.
NAMES: Final = ("client", "speech")
# Pages look at `reply.usage` without asking whether it is there, as they know that it is.
ALLOWED: Final = ("union-attr", "operator")
REQUESTS: Final = [ChatRequest, SpeechOptions, SpeechRequest, SpeechTaskOptions, SpeechTaskRequest]


@pytest.mark.thorough
def test_the_pages_of_the_client_are_well_typed(tmp_path: Path) -> None:
    """Each dict that does as well as a class is accepted, and so is each call."""
    pytest.importorskip("mypy")
    for name in NAMES:
        # The empty lines let mypy name the line of the page.
        code = ""
        for block in blocks_of(ROOT / "docs" / f"{name}.md"):
            code += "\n" * (block.line - code.count("\n")) + block.code
        (tmp_path / f"{name}_page.py").write_text(code, encoding="utf-8")
    (tmp_path / "mypy.ini").write_text("[mypy]\n", encoding="utf-8")
    options = ["--check-untyped-defs", "--allow-redefinition", "--no-incremental"]
    options += [f"--disable-error-code={code}" for code in ALLOWED]

    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *(f"{name}_page.py" for name in NAMES)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("request_class", REQUESTS)
def test_type_checkers_know_each_member(request_class: type[ChatRequest]) -> None:
    """None is forgotten, and none is required that is not."""
    known = getattr(arguments, f"{request_class.__name__}Arguments").__annotations__
    fields = request_class.model_fields

    assert known.keys() == fields.keys()
    # As text, since `__required_keys__` knows nothing of annotations that are not evaluated.
    required = {name for name, kind in known.items() if "Required[" in str(kind)}
    assert required == {name for name in fields if fields[name].is_required()}
