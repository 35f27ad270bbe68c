"""`POST /v1/embeddings`, model `embo-01`.

Source: MiniMax's embeddings page of 2023/24; the endpoint answers in 2026 and is in no index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

EmbeddingType: TypeAlias = Literal["db", "query"]
DIMENSIONS: Final = 1536


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors of texts.

    Attributes:
        vectors: One list of 1,536 floats per text, in the order of the texts. They are not
            documented as normalised: divide by their norms to compare them.
        total_tokens: Tokens that MiniMax counted.
    """

    vectors: list[list[float]]
    total_tokens: int


class PartialEmbeddings(list[list[float] | None]):
    """What a job that failed has embedded: a vector for each text, None for those without.

    Attributes:
        total_tokens: Tokens that MiniMax counted for the vectors.
        job: What tells the texts, the side and the model of the job from those of another.
    """

    def __init__(
        self, vectors: Iterable[list[float] | None], total_tokens: int = 0, job: str = ""
    ) -> None:
        super().__init__(vectors)
        self.total_tokens = total_tokens
        self.job = job
