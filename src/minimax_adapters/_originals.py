"""Methods of a framework as the framework made them.

Tools replace them to watch calls, to guard them, or to answer in tests. Whoever leaves a method out
has to know that nobody has taken its place.
"""

from __future__ import annotations

import operator
from types import FunctionType
from typing import Any, Final

_REPLACED: Final = object()


class Originals:
    """Methods of one class.

    Args:
        owner: The class.
        names: Methods that it has itself.
    """

    def __init__(self, owner: type, *names: str) -> None:
        self._owner = owner
        self._names = frozenset(names)
        self._made = self._found()

    def are_in(self, owner: Any = None) -> bool:  # noqa: ANN401 - a class, or what super() is
        """Return whether a class still has these methods; without a class, their own."""
        if _REPLACED in self._made:  # A tool was here first; it may have left.
            self._made = self._found()
        place = self._owner if owner is None else owner
        found = [getattr(place, name, None) for name in self._names]
        # By identity: wrapt's wrappers are equal to what they wrap.
        return all(map(operator.is_, found, self._made))

    def _found(self) -> list[object]:
        return [_made_by_framework(self._owner, name) for name in self._names]

    def are_of_class(self, instance: object) -> bool:
        """Return whether an instance has no attributes of its own in their place, as in tests."""
        return vars(instance).keys().isdisjoint(self._names)


def _made_by_framework(owner: type, name: str) -> object:
    """Return a method, or what is no method if it is replaced."""
    found = owner.__dict__.get(name)
    # By its true type: wrapt's wrappers also claim to be functions.
    if type(found) is not FunctionType:
        return _REPLACED
    # A framework's own decorators are its, too; those of others keep names, not globals.
    is_its = _package(found.__globals__["__name__"]) == _package(owner.__module__)
    return found if is_its else _REPLACED


def _package(module: str) -> str:
    return module.partition(".")[0]
