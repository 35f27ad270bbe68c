"""A strict local MiniMax: real HTTP, server-sent events and WebSockets on loopback.

    with Emulator() as emulator:
        client = OpenAI(base_url=f"{emulator.url}/v1", api_key=emulator.api_key)

It refuses what MiniMax refuses, with the same codes and texts, and misbehaves on request:
see `Quirks` for lasting habits, `Emulator.fail_next` and `Emulator.break_next` for single faults.
It answers from the conversation alone, the same way each time.
"""

try:
    from ._emulator import Emulator
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"{error}. Install the extra: pip install 'minimax-adapters[emulator]'", name=error.name
    ) from error

from ._faults import Breakage, Fault
from ._quirks import Quirks
from ._reply import Reply, ToolCall
from ._state import RecordedRequest

__all__ = ["Breakage", "Emulator", "Fault", "Quirks", "RecordedRequest", "Reply", "ToolCall"]
