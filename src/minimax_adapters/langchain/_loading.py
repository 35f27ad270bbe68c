"""Lets `langchain_core.load` make our classes again when it is told to trust partners.

`loads(text, allowed_objects="all", valid_namespaces=["minimax_adapters"])` reads a list of
classes that LangChain fixes; whoever imported us and names our namespace means ours as well.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from langchain_core.load import mapping

if TYPE_CHECKING:
    from langchain_core.load.serializable import Serializable


def register(owner: type[Serializable]) -> None:
    """Add `owner` to the classes that LangChain may load."""
    path = tuple(owner.lc_id())
    mapping.SERIALIZABLE_MAPPING[path] = path
    # LangChain has merged its lists already if it was asked to load before.
    loader = sys.modules.get("langchain_core.load.load")
    if loader is not None:
        getattr(loader, "ALL_SERIALIZABLE_MAPPINGS", {})[path] = path
        getattr(loader, "_default_class_paths_cache", {}).pop("all", None)
