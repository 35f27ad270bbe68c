"""`/ws/v1/t2a_v2` and `/ws/v1/t2a_v2_bidi`: the frames that we send.

Source: MiniMax's pages `speech-t2a-websocket` and `speech-t2a-websocket-bidi`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.speech_settings import KNOWN_MODELS

if TYPE_CHECKING:
    from minimax_adapters.api.wire.speech import SpeechOptions

Dialect: TypeAlias = Literal["bidi", "plain"]

PATHS: Final[dict[Dialect, str]] = {"bidi": "/ws/v1/t2a_v2_bidi", "plain": "/ws/v1/t2a_v2"}


def start_frame(
    options: SpeechOptions, *, continuous_sound: bool = False, session_id: str | None = None
) -> str:
    """Return `task_start`.

    Args:
        options: How everything in the session is spoken.
        continuous_sound: Do not split texts, for a better melody; 2.8 models only.
        session_id: A name of ours that MiniMax repeats; bidirectional sockets only.

    Raises:
        InvalidInputError: Settings that a socket does not take.
    """
    known = options.model in KNOWN_MODELS
    if continuous_sound and known and not options.model.startswith("speech-2.8-"):
        raise InvalidInputError("continuous_sound exists on the 2.8 models only.")
    if options.voice_modify and options.audio_format != "mp3":
        raise InvalidInputError("voice_modify works with mp3 only when the audio is streamed.")
    body = options.members()
    for name in ("text", "output_format", "aigc_watermark"):
        body.pop(name, None)
    extra: dict[str, Any] = body.pop("extra_body", {})
    voice = body["voice_setting"]
    if "text_normalization" in voice:
        # The sockets know it by its older name.
        voice["english_normalization"] = voice.pop("text_normalization")
    if continuous_sound:
        body["continuous_sound"] = True
    if session_id is not None:
        body["session_id"] = session_id
    return _frame("task_start", **(body | extra))


def text_frame(text: str) -> str:
    """Return `task_continue`."""
    return _frame("task_continue", text=text)


def signal_frame(event: Literal["task_flush", "task_cancel", "task_finish"]) -> str:
    """Return a frame that is only an event."""
    return _frame(event)


def _frame(event: str, **members: Any) -> str:  # noqa: ANN401 - any JSON
    return encode({"event": event, **members}).decode()
