"""The published schemas of MiniMax's API, to hold the emulator's answers against."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema

SCHEMAS = Path(__file__).parents[1] / "contract" / "schemas"


@functools.cache
def validator(name: str) -> Any:  # noqa: ANN401  # jsonschema has no types.
    """Return the validator of a published schema."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text("utf-8"))
    return jsonschema.Draft202012Validator(schema)
