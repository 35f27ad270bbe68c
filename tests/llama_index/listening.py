"""A listener to what LlamaIndex tells of calls."""

# ruff: noqa: ANN401 - events have no common type
from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index_instrumentation import get_dispatcher
from pydantic import PrivateAttr

if TYPE_CHECKING:
    from collections.abc import Iterator


class Listener(BaseEventHandler):
    """Keeps the events."""

    _events: list[Any] = PrivateAttr(default_factory=list)

    @classmethod
    def class_name(cls) -> str:
        """Return the name."""
        return "Listener"

    def handle(self, event: Any, **_: Any) -> None:
        """Keep an event."""
        self._events.append(event)

    @property
    def names(self) -> list[str]:
        """The kinds of events, in order, repeated ones once."""
        names = [type(event).__name__ for event in self._events]
        return [name for at, name in enumerate(names) if names[at - 1 : at] != [name]]


@contextmanager
def listening(to: str = "root") -> Iterator[Listener]:
    """Listen to a dispatcher of LlamaIndex; the root hears of everything."""
    dispatcher, listener = get_dispatcher(to), Listener()
    dispatcher.add_event_handler(listener)
    try:
        yield listener
    finally:
        dispatcher.event_handlers.remove(listener)
