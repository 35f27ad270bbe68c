"""The contract of LlamaIndex's `LLM`, from cassettes."""

from __future__ import annotations

from borrowed import borrow

globals().update(borrow("llama_index/test_chat.py"))
