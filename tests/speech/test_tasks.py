"""Long texts as tasks, and downloads without the key."""

from __future__ import annotations

import io
import itertools
import threading
import zipfile
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import soundfile
from published import validator
from talkers import COLOURS, Colour, Talker

from minimax_adapters.api import (
    AsyncClient,
    Audio,
    AudioSetting,
    CallTimeoutError,
    Client,
    InvalidInputError,
    InvalidReplyError,
    MiniMaxError,
    NotFoundError,
    ReplyTooLargeError,
    SpeechRequest,
    VoiceSetting,
    _speech_tasks,
)
from minimax_adapters.api._measure import measured
from minimax_adapters.api._speech_waits import waits
from minimax_adapters.api.wire.speech_tasks import (
    SpeechTask,
    SpeechTaskOptions,
    SpeechTaskRequest,
    TaskAudioSetting,
)
from minimax_adapters.emulator import Quirks

if TYPE_CHECKING:
    from minimax_adapters.emulator import Emulator

TEXT: Final = "One sentence of a long book. " * 12
WAV: Final = SpeechTaskOptions(
    audio_setting=TaskAudioSetting(format="wav", sample_rate=16000, channel=1),
    voice_setting=VoiceSetting(text_normalization=True),
)
both = pytest.mark.parametrize("colour", COLOURS)


@both
@pytest.mark.parametrize("bare", [False, True])
def test_a_long_text_is_submitted_waited_for_and_fetched(
    speaking: Emulator, colour: Colour, *, bare: bool
) -> None:
    """An archive with subtitles, or the audio itself; progress is told."""
    speaking.quirks = Quirks(speech_task_bare_audio=bare)
    seen: list[str] = []

    def progress(task: SpeechTask) -> None:
        seen.append(task.status)
        speaking.turn_clock(2)

    with Talker(colour, speaking) as talker:
        speech = talker.client.speech
        task = talker.call(speech.submit, TEXT, WAV)
        done = talker.call(speech.wait, task, on_progress=progress, waits=itertools.repeat(0.0, 3))
        audio = talker.call(speech.result, done)

    assert seen == ["processing", "success"]
    assert done.done
    assert done.usage_characters == len(TEXT)
    assert soundfile.info(io.BytesIO(audio.data)).samplerate == 16000
    assert audio.format == "wav"
    assert audio.sample_rate == 16000
    assert audio.duration == pytest.approx(soundfile.info(io.BytesIO(audio.data)).duration)
    assert len(audio.subtitles) == (0 if bare else 12)
    request = next(r.json for r in speaking.requests if r.path == "/v1/t2a_async_v2")
    assert request["audio_setting"]["audio_sample_rate"] == 16000
    validator("t2a_async_v2.request").validate(request)
    downloads = [r for r in speaking.requests if "downloads" in r.path]
    assert downloads
    assert not any("authorization" in r.headers for r in downloads)


@both
def test_a_task_is_taken_up_again_by_its_id(speaking: Emulator, colour: Colour) -> None:
    """After a restart nothing but the id is left."""
    with Talker(colour, speaking) as talker:
        task_id = talker.call(talker.client.speech.submit, TEXT).task_id
    speaking.turn_clock(2)

    with Talker(colour, speaking) as talker:
        task = talker.call(talker.client.speech.wait, task_id)
        audio = talker.call(talker.client.speech.result, task)

    assert isinstance(task_id, str)
    assert audio.data


