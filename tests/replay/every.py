"""Every scenario: importing the modules fills the table."""

from __future__ import annotations

import account_scenarios  # noqa: F401 - fills the table
import chat_scenarios  # noqa: F401 - fills the table
import client_scenarios  # noqa: F401 - fills the table
import error_scenarios  # noqa: F401 - fills the table
import langchain_scenarios  # noqa: F401 - fills the table
import llama_index_scenarios  # noqa: F401 - fills the table
import socket_scenarios  # noqa: F401 - fills the table
import tool_scenarios  # noqa: F401 - fills the table
from scenario import SCENARIOS

__all__ = ["SCENARIOS"]
