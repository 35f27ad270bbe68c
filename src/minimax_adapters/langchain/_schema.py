"""A small JSON Schema validator: the parts that describe the shape of an answer.

It knows `type`, `enum`, `const`, `properties`, `required`, `additionalProperties`,
`items`, `anyOf`, `oneOf` (as `anyOf`), `allOf` and references inside the schema; other keywords
are not looked at. It tells whether the model answered what was asked, nothing finer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def problems_of(value: object, schema: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with `value`, each with its place; empty if it fits `schema`."""
    return list(_Validator(schema).problems(value, schema, "answer"))


class _Validator:
    """Validates values by a schema and what it refers to inside of itself."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def problems(
        self,
        value: object,
        schema: object,
        place: str,
        followed: frozenset[str] = frozenset(),
    ) -> Iterator[str]:
        """Yield what is wrong with `value`; `followed` are the references that led here."""
        if not isinstance(schema, dict):
            if schema is False:
                yield f"{place} is not allowed"
            return
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference not in followed:
            further = followed | {reference}
            yield from self.problems(value, self._target(reference), place, further)
        if "enum" in schema and not any(_is_same(value, one) for one in schema["enum"]):
            yield f"{place} is not one of {schema['enum']}"
        if "const" in schema and not _is_same(value, schema["const"]):
            yield f"{place} is not {schema['const']!r}"
        if (kinds := schema.get("type")) and not _is_of(value, kinds):
            yield f"{place} is not of type {kinds}"
            return
        yield from self._of_parts(value, schema, place, followed)
        if isinstance(value, dict):
            yield from self._of_members(value, schema, place)
        if isinstance(value, list):
            for position, item in enumerate(value):
                yield from self.problems(item, schema.get("items", True), f"{place}[{position}]")

    def _of_parts(
        self,
        value: object,
        schema: Mapping[str, Any],
        place: str,
        followed: frozenset[str],
    ) -> Iterator[str]:
        for part in schema.get("allOf", ()):
            yield from self.problems(value, part, place, followed)
        for word in ("anyOf", "oneOf"):
            choices = schema.get(word)
            if choices and all(any(self.problems(value, one, place, followed)) for one in choices):
                yield f"{place} fits none of its {len(choices)} forms"

    def _of_members(
        self, value: dict[str, Any], schema: Mapping[str, Any], place: str
    ) -> Iterator[str]:
        known = schema.get("properties") or {}
        others = schema.get("additionalProperties", True)
        for name in schema.get("required") or ():
            if name not in value:
                yield f"{place}.{name} is missing"
        for name, member in value.items():
            if name not in known and others is False:
                yield f"{place}.{name} is not in the schema"
            else:
                yield from self.problems(member, known.get(name, others), f"{place}.{name}")

    def _target(self, reference: str) -> object:
        """Return what a reference leads to; what is not here allows everything."""
        target: Any = self._root
        for step in filter(None, reference.removeprefix("#").split("/")):
            target = target.get(step, True) if isinstance(target, dict) else True
        return target


def _is_same(one: object, other: object) -> bool:
    """Return whether two values are equal as JSON, where true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(one[k], other[k]) for k in one)
    return bool(one == other)


def _is_of(value: object, kinds: str | list[str]) -> bool:
    names = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, bool):
        return "boolean" in names
    if isinstance(value, float) and value.is_integer() and "integer" in names:
        return True
    return any(isinstance(value, _TYPES.get(name, (object,))) for name in names)
