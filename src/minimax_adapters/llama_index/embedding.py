"""`MiniMaxEmbedding`: `embo-01`, which embeds documents and queries differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self, Unpack

from llama_index.core.base.embeddings.base import BaseEmbedding
from pydantic import Field, PrivateAttr

from minimax_adapters.llama_index._connection import Connected, ConnectionOptions

if TYPE_CHECKING:
    from minimax_adapters.api.wire.embeddings import EmbeddingType

DEFAULT_MODEL: Final = "embo-01"


class EmbeddingOptions(ConnectionOptions, total=False):
    """Arguments of `MiniMaxEmbedding`; its fields describe them."""

    model: str
    embed_batch_size: int
    num_workers: int | None
    embeddings_cache: Any
    rate_limiter: Any
    callback_manager: Any


class MiniMaxEmbedding(Connected, BaseEmbedding):
    """MiniMax's embeddings as a LlamaIndex embedding model.

    Texts are embedded as documents (`db`), queries as queries (`query`): MiniMax puts the two into
    one space from different sides, so vectors of the same text differ. Vectors have 1,536 floats
    and are not normalised. See `Connected` for keys, hosts, threads, event loops and pickling.

    With an `embeddings_cache`, queries are kept in a collection of their own
    (`embeddings_query`); the one of documents has the name that LlamaIndex gives it.

    Every method raises a `MiniMaxError` of `minimax_adapters.api`.

    Example:
        >>> from minimax_adapters.llama_index import MiniMaxEmbedding
        >>> embedding = MiniMaxEmbedding()
        >>> len(embedding.get_query_embedding("When does the library open?"))
        1536
    """

    model_name: str = Field(default=DEFAULT_MODEL, min_length=1, description="Id of the model.")
    embed_batch_size: int = Field(
        default=32, gt=0, le=2048, description="Texts in one request at most."
    )
    num_workers: int | None = Field(
        default=4, description="Requests at a time in the asynchronous batch methods."
    )

    _asks_limiter: bool = PrivateAttr(default=False)

    def __init__(
        self, model_name: str = DEFAULT_MODEL, **options: Unpack[EmbeddingOptions]
    ) -> None:
        members: dict[str, Any] = {"model_name": model_name, **options}
        if "model" in members:
            members["model_name"] = members.pop("model")
        super().__init__(**members)

    @classmethod
    def class_name(cls) -> str:
        """Return the name in serialised form."""
        return "MiniMaxEmbedding"

    def get_query_embedding(self, query: str) -> list[float]:
        """Return the vector of a text that searches."""
        return BaseEmbedding.get_query_embedding(self._for_queries(), query)

    async def aget_query_embedding(self, query: str) -> list[float]:
        """Return the vector of a text that searches."""
        return await BaseEmbedding.aget_query_embedding(self._for_queries(), query)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._embed([query], "query")[0]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return (await self._aembed([query], "query"))[0]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._embed([text], "db")[0]

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return (await self._aembed([text], "db"))[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return self._embed(texts, "db")

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        if self._asks_limiter and self.rate_limiter is not None:
            await self.rate_limiter.async_acquire()
        return await self._aembed(texts, "db")

    async def _aget_text_embeddings_cached(self, texts: list[str]) -> list[list[float]]:
        # LlamaIndex asks the limiter in every way to embed but in this one.
        asking = self.model_copy()
        asking._asks_limiter = True  # noqa: SLF001 - a copy of this object
        return await BaseEmbedding._aget_text_embeddings_cached(asking, texts)  # noqa: SLF001

    def _embed(self, texts: list[str], side: EmbeddingType) -> list[list[float]]:
        vectors: list[list[float]] = []
        for number, batch in enumerate(self._batches(texts)):
            if number and self.rate_limiter is not None:
                self.rate_limiter.acquire()
            vectors += self._client().embed(batch, type=side, model=self.model_name).vectors
        return vectors

    async def _aembed(self, texts: list[str], side: EmbeddingType) -> list[list[float]]:
        vectors: list[list[float]] = []
        for number, batch in enumerate(self._batches(texts)):
            if number and self.rate_limiter is not None:
                await self.rate_limiter.async_acquire()
            embedded = await self._aclient().embed(batch, type=side, model=self.model_name)
            vectors += embedded.vectors
        return vectors

    def _batches(self, texts: list[str]) -> list[list[str]]:
        """Return `texts` in the requests that they need, so that each asks the rate limiter."""
        from minimax_adapters.api._embeddings import split_batches  # noqa: PLC0415

        return split_batches(texts, self.embed_batch_size)

    def _for_queries(self) -> Self:
        """Return this model, or a copy with a cache that no document is in."""
        if self.embeddings_cache is None:
            return self
        return self.model_copy(update={"embeddings_cache": _QueryCache(self.embeddings_cache)})


class _QueryCache:
    """A key-value store seen from queries: LlamaIndex's key is the raw text on both sides."""

    _COLLECTION: Final = "embeddings_query"

    def __init__(self, store: Any) -> None:  # noqa: ANN401 - any BaseKVStore
        self._store = store

    def get(self, key: str, collection: str) -> Any:  # noqa: ANN401, ARG002 - as BaseKVStore
        return self._store.get(key=key, collection=self._COLLECTION)

    async def aget(self, key: str, collection: str) -> Any:  # noqa: ANN401, ARG002
        return await self._store.aget(key=key, collection=self._COLLECTION)

    def put(self, key: str, val: dict[str, Any], collection: str) -> None:  # noqa: ARG002
        self._store.put(key=key, val=val, collection=self._COLLECTION)

    async def aput(self, key: str, val: dict[str, Any], collection: str) -> None:  # noqa: ARG002
        await self._store.aput(key=key, val=val, collection=self._COLLECTION)
