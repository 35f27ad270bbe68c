"""The type of the fixtures that make adapters."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

from typing import Any, Protocol


class Make(Protocol):
    """Makes an adapter that calls the emulator."""

    def __call__(self, **arguments: Any) -> Any: ...  # noqa: D102 - said above
