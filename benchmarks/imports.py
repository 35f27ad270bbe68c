"""Imports, each in a fresh process, from different depths of the stack.

CPython 3.11 maps and unmaps a piece of its frame stack wherever a busy loop crosses the border of
one, so that one and the same import takes up to a third longer by how deep it is begun. Programs
import from any depth.
"""

from __future__ import annotations

import time
from statistics import fmean
from typing import TYPE_CHECKING, Final

from benchmarks.measure import OURS, Row
from benchmarks.plan import CHAT_OPENAI, LANGCHAIN, LLAMA_INDEX, LLAMA_MINIMAX
from benchmarks.process import in_child

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.plan import Scale

# Frames; a piece of the stack has room for about as many of an import.
_DEEPEST: Final = 36
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
        seconds: dict[str, list[float]] = {name: [] for name in names}
        for turn in range(scale.imports):
            for name, (module, attribute) in names.items():
                depth = turn * _DEEPEST // scale.imports
                seconds[name].append(in_child("imports", module, attribute, depth)["seconds"])
        samples = {name: [fmean(each)] for name, each in seconds.items()}
        row = Row(f"{framework} import", "process", samples)
        floor, _, _ = names
        row.promise(floor, row.ratio(OURS, floor), 1.08)
        yield row


def measure(module: str, attribute: str, depth: str) -> dict[str, float]:
    """Import a name from so many frames further down and return the CPU time that it took."""
    if frames := int(depth):
        return measure(module, attribute, str(frames - 1))
    before = time.process_time()
    getattr(__import__(module, fromlist=[attribute]), attribute)
    return {"seconds": time.process_time() - before}
