"""`MiniMaxEmbeddings`: `embo-01` as LangChain embeddings."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Sized
from typing import TYPE_CHECKING, Any, Final, Literal

from langchain_core.embeddings import Embeddings
from pydantic import ConfigDict, Field

from minimax_adapters._docstrings import with_arguments
from minimax_adapters._sealing import seal
from minimax_adapters.langchain._arguments import ADVICE, CONNECTION_SYNONYMS, Names, canonical
from minimax_adapters.langchain._connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager


_SYNONYMS: Final = {
    "model_name": "model",
    "batch_size": "chunk_size",
    "show_progress_bar": "show_progress",
    **CONNECTION_SYNONYMS,
}
# Parameters of OpenAIEmbeddings that say nothing here.
_WITHOUT_EFFECT: Final = frozenset(
    {
        "allowed_special",
        "check_embedding_ctx_length",
        "disallowed_special",
        "retry_max_seconds",
        "retry_min_seconds",
        "skip_empty",
        "tiktoken_enabled",
        "tiktoken_model_name",
    }
)
_DIMENSIONS: Final = 1_536
_NO_MEMBERS: Final = "MiniMax's request has no other members. Leave it out."
_ADVICE: Final = {
    **ADVICE,
    "dimensions": "Vectors of embo-01 always have 1,536 numbers. Leave it out.",
    "embedding_ctx_length": "MiniMax reads 4,096 tokens of a text. Split longer ones before.",
    "encoding_format": _NO_MEMBERS,
    "extra_body": _NO_MEMBERS,
    "model_kwargs": _NO_MEMBERS,
    "user": _NO_MEMBERS,
}


@with_arguments
class MiniMaxEmbeddings(Connection, Embeddings):
    """MiniMax's embeddings; documents and queries go to the two encoders of `embo-01`.

    Texts are sent in batches; MiniMax limits requests, not texts. Vectors have 1,536 numbers
    and are not documented as normalised: compare them by cosine.

    Arguments are also accepted under the names of the community's `MiniMaxEmbeddings`. With
    `CacheBackedEmbeddings` give the query side a store of its own (`query_embedding_cache`),
    or none, which is the default: both sides embed the same text differently.

    Example:
        >>> from minimax_adapters.langchain import MiniMaxEmbeddings
        >>> embeddings = MiniMaxEmbeddings()
        >>> vectors = embeddings.embed_documents(["The warehouse closes at six."])
        >>> len(vectors[0]), len(embeddings.embed_query("When does it close?"))
        (1536, 1536)
    """

    model_config = ConfigDict(protected_namespaces=(), defer_build=False)

    model: str = Field(default="embo-01", description="Id of the embedding model.")
    embed_type_db: Literal["db", "query"] = Field(
        default="db", description="Encoder for documents."
    )
    embed_type_query: Literal["db", "query"] = Field(
        default="query", description="Encoder for queries."
    )
    chunk_size: int = Field(default=32, ge=1, description="Texts in one request at most.")
    max_concurrency: int = Field(
        default=4, ge=1, description="Requests at a time in the asynchronous methods."
    )
    show_progress: bool = Field(
        default=False, description="Show a bar while documents are embedded; needs `tqdm`."
    )

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - passed on as it came
        seal(arguments, type(self))
        owner = type(self)
        names = Names(owner.model_fields, _SYNONYMS, _WITHOUT_EFFECT, _ADVICE)
        if arguments.get("dimensions") == _DIMENSIONS:
            del arguments["dimensions"]
        super().__init__(**canonical(owner.__name__, arguments, names))
        self._connect()

    def embed_documents(
        self, texts: list[str], *, resume: BaseException | None = None
    ) -> list[list[float]]:
        """Return one vector of 1,536 floats per text, to be searched.

        Args:
            texts: Texts of at most 4,096 tokens each.
            resume: The error that ended this job before: what it holds is not sent again.

        Raises:
            InvalidInputError: `texts` is not a list of texts, or `resume` is of another job.
            RateLimitError: Code 1002. Subscription keys get it on nearly every call.
            MiniMaxError: Any other failure; `partial` holds what was embedded.
        """
        with _translated(), self._progress(texts) as on_progress:
            return self._client.embed(
                texts,
                type=self.embed_type_db,
                model=self.model,
                max_batch_size=self.chunk_size,
                on_progress=on_progress,
                resume=resume,
            ).vectors

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a text that searches; errors as in `embed_documents()`."""
        with _translated():
            found = self._client.embed([text], type=self.embed_type_query, model=self.model)
        return found.vectors[0]

    async def aembed_documents(
        self, texts: list[str], *, resume: BaseException | None = None
    ) -> list[list[float]]:
        """Return the vectors of texts, `max_concurrency` requests at a time."""
        with _translated(), self._progress(texts) as on_progress:
            found = await self._async_client.embed(
                texts,
                type=self.embed_type_db,
                model=self.model,
                max_batch_size=self.chunk_size,
                max_concurrency=self.max_concurrency,
                on_progress=on_progress,
                resume=resume,
            )
        return found.vectors

    async def aembed_query(self, text: str) -> list[float]:
        """Return the vector of a text that searches."""
        with _translated():
            found = await self._async_client.embed(
                [text], type=self.embed_type_query, model=self.model
            )
        return found.vectors[0]

    @contextlib.contextmanager
    def _progress(self, texts: Sequence[str]) -> Iterator[Callable[[int], object] | None]:
        if not self.show_progress:
            yield None
            return
        try:
            tqdm = importlib.import_module("tqdm.auto").tqdm
        except ImportError:
            raise ImportError("show_progress needs tqdm: pip install tqdm") from None
        with tqdm(total=_count(texts), desc="Embedding", unit="text") as bar:
            yield bar.update


def _count(texts: object) -> int | None:
    """Return how many texts there are, None for what the client is going to refuse."""
    return len(texts) if isinstance(texts, Sized) else None


def _translated() -> AbstractContextManager[None]:
    from minimax_adapters.langchain.errors import translated  # noqa: PLC0415 - slow to import

    return translated()
