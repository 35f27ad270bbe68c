"""Test modules of other folders, to be run from cassettes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any, Final

TESTS: Final = Path(__file__).resolve().parents[1]


def load(file: str) -> Any:  # noqa: ANN401 - a module
    """Return the module at `file` in the folder of tests, under a name of its own."""
    name = f"borrowed_{file.replace('/', '_').removesuffix('.py')}"
    spec = importlib.util.spec_from_file_location(name, TESTS / file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def borrow(file: str) -> dict[str, Any]:
    """Return the tests and fixtures of the module at `file`."""
    members = vars(load(file))
    return {
        name: value
        for name, value in members.items()
        if name.startswith(("test_", "Test")) or "fixture" in type(value).__name__.lower()
    }
