"""`POST /v1/embeddings`, model `embo-01`.

Source: MiniMax's embeddings page of 2023/24; the endpoint answers in 2026 and is in no index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

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
