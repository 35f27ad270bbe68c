"""Speech as calls: what is sent, and the audio read from a plain reply or a stream."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from minimax_adapters.api._call import Call
from minimax_adapters.api._frames import FrameSession
from minimax_adapters.api._judge import (
    HTTPReply,
    int_or_none,
    parse_json,
    seconds_or_none,
    text_or_none,
)
from minimax_adapters.api.audio import Audio, AudioChunk, AudioEnd
from minimax_adapters.api.errors import (
    InvalidInputError,
    InvalidReplyError,
)
from minimax_adapters.api.subtitles import Subtitle, parse_subtitles
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.speech import SpeechRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from minimax_adapters.api.errors import APIError
    from minimax_adapters.api.wire.speech import SpeechOptions
    from minimax_adapters.api.wire.speech_settings import TimbreWeight
    from minimax_adapters.api.wire.speech_tasks import SpeechTaskOptions

SpeechEvent: TypeAlias = AudioChunk | AudioEnd

_PATH: Final = "/v1/t2a_v2"
_LAST: Final = 2
_VOICE_REFUSED: Final = {20132, 2042}
_MODIFIABLE: Final = {"mp3", "wav", "flac"}


def speech_call(request: SpeechRequest) -> Call[Audio]:
    """Return the call that asks for the whole audio.

    Raises:
        InvalidInputError: A setting needs a stream, or another format.
    """
    if SpeechRequest.checked(request).subtitle_type == "word_streaming":
        raise InvalidInputError(
            "subtitle_type='word_streaming' needs a stream: use stream_speech(), or 'word'."
        )
    if request.voice_modify and request.audio_format not in _MODIFIABLE:
        raise InvalidInputError("voice_modify works with the formats mp3, wav and flac only.")
    body = encode(speech_body(request))
    return Call(
        "POST",
        _PATH,
        body,
        parse=lambda reply: parse_speech(reply, request),
        native=True,
        about=naming_voices(request),
    )


def speech_stream_call(request: SpeechRequest) -> Call[SpeechSession]:
    """Return the call that asks for a stream.

    Raises:
        InvalidInputError: A setting does not go with a stream.
    """
    if SpeechRequest.checked(request).voice_modify and request.audio_format != "mp3":
        raise InvalidInputError("voice_modify works with mp3 only when the audio is streamed.")
    if request.aigc_watermark:
        raise InvalidInputError("aigc_watermark works in plain calls only: use speak().")
    streaming = {"stream": True, "stream_options": {"exclude_aggregated_audio": True}}
    body = speech_body(request) | streaming
    body.pop("output_format", None)
    return Call(
        "POST",
        _PATH,
        encode(body),
        parse=lambda reply: SpeechSession(reply, request),
        native=True,
        about=naming_voices(request),
    )


def naming_voices(options: SpeechOptions | SpeechTaskOptions) -> Callable[[APIError], str]:
    """Return what names the voices of `options` where MiniMax refuses one."""

    def about(error: APIError) -> str:
        if error.code not in _VOICE_REFUSED:
            return ""
        mixed: Sequence[TimbreWeight] = getattr(options, "timbre_weights", None) or ()
        names = [weight.voice_id for weight in mixed] or [options.voice_setting.voice_id]
        return f"MiniMax refuses the voice {' or '.join(map(repr, names))}."

    return about


def speech_body(request: SpeechRequest) -> dict[str, Any]:
    """Return what is sent for `request`, without anything that is not set."""
    body = request.members()
    extra: dict[str, Any] = body.pop("extra_body", {})
    return body | extra


def parse_speech(reply: HTTPReply, request: SpeechRequest) -> Audio:
    """Read a plain reply.

    Raises:
        APIError: It is an error, which comes with HTTP 200.
        InvalidReplyError: It holds no audio.
    """
    payload = parse_json(reply)
    members = payload.get("data")
    audio = members.get("audio") if isinstance(members, dict) else None
    if not isinstance(members, dict) or not isinstance(audio, str) or not audio:
        raise InvalidReplyError(
            "MiniMax answered without audio and without an error. Ask again; if it stays so,"
            f" report the trace {text_or_none(payload.get('trace_id')) or reply.trace_id} to"
            " MiniMax.",
            reply.status,
            reply.trace_id,
        )
    is_url = audio.startswith(("http://", "https://"))
    return _audio(
        b"" if is_url else _from_hex(audio, reply),
        payload,
        request,
        reply,
        url=audio if is_url else None,
    )


class SpeechSession(FrameSession[SpeechEvent]):
    """The session of a speech stream.

    The last frame (status 2) has the facts of the audio and repeats all of it, although it was
    asked not to; its audio is dropped unless it is the only one. There is no `[DONE]`.

    State: `_pieces` of audio and `_subtitles` so far, `_last` the last frame once it has come.
    """

    ends_at_done = False
    what, ending, content = "audio", "the last frame", "audio"

    def __init__(self, reply: HTTPReply, request: SpeechRequest) -> None:
        super().__init__(reply)
        self._request = request
        self._pieces: list[bytes] = []
        self._subtitles: list[Subtitle] = []
        self._last: dict[str, Any] | None = None

    def _take_frame(self, frame: dict[str, Any], events: list[SpeechEvent]) -> None:
        self._raise_error_in(frame)
        members = frame.get("data")
        members = members if isinstance(members, dict) else {}
        is_last = members.get("status") == _LAST or bool(frame.get("extra_info"))
        self._subtitles += parse_subtitles(members.get("subtitle"))
        audio = members.get("audio")
        if audio and isinstance(audio, str) and not (is_last and self._pieces):
            try:
                piece = _from_hex(audio, self._reply)
            except InvalidReplyError as error:
                error.partial = self.so_far()
                raise
            self._pieces.append(piece)
            events.append(AudioChunk(piece))
        if is_last:
            self._last = frame

    def _take_whole(self, payload: dict[str, Any], events: list[SpeechEvent]) -> bool:
        self._take_frame(payload, events)
        self._last = payload
        return bool(self._pieces)

    def _has_begun(self) -> bool:
        return bool(self._pieces)

    def _is_complete(self) -> bool:
        return self._last is not None

    def _end(self, events: list[SpeechEvent]) -> None:
        events.append(AudioEnd(self.so_far()))

    def so_far(self) -> Audio:
        """Return the audio so far."""
        audio = _audio(b"".join(self._pieces), self._last or {}, self._request, self._reply)
        return dataclasses.replace(audio, subtitles=tuple(self._subtitles))


def _from_hex(audio: str, reply: HTTPReply) -> bytes:
    try:
        return bytes.fromhex(audio)
    except ValueError:
        raise InvalidReplyError(
            "The audio of the reply is not hexadecimal. Check the base URL, and whether a proxy"
            " changes the reply.",
            reply.status,
            reply.trace_id,
        ) from None


def _audio(
    content: bytes,
    payload: dict[str, Any],
    request: SpeechRequest,
    reply: HTTPReply,
    url: str | None = None,
) -> Audio:
    facts = payload.get("extra_info")
    facts = facts if isinstance(facts, dict) else {}
    members = payload.get("data")
    members = members if isinstance(members, dict) else {}
    return Audio(
        data=content,
        format=text_or_none(facts.get("audio_format")) or request.audio_format,
        url=url,
        sample_rate=int_or_none(facts.get("audio_sample_rate")),
        channels=int_or_none(facts.get("audio_channel")),
        bitrate=int_or_none(facts.get("bitrate")),
        duration=seconds_or_none(facts.get("audio_length")),
        usage_characters=int_or_none(facts.get("usage_characters")) or 0,
        subtitle_url=text_or_none(members.get("subtitle_file")),
        trace_id=text_or_none(payload.get("trace_id")) or reply.trace_id,
    )
