"""Imports, each in a fresh process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from benchmarks.measure import OURS, Row
from benchmarks.plan import CHAT_OPENAI, LANGCHAIN, LLAMA_INDEX, LLAMA_MINIMAX
from benchmarks.process import in_child

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.plan import Scale

_NAMES: Final = {
    "LangChain": {
        LANGCHAIN: ("langchain_core.language_models.chat_models", "BaseChatModel"),
        OURS: ("minimax_adapters.langchain", "ChatMiniMax"),
        CHAT_OPENAI: ("langchain_openai", "ChatOpenAI"),
    },
    "LlamaIndex": {
        LLAMA_INDEX: ("llama_index.core.llms.function_calling", "FunctionCallingLLM"),
        OURS: ("minimax_adapters.llama_index", "MiniMax"),
        LLAMA_MINIMAX: ("llama_index.llms.minimax", "MiniMax"),
    },
}


def imports(scale: Scale) -> Iterable[Row]:
    """Yield a row for each framework."""
    for framework, names in _NAMES.items():
        samples: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(scale.imports):
            for name, (module, attribute) in names.items():
                samples[name].append(in_child("imports", module, attribute)["seconds"])
        row = Row(f"{framework} import", "process", samples)
        floor, _, _ = names
        row.promise(floor, row.ratio(OURS, floor), 1.08)
        yield row


def measure(module: str, attribute: str) -> dict[str, float]:
    """Import a name and return the CPU time that it took."""
    before = time.process_time()
    getattr(__import__(module, fromlist=[attribute]), attribute)
    return {"seconds": time.process_time() - before}
