"""What is kept of a voice that stays connected: audio, and the subtitles that belong to it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from minimax_adapters.api import SpeechOptions
from minimax_adapters.api._socket_audio import SocketAudio

_SECOND: Final = 1000


def line(text: str, begin: int = 100, **members: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Return a line of subtitles that is spoken for half a second."""
    return {"text": text, "time_begin": begin, "time_end": begin + 500, **members}


def frame(size: int, *lines: dict[str, Any], milliseconds: int = _SECOND) -> dict[str, Any]:
    """Return the last frame of a request."""
    data = {"audio": "aa" * size, "subtitle": list(lines)}
    return {"data": data, "extra_info": {"audio_length": milliseconds, "usage_characters": 5}}


def test_subtitles_of_later_texts_begin_where_their_audio_begins() -> None:
    """One file has the audio of all texts, and a player one clock for it."""
    audio = SocketAudio(SpeechOptions())
    for text in ("One.", "Two."):
        audio.take(frame(10, line(text)))
        audio.end_text()

    srt = audio.so_far().srt

    assert "00:00:00,100 --> 00:00:00,600\nOne." in srt
    assert "00:00:01,100 --> 00:00:01,600\nTwo." in srt


def test_a_text_that_is_spoken_in_several_requests_has_one_clock() -> None:
    """Bidirectional sockets speak it sentence by sentence; subtitles come with the last frame."""
    words = [{"word": "Two.", "time_begin": 200, "time_end": 300}]
    audio = SocketAudio(SpeechOptions())
    audio.take(frame(10, line("One.")))
    audio.take(frame(10, line("Two.", timestamped_words=words)))

    _, second = audio.so_far().subtitles

    assert (second.begin, second.end) == pytest.approx((1.1, 1.6))
    assert (second.words[0].begin, second.words[0].end) == pytest.approx((1.2, 1.3))


def test_subtitles_go_with_their_audio_and_fit_what_is_kept() -> None:
    """What is kept is a file of its own, whose time begins at 0; seconds are those of all."""
    audio = SocketAudio(SpeechOptions(), 10_000)
    for number in range(8):
        audio.take(frame(3000, line(f"Text {number}.")))
        audio.end_text()
    audio.take(frame(0, line("Now.")))

    kept = audio.so_far()

    assert len(kept.data) == 9000
    assert [each.text for each in kept.subtitles] == ["Text 5.", "Text 6.", "Text 7.", "Now."]
    assert [each.begin for each in kept.subtitles] == pytest.approx([0.1, 1.1, 2.1, 3.1])
    assert (kept.duration, kept.usage_characters) == (9.0, 45)


@pytest.mark.sampled(share=0.34)
@pytest.mark.parametrize("size", [0, 10, 10_000])
def test_hours_of_subtitles_take_no_more_room_than_a_few(size: int) -> None:
    """Whatever a host sends more of."""
    words = [{"word": "word", "time_begin": 0, "time_end": 1} for _ in range(50)]
    lines = [line("word " * 10, timestamped_words=words) for _ in range(4)]
    audio = SocketAudio(SpeechOptions(), 200_000)

    counts = []
    for _ in range(300):
        audio.take(frame(size, *lines))
        audio.end_text()
        counts.append(len(audio.so_far().subtitles))

    assert 0 < counts[-1] == max(counts) <= 80


def test_texts_of_which_nothing_came_take_no_room() -> None:
    """A host may answer nothing for ever."""
    audio = SocketAudio(SpeechOptions(), 1000)
    for _ in range(10):
        audio.take({"data": None})
        audio.end_text()

    assert not audio._texts
