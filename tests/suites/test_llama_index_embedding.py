"""The contract of LlamaIndex's `BaseEmbedding`, from cassettes."""

from __future__ import annotations

from borrowed import borrow

globals().update(borrow("llama_index/test_embedding.py"))
