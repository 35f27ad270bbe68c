"""Arguments that fit a JSON schema, taken from the conversation where it says them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from .choices import choose_option
from .material import Material, material, near
from .phrases import shaped, string_for
from .schemas import Schema, alternatives, kind_of, resolve
from .words import stem, terms, words

if TYPE_CHECKING:
    from collections.abc import Sequence

DEPTH: Final = 8
BEGINNING: Final = 4
CHOOSING: Final = frozenset({"index", "choice", "selection"})
COMPOSED: Final = frozenset({"const", "enum", "$ref", "anyOf", "oneOf", "allOf"})
PLAIN: Final = frozenset({"type", "title", "description"})
NEGATION: Final = frozenset(
    {"no", "not", "without", "never", "disabl", "off", "false", "n't", "dont"}
)


class Filler:
    """Fills schemas from one text.

    State: `_spent` counts what was used, so that `a` and `b` get different numbers.
    """

    def __init__(
        self, root: Schema, question: str, background: str = "", results: str = ""
    ) -> None:
        self._root = root
        self._material = material(question)
        self._results = material(results)
        self._background = material(background)
        self._spent: set[tuple[str, int]] = set()

    def fill(
        self, schema: Schema, name: str = "", depth: int = 0, *, optional: bool = False
    ) -> object:
        """Return a value of `schema`; None also means that an optional value is unknown."""
        schema = resolve(schema, self._root)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._choose(schema, optional=optional)
        options = alternatives(schema, self._root)
        if len(options) > 1:
            return self._one_of(options, name, depth, optional=optional)
        return self._plain(options[0], name, depth, optional=optional)

    def _plain(self, schema: Schema, name: str, depth: int, *, optional: bool) -> object:
        if not COMPOSED.isdisjoint(schema):
            return self.fill(schema, name, depth + 1, optional=optional)
        kind = kind_of(schema)
        if kind == "array":
            return self._array(schema, name, depth, optional=optional)
        if kind == "object":
            mentioned = bool(set(words(name.replace("_", " "))) & self._material.stems)
            return None if optional and not mentioned else self.members(schema, depth)
        scalars = {
            "integer": self._number,
            "number": self._number,
            "boolean": self._boolean,
            "null": lambda *_, **__: None,
        }
        return scalars.get(kind, self._string)(schema, name, optional=optional)

    def members(self, schema: Schema, depth: int = 0) -> dict[str, Any]:
        """Return an object of `schema`: all required members and the known optional ones."""
        schema = resolve(schema, self._root)
        required = schema.get("required") or []
        if depth > 2 * DEPTH:
            return {}  # Only a schema without an end comes this far.
        filled: dict[str, Any] = {}
        for name, member in (schema.get("properties") or {}).items():
            needed = name in required
            if depth >= DEPTH and not needed:
                continue
            value = self.fill(member, name, depth + 1, optional=not needed)
            if value is not None or (needed and self._takes_null(member)):
                filled[name] = value
        for name in required:
            if name not in filled:
                member = (schema.get("properties") or {}).get(name, {})
                filled[name] = self.fill(member, name, depth + 1)
        return filled

    def _takes_null(self, schema: Schema) -> bool:
        options = alternatives(resolve(schema, self._root), self._root)
        return any(kind_of(resolve(one, self._root)) == "null" for one in options)

    def _choose(self, schema: Schema, *, optional: bool) -> object:
        options: list[Any] = schema["enum"]
        stems = self._material.stems
        lowered = self._material.text.lower()
        for option in options:
            wanted = set(words(str(option)))
            if str(option).lower() in lowered.split() or (wanted and wanted <= stems):
                return option
        # "warm" chooses "warmth": a shared beginning is better than the first of the list.
        for option in options:
            beginning = str(option).lower()[:BEGINNING]
            if any(text[:BEGINNING] == beginning for text in stems if len(text) >= BEGINNING):
                return option
        if "default" in schema:
            return None if optional else schema["default"]
        return None if optional else options[0]

    def _one_of(
        self, options: Sequence[Schema], name: str, depth: int, *, optional: bool
    ) -> object:
        nullable = any(kind_of(one) == "null" for one in options)
        for option in options:
            if kind_of(option) != "null":
                value = self._plain(option, name, depth, optional=True)
                if value is not None:
                    return value
        if optional or nullable:
            return None
        return self._plain(options[0], name, depth, optional=False)

    def _number(self, schema: Schema, name: str, *, optional: bool) -> int | float | None:
        told = terms(str(schema.get("description", "")))[:6]
        named = {*words(name.replace("_", " ")), *told}
        whole = kind_of(schema) == "integer"
        option = choose_option(self._material.text) if name in CHOOSING else None
        if option is not None:
            return self._bounded(option, schema)
        for source in (self._material, self._results, self._background):
            place = self._pick(source, named, whole=whole, only_named=optional, schema=schema)
            if place is not None:
                self._spent.add((source.text, place))
                return self._bounded(source.numbers[place].whole, schema)
        if optional:
            return None
        if self._material.numbers and not whole:
            return self._bounded(self._material.numbers[0].whole, schema)
        for number in self._material.numbers:
            if isinstance(number.whole, int) and not within(number.whole, schema):
                return self._bounded(number.whole, schema)
        return self._bounded(schema.get("default", 1), schema)

    def _pick(
        self, source: Material, named: set[str], *, whole: bool, only_named: bool, schema: Schema
    ) -> int | None:
        free = [
            place
            for place, number in enumerate(source.numbers)
            if (source.text, place) not in self._spent
            and not (whole and isinstance(number.whole, float))
            and within(number.whole, schema)
        ]
        for place in free:
            if near(source.numbers[place], named):
                return place
        # A number of the background belongs to something else unless its neighbours say otherwise.
        loose = not only_named and source is not self._background
        return free[0] if free and loose else None

    def _bounded(self, value: object, schema: Schema) -> int | float:
        number: int | float = value if isinstance(value, int | float) else 1
        whole = kind_of(schema) == "integer"
        step = schema.get("multipleOf") or (1 if whole else 0)
        low = lowest(schema, whole=whole)
        high = highest(schema, whole=whole)
        number = min(max(number, low), high)
        if step:
            number = math.floor(number / step) * step
            number = number if number >= low else number + step
        if whole or isinstance(step, int):
            return int(number) if number == int(number) else number
        return number

    def _boolean(self, schema: Schema, name: str, *, optional: bool) -> bool | None:
        named = set(terms(name.replace("_", " ")))
        said = [stem(word) for word in self._material.text.lower().replace("n't", " n't").split()]
        for place, word in enumerate(stem(word.strip(".,!?;:'\"")) for word in said):
            if word in named:
                return not NEGATION.intersection(said[max(place - 5, 0) : place + 3])
        if optional:
            return None
        return bool(schema.get("default", True))

    def _array(self, schema: Schema, name: str, depth: int, *, optional: bool) -> list[Any] | None:
        if "prefixItems" in schema:
            return [self.fill(one, name, depth + 1) for one in schema["prefixItems"]]
        items = resolve(schema.get("items") or {}, self._root)
        found = self._listed(items, name, loose=not optional)
        if schema.get("uniqueItems"):
            found = list(dict.fromkeys(found))
        if optional and not found:
            return None
        least, most = schema.get("minItems", 0), schema.get("maxItems", len(found) + 10)
        found = found[:most]
        if not found and depth < DEPTH and not optional:
            least = max(least, min(1, most))
        while len(found) < least:
            value = self.fill(items, name, depth + 1)
            distinct = schema.get("uniqueItems") or set(items) <= PLAIN
            found.append(another(value, items, found) if distinct else value)
        return found

    def _listed(self, items: Schema, name: str, *, loose: bool) -> list[Any]:
        source, kind = self._material, kind_of(items)
        if "enum" in items:
            return [one for one in items["enum"] if set(words(str(one))) <= source.stems]
        if not COMPOSED.isdisjoint(items) or "format" in items:
            return []
        if kind in {"integer", "number"}:
            numbers = [one.whole for one in source.numbers if within(one.whole, items)]
            return [one for one in numbers if kind == "number" or isinstance(one, int)]
        if kind in {"string", "any"}:
            return [shaped(one, items) for one in listed_strings(source, name, loose=loose)]
        return []

    def _string(self, schema: Schema, name: str, *, optional: bool) -> str | None:
        known = material(f"{self._results.text}\n{self._background.text}".strip())
        return string_for(name, schema, (self._material, known), self._spent, optional=optional)


def lowest(schema: Schema, *, whole: bool) -> float:
    """Return the smallest value that `schema` allows."""
    low: float = schema.get("minimum", -math.inf)
    if isinstance(schema.get("exclusiveMinimum"), int | float):
        low = max(low, schema["exclusiveMinimum"] + (1 if whole else 1e-6))
    return low


def highest(schema: Schema, *, whole: bool) -> float:
    """Return the largest value that `schema` allows."""
    high: float = schema.get("maximum", math.inf)
    if isinstance(schema.get("exclusiveMaximum"), int | float):
        high = min(high, schema["exclusiveMaximum"] - (1 if whole else 1e-6))
    return high


def within(value: float, schema: Schema) -> bool:
    """Tell whether `value` is inside the range of `schema`."""
    whole = kind_of(schema) == "integer"
    step = schema.get("multipleOf")
    inside = lowest(schema, whole=whole) <= value <= highest(schema, whole=whole)
    return inside and (not step or math.isclose(value / step, round(value / step)))


def listed_strings(source: Material, name: str, *, loose: bool) -> list[str]:
    """Return the strings that the text lists: after the list's name, quoted, or capitalised."""
    lowered = source.text.lower()
    for label in (name.replace("_", " "), name.replace("_", " ").rstrip("s")):
        start = lowered.find(f"{label}:") if label else -1
        if start >= 0:
            rest = source.text[start + len(label) + 1 :].split("\n")[0].split(". ")[0]
            return [
                part.strip(" .\"'")
                for part in rest.replace(" and ", ",").split(",")
                if part.strip()
            ]
    if len(source.quoted) > 1 or (source.quoted and loose):
        return list(source.quoted)
    names = [part for name in source.names for part in name.split(" and ")]
    return names if loose or len(names) > 1 else []


def another(value: object, schema: Schema, taken: Sequence[Any]) -> object:
    """Return a value unlike those in `taken`, for lists whose items must differ."""
    if value not in taken:
        return value
    if "enum" in schema:
        return next((one for one in schema["enum"] if one not in taken), value)
    if isinstance(value, str):
        return f"{value} {len(taken) + 1}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value + len(taken) * (schema.get("multipleOf") or 1)
    return value
