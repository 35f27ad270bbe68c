"""How a socket speaks: the settings of `task_start`, checked, and the frames of a text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from ._errors import invalid
from ._speech_request import SpeechRequest, parse_request
from ._speech_text import usage_characters, word_count
from .audio import Encoded, cut, encode
from .voice import render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ._quirks import Quirks
    from ._voices import VoiceProfile
    from .voice import VoiceChoice

PIECE_MILLISECONDS: Final = 150
OWN_MEMBERS: Final = ("event", "continuous_sound", "session_id", "stream", "output_format")


class SocketVoice:
    """The voice of one session.

    Args:
        start: The `task_start` frame.
        choice: Who speaks.
        voices: Which voices there are.

    Raises:
        MiniMaxFault: 2013 or 20132, as for a request over HTTP.
    """

    def __init__(
        self, start: dict[str, Any], choice: VoiceChoice, voices: Mapping[str, VoiceProfile]
    ) -> None:
        for member in ("model", "voice_setting"):
            if member not in start:
                raise invalid(f"{member} is required")
        if start.get("continuous_sound") and not str(start["model"]).startswith("speech-2.8-"):
            raise invalid(f"continuous_sound is not supported by {start['model']}")
        self._settings = {name: start[name] for name in start if name not in OWN_MEMBERS}
        self._choice = choice
        self._voices = voices
        self.request("check")

    def request(self, text: str) -> SpeechRequest:
        """Return `text` as a checked request.

        Raises:
            MiniMaxFault: 2013 for pauses where none may be, 1042 for invisible text.
        """
        body = json.dumps(self._settings | {"text": text, "stream": True})
        return parse_request(body.encode(), self._voices)

    def frames(self, request: SpeechRequest, quirks: Quirks) -> Iterator[dict[str, Any]]:
        """Yield the members of the `task_continued` frames of one text."""
        sound = render(request.pieces, request.manner, request.audio.coded_rate, self._choice)
        encoded = encode(sound.samples, request.audio)
        pieces = cut(encoded, PIECE_MILLISECONDS)
        for number, piece in enumerate(pieces):
            if number == 1 and quirks.null_data_frame:
                yield {"data": None, "is_final": False}
            last = number == len(pieces) - 1
            members: dict[str, Any] = {"data": {"audio": piece.hex()}, "is_final": last}
            if last:
                members["extra_info"] = extra_info(request, encoded)
            yield members


def extra_info(request: SpeechRequest, encoded: Encoded) -> dict[str, Any]:
    """Return what is true about the audio of a text and what it costs."""
    return {
        "audio_length": encoded.milliseconds,
        "audio_sample_rate": encoded.sample_rate,
        "audio_size": len(encoded.content),
        "bitrate": encoded.bitrate,
        "word_count": word_count(request.pieces),
        "invisible_character_ratio": request.invisible_ratio,
        "usage_characters": usage_characters(request.text, interjections=request.interjections),
        "audio_format": encoded.format,
        "audio_channel": encoded.channel,
    }
