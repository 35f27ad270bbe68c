"""MiniMax chat, embeddings and speech for LangChain and LlamaIndex users.

`minimax_adapters.api` is the client, `minimax_adapters.langchain` and
`minimax_adapters.llama_index` are the adapters, `minimax_adapters.emulator` is a local MiniMax.
"""

from minimax_adapters._version import __version__

__all__ = ["__version__"]
