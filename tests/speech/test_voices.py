"""Voices and files: listed, cloned, designed, deleted; checked before anything is sent."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
import soundfile
from published import validator
from talkers import COLOURS, Colour, Talker

from minimax_adapters.api import (
    APIError,
    InvalidInputError,
    InvalidVoiceError,
    PermissionDeniedError,
    SpeechOptions,
    SpeechRequest,
    VoiceSetting,
)
from minimax_adapters.api._samples import duration_of
from minimax_adapters.api.wire.voices import CloneRequest

if TYPE_CHECKING:
    from pathlib import Path

    from minimax_adapters.emulator import Emulator

NAME: Final = "narrator-007"
both = pytest.mark.parametrize("colour", COLOURS)


def sound(seconds: float, name: str = "wav") -> bytes:
    """Return a tone."""
    stream = io.BytesIO()
    tone = np.sin(np.arange(int(8000 * seconds)) / 5) * 0.3
    soundfile.write(stream, tone, 8000, format=name.upper())
    return stream.getvalue()


@both
def test_a_voice_is_cloned_used_listed_and_deleted(speaking: Emulator, colour: Colour) -> None:
    """It is listed after its first use; its name cannot be taken twice."""
    with Talker(colour, speaking) as talker:
        voices = talker.client.voices
        made = talker.call(
            voices.clone,
            sound(12),
            NAME,
            filename="sample.wav",
            preview="This is a preview.",
            prompt_audio=sound(3),
            prompt_text="Something short.",
            accuracy=0.8,
            need_noise_reduction=True,
        )
        unused = talker.call(voices.list, "voice_cloning")
        setting = VoiceSetting(voice_id=NAME)
        talker.call(talker.client.speak, SpeechRequest(text="Hello.", voice_setting=setting))
        used = talker.call(voices.list)
        with pytest.raises(InvalidVoiceError) as taken:
            talker.call(voices.clone, sound(12), NAME, filename="sample.wav")
        talker.call(voices.delete, NAME)
        with pytest.raises(InvalidVoiceError):
            talker.call(voices.delete, NAME)

    assert made.id == NAME
    assert made.preview_url
    assert unused == []
    assert [(v.id, v.kind) for v in used if v.kind != "system"] == [(NAME, "voice_cloning")]
    assert len(used) > 50
    assert taken.value.code == 2039
    (clone,) = [r.json for r in speaking.requests if r.path == "/v1/voice_clone"][:1]
    validator("voice_clone.request").validate(clone)
    assert clone["text"] == "This is a preview."
    assert clone["model"] == "speech-2.8-hd"


@both
def test_a_cloned_voice_speaks_over_sockets_too(speaking: Emulator, colour: Colour) -> None:
    """Every transport knows the voices of the account."""
    with Talker(colour, speaking) as talker:
        talker.call(talker.client.voices.clone, sound(12), NAME, filename="sample.wav")
        options = SpeechOptions(voice_setting=VoiceSetting(voice_id=NAME))
        assert talker.all(talker.connect(options).speak("Hello."))


@both
def test_samples_of_a_voice_that_is_refused_are_named(speaking: Emulator, colour: Colour) -> None:
    """MiniMax keeps them, and nobody else knows their numbers."""
    prompt: dict[str, Any] = {"prompt_audio": sound(3), "prompt_text": "Something short."}
    with Talker(colour, speaking, max_retries=0) as talker:
        speaking.fail_next(2038, path="/v1/voice_clone")
        with pytest.raises(PermissionDeniedError) as caught:
            talker.call(talker.client.voices.clone, sound(12), NAME, filename="a.wav", **prompt)
        speaking.fail_next(1008, path="/v1/files/upload")
        with pytest.raises(APIError) as before:
            talker.call(talker.client.voices.clone, sound(12), NAME, filename="a.wav", **prompt)
        files = talker.client.files
        kept = [talker.call(files.list, "voice_clone"), talker.call(files.list, "prompt_audio")]
        partial: Any = caught.value.partial
        for file in partial:
            talker.call(files.delete, file.file_id, file.purpose)
        left = [talker.call(files.list, "voice_clone"), talker.call(files.list, "prompt_audio")]

    assert [file.file_id for file in partial] == [files[0].file_id for files in kept]
    assert left == [[], []]
    assert str(partial[0].file_id) in "".join(caught.value.__notes__)
    assert before.value.partial is None


@both
def test_an_unused_voice_disappears_after_seven_days(speaking: Emulator, colour: Colour) -> None:
    """Previews do not count as use."""
    with Talker(colour, speaking) as talker:
        designed = talker.call(talker.client.voices.design, "An old sailor.", "The sea was calm.")
        request = SpeechRequest(text="Hi.", voice_setting=VoiceSetting(voice_id=designed.id))
        speaking.turn_clock(7 * 86_400 + 1)
        with pytest.raises(InvalidVoiceError):
            talker.call(talker.client.speak, request)

    assert soundfile.info(io.BytesIO(designed.preview.data)).duration > 0.5


@both
@pytest.mark.parametrize(
    ("content", "filename", "reason"),
    [
        (sound(9), "short.wav", "10 seconds"),
        (sound(301), "long.wav", "5 minutes"),
        (b"RIFF" + bytes(21 * 1024 * 1024), "large.wav", "20 MB"),
        (sound(12), "sample.flac", "mp3, m4a or wav"),
        (b"no audio at all", "broken.wav", "cannot be read"),
        (b"no audio at all", "broken.mp3", "cannot be read"),
        (sound(12), None, "filename"),
        ("/nowhere/at/all.wav", None, "cannot be read"),
    ],
)
def test_a_sample_that_minimax_refuses_is_not_sent(
    speaking: Emulator, colour: Colour, content: bytes | str, filename: str | None, reason: str
) -> None:
    """The upload would be for nothing."""
    options = {"filename": filename} if filename else {}
    with (
        Talker(colour, speaking) as talker,
        pytest.raises(InvalidInputError, match=reason),
    ):
        talker.call(talker.client.voices.clone, content, NAME, **options)

    assert not speaking.requests


@pytest.mark.parametrize(
    "name",
    ["short", "1starts-with-digit", "ends-with-", "ends-with_", "has space", "ümlaut-1", "a" * 257],
)
def test_names_that_break_a_rule_are_refused_before_the_upload(
    speaking: Emulator, name: str
) -> None:
    """8 to 256 characters, a letter first, no `-` or `_` last."""
    with Talker("sync", speaking) as talker, pytest.raises(InvalidInputError, match="voice_id"):
        talker.call(talker.client.voices.clone, sound(12), name, filename="s.wav")

    assert not speaking.requests


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "x" * 1001, "model": "speech-2.8-hd"},
        {"text": "A preview without a model."},
        {"text_validation": "x" * 201},
        {"accuracy": 1.1},
        {"language_boost": "Klingon"},
    ],
)
def test_settings_of_a_clone_have_their_documented_ranges(changes: dict[str, Any]) -> None:
    """They are checked before anything is sent."""
    with pytest.raises(InvalidInputError):
        CloneRequest(file_id=1, voice_id=NAME, **changes)


@both
def test_a_prompt_is_short_and_has_its_text(speaking: Emulator, colour: Colour) -> None:
    """Less than 8 seconds, or MiniMax says 2048."""
    with Talker(colour, speaking) as talker:
        clone = talker.client.voices.clone
        for options, reason in (
            ({"prompt_audio": sound(8), "prompt_text": "x"}, "8 seconds"),
            ({"prompt_audio": sound(3)}, "prompt_text"),
            ({"prompt_text": "x"}, "prompt_audio"),
        ):
            with pytest.raises(InvalidInputError, match=reason):
                talker.call(clone, sound(12), NAME, filename="s.wav", **options)
        with pytest.raises(TypeError, match="unheard_of"):
            talker.call(clone, sound(12), NAME, filename="s.wav", unheard_of=1)

    assert not speaking.requests


@both
@pytest.mark.parametrize(
    ("code", "kind"),
    [(2038, PermissionDeniedError), (1043, InvalidVoiceError), (1044, InvalidVoiceError)],
)
def test_refusals_of_minimax_are_typed(
    speaking: Emulator, colour: Colour, code: int, kind: type[APIError]
) -> None:
    """What only MiniMax can judge."""
    speaking.fail_next(code, path="/v1/voice_clone")
    with Talker(colour, speaking) as talker, pytest.raises(kind) as caught:
        talker.call(talker.client.voices.clone, sound(12), NAME, filename="s.wav")

    assert caught.value.code == code


def test_durations_are_read_from_every_kind_of_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also without mutagen, as far as the standard library goes."""
    assert duration_of("a.wav", sound(11)) == pytest.approx(11, rel=0.01)
    assert duration_of("a.mp3", sound(11, "mp3")) == pytest.approx(11, rel=0.02)
    made = tmp_path / "a.m4a"
    try:
        subprocess.run(
            ["ffmpeg", "-v", "error", "-i", "-", "-c:a", "aac", str(made)],  # noqa: S607 - whichever ffmpeg there is
            input=sound(11),
            check=True,
        )
    except FileNotFoundError:
        pass
    else:
        assert duration_of("a.m4a", made.read_bytes()) == pytest.approx(11, rel=0.02)
    monkeypatch.setitem(sys.modules, "mutagen", None)
    assert duration_of("a.wav", sound(11)) == pytest.approx(11, rel=0.01)
    assert duration_of("a.mp3", sound(11, "mp3")) is None
    with pytest.raises(InvalidInputError):
        duration_of("a.wav", b"junk")


