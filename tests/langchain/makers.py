"""The type of the fixtures that make adapters."""

from __future__ import annotations

from typing import Any, Protocol


class Make(Protocol):
    """Makes an adapter that calls the emulator."""

    def __call__(self, **arguments: Any) -> Any: ...  # noqa: ANN401, D102 - fields of the adapter