async def test_the_audio_of_a_task_is_unpacked_beside_the_event_loop(
    speaking: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours of sound are hundreds of megabytes, of which each frame is looked at."""
    threads: list[threading.Thread] = []

    def measure(audio: Audio) -> Audio:
        threads.append(threading.current_thread())
        return measured(audio)

    monkeypatch.setattr(_speech_tasks, "measured", measure)
    async with AsyncClient(base_url=speaking.url, api_key=speaking.api_key) as client:
        task = await client.speech.submit(TEXT, WAV)
        speaking.turn_clock(3600)
        audio = await client.speech.result(await client.speech.wait(task))

    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()
    assert (audio.sample_rate, audio.channels) == (16000, 1)


@both
def test_a_text_too_long_for_a_request_is_uploaded(speaking: Emulator, colour: Colour) -> None:
    """From 50,001 characters on, and files of any kind that MiniMax reads."""
    text = "A sentence. " * 4200
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("one.txt", "Chapter one.")
    with Talker(colour, speaking) as talker:
        talker.call(talker.client.speech.submit, text)
        stored = talker.call(
            talker.client.files.upload, archive.getvalue(), "t2a_async_input", filename="b.zip"
        )
        request = SpeechTaskRequest(text_file_id=stored.file_id)
        task = talker.call(talker.client.speech.submit, request)
        with pytest.raises(InvalidInputError, match="1,000,000"):
            talker.call(talker.client.speech.submit, "x" * 1_000_000)

    sent = [r.json for r in speaking.requests if r.path == "/v1/t2a_async_v2"]
    assert "text" not in sent[0]
    assert task.usage_characters == len("Chapter one.")


@both
def test_a_text_whose_task_is_refused_need_not_be_uploaded_again(
    speaking: Emulator, colour: Colour
) -> None:
    """The error names the file, which MiniMax keeps."""
    with Talker(colour, speaking, max_retries=0) as talker:
        speaking.fail_next(1008, path="/v1/t2a_async_v2")
        with pytest.raises(MiniMaxError) as caught:
            talker.call(talker.client.speech.submit, "A sentence. " * 4200)
        partial: Any = caught.value.partial
        (stored,) = partial
        request = SpeechTaskRequest(text_file_id=stored.file_id)
        task = talker.call(talker.client.speech.submit, request)

    assert task.usage_characters == len("A sentence. " * 4200)
    assert len([r for r in speaking.requests if r.path == "/v1/files/upload"]) == 1


@both
def test_a_task_that_is_not_done_has_no_result(speaking: Emulator, colour: Colour) -> None:
    """MiniMax names a file already, which is not there."""
    with Talker(colour, speaking) as talker:
        speech = talker.client.speech
        task = talker.call(speech.submit, TEXT)
        with pytest.raises(NotFoundError, match=r"wait for it with wait\(\)"):
            talker.call(speech.result, task)


@both
def test_a_task_that_fails_or_expires_is_an_error(speaking: Emulator, colour: Colour) -> None:
    """And one that is not done in time goes on."""
    with Talker(colour, speaking) as talker:
        speech = talker.client.speech
        task = talker.call(speech.submit, TEXT)
        with pytest.raises(CallTimeoutError, match=task.task_id):
            talker.call(speech.wait, task, waits=[0.0])
        with pytest.raises(CallTimeoutError):
            talker.call(speech.wait, task, timeout=0)
        speaking.turn_clock(10 * 3600)
        with pytest.raises(MiniMaxError, match="expired"):
            talker.call(speech.wait, task)
        speaking.quirks = Quirks(speech_task_fails=True)
        failing = talker.call(speech.submit, TEXT)
        speaking.turn_clock(2)
        with pytest.raises(MiniMaxError, match="failed"):
            talker.call(speech.wait, failing)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"text": "a", "text_file_id": 1},
        {"text": "x" * 50_001},
        {"text": "<#1#>a"},
        {"text": "a", "audio_setting": TaskAudioSetting(format="pcm"), "voice_modify": {}},
        {"text": "a", "voice_setting": VoiceSetting(emotion="whisper")},
        {"text": "a", "voice_setting": VoiceSetting(voice_id="")},
    ],
)
def test_settings_of_a_task_are_checked_before_sending(changes: dict[str, Any]) -> None:
    """MiniMax would answer 2013."""
    with pytest.raises(InvalidInputError):
        SpeechTaskRequest(**changes)


def test_rates_of_a_task_depend_on_the_format() -> None:
    """Opus has its own."""
    TaskAudioSetting(format="opus", sample_rate=48000)
    with pytest.raises(InvalidInputError, match="opus"):
        TaskAudioSetting(format="opus", sample_rate=44100)
    with pytest.raises(InvalidInputError, match="mp3"):
        TaskAudioSetting(sample_rate=48000)


def test_waits_between_looks_grow_to_ten_seconds() -> None:
    """Often at first, for short texts; seldom later."""
    found = list(itertools.islice(waits(), 12))

    assert found[0] == 1.0
    assert found == sorted(found)
    assert found[-1] == 10.0


@both
def test_audio_and_subtitles_at_an_address_are_fetched(speaking: Emulator, colour: Colour) -> None:
    """One call completes what a reply only names."""
    request = SpeechRequest(
        text="One sentence. Two.",
        output_format="url",
        subtitle_enable=True,
        subtitle_type="word",
        audio_setting=AudioSetting(format="wav", sample_rate=16000),
    )
    with Talker(colour, speaking) as talker:
        audio = talker.call(talker.client.speak, request)
        fetched = talker.call(talker.client.speech.fetch, audio)
        with pytest.raises(ReplyTooLargeError, match="max_bytes"):
            talker.call(talker.client.speech.fetch, audio, max_bytes=100)

    info = soundfile.info(io.BytesIO(fetched.data))
    assert fetched.duration == pytest.approx(info.duration, rel=0.02)
    assert [line.text for line in fetched.subtitles] == ["One sentence.", "Two."]
    assert [word.text for word in fetched.subtitles[0].words] == ["One", "sentence."]
    assert "00:00:00" in fetched.srt


def fetching(handler: Any, **options: Any) -> Audio:  # noqa: ANN401 - a handler of httpx
    """Return what a client fetches from `https://files.example.org/a`."""
    options.setdefault("backoff", lambda: itertools.repeat(0.0))
    client = Client(api_key="secret", transport=httpx.MockTransport(handler), **options)
    return client.speech.fetch(Audio(b"", "mp3", url="https://files.example.org/a"))


def test_the_key_goes_only_to_the_configured_host() -> None:
    """Neither to the storage, nor to where it redirects."""
    keys: dict[str, str | None] = {}

    def handler(request: httpx.Request) -> httpx.Response:
        keys[request.url.host] = request.headers.get("authorization")
        if request.url.host == "files.example.org":
            return httpx.Response(302, headers={"location": "https://other.example.org/b"})
        if request.url.host == "other.example.org":
            return httpx.Response(302, headers={"location": "https://api.minimax.io/c"})
        return httpx.Response(200, content=b"audio")

    assert fetching(handler).data == b"audio"
    assert keys == {
        "files.example.org": None,
        "other.example.org": None,
        "api.minimax.io": "Bearer secret",
    }


def test_downloads_are_retried_also_when_they_break_off() -> None:
    """Nothing is billed for them."""
    calls: list[int] = []

    def handler(_: httpx.Request) -> httpx.Response:
        calls.append(1)
        if len(calls) == 1:
            return httpx.Response(503)
        if len(calls) == 2:
            return httpx.Response(200, content=_broken())
        return httpx.Response(200, content=b"audio")

    assert fetching(handler).data == b"audio"
    assert len(calls) == 3


def _broken() -> Any:  # noqa: ANN401 - a body
    yield b"au"
    raise httpx.ReadError("reset")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/b", "https://u:p@h/x", "nothing"])
def test_addresses_of_other_kinds_are_refused(url: str) -> None:
    """A reply must not make us read anything else."""
    client = Client(api_key="k", transport=httpx.MockTransport(lambda _: httpx.Response(200)))

    with pytest.raises(InvalidInputError):
        client.speech.fetch(Audio(b"", "mp3", url=url))


def test_a_circle_of_redirects_ends() -> None:
    """And a stated size that is too large is not read."""

    def circle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": str(request.url)})

    with pytest.raises(InvalidReplyError, match="redirects"):
        fetching(circle, max_retries=0)
