"""A small JSON Schema validator: the parts that describe the shape of an answer.

It knows `type`, `enum`, `const`, `properties`, `required`, `additionalProperties: false`,
`items`, `anyOf`, `oneOf`, `allOf` and references inside the schema; other keywords are not
looked at. It tells whether the model answered what was asked, nothing finer.
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


def problems_of(value: Any, schema: Mapping[str, Any]) -> list[str]:  # noqa: ANN401 - JSON
    """Return what is wrong with `value`, each with its place; empty if it fits `schema`."""
    return list(_problems(value, schema, schema, "answer"))


def _problems(
    value: Any,  # noqa: ANN401 - JSON
    schema: Mapping[str, Any],
    root: Mapping[str, Any],
    place: str,
) -> Iterator[str]:
    schema = _resolved(schema, root)
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is not one of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{place} is not {schema['const']!r}"
    if (kinds := schema.get("type")) and not _is_of(value, kinds):
        yield f"{place} is not of type {kinds}"
        return
    for part in schema.get("allOf", ()):
        yield from _problems(value, part, root, place)
    for word in ("anyOf", "oneOf"):
        choices = schema.get(word)
        if choices and all(any(_problems(value, one, root, place)) for one in choices):
            yield f"{place} fits none of its {len(choices)} forms"
    if isinstance(value, dict):
        yield from _member_problems(value, schema, root, place)
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        for position, item in enumerate(value):
            yield from _problems(item, items, root, f"{place}[{position}]")


def _member_problems(
    value: dict[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], place: str
) -> Iterator[str]:
    known = schema.get("properties") or {}
    for name in schema.get("required") or ():
        if name not in value:
            yield f"{place}.{name} is missing"
    for name, member in value.items():
        if isinstance(known.get(name), dict):
            yield from _problems(member, known[name], root, f"{place}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{place}.{name} is not in the schema"


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    seen = 0
    while isinstance(reference := schema.get("$ref"), str) and seen < len(root) + 10:
        target: Any = root
        for step in reference.removeprefix("#").strip("/").split("/"):
            target = target.get(step, {}) if isinstance(target, dict) else {}
        schema, seen = target, seen + 1
    return schema


def _is_of(value: Any, kinds: str | list[str]) -> bool:  # noqa: ANN401 - JSON
    names = [kinds] if isinstance(kinds, str) else kinds
    if isinstance(value, bool):
        return "boolean" in names
    if isinstance(value, float) and value.is_integer() and "integer" in names:
        return True
    return any(isinstance(value, _TYPES.get(name, (object,))) for name in names)
