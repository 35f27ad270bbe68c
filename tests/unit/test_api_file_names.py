"""Audio is saved under names that say what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from minimax_adapters.api import Audio, InvalidInputError, Subtitle
from minimax_adapters.api._file_names import audio_name

FITTING: Final = [
    ("mp3", "a.mp3"),
    ("mp3", "a.MP3"),
    ("wav", "a.wav"),
    ("pcmu_wav", "a.wav"),
    ("opus", "a.ogg"),
    ("pcm", "a.raw"),
    ("mp3", "a"),
    ("mp3", "a.part"),
    ("mp3", "v1.2"),
    ("newer", "a.mp3"),
]


@pytest.mark.parametrize(("kind", "name"), FITTING)
def test_a_name_that_fits_is_taken(kind: str, name: str, tmp_path: Path) -> None:
    """So is one that says nothing of audio, and any name for a format that we do not know."""
    assert Audio(b"sound", kind).save(tmp_path / name).read_bytes() == b"sound"


@pytest.mark.parametrize(
    ("kind", "name", "advice"),
    [
        ("mp3", "a.wav", "Ask for format='wav', or let the name end with .mp3."),
        ("wav", "a.mp3", "Ask for format='mp3', or let the name end with .wav."),
        ("pcm", "a.wav", "Write audio.playable().save('a.wav'), or let the name end with .pcm."),
        ("mp3", "a.m4a", "Convert it with another program, or let the name end with .mp3."),
    ],
)
def test_a_name_that_misleads_is_refused(kind: str, name: str, advice: str, tmp_path: Path) -> None:
    """Players trust the name, and somebody else would have to find out."""
    with pytest.raises(InvalidInputError) as caught:
        Audio(b"sound", kind).save(tmp_path / name)

    assert (
        str(caught.value) == f"This audio is {kind}, so the name '{name}' would mislead. {advice}"
    )
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    ("kind", "name", "named"),
    [
        ("mp3", "a", "a.mp3"),
        ("mp3", "a.wav", "a.mp3"),
        ("mp3", "a.M4A", "a.mp3"),
        ("mp3", "a.MP3", "a.MP3"),
        ("mp3", "app.py", "app.py.mp3"),
        ("mp3", "v1.2", "v1.2.mp3"),
        ("mp3", ".bashrc", ".bashrc.mp3"),
        ("pcmu_wav", "a", "a.wav"),
        ("opus", "a.ogg", "a.ogg"),
    ],
)
def test_a_name_gets_the_suffix_that_fits(kind: str, name: str, named: str) -> None:
    """For those who choose a name without knowing the format."""
    assert audio_name(Path(name), kind) == Path(named)


@pytest.mark.parametrize("file", ["srt", "webvtt"])
@pytest.mark.parametrize(
    ("address", "advice"), [(None, "subtitle_enable=True"), ("https://x.example/s", "fetch()")]
)
def test_subtitles_that_are_not_here_are_an_error(
    file: str, address: str | None, advice: str
) -> None:
    """An empty file would look as if nothing had been said."""
    with pytest.raises(InvalidInputError) as caught:
        getattr(Audio(b"sound", "mp3", subtitle_url=address), file)

    assert advice in str(caught.value)
    assert "Hi." in getattr(Audio(b"sound", "mp3", subtitles=(Subtitle("Hi.", 0, 1),)), file)
