"""MiniMax's replies as bytes, rendered before anything is measured.

Members and their order are those of recorded traffic, so that a frame has its real size.
"""

from __future__ import annotations

import json
from itertools import cycle, islice
from typing import Any, Final

DIMENSIONS: Final = 1536
_ID: Final = "0699f1c2a4b5d6e7f8091a2b3c4d5e6f"
_TEXT: Final = """
The library opens at nine on weekdays, and readers find the catalogue beside the stairs. Whoever
wants a quiet place goes up to the gallery: there are lamps, and windows to the garden. Books that
are lent out can be asked for; they wait at the desk for a week.
"""
_UNTOUCHED: Final = {
    "input_sensitive": False,
    "output_sensitive": False,
    "input_sensitive_type": 0,
    "output_sensitive_type": 0,
    "output_sensitive_int": 0,
}


def words(count: int) -> list[str]:
    """Return the texts that a stream of `count` text frames carries."""
    return [f" {word}" for word in islice(cycle(_TEXT.split()), count)]


def chat_stream(texts: int, thinking: int = 0) -> list[bytes]:
    """Return the events of a stream: thinking, text, the finish reason, usage, `[DONE]`."""
    payloads = [
        *(_thinking_frame(word) for word in words(thinking)),
        *(_frame(content=word) for word in words(texts)),
        _frame(finish_reason="stop", content=""),
        {**_head(), "choices": [], "usage": _usage(texts, thinking)},
    ]
    return [*(b"data: " + _dump(payload) + b"\n\n" for payload in payloads), b"data: [DONE]\n\n"]


def chat_reply(texts: int = 60) -> bytes:
    """Return a plain reply."""
    thinking = "".join(words(texts))
    message = {
        "role": "assistant",
        "name": "MiniMax AI",
        "content": "".join(words(texts)),
        "reasoning_content": thinking,
        "reasoning_details": [_detail(thinking)],
        "audio_content": "",
    }
    return _dump(
        {
            "id": _ID,
            "choices": [{"finish_reason": "stop", "index": 0, "message": message}],
            "created": 1794000000,
            "model": "MiniMax-M3",
            "object": "chat.completion",
            "usage": _usage(texts, texts),
            **_UNTOUCHED,
            "base_resp": {"status_code": 0, "status_msg": ""},
        }
    )


def embeddings_reply(texts: int) -> bytes:
    """Return vectors as MiniMax sends them."""
    body = {"vectors": _vectors(texts), "total_tokens": 6 * texts}
    return _dump({**body, "base_resp": {"status_code": 0, "status_msg": ""}})


def openai_embeddings_reply(texts: int) -> bytes:
    """Return the same vectors in OpenAI's form, for clients that read no other."""
    entries = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in enumerate(_vectors(texts))
    ]
    usage = {"prompt_tokens": 6 * texts, "total_tokens": 6 * texts}
    return _dump({"object": "list", "data": entries, "model": "embo-01", "usage": usage})


def _vectors(texts: int) -> list[list[float]]:
    """Return numbers with as many digits as a float32 needs."""
    vector = [round(((index * 7919) % 20011 - 10005) / 123456.7, 9) for index in range(DIMENSIONS)]
    return [vector[index % 97 :] + vector[: index % 97] for index in range(texts)]


def _head() -> dict[str, Any]:
    return {
        "id": _ID,
        "object": "chat.completion.chunk",
        "created": 1794000000,
        "model": "MiniMax-M3",
    }


def _frame(*, finish_reason: str | None = None, **members: object) -> dict[str, Any]:
    delta = {"role": "assistant", "name": "MiniMax AI", "audio_content": "", **members}
    choice: dict[str, Any] = {"index": 0, "delta": delta}
    if finish_reason is not None:
        choice["finish_reason"] = finish_reason
    return {**_head(), "choices": [choice], "usage": None, **_UNTOUCHED}


def _thinking_frame(text: str) -> dict[str, Any]:
    return _frame(content="", reasoning_content=text, reasoning_details=[_detail(text)])


def _detail(text: str) -> dict[str, Any]:
    return {
        "type": "reasoning.text",
        "id": "reasoning-text-1",
        "format": "MiniMax-response-v1",
        "index": 0,
        "text": text,
    }


def _usage(texts: int, thinking: int) -> dict[str, Any]:
    return {
        "total_tokens": 388 + texts + thinking,
        "total_characters": 0,
        "prompt_tokens": 388,
        "completion_tokens": texts + thinking,
        "prompt_tokens_details": {"cached_tokens": 128},
        "completion_tokens_details": {"reasoning_tokens": thinking},
    }


def _dump(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()