@both
def test_files_are_uploaded_listed_retrieved_and_deleted(
    speaking: Emulator, colour: Colour, tmp_path: Path
) -> None:
    """Ids are 64-bit numbers, which stay exact; contents come back byte by byte."""
    path = tmp_path / "book.txt"
    content = "Chapter one.\r\n--boundary\r\n\x00 Ende. 你好".encode()
    path.write_bytes(content)
    with Talker(colour, speaking) as talker:
        files = talker.client.files
        stored = talker.call(files.upload, path, "t2a_async_input")
        listed = talker.call(files.list, "t2a_async_input")
        found = talker.call(files.retrieve, stored.file_id)
        got = talker.call(files.content, stored.file_id)
        talker.call(files.delete, stored.file_id, "t2a_async_input")
        after = talker.call(files.list, "t2a_async_input")
        with pytest.raises(APIError):
            talker.call(files.content, stored.file_id)

    assert (stored.filename, stored.bytes) == ("book.txt", len(content))
    assert stored.file_id > 2**53
    assert [file.file_id for file in listed] == [stored.file_id]
    assert found.download_url
    assert got == content
    assert after == []
    validator("files.delete.request").validate(
        next(r.json for r in speaking.requests if "delete" in r.path)
    )


@both
def test_uploads_that_minimax_refuses_are_not_sent(speaking: Emulator, colour: Colour) -> None:
    """A purpose takes only some kinds of files."""
    with Talker(colour, speaking) as talker:
        upload = talker.client.files.upload
        for content, purpose, name in (
            (b"x", "t2a_async_input", "a.mp3"),
            (b"", "t2a_async_input", "a.txt"),
            (sound(2), "voice_clone", "a.wav"),
            (sound(9), "prompt_audio", "a.wav"),
        ):
            with pytest.raises(InvalidInputError):
                talker.call(upload, content, purpose, filename=name)

    assert not speaking.requests


@both
def test_an_upload_is_retried_like_any_call(speaking: Emulator, colour: Colour) -> None:
    """With its whole form."""
    speaking.fail_next(1002, path="upload")
    with Talker(colour, speaking) as talker:
        stored = talker.call(
            talker.client.files.upload, b"text", "t2a_async_input", filename="a.txt"
        )

    assert stored.bytes == 4
    assert len(speaking.requests) == 2
