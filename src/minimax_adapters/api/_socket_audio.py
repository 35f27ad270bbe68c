"""The audio of a socket session: its chunks, and what is known about them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api._judge import int_or_none, seconds_or_none, text_or_none
from minimax_adapters.api.audio import Audio
from minimax_adapters.api.errors import InvalidReplyError
from minimax_adapters.api.subtitles import Subtitle, parse_subtitles

if TYPE_CHECKING:
    from minimax_adapters.api.wire.speech import SpeechOptions

_MILLISECONDS: Final = 1000
# About the bytes that a line of subtitles, or a word in it, takes beside its text.
_LINE: Final = 200


@dataclass
class _Text:
    """What came of a text: the bytes of its audio and of its subtitles, and milliseconds.

    The times of its subtitles count from its own beginning.
    """

    chunks: list[bytes] = field(default_factory=list)
    subtitles: list[Subtitle] = field(default_factory=list)
    audio_size: int = 0
    subtitles_size: int = 0
    milliseconds: int = 0

    def add(self, line: Subtitle) -> None:
        """Add a line whose times count from the audio that was finished last.

        That is how MiniMax counts over HTTP; of sockets it does not say.
        """
        self.subtitles.append(line.later(self.milliseconds / _MILLISECONDS))
        texts = [line.text, *(word.text for word in line.words)]
        self.subtitles_size += sum(_LINE + len(text) for text in texts)


class SocketAudio:
    """Collects what frames bring.

    It keeps the newest texts, at most `most_kept` bytes of their audio and as many of their
    subtitles, and the one being spoken whole, so that a voice may stay connected for hours.
    Subtitles fit what is kept: their times count from its beginning. Seconds and characters are
    those of all texts.

    State: `_texts` that were answered and are kept, `_kept` bytes of their audio and of their
    subtitles, `_text` that is being spoken, `_facts` the newest `extra_info`, and sums.
    """

    def __init__(self, options: SpeechOptions, most_kept: int | None = None) -> None:
        self._options = options
        self._most_kept = most_kept
        self._texts: deque[_Text] = deque()
        self._kept = [0, 0]
        self._text = _Text()
        self._facts: dict[str, Any] = {}
        self._milliseconds = 0
        self._characters = 0
        self._subtitle_url: str | None = None
        self._trace_id: str | None = None

    def take(self, payload: dict[str, Any]) -> bytes:
        """Return the audio of a frame, b"" if it has none.

        Raises:
            InvalidReplyError: The audio is not hexadecimal.
        """
        self._trace_id = text_or_none(payload.get("trace_id")) or self._trace_id
        members = payload.get("data")
        chunk = self._take(members) if isinstance(members, dict) else b""
        facts = payload.get("extra_info")
        if isinstance(facts, dict) and facts:
            self._facts = facts
            milliseconds = int_or_none(facts.get("audio_length")) or 0
            self._text.milliseconds += milliseconds
            self._milliseconds += milliseconds
            self._characters += int_or_none(facts.get("usage_characters")) or 0
        return chunk

    def _take(self, members: dict[str, Any]) -> bytes:
        for line in parse_subtitles(members.get("subtitle")):
            self._text.add(line)
        self._subtitle_url = text_or_none(members.get("subtitle_file")) or self._subtitle_url
        try:
            chunk = bytes.fromhex(text_or_none(members.get("audio")) or "")
        except ValueError:
            raise InvalidReplyError(
                "The audio of a frame is not hexadecimal. Check the base URL, and whether a proxy"
                " changes the frames."
            ) from None
        if chunk:
            self._text.chunks.append(chunk)
            self._text.audio_size += len(chunk)
        return chunk

    def end_text(self) -> None:
        """Say that a text was answered; the oldest are let go of, where there are too many."""
        ended, self._text = self._text, _Text()
        if not ended.chunks and not ended.subtitles:
            return
        self._texts.append(ended)
        self._keep(ended, 1)
        while self._most_kept is not None and self._texts and max(self._kept) > self._most_kept:
            self._keep(self._texts.popleft(), -1)

    def _keep(self, text: _Text, sign: int) -> None:
        self._kept[0] += sign * text.audio_size
        self._kept[1] += sign * text.subtitles_size

    def so_far(self) -> Audio:
        """Return what is kept of all that has come."""
        texts, begin = [*self._texts, self._text], 0
        subtitles: list[Subtitle] = []
        for text in texts:
            subtitles += [line.later(begin / _MILLISECONDS) for line in text.subtitles]
            begin += text.milliseconds
        facts, setting = self._facts, self._options.audio_setting
        asked_rate = setting.sample_rate if setting else None
        return Audio(
            data=b"".join(chunk for text in texts for chunk in text.chunks),
            format=text_or_none(facts.get("audio_format")) or self._options.audio_format,
            sample_rate=int_or_none(facts.get("audio_sample_rate")) or asked_rate,
            channels=int_or_none(facts.get("audio_channel")),
            bitrate=int_or_none(facts.get("bitrate")),
            duration=seconds_or_none(self._milliseconds) or None,
            usage_characters=self._characters,
            subtitle_url=self._subtitle_url,
            subtitles=tuple(subtitles),
            trace_id=self._trace_id,
        )
