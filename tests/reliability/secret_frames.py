"""A secret, and whether a crash report about an error shows it."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# In parts, so that the text of this module does not hold it when a traceback quotes it.
SECRET: Final = "sk-" + "never" + "-shown"


class Interrupted(BaseException):
    """What a signal of the user raises anywhere."""


def shown(error: BaseException, *, everywhere: bool = False) -> list[str]:
    """Return where a crash report shows the secret: in `error`, its causes, or in frames of theirs.

    Those are the frames of this package, or of all code.
    """
    places = [repr(error), str(error)]
    for link in _links(error):
        for frame, line in traceback.walk_tb(link.__traceback__):
            if everywhere or "/minimax_adapters/" in frame.f_code.co_filename:
                names = [name for name, it in frame.f_locals.items() if SECRET in _text(it)]
                places += [f"{SECRET} is {frame.f_code.co_qualname}:{line} {it}" for it in names]
        places.append(repr(link))
    return [place for place in places if SECRET in place]


def _links(error: BaseException) -> Iterator[BaseException]:
    found: dict[int, BaseException] = {}
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is not None and id(link) not in found:
            found[id(link)] = link
            waiting += [link.__cause__, link.__context__]
    return iter(found.values())


def _text(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - as crash reporters do: half-made objects have no repr
        return ""


def ended(call: Callable[[], Any]) -> BaseException:
    """Return the error that ends `call`."""
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - whatever it is
        call()
    return caught.value
