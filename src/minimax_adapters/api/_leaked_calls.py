"""Tool calls that a model writes as text, in the markup of its own template.

The M2 models do so now and then (MiniMax-AI/MiniMax-M2.5 issue 10):
an agent would end with the markup as its answer, and the call would never be made.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from minimax_adapters.api.wire.chat import Tool

_OPEN: Final = "<minimax:tool_call>"
_CLOSE: Final = "</minimax:tool_call>"
_INVOKE: Final = re.compile(r"""<invoke\s+name\s*=\s*["']?([^"'<>]+?)["']?\s*>""")
_PARAMETER: Final = re.compile(r"""<parameter\s+name\s*=\s*["']?([^"'<>]+?)["']?\s*>""")
_NAMES: Final = {bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}

Fragment = dict[str, Any]


class LeakedCalls:
    """Takes calls of the tools on offer out of a text, wherever the stream cuts it.

    Markup that is quoted in backticks, or that calls what was not on offer, is text. State:
    `found` the calls since they were last taken, as fragments of the wire, `_held` text that may
    still become a call, `_inside` that its opening tag is complete, `_after_call` that blanks are
    to be dropped, `_any` that a call was taken, `_last` the last character returned.
    """

    __slots__ = ("_after_call", "_any", "_held", "_inside", "_last", "_parameters", "found")

    def __init__(self, tools: Sequence[Tool]) -> None:
        self.found: list[Fragment] = []
        self._parameters = {
            tool["function"]["name"]: tool["function"].get("parameters") or {} for tool in tools
        }
        self._held: list[str] = []
        self._inside = False
        self._after_call = False
        self._any = False
        self._last = ""

    def feed(self, text: str) -> str:
        """Return the text that is certain to be no call."""
        if not self._parameters:
            return text
        if self._inside:
            self._held.append(text)
            # Only the end of a tag can end a call, and looking is slow in a long one.
            return self._split("".join(self._held)) if ">" in text else ""
        if not self._held and not self._after_call and "<" not in text:
            self._last = text[-1:] or self._last
            return text
        return self._split("".join([*self._held, text]))

    def flush(self) -> str:
        """Return what was held back when the text ends; a call may lack its closing tag."""
        held, self._held = "".join(self._held), []
        if self._inside and (calls := self._calls(held)):
            self.found += calls
            return ""
        return held

    def take(self) -> list[Fragment]:
        """Return the calls found since the last time."""
        found, self.found = self.found, []
        self._any = self._any or bool(found)
        return found

    def finish_reason(self, given: str | None) -> str | None:
        """Return why the answer ended: a server that took the calls for text says `stop`."""
        return "tool_calls" if self._any and given == "stop" else given

    def _split(self, text: str) -> str:
        kept: list[str] = []
        self._held, self._inside = [], False
        if self._after_call:
            text = text.lstrip()
        while (start := text.find(_OPEN)) >= 0:
            before = text[:start]
            if (before[-1:] or self._last) == "`":
                end = start + len(_OPEN)
            elif (closing := text.find(_CLOSE, start)) < 0:
                self._held, self._inside = [text[start:]], True
                return self._certain(kept, before)
            elif calls := self._calls(text[start:closing]):
                self.found += calls
                self._certain(kept, before)
                self._after_call = True
                text = text[closing + len(_CLOSE) :].lstrip()
                continue
            else:
                end = closing + len(_CLOSE)
            self._certain(kept, text[:end])
            text = text[end:]
        opening = text.rfind("<", max(0, len(text) - len(_OPEN) + 1))
        if opening >= 0 and _OPEN.startswith(text[opening:]):
            self._held = [text[opening:]]
            text = text[:opening]
        return self._certain(kept, text)

    def _certain(self, kept: list[str], text: str) -> str:
        if text:
            kept.append(text)
            self._last = text[-1]
            self._after_call = False
        return "".join(kept)

    def _calls(self, markup: str) -> list[Fragment]:
        calls = []
        for name, body in _elements(markup, _INVOKE, "</invoke>"):
            if name not in self._parameters:
                return []
            schema = self._parameters[name]
            arguments = {
                key: _value(text, _types(schema, key))
                for key, text in _elements(body, _PARAMETER, "</parameter>")
            }
            calls.append({"function": {"name": name, "arguments": to_json(arguments).decode()}})
        return calls


def _elements(markup: str, opening: re.Pattern[str], closing: str) -> Iterator[tuple[str, str]]:
    """Return name and content of each complete element."""
    at = 0
    while (tag := opening.search(markup, at)) and (end := markup.find(closing, tag.end())) >= 0:
        yield tag[1], markup[tag.end() : end]
        at = end + len(closing)


def _types(schema: dict[str, Any], key: str) -> set[str]:
    """Return the JSON types that `schema` allows for its property `key`; none if it says none."""
    types: set[str] = set()
    properties = schema.get("properties")
    waiting = [properties.get(key)] if isinstance(properties, dict) else []
    definitions = schema.get("$defs")
    seen = 0
    while waiting and seen < len(schema) + 100:  # References may go round in circles.
        seen += 1
        part = waiting.pop()
        if not isinstance(part, dict):
            continue
        named = part.get("type")
        types.update(named if isinstance(named, list) else [named] if named else [])
        for kind in ("anyOf", "oneOf", "allOf"):
            waiting += part.get(kind) or []
        reference = str(part.get("$ref") or "").rpartition("/")[2]
        if reference and isinstance(definitions, dict):
            waiting.append(definitions.get(reference))
    return types


def _value(text: str, types: set[str]) -> object:
    """Return what the template wrote as `text`: strings bare, everything else as JSON."""
    text = text.removeprefix("\n").removesuffix("\n")
    bare = text.strip()
    if types == {"string"} or (not types and not bare.startswith(("{", "["))):
        return text
    lowered = {"True": "true", "False": "false", "None": "null"}.get(bare, bare)
    try:
        value = from_json(lowered)
    except ValueError:
        return text
    name = "null" if value is None else _NAMES.get(type(value), "string")
    fits = name in types or (name == "integer" and "number" in types)
    return text if "string" in types and not fits else value
