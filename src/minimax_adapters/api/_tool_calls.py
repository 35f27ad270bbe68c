"""Tool calls from fragments."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json, to_json

from minimax_adapters.api._judge import int_or_none, text_or_none
from minimax_adapters.api.wire.chat_reply import ToolCall, ToolCallDelta


class _OpenCall:
    """A call while its fragments come."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id: str | None = None
        self.name: str | None = None
        self.arguments: list[str] = []

    def is_complete(self) -> bool:
        """Return whether the arguments so far are a whole JSON text."""
        try:
            from_json("".join(self.arguments))
        except ValueError:
            return False
        return True


class ToolCallAssembler:
    """Puts fragments together, whatever they leave out.

    A fragment belongs to the call with its id, else to the call with its index, else to the
    last call. It opens a call when its id is new, or when it has a name and no call to go to.
    State: `_calls` in order, `_by_index` the call that an index of the wire means at present.
    """

    __slots__ = ("_by_index", "_calls")

    def __init__(self) -> None:
        self._calls: list[_OpenCall] = []
        self._by_index: dict[int, int] = {}

    def feed(self, fragments: list[Any]) -> list[ToolCallDelta]:
        """Return a delta for each fragment that says something new."""
        deltas = (self._delta(fragment) for fragment in fragments if isinstance(fragment, dict))
        return [delta for delta in deltas if delta.id or delta.name or delta.arguments]

    def flush(self, reply_id: str) -> list[ToolCallDelta]:
        """Return a delta for each call that never got an id; results could not name it."""
        deltas = []
        for position, call in enumerate(self._calls):
            if call.id is None:
                call.id = f"call_{reply_id or 'minimax'}_{position + 1}"
                deltas.append(ToolCallDelta(position, id=call.id))
        return deltas

    def calls(self) -> list[ToolCall]:
        """Return the calls with a name; a call without arguments has `{}`."""
        return [
            ToolCall(call.id or "", call.name, "".join(call.arguments) or "{}")
            for call in self._calls
            if call.name
        ]

    def _delta(self, fragment: dict[str, Any]) -> ToolCallDelta:
        function = fragment.get("function")
        function = function if isinstance(function, dict) else {}
        call_id, name = text_or_none(fragment.get("id")), text_or_none(function.get("name"))
        arguments = function.get("arguments") or ""
        if not isinstance(arguments, str):
            arguments = to_json(arguments).decode()
        position = self._position(int_or_none(fragment.get("index")), call_id, name)
        call = self._calls[position]
        new_id = call_id if call.id is None else None
        new_name = name if call.name is None else None
        call.id, call.name = call.id or call_id, call.name or name
        if arguments:
            call.arguments.append(arguments)
        return ToolCallDelta(position, new_id, new_name, arguments)

    def _position(self, index: int | None, call_id: str | None, name: str | None) -> int:
        position = self._find(index, call_id, name)
        if position is None:
            self._calls.append(_OpenCall())
            position = len(self._calls) - 1
        if index is not None:
            self._by_index[index] = position
        return position

    def _find(self, index: int | None, call_id: str | None, name: str | None) -> int | None:
        last = len(self._calls) - 1
        at_index = self._by_index.get(index) if index is not None else None
        if call_id is not None:
            for position, call in enumerate(self._calls):
                if call.id == call_id:
                    return position
            # The call at this index may have been opened without its id.
            open_at = at_index if index is not None else last
            if open_at is not None and open_at >= 0 and self._calls[open_at].id is None:
                return open_at
            return None
        if at_index is not None:
            return at_index
        if last < 0 or (
            name is not None and (index is not None or self._calls[last].is_complete())
        ):
            return None
        return last
