"""LangChain's standard suites on `ChatMiniMax`, from cassettes."""

from __future__ import annotations

from borrowed import borrow

globals().update(borrow("conformance/test_langchain_chat_model.py"))
