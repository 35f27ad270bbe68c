"""What an app received, as plain data that stands in a cassette and can be compared."""

# ruff: noqa: ANN401 - anything may be received
from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import BaseMessage, BaseMessageChunk
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse
from pydantic import BaseModel

from minimax_adapters.api import MiniMaxError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Random, or said elsewhere.
_LEFT_OUT: Final = frozenset({"raw", "response_metadata_raw", "artifact", "id_", "partial"})
_FEW: Final = 32


@functools.singledispatch
def plain(value: Any) -> Any:
    """Return `value` as JSON, with bytes as their length and digest."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value) if field.name not in _LEFT_OUT]
        return {type(value).__name__: _present({name: getattr(value, name) for name in names})}
    if isinstance(value, int | float | None):
        return value
    return str(value)  # Also of a subclass of str.


@plain.register
def _bytes(value: bytes) -> str:
    return f"{len(value)} bytes, sha256 {hashlib.sha256(value).hexdigest()[:16]}"


@plain.register
def _model(value: BaseModel) -> Any:
    return {type(value).__name__: _present(value.model_dump(exclude=set(_LEFT_OUT)))}


@plain.register
def _members(value: dict) -> Any:  # type: ignore[type-arg]  # singledispatch takes bare classes
    return {str(name): plain(inner) for name, inner in value.items() if name not in _LEFT_OUT}


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {
        name: plain(value) for name, value in members.items() if value not in (None, "", [], {})
    }


@plain.register(list)
@plain.register(tuple)
def _sequence(values: Sequence[Any]) -> Any:
    if len(values) > _FEW and all(isinstance(one, float) for one in values):
        digest = hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
        return f"{len(values)} numbers, sha256 {digest}"
    if values and all(isinstance(one, BaseMessageChunk) for one in values):
        first, *rest = values
        return {"chunks": [str(one.text) for one in values], "together": plain(first + rest)}
    streamed = [one for one in values if getattr(one, "delta", None) is not None]
    if streamed and isinstance(streamed[0], ChatResponse | CompletionResponse):
        return {"deltas": [one.delta for one in values], "last": plain(values[-1])}
    return [plain(one) for one in values]


@plain.register
def _message(message: BaseMessage) -> Any:
    members = message.model_dump(exclude=set(_LEFT_OUT))
    if str(members.get("id") or "").startswith(("lc_run", "run-")):
        members.pop("id")  # LangChain's own, which is random.
    return {type(message).__name__: _present(members)}


@plain.register(ChatResponse)
@plain.register(CompletionResponse)
def _response(response: Any) -> Any:
    if isinstance(response, CompletionResponse):
        return _present({"text": response.text, "raw": response.raw})
    message: ChatMessage = response.message
    blocks = [
        {type(block).__name__: _present(block.model_dump(exclude={"num_tokens"}))}
        for block in message.blocks
    ]
    additional = response.additional_kwargs
    return _present({"blocks": blocks, "additional_kwargs": additional, "raw": response.raw})


@plain.register
def _error(error: BaseException) -> Any:
    names = ("code", "http_status", "trace_id", "request_id", "retryable", "retry_after")
    members = {name: getattr(error, name, None) for name in names}
    if isinstance(error, MiniMaxError) and error.partial is not None:
        members["partial"] = plain(error.partial)
    # What MiniMax said: the advice is our own wording, which no cassette can prove.
    message = getattr(error, "message", "") or str(error)
    return {type(error).__name__: {"message": message, **_present(members)}}
