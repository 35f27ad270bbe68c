"""Libraries that calls may go over beside httpx, and the packages that they need."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import Final, Literal, TypeAlias

Other: TypeAlias = Literal["asyncio", "urllib3"]

# The lowest versions are those of the extras: who installed none may have older packages.
NEEDED: Final[dict[Other, dict[str, str]]] = {
    "asyncio": {"aiohappyeyeballs": "2.4", "httptools": "0.6.3"},
    "urllib3": {"httptools": "0.6.3", "urllib3": "2.2"},
}


@cache
def is_installed(library: Other) -> bool:
    """Return whether all packages that `library` needs can be imported, and are new enough."""
    return not missing(library)


def missing(library: Other) -> list[str]:
    """Return the requirements of `library` that are not met."""
    return [f"{name}>={least}" for name, least in NEEDED[library].items() if _lacks(name, least)]


def _lacks(name: str, least: str) -> bool:
    try:
        found = import_module(name).__version__
    except Exception:  # noqa: BLE001 - broken packages fail in ways of their own
        return True
    return not isinstance(found, str) or _numbers(found) < _numbers(least)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]
