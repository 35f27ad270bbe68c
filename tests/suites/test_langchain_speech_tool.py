"""LangChain's standard suites on `MiniMaxSpeechTool`, from cassettes."""

from __future__ import annotations

from borrowed import borrow

globals().update(borrow("conformance/test_langchain_speech_tool.py"))
