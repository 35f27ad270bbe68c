"""How much is measured, and under which names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LANGCHAIN: Final = "langchain-core"
LLAMA_INDEX: Final = "llama-index-core"
CHAT_OPENAI: Final = "langchain-openai"
LLAMA_MINIMAX: Final = "llama-index-llms-minimax"
OPENAI_EMBEDDINGS: Final = "OpenAIEmbeddings"
LLAMA_EMBEDDING: Final = "llama-index-embeddings-openai"
BARE: Final = "bare model"
CORES: Final = (LANGCHAIN, LLAMA_INDEX)
PEERS: Final = (CHAT_OPENAI, LLAMA_MINIMAX, OPENAI_EMBEDDINGS, LLAMA_EMBEDDING)


@dataclass(frozen=True)
class Scale:
    """How long a run takes; the ratios do not depend on it much, their noise does."""

    rounds: int = 9
    chunks: int = 400
    calls: int = 30
    texts: int = 256
    vectors: int = 5
    imports: int = 12
    streams: int = 1_000
    chunks_in_crowd: int = 50
    sequential: int = 10_000
    history: tuple[int, int] = (200, 2_000)
    long_stream: int = 100_000
    answers: int = 5


QUICK: Final = Scale(
    rounds=5,
    chunks=200,
    calls=20,
    vectors=3,
    imports=4,
    streams=100,
    sequential=500,
    long_stream=20_000,
    answers=2,
)
