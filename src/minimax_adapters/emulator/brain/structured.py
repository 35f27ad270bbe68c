"""Answers that shall be JSON: the schema, found in the request or in the prompt, filled."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.emulator._json import dumps

from .arguments import Filler
from .choices import choose_option

if TYPE_CHECKING:
    from .dialogue import Conversation

ASKED: Final = re.compile(r"\bJSON\b")
INSTRUCTION: Final = re.compile(r"\bJSON\b|\bschema\b|^\s*```")
KEYS: Final = re.compile(r"[\"'`](\w+)[\"'`]")
KEY_SENTENCE: Final = re.compile(
    r"[^.\n]*\b(?:keys?|fields?|members?|properties)\b[^.\n]*", re.IGNORECASE
)
EXAMPLE_CHOICE: Final = re.compile(r"\"?choice\"?\s*:.*\"?reason\"?\s*:", re.DOTALL)


def wanted_schema(conversation: Conversation) -> dict[str, Any] | None:
    """Return the schema of the JSON that is wanted, None if no JSON is."""
    form = conversation.response_format
    if form.get("type") == "json_schema":
        schema = form.get("json_schema", {}).get("schema")
        return schema if isinstance(schema, dict) else {}
    prompt = f"{conversation.system}\n{conversation.asked}"
    if form.get("type") != "json_object" and not ASKED.search(prompt):
        return None
    schema, _ = embedded_schema(prompt)
    return schema or shown_schema(prompt, must=form.get("type") == "json_object")


def shown_schema(prompt: str, *, must: bool) -> dict[str, Any] | None:
    """Return the schema that a prompt tells in words: by an example, or by naming the keys."""
    if EXAMPLE_CHOICE.search(prompt):
        return selection_schema()
    keys = [key for found in KEY_SENTENCE.findall(prompt) for key in KEYS.findall(found)]
    if must and not keys:
        keys = ["answer"]
    if not keys:
        return None
    members = {key: {"type": "string"} for key in keys}
    return {"type": "object", "properties": members, "required": keys}


def around_schema(text: str) -> str:
    """Return `text` without an embedded schema and the instructions that come with it."""
    text = unescaped(text)
    schema, end = embedded_schema(text)
    if schema is None:
        return text
    lines = f"{text[: text.find('{')]}\n{text[end:]}".splitlines()
    return "\n".join(line for line in lines if not INSTRUCTION.search(line))


def unescaped(text: str) -> str:
    """Return `text` with plain braces: templates double them, and some reach the model so."""
    return text.replace("{{", "{").replace("}}", "}") if "{{" in text else text


def embedded_schema(prompt: str) -> tuple[dict[str, Any] | None, int]:
    """Return the last JSON schema that stands in `prompt`, and where it ends."""
    prompt = unescaped(prompt)
    decoder = json.JSONDecoder()
    found: tuple[dict[str, Any] | None, int] = None, 0
    place = prompt.find("{")
    while place >= 0:
        try:
            value, end = decoder.raw_decode(prompt, place)
        except ValueError:
            end = place + 1
        else:
            if isinstance(value, dict) and isinstance(value.get("properties"), dict):
                found = value, end
        place = prompt.find("{", end)
    return found


def selection_schema() -> dict[str, Any]:
    """Return the schema of LlamaIndex's selections, which its prompt shows by example only."""
    entry = {
        "type": "object",
        "properties": {"choice": {"type": "integer"}, "reason": {"type": "string"}},
        "required": ["choice", "reason"],
    }
    return {"type": "array", "items": entry, "minItems": 1, "maxItems": 1}


def fill_schema(schema: dict[str, Any], conversation: Conversation) -> str:
    """Return JSON text of `schema`."""
    asked = conversation.asked
    shown = EXAMPLE_CHOICE.search(asked)
    text = "" if shown else KEY_SENTENCE.sub(" ", around_schema(conversation.question))
    value = Filler(schema, text, conversation.context()).fill(schema)
    option = choose_option(asked)
    if option is not None and isinstance(value, list) and value and isinstance(value[0], dict):
        value[0] |= {"choice": option} if "choice" in value[0] else {}
    return dumps(value)
