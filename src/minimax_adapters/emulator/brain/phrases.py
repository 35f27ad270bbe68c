"""Strings for arguments: by format, by the name of the parameter, or in the model's own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from .creative import invent
from .material import EXPRESSION, Material
from .patterns import example_of
from .reading import answer_from
from .words import listed_words, stem, terms, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Sources = tuple[Material, Material]

WHOLE: Final = frozenset(
    listed_words(
        """
    query question q input text prompt search request topic message content sentence keyword
    keywords statement document passage code task instruction
    """
    )
)
PLACES: Final = frozenset(
    listed_words(
        """
    location city place country town region destination origin address state area
    """
    )
)
PERSONS: Final = frozenset(
    listed_words(
        """
    name person customer artist singer composer user author title who recipient
    """
    )
)
DETAILS: Final = frozenset(["description", "details", "notes", "note", "body", "comment"])
SHORT: Final = frozenset(
    stem(word) for word in ("style", "color", "colour", "topic", "subject", "language", "animal")
)
PREPOSITIONS: Final = {
    "origin": ("from",),
    "source": ("from",),
    "from": ("from",),
    "sender": ("from",),
    "destination": ("to", "for"),
    "target": ("to", "into"),
    "to": ("to",),
    "recipient": ("to",),
}
CUE: Final = re.compile(r"\b(?:named|called|titled|entitled)\s+(\S+(?: [A-Z]\S*)*)")
COMMANDS: Final = re.compile(
    r"\s*(?:please )?(?:use|using|call) (?:the |an? |your )?[\w ]{0,40}?(?:tools?|functions?)\b"
    r"[.,!:]?\s*",
    re.IGNORECASE,
)
DEFAULTS: Final[dict[str, str]] = {
    "date": "2026-11-21",
    "date-time": "2026-11-21T09:00:00Z",
    "time": "09:00:00",
    "email": "user@example.com",
    "uri": "https://example.com",
    "url": "https://example.com",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.com",
    "duration": "PT1H",
}


def string_for(
    name: str,
    schema: dict[str, Any],
    sources: Sources,
    spent: set[tuple[str, int]],
    *,
    optional: bool,
) -> str | None:
    """Return the string for the parameter `name`, None for an unknown optional one."""
    value = formatted(schema, sources, optional=optional)
    if value is None and "format" not in schema:
        value = stated(name, schema, sources, spent)
    if value is None and optional:
        return None
    if value is None:
        default = schema.get("default")
        value = default if isinstance(default, str) else invent(name, schema, sources[0].text)
    return shaped(value, schema)


def shaped(value: str, schema: dict[str, Any]) -> str:
    """Return `value` as pattern and lengths demand."""
    pattern = schema.get("pattern")
    if pattern and not re.search(pattern, value):
        found = re.search(pattern.strip("^$"), value)
        value = found[0] if found and re.search(pattern, found[0]) else example_of(pattern)
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if len(value) < least:
        value = (value or "x") + "." * (least - len(value or "x"))
    return value if most is None else value[:most]


def formatted(schema: dict[str, Any], sources: Sources, *, optional: bool) -> str | None:
    """Return a string of the schema's format."""
    form = schema.get("format")
    if form not in DEFAULTS:
        return None
    pick: dict[str, Callable[[Material], Sequence[str]]] = {
        "date": lambda source: source.dates,
        "date-time": lambda source: [f"{date}T09:00:00Z" for date in source.dates],
        "time": lambda source: source.times,
        "email": lambda source: source.emails,
        "uri": lambda source: source.urls,
        "url": lambda source: source.urls,
    }
    for source in sources if form in pick else ():
        for value in pick[form](source):
            return value
    return None if optional else DEFAULTS[form]


def stated(
    name: str, schema: dict[str, Any], sources: Sources, spent: set[tuple[str, int]]
) -> str | None:
    """Return what the conversation says for `name`."""
    question, background = sources
    parts = set(name.lower().replace("-", "_").split("_"))
    said = by_label(name, question) or by_kind(parts, question)
    if said:
        return said
    if parts & PLACES or parts & set(PREPOSITIONS):
        placed = by_preposition(parts, question, spent) or unspent(question.names, "names", spent)
        if placed or parts & PLACES:
            return placed or unspent(background.names, "background", spent)
    if parts & PERSONS:
        named = CUE.search(question.text)
        return (
            unspent(question.quoted, "quoted", spent)
            or (named[1].strip(".,'\"") if named else None)
            or unspent(question.names, "names", spent)
            or unspent(background.names, "background", spent)
        )
    if parts & DETAILS and " - " in question.text:
        return question.text.rpartition(" - ")[2].rstrip(".") or None
    if parts & WHOLE:
        quoted = unspent(question.quoted, "quoted", spent)
        return quoted or COMMANDS.sub(" ", question.text).strip() or None
    return by_relation(name, schema, sources, spent)


def by_label(name: str, source: Material) -> str | None:
    """Return what follows "name:" or "name is" in the text."""
    label = re.escape(name.replace("_", " "))
    found = re.search(
        rf"\b{label}\s*(?:=|:|\bis\b|\bof\b)\s*[\"'\u201c]?([^\n,;\"'\u201d]+?)[\"'\u201d]?\s*(?:[,;\n]|\.(?:\s|$)|$)",
        source.text,
        re.IGNORECASE,
    )
    return found[1].strip() if found and not found[1].strip().endswith("?") else None


def by_kind(parts: set[str], source: Material) -> str | None:
    """Return what the kind of parameter says: addresses, dates, expressions."""
    kinds: tuple[tuple[set[str], Sequence[str]], ...] = (
        ({"email", "mail"}, source.emails),
        ({"url", "link", "uri", "website"}, source.urls),
        ({"date", "day"}, source.dates),
        ({"time"}, source.times),
    )
    for wanted, values in kinds:
        if parts & wanted and values:
            return values[0]
    if parts & {"expression", "equation", "formula", "calculation"}:
        found = EXPRESSION.search(source.text)
        return found[0].strip() if found else None
    return None


def by_preposition(parts: set[str], source: Material, spent: set[tuple[str, int]]) -> str | None:
    """Return the capitalised phrase after the preposition that fits a place."""
    wanted = next(
        (PREPOSITIONS[part] for part in parts if part in PREPOSITIONS), ("in", "at", "near", "for")
    )
    for place, name in enumerate(source.names):
        if any(re.search(rf"\b{word} (?:the )?{re.escape(name)}", source.text) for word in wanted):
            spent.add(("names", place))
            return name
    return None


def by_relation(
    name: str, schema: dict[str, Any], sources: Sources, spent: set[tuple[str, int]]
) -> str | None:
    """Return a quotation or name, or the sentence of the background that talks of `name`."""
    question, background = sources
    value = unspent(question.quoted, "quoted", spent)
    if value:
        return value
    about = f"{name.replace('_', ' ')} {schema.get('description', '')}"
    if background.text:
        found = answer_from(about, background.text) or answer_from(question.text, background.text)
        if found:
            return found
    if SHORT.intersection(words(about)):
        return unspent(question.names, "names", spent) or subject_of(question.text)
    return None


def subject_of(text: str) -> str | None:
    """Return the last word of meaning, which is what short requests are about."""
    found = terms(text)
    written = [word for word in re.findall(r"\w+", text) if terms(word)]
    return written[-1] if found and written else None


def unspent(values: Sequence[str], kind: str, spent: set[tuple[str, int]]) -> str | None:
    """Return the first value that no other parameter took."""
    for place, value in enumerate(values):
        if (kind, place) not in spent:
            spent.add((kind, place))
            return value
    return None
