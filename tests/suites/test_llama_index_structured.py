"""Structured output of LlamaIndex, from cassettes."""

from __future__ import annotations

from borrowed import borrow

globals().update(borrow("llama_index/test_structured.py"))
