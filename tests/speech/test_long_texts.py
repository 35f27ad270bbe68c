"""Texts that are longer than a request may be, as one audio."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import pytest
import soundfile
from talkers import COLOURS, Colour, Talker

from minimax_adapters.api import (
    Audio,
    AudioSetting,
    InvalidInputError,
    MiniMaxError,
    SpeechOptions,
)

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

PCM: Final = SpeechOptions(audio_setting=AudioSetting(format="pcm", sample_rate=16000))
both = pytest.mark.parametrize("colour", COLOURS)


@both
def test_a_long_text_is_one_file_in_order(speaking: Emulator, colour: Colour) -> None:
    """Pieces are spoken side by side; progress counts them."""
    text = "# Title\n\n" + "This sentence has some words in it. " * 40
    progress: list[tuple[int, int]] = []
    options = SpeechOptions(
        audio_setting=AudioSetting(format="flac", sample_rate=16000), subtitle_enable=True
    )
    with Talker(colour, speaking) as talker:
        audio = talker.call(
            talker.client.speak_long,
            text,
            options,
            piece_length=200,
            on_progress=lambda done, total: progress.append((done, total)),
        )

    heard, rate = soundfile.read(io.BytesIO(audio.data))
    assert audio.duration == pytest.approx(len(heard) / rate, rel=0.02)
    assert [done for done, _ in progress] == list(range(1, len(progress) + 1))
    assert len([r for r in speaking.requests if r.path == "/v1/t2a_v2"]) == len(progress) > 5
    assert len(audio.subtitles) == 41
    begins = [line.begin for line in audio.subtitles]
    assert begins == sorted(begins)
    assert audio.subtitles[-1].end == pytest.approx(audio.duration, rel=0.02)


@both
def test_a_long_text_that_fails_keeps_the_beginning(speaking: Emulator, colour: Colour) -> None:
    """Up to the first piece that is missing."""
    done: list[int] = []

    def progress(count: int, _: int) -> None:
        done.append(count)
        if count == 2:
            speaking.fail_next(1042)

    with Talker(colour, speaking, max_retries=0) as talker:
        with pytest.raises(MiniMaxError) as caught:
            talker.call(
                talker.client.speak_long,
                "A sentence. " * 60,
                PCM,
                piece_length=100,
                max_concurrency=1,
                on_progress=progress,
            )
        assert done == [1, 2]
        assert isinstance(caught.value.partial, Audio)
        assert caught.value.partial.usage_characters == 2 * len("A sentence. " * 8) - 2
        assert len(speaking.requests) == 3
        with pytest.raises(InvalidInputError):
            talker.call(talker.client.speak_long, "```\ncode\n```")
