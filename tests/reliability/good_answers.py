"""What a healthy host answers, as bytes, for the fault server to spoil."""

from __future__ import annotations

import json
from typing import Any, Final

VECTOR: Final = [0.25] * 1536
WORDS: Final = ("Good", " morning", " to", " you.")
TEXT: Final = "".join(WORDS)
CITY: Final = {"name": "Paris"}
AUDIO: Final = b"0123456789abcdef"
FINE: Final = {"status_code": 0, "status_msg": "success"}
CHAT: Final = "/v1/chat/completions"
DOWNLOAD: Final = "/download"
# Paths whose body is a file.
CONTENTS: Final = (DOWNLOAD, "/v1/files/retrieve_content")
CONTENT: Final = b"ID3" + bytes(range(1, 100))
_FILE: Final = {"file_id": 7, "bytes": 5, "filename": "a.txt", "purpose": "t2a_async_input"}
_TASK: Final = {
    "task_id": "95",
    "file_id": 7,
    "usage_characters": 5,
    "status": "Success",
    "base_resp": FINE,
}
_ACCOUNT: Final[dict[str, dict[str, Any]]] = {
    "/v1/models": {"object": "list", "data": [{"id": "MiniMax-M3", "object": "model"}]},
    "/v1/get_voice": {"system_voice": [{"voice_id": "Wise_Woman"}], "base_resp": FINE},
    "/v1/files/upload": {"file": _FILE, "base_resp": FINE},
    "/v1/files/list": {"files": [_FILE], "base_resp": FINE},
    "/v1/files/delete": {"file_id": 7, "base_resp": FINE},
    "/v1/voice_clone": {"input_sensitive": False, "base_resp": FINE},
    "/v1/voice_design": {"voice_id": "designed-1", "trial_audio": AUDIO.hex(), "base_resp": FINE},
    "/v1/delete_voice": {"voice_id": "designed-1", "base_resp": FINE},
    "/v1/t2a_async_v2": _TASK,
    "/v1/query/t2a_async_query_v2": _TASK,
}
USAGE: Final = {"total_tokens": 12, "prompt_tokens": 8, "completion_tokens": 4}


def answer_of(path: str, body: dict[str, Any], host: str) -> list[dict[str, Any]]:
    """Return the frames of the healthy answer; a plain answer is one frame."""
    if path.endswith(CHAT):
        return _chat_frames(body) if body.get("stream") else [_chat(body)]
    if path.endswith("/v1/t2a_v2") and body.get("stream"):
        return _speech_frames()
    # A socket is answered with a bare success: to its handshake nothing comes here but faults.
    return [_plain(path, body, host) or {"base_resp": FINE}]


def _plain(path: str, body: dict[str, Any], host: str) -> dict[str, Any] | None:
    if path.endswith("/v1/embeddings"):
        vectors = [VECTOR for _ in body["texts"]]
        return {"vectors": vectors, "total_tokens": 7, "base_resp": FINE}
    if path.endswith("/v1/t2a_v2"):
        return _speech(AUDIO, 2)
    if path.endswith("/v1/files/retrieve"):
        return {"file": _FILE | {"download_url": f"{host}{DOWNLOAD}"}, "base_resp": FINE}
    return _ACCOUNT.get(path)


def encoded(frames: list[dict[str, Any]], *, streamed: bool, chat: bool) -> list[bytes]:
    """Return the body in its natural pieces: one JSON text, or the frames of a stream."""
    texts = [json.dumps(frame).encode() for frame in frames]
    if not streamed:
        return texts
    return [*(b"data: " + text + b"\n\n" for text in texts), *([b"data: [DONE]\n\n"] * chat)]


def _calls(body: dict[str, Any]) -> list[dict[str, Any]] | None:
    if not body.get("tools"):
        return None
    function = {"name": body["tools"][0]["function"]["name"], "arguments": json.dumps(CITY)}
    return [{"index": 0, "id": "call_1", "type": "function", "function": function}]


def _chat(body: dict[str, Any]) -> dict[str, Any]:
    calls = _calls(body)
    message: dict[str, Any] = {"role": "assistant", "content": "" if calls else TEXT}
    if calls:
        message["tool_calls"] = calls
    reason = "tool_calls" if calls else "stop"
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return {"id": "1", "model": body["model"], "choices": [choice], "usage": USAGE}


def _chat_frames(body: dict[str, Any]) -> list[dict[str, Any]]:
    def frame(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {"id": "1", "model": body["model"], "choices": [choice]}

    calls = _calls(body)
    written = [{"tool_calls": calls}] if calls else [{"content": word} for word in WORDS]
    last = frame({}, "tool_calls" if calls else "stop") | {"usage": USAGE}
    return [*(frame({"role": "assistant", **delta}) for delta in written), last]


def _speech(audio: bytes, status: int) -> dict[str, Any]:
    facts = {"audio_format": "mp3", "usage_characters": 5} if status == 2 else None
    return {
        "data": {"audio": audio.hex(), "status": status},
        **({"extra_info": facts} if facts else {}),
        "base_resp": FINE,
    }


def _speech_frames() -> list[dict[str, Any]]:
    return [_speech(AUDIO[:8], 1), _speech(AUDIO[8:], 1), _speech(AUDIO, 2)]
