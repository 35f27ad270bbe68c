"""What a package has put into its classes and modules itself.

Tools replace that to watch calls, to guard them, or to answer in tests. Whoever leaves a method out
has to know that nobody has taken its place.
"""

from __future__ import annotations

import operator
from types import FunctionType, ModuleType
from typing import Any, Final

_REPLACED: Final = object()


class OriginalPlaces:
    """Classes and functions of several classes and modules.

    Args:
        places: Owners, each with a name that it has itself.
    """

    def __init__(self, *places: tuple[type | ModuleType, str]) -> None:
        self._places = places
        self._made: list[object] = [_REPLACED]

    def are_kept(self) -> bool:
        """Return whether nobody has put anything else there."""
        return self._is_made([getattr(owner, name, None) for owner, name in self._places])

    def _is_made(self, found: list[object]) -> bool:
        if _REPLACED in self._made:  # A tool was here first, or nobody was; it may have left.
            self._made = [_made_by_package(owner, name) for owner, name in self._places]
        # By identity: wrapt's wrappers are equal to what they wrap.
        return all(map(operator.is_, found, self._made))


class Originals(OriginalPlaces):
    """Methods of one class.

    Args:
        owner: The class.
        names: Methods that it has itself.
    """

    def __init__(self, owner: type, *names: str) -> None:
        super().__init__(*((owner, name) for name in names))
        self._names = names

    def are_in(self, owner: Any = None) -> bool:  # noqa: ANN401 - a class, or what super() is
        """Return whether a class still has these methods; without a class, their own."""
        if owner is None:
            return self.are_kept()
        return self._is_made([getattr(owner, name, None) for name in self._names])

    def are_of_class(self, instance: object) -> bool:
        """Return whether an instance has no attributes of its own in their place, as in tests."""
        return vars(instance).keys().isdisjoint(self._names)


def _made_by_package(owner: type | ModuleType, name: str) -> object:
    """Return a function or class of the package of `owner`, or what is none if it is replaced."""
    if isinstance(owner, ModuleType):
        found, package = getattr(owner, name, None), _package(owner.__name__)
    else:  # What it inherits would be another class's.
        found, package = vars(owner).get(name), _package(owner.__module__)
    # By its true type: wrapt's wrappers also claim to be functions. A package's own decorators are
    # its, too; those of others keep names, not globals.
    if type(found) is FunctionType:
        module = found.__globals__.get("__name__", "")
    elif type(found) is type:
        module = found.__module__
    else:
        return _REPLACED
    return found if _package(module) == package else _REPLACED


def _package(module: str) -> str:
    return module.partition(".")[0]
