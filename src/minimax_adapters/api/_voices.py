"""The list of voices as a call."""

from __future__ import annotations

from typing import Any, Final, get_args

from minimax_adapters.api._flow import Call
from minimax_adapters.api._judge import HTTPReply, parse_json
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.voices import Voice, VoiceKind

_PATH: Final = "/v1/get_voice"
_MEMBERS: Final[dict[VoiceKind, str]] = {
    kind: "system_voice" if kind == "system" else kind for kind in get_args(VoiceKind)
}


def voices_call() -> Call[list[Voice]]:
    """Return the call that lists all voices."""
    return Call("POST", _PATH, encode({"voice_type": "all"}), parse=parse_voices, native=True)


def parse_voices(reply: HTTPReply) -> list[Voice]:
    """Read the list: MiniMax's own voices first.

    Raises:
        APIError: The reply is an error, which comes with HTTP 200.
    """
    payload = parse_json(reply)
    return [
        _voice(entry, kind)
        for kind, member in _MEMBERS.items()
        # A kind without voices is null or missing.
        for entry in payload.get(member) or ()
        if isinstance(entry, dict) and entry.get("voice_id")
    ]


def _voice(entry: dict[str, Any], kind: VoiceKind) -> Voice:
    description = entry.get("description") or ()
    texts = (description,) if isinstance(description, str) else description
    return Voice(entry["voice_id"], kind, entry.get("voice_name") or "", tuple(map(str, texts)))
