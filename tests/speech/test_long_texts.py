"""Texts that are longer than a request may be, as one audio."""

from __future__ import annotations

import asyncio
import contextvars
import io
import json
import threading
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
import soundfile
from talkers import COLOURS, Colour, Talker

from minimax_adapters.api import (
    AsyncClient,
    Audio,
    AudioSetting,
    Client,
    InvalidInputError,
    InvalidRequestError,
    MiniMaxError,
    PartialSpeech,
    SpeechOptions,
    _long_speech,
    split_text,
)
from minimax_adapters.api._long_speech import LongSpeech

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


async def test_a_piece_that_was_sent_is_kept_when_another_fails() -> None:
    """It is paid for; what is to be tried again in an hour is given up."""
    failed = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        text = json.loads(request.content)["text"]
        if text.startswith("Third"):
            return httpx.Response(200, json={"base_resp": {"status_code": 1002}})
        if text.startswith("Second"):
            failed.set()
            return httpx.Response(200, json={"base_resp": {"status_code": 1042}})
        await failed.wait()
        for _ in range(50):  # Until all know of the failure.
            await asyncio.sleep(0)
        return httpx.Response(200, json={"data": {"audio": "0102", "status": 2}})

    text = " ".join(f"{number} sentence of a text." for number in ("First", "Second", "Third"))
    async with AsyncClient(
        api_key="k", transport=httpx.MockTransport(answer), backoff=lambda: iter([3600.0])
    ) as client:
        with pytest.raises(InvalidRequestError) as caught:
            await client.speak_long(text, PCM, piece_length=30)

    assert isinstance(caught.value.partial, Audio)
    assert caught.value.partial.data == b"\x01\x02"
    assert len(asyncio.all_tasks()) == 1


async def test_pieces_are_joined_beside_the_event_loop(
    speaking: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which has other things to do; a job that is cancelled then has all of its audio."""
    loop = asyncio.get_running_loop()
    begun, cancelled = asyncio.Event(), threading.Event()

    def join(job: LongSpeech) -> Audio:
        loop.call_soon_threadsafe(begun.set)
        assert cancelled.wait(10)
        return result(job)

    result = LongSpeech.result
    monkeypatch.setattr(LongSpeech, "result", join)
    async with AsyncClient(base_url=speaking.url, api_key=speaking.api_key) as client:
        job = asyncio.ensure_future(client.speak_long("A sentence. " * 30, PCM, piece_length=100))
        await asyncio.wait_for(begun.wait(), 10)
        job.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await job
        cancelled.set()

    partial: Any = caught.value.partial  # type: ignore[attr-defined]  # of errors of any class
    assert partial.usage_characters == sum(len(r.json["text"]) for r in speaking.requests)


@pytest.mark.parametrize("resumed", [False, True])
async def test_a_book_is_cut_beside_the_event_loop(
    monkeypatch: pytest.MonkeyPatch, *, resumed: bool
) -> None:
    """It takes a second; a job that is cancelled meanwhile keeps what it was resumed with."""
    loop = asyncio.get_running_loop()
    begun, cancelled = asyncio.Event(), threading.Event()

    def cut(text: str, **options: Any) -> list[str]:  # noqa: ANN401 - whatever they are
        assert threading.current_thread() is not threading.main_thread()
        loop.call_soon_threadsafe(begun.set)
        assert cancelled.wait(10)
        return split_text(text, **options)

    monkeypatch.setattr(_long_speech, "split_text", cut)
    before = MiniMaxError("It failed.")
    before.partial = PartialSpeech(b"", "pcm", pieces=(Audio(b"\x01\x02", "pcm"),))
    async with AsyncClient(api_key="k") as client:
        resume = before if resumed else None
        job = asyncio.ensure_future(client.speak_long("A sentence. " * 9_000, PCM, resume=resume))
        await asyncio.wait_for(begun.wait(), 10)
        job.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await job
        cancelled.set()

    assert getattr(caught.value, "partial", None) is (before.partial if resumed else None)


@both
def test_a_book_is_spoken_to_its_end(colour: Colour) -> None:
    """Also where it was cut beside the event loop."""
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["text"])
        return httpx.Response(200, json={"data": {"audio": "0102", "status": 2}})

    text = "A sentence. " * 2_000
    options: dict[str, Any] = {"transport": httpx.MockTransport(answer)}
    with Talker(colour, None, api_key="k", **options) as talker:
        audio = talker.call(talker.client.speak_long, text, PCM, piece_length=9_999)

    assert " ".join(sorted(sent)).split() == text.split()
    assert audio.data == b"\x01\x02" * len(sent)


class Turns:
    """A lock that says when somebody has to wait for it."""

    def __init__(self) -> None:
        self.waited_for = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            self.waited_for.set()
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_progress_is_told_of_one_piece_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar never goes back, and need not be made for several threads."""
    seen: list[int] = []
    turns = Turns()
    audio = Audio(b"\x01\x02", "pcm")
    second = threading.Thread(target=lambda: job.take(1, audio))

    def on_progress(done: int, _: int) -> None:
        if second.ident is None:
            second.start()
            assert turns.waited_for.wait(10)
        turns.waited_for.set()
        seen.append(done)

    job = LongSpeech(
        "One little sentence. Two of them.", PCM, 20, on_progress, markdown=False, resume=None
    )
    monkeypatch.setattr(job, "_telling", turns, raising=False)
    job.take(0, audio)
    second.join()

    assert seen == [1, 2]


def test_keys_and_progress_find_the_context_of_the_call() -> None:
    """A server keeps in it whose request it is working on, and so whose key it is."""
    tenant = contextvars.ContextVar[str]("tenant")
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, json={"data": {"audio": "0102", "status": 2}})

    def whose() -> str:
        return tenant.get()

    tenant.set("theirs")
    with Client(api_key=whose, transport=httpx.MockTransport(answer)) as client:
        client.speak_long(
            "First sentence of a text. Second sentence of a text.",
            PCM,
            piece_length=30,
            on_progress=lambda *_: seen.append(whose()),
        )

    assert sorted(seen) == ["Bearer theirs"] * 2 + ["theirs"] * 2


@both
def test_progress_that_would_never_be_told_is_refused(colour: Colour) -> None:
    """A coroutine that nobody awaits does nothing, and much is paid for until that is noticed."""

    async def on_progress(*_: int) -> None: ...

    with Talker(colour, None, api_key="k") as talker:
        for given in (on_progress, Awaited()):
            with pytest.raises(InvalidInputError, match="on_progress is awaited by nobody"):
                talker.call(talker.client.speak_long, "A text.", PCM, on_progress=given)


class Awaited:
    """An object that is called like a coroutine function."""

    async def __call__(self, *_: int) -> None:
        """Do nothing."""
