"""LangChain's standard suites on `MiniMaxEmbeddings`, from cassettes."""

from __future__ import annotations

from borrowed import borrow

globals().update(borrow("conformance/test_langchain_embeddings.py"))
