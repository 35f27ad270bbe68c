"""JSON Schema, as far as tools and structured output use it."""

from __future__ import annotations

from typing import Any, Final

Schema = dict[str, Any]

DEPTH: Final = 24


def resolve(schema: Schema, root: Schema) -> Schema:
    """Return `schema` with references followed and `allOf` merged."""
    for _ in range(DEPTH):
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            break
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        schema = lookup(reference, root) | beside
    if "allOf" in schema:
        merged: Schema = {name: value for name, value in schema.items() if name != "allOf"}
        for part in schema["allOf"]:
            merged = merge(merged, resolve(part, root))
        schema = merged
    return schema


def lookup(reference: str, root: Schema) -> Schema:
    """Return what `#/a/b` points to, an empty schema if it points nowhere."""
    target: Any = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        if not step:
            continue
        name = step.replace("~1", "/").replace("~0", "~")
        target = target.get(name, {}) if isinstance(target, dict) else {}
    return target if isinstance(target, dict) else {}


def merge(first: Schema, second: Schema) -> Schema:
    """Return a schema that asks for both."""
    merged = first | second
    for member in ("properties", "$defs"):
        if member in first and member in second:
            merged[member] = first[member] | second[member]
    if "required" in first and "required" in second:
        merged["required"] = [*first["required"], *second["required"]]
    return merged


def alternatives(schema: Schema, root: Schema) -> list[Schema]:
    """Return the schemas `schema` lets choose from; just itself if it is plain."""
    for member in ("anyOf", "oneOf"):
        if schema.get(member):
            beside = {name: value for name, value in schema.items() if name != member}
            return [merge(beside, resolve(one, root)) for one in schema[member]]
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return [schema | {"type": kind} for kind in kinds]
    return [schema]


def kind_of(schema: Schema) -> str:
    """Return the type that values of `schema` have; `any` if it does not say."""
    kind = schema.get("type")
    if isinstance(kind, str):
        return kind
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    if "items" in schema or "prefixItems" in schema:
        return "array"
    for value in (schema.get("enum") or [None])[:1]:
        if isinstance(value, str):
            return "string"
    return "any"
