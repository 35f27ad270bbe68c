"""Scenarios of what an account keeps: voices, files, long texts as tasks, and downloads."""

from __future__ import annotations

import io
import math
import struct
import wave
from typing import TYPE_CHECKING, Any

from scenario import scenario

from minimax_adapters.api import SpeechRequest

if TYPE_CHECKING:
    from stage import Stage


def sample() -> bytes:
    """Return a tone of eleven seconds as a wav file."""
    rate = 8000
    tone = [round(9000 * math.sin(n / 7)) for n in range(11 * rate)]
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(struct.pack(f"<{len(tone)}h", *tone))
    return file.getvalue()


@scenario("account")
def voices_are_listed(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """MiniMax's own voices, and those of the account."""
    voices = stage.result(stage.client().voices.list())

    assert "English_Graceful_Lady" in [voice.id for voice in voices]
    return voices


@scenario("account", staged=True)
def a_voice_is_cloned_and_deleted(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """A sample goes up as a form, then a voice is made of it."""
    voices = stage.client().voices

    cloned = stage.result(voices.clone(sample(), "my-voice-1", filename="sample.wav"))
    stage.result(voices.delete("my-voice-1"))

    assert cloned.id == "my-voice-1"
    return cloned


@scenario("account", staged=True)
def a_voice_is_designed(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """A description becomes a voice, with a preview."""
    return stage.result(stage.client().voices.design("A calm old sailor.", "Ahoy there!"))


@scenario("account", staged=True)
def files_come_and_go(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Upload, list, look, download, delete."""
    files = stage.client().files

    kept = stage.result(files.upload(b"A text.", "t2a_async_input", filename="text.txt"))
    listed = stage.result(files.list("t2a_async_input"))
    looked = stage.result(files.retrieve(kept.file_id))
    content = stage.result(files.content(kept.file_id))
    stage.result(files.delete(kept.file_id, "t2a_async_input"))

    assert content == b"A text."
    return [kept, listed, looked, content]


@scenario("account", staged=True)
def a_long_text_is_spoken_as_a_task(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Submitted, looked at, and fetched when it is done."""
    speech = stage.client().speech

    task = stage.result(speech.submit("This is said in its own time."))
    looked = stage.result(speech.check(task.task_id))
    if stage.emulator:
        stage.emulator.turn_clock(600)
    done = stage.result(speech.wait(task, waits=[0] * 9))
    audio = stage.result(speech.result(done))

    assert audio.data
    return [task, looked, done, audio]


@scenario("account", staged=True)
def speech_is_fetched_from_its_address(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """What came as an address is downloaded."""
    client = stage.client()

    audio = stage.result(client.speak(SpeechRequest(text="Hello!", output_format="url")))
    fetched = stage.result(client.speech.fetch(audio))

    assert fetched.data
    return [audio, fetched]
