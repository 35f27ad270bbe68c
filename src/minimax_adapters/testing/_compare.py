"""Differences between two values, in lines that people can read."""

from __future__ import annotations

from typing import Final

_MOST_LINES: Final = 12
_MOST_CHARACTERS: Final = 160
_ABSENT: Final = object()


def differences(recorded: object, actual: object, place: str = "") -> list[str]:
    """Return a line for each place where `actual` is not as `recorded`."""
    if isinstance(recorded, dict) and isinstance(actual, dict):
        names = [*recorded, *(name for name in actual if name not in recorded)]
        pairs = [
            (
                f"{place}.{name}" if place else str(name),
                recorded.get(name, _ABSENT),
                actual.get(name, _ABSENT),
            )
            for name in names
        ]
    elif isinstance(recorded, list) and isinstance(actual, list):
        length = max(len(recorded), len(actual))
        padded = [[*one, *[_ABSENT] * (length - len(one))] for one in (recorded, actual)]
        pairs = [
            (f"{place}[{position}]", *pair)
            for position, pair in enumerate(zip(*padded, strict=True))
        ]
    elif type(recorded) is type(actual) and recorded == actual:
        return []
    else:
        return [f"{place or 'value'}: recorded {_shown(recorded)}, now {_shown(actual)}"]
    return [line for name, one, other in pairs for line in differences(one, other, name)]


def as_text(lines: list[str]) -> str:
    """Return `lines` below each other, not more than fit on a screen."""
    rest = len(lines) - _MOST_LINES
    more = [f"... and {rest} more"] if rest > 0 else []
    return "\n".join(f"  {line}" for line in [*lines[:_MOST_LINES], *more])


def _shown(value: object) -> str:
    if value is _ABSENT:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}..."
