"""`GET /v1/models`."""

from __future__ import annotations

from minimax_adapters.api.wire._base import Reply


class ModelCard(Reply):
    """A chat model that MiniMax lists; embedding and speech models are not in the list."""

    id: str
    created: int | None = None
    owned_by: str | None = None


class ModelList(Reply):
    """The reply."""

    data: list[ModelCard]
