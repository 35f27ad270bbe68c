"""Voices as calls: list, clone, design, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from minimax_adapters.api._arguments import text_of
from minimax_adapters.api._call import Call
from minimax_adapters.api._judge import (
    HTTPReply,
    list_or_empty,
    parse_json,
    parse_native,
    text_or_none,
)
from minimax_adapters.api._measure import measured
from minimax_adapters.api.audio import Audio
from minimax_adapters.api.errors import InvalidReplyError
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.voices import ClonedVoice, DesignedVoice, Voice, VoiceKind

if TYPE_CHECKING:
    from minimax_adapters.api.wire.voices import CloneRequest, DesignRequest, OwnVoiceKind

_PATH: Final = "/v1/get_voice"
_MEMBERS: Final[dict[VoiceKind, str]] = {
    kind: "system_voice" if kind == "system" else kind for kind in get_args(VoiceKind)
}


def voices_call(kind: VoiceKind | Literal["all"] = "all") -> Call[list[Voice]]:
    """Return the call that lists all voices, or those of a kind."""
    return Call("POST", _PATH, encode({"voice_type": kind}), parse=parse_voices, native=True)


def clone_call(request: CloneRequest) -> Call[ClonedVoice]:
    """Return the call that makes a voice from a sample."""

    def parse(reply: HTTPReply) -> ClonedVoice:
        payload = parse_native(reply)
        return ClonedVoice(
            request.voice_id,
            text_or_none(payload.get("demo_audio")),
            # An object on one page of MiniMax, a boolean beside a number on another.
            bool(payload.get("input_sensitive")),
        )

    return Call("POST", "/v1/voice_clone", encode(request.members()), parse, native=True)


def design_call(request: DesignRequest) -> Call[DesignedVoice]:
    """Return the call that makes a voice from a description."""
    body = encode(request.members())
    return Call("POST", "/v1/voice_design", body, _parse_design, native=True)


def delete_voice_call(voice_id: str, kind: OwnVoiceKind) -> Call[None]:
    """Return the call that deletes a voice of the account."""
    body = encode({"voice_type": kind, "voice_id": text_of("voice_id", voice_id)})
    return Call("POST", "/v1/delete_voice", body, _parse_deleted, native=True)


def _parse_deleted(reply: HTTPReply) -> None:
    parse_native(reply)


def _parse_design(reply: HTTPReply) -> DesignedVoice:
    payload = parse_json(reply)
    voice_id, audio = payload.get("voice_id"), payload.get("trial_audio")
    try:
        content = bytes.fromhex(audio) if isinstance(audio, str) else b""
    except ValueError:
        content = b""
    if not isinstance(voice_id, str) or not voice_id:
        raise InvalidReplyError(
            "MiniMax answered without a voice and without an error. Ask again; if it stays so,"
            " report the trace to MiniMax.",
            reply.status,
            reply.trace_id,
        )
    return DesignedVoice(voice_id, measured(Audio(content, "mp3", trace_id=reply.trace_id)))


def parse_voices(reply: HTTPReply) -> list[Voice]:
    """Read the list: MiniMax's own voices first.

    Raises:
        APIError: The reply is an error, which comes with HTTP 200.
    """
    payload = parse_native(reply, *_MEMBERS.values())
    return [
        _voice(entry, kind)
        for kind, member in _MEMBERS.items()
        # A kind without voices is null or missing.
        for entry in list_or_empty(payload.get(member))
        if isinstance(entry, dict) and text_or_none(entry.get("voice_id"))
    ]


def _voice(entry: dict[str, Any], kind: VoiceKind) -> Voice:
    description = entry.get("description")
    texts = [description] if text_or_none(description) else list_or_empty(description)
    return Voice(
        entry["voice_id"],
        kind,
        text_or_none(entry.get("voice_name")) or "",
        tuple(map(str, texts)),
        text_or_none(entry.get("created_time")) or "",
    )
