"""Methods of a framework as the framework made them.

Tools replace them to watch calls, to guard them, or to answer in tests. Whoever leaves a method out
has to know that nobody has taken its place.
"""

from __future__ import annotations

import inspect
from typing import Any


class Originals:
    """Methods of one class.

    Args:
        owner: The class.
        names: Methods that it has itself.
    """

    def __init__(self, owner: type, *names: str) -> None:
        self._owner = owner
        self._names = frozenset(names)
        self._made = [_made_by_framework(owner, name) for name in self._names]

    def are_in(self, owner: Any = None) -> bool:  # noqa: ANN401 - a class, or what super() is
        """Return whether a class still has these methods; without a class, their own."""
        found = self._owner if owner is None else owner
        return [getattr(found, name, None) for name in self._names] == self._made

    def are_of_class(self, instance: object) -> bool:
        """Return whether an instance has no attributes of its own in their place, as in tests."""
        return vars(instance).keys().isdisjoint(self._names)


def _made_by_framework(owner: type, name: str) -> object:
    """Return a method, or what is no method if it was replaced before anybody looked."""
    found = owner.__dict__.get(name)
    # A framework's own decorators are its, too; those of others keep names, not globals.
    if inspect.isfunction(found) and _package(found.__globals__["__name__"]) == _package(
        owner.__module__
    ):
        return found
    return object()


def _package(module: str) -> str:
    return module.partition(".")[0]
