"""What leads a client to the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator


@pytest.fixture
def options(emulator: Emulator) -> dict[str, Any]:
    """Return what leads to the emulator."""
    return {"base_url": emulator.url, "api_key": emulator.api_key}
