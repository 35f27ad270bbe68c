"""What LlamaIndex's own methods see of an embedding model, where it is not all as it is.

They take the cache from the model, and call its hooks. A changed copy would do for the one, but
what a subclass counts in its hooks would be counted in the copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.storage.kvstore.types import BaseKVStore


class Seen:
    """A model with other members; its hooks run on the model itself.

    Args:
        model: The model.
        **others: What is seen in place of its own.
    """

    def __init__(self, model: BaseEmbedding, **others: object) -> None:
        self._model = model
        self.__dict__.update(others)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of any member
        return getattr(self._model, name)


class QueryCache:
    """A key-value store seen from queries: LlamaIndex's key is the raw text on both sides."""

    _COLLECTION: Final = "embeddings_query"

    def __init__(self, store: BaseKVStore) -> None:
        self._store = store

    def get(self, key: str, collection: str) -> dict[str, Any] | None:  # noqa: ARG002 - as BaseKVStore
        return self._store.get(key=key, collection=self._COLLECTION)

    async def aget(self, key: str, collection: str) -> dict[str, Any] | None:  # noqa: ARG002 - likewise
        return await self._store.aget(key=key, collection=self._COLLECTION)

    def put(self, key: str, val: dict[str, Any], collection: str) -> None:  # noqa: ARG002 - likewise
        self._store.put(key=key, val=val, collection=self._COLLECTION)

    async def aput(self, key: str, val: dict[str, Any], collection: str) -> None:  # noqa: ARG002 - likewise
        await self._store.aput(key=key, val=val, collection=self._COLLECTION)
