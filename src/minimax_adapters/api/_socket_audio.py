"""The audio of a socket session: its chunks, and what is known about them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from minimax_adapters.api._judge import int_or_none, seconds_or_none, text_or_none
from minimax_adapters.api.audio import Audio
from minimax_adapters.api.errors import InvalidReplyError
from minimax_adapters.api.subtitles import Subtitle, parse_subtitles

if TYPE_CHECKING:
    from minimax_adapters.api.wire.speech import SpeechOptions


class SocketAudio:
    """Collects what frames bring.

    It keeps the newest texts, at most `most_kept` bytes of them and the one being spoken whole, so
    that a voice may stay connected for hours. Seconds and characters are those of all texts.

    State: `_chunks` that are kept, `_ended` the lengths of the texts in them that were answered,
    as numbers of chunks and of bytes, `_facts` the newest `extra_info`, and sums.
    """

    def __init__(self, options: SpeechOptions, most_kept: int | None = None) -> None:
        self._options = options
        self._most_kept = most_kept
        self._chunks: list[bytes] = []
        self._ended: deque[tuple[int, int]] = deque()
        self._kept = self._since = self._size = 0
        self._facts: dict[str, Any] = {}
        self._milliseconds = 0
        self._characters = 0
        self._subtitles: list[Subtitle] = []
        self._subtitle_url: str | None = None
        self._trace_id: str | None = None

    def take(self, payload: dict[str, Any]) -> bytes:
        """Return the audio of a frame, b"" if it has none.

        Raises:
            InvalidReplyError: The audio is not hexadecimal.
        """
        self._trace_id = text_or_none(payload.get("trace_id")) or self._trace_id
        facts = payload.get("extra_info")
        if isinstance(facts, dict) and facts:
            self._facts = facts
            self._milliseconds += int_or_none(facts.get("audio_length")) or 0
            self._characters += int_or_none(facts.get("usage_characters")) or 0
        members = payload.get("data")
        if not isinstance(members, dict):
            return b""
        self._subtitles += parse_subtitles(members.get("subtitle"))
        self._subtitle_url = text_or_none(members.get("subtitle_file")) or self._subtitle_url
        try:
            chunk = bytes.fromhex(text_or_none(members.get("audio")) or "")
        except ValueError:
            raise InvalidReplyError(
                "The audio of a frame is not hexadecimal. Check the base URL, and whether a proxy"
                " changes the frames."
            ) from None
        if chunk:
            self._chunks.append(chunk)
            self._since += 1
            self._size += len(chunk)
        return chunk

    def end_text(self) -> None:
        """Say that a text was answered; the oldest are let go of, where there are too many."""
        self._ended.append((self._since, self._size))
        self._kept += self._size
        self._since = self._size = 0
        while self._most_kept is not None and self._kept > self._most_kept and self._ended:
            chunks, size = self._ended.popleft()
            del self._chunks[:chunks]
            self._kept -= size

    def so_far(self) -> Audio:
        """Return what is kept of all that has come."""
        facts, setting = self._facts, self._options.audio_setting
        asked_rate = setting.sample_rate if setting else None
        return Audio(
            data=b"".join(self._chunks),
            format=text_or_none(facts.get("audio_format")) or self._options.audio_format,
            sample_rate=int_or_none(facts.get("audio_sample_rate")) or asked_rate,
            channels=int_or_none(facts.get("audio_channel")),
            bitrate=int_or_none(facts.get("bitrate")),
            duration=seconds_or_none(self._milliseconds) or None,
            usage_characters=self._characters,
            subtitle_url=self._subtitle_url,
            subtitles=tuple(self._subtitles),
            trace_id=self._trace_id,
        )
