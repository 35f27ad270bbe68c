"""Ours and the peers, made for one address of the server."""

from __future__ import annotations

from typing import Any, Final

KEY: Final = "key"
HTTPX: Final = {"async_http": "httpx", "sync_http": "httpx"}


def our_langchain(url: str, **options: Any) -> Any:
    """Return our chat model for LangChain."""
    from minimax_adapters.langchain import ChatMiniMax

    return ChatMiniMax(base_url=url, api_key=KEY, **options)


def peer_langchain(url: str, **options: Any) -> Any:
    """Return the chat model that people point at MiniMax today."""
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        base_url=url,
        api_key=KEY,
        model="MiniMax-M3",
        stream_usage=True,
        **options,
    )


def our_llama_index(url: str, **options: Any) -> Any:
    """Return our LLM for LlamaIndex."""
    from minimax_adapters.llama_index import MiniMax

    return MiniMax(api_base=url, api_key=KEY, **options)


def peer_llama_index(url: str, **options: Any) -> Any:
    """Return the published LlamaIndex class for MiniMax."""
    from llama_index.llms.minimax import MiniMax

    return MiniMax(api_base=url, api_key=KEY, model="MiniMax-M2.7", **options)
