"""A long text that failed goes on where it was: no piece is spoken, or paid for, twice."""

# ruff: noqa: ANN401 - options and errors of any kind

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import json
import pickle
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from minimax_adapters.api import (
    AsyncClient,
    Audio,
    AudioSetting,
    Client,
    InsufficientBalanceError,
    InvalidInputError,
    MiniMaxError,
    PartialSpeech,
    SpeechOptions,
    join_audio,
    joining,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from operations import Colour

COUNT: Final = 9
PIECES: Final = [f"This is sentence {number} of a text." for number in range(COUNT)]
TEXT: Final = " ".join(PIECES)
PCM: Final = SpeechOptions(audio_setting=AudioSetting(format="pcm", sample_rate=16000))
SETTINGS: Final[dict[str, Any]] = {"options": PCM, "piece_length": 40}
ONCE: Final = {"max_retries": 0}
BOTH: Final = pytest.mark.parametrize("colour", ["sync", "async"])


def _number(request: httpx.Request) -> int:
    return int(json.loads(request.content)["text"].split()[3])


class Host:
    """Speaks sentence `n` as two bytes of `n`, unless it is one of `broken`."""

    def __init__(self, broken: AbstractSet[int] = frozenset()) -> None:
        self.broken = broken
        self.spoken: list[int] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a piece."""
        number = _number(request)
        if number in self.broken:
            return httpx.Response(200, json={"base_resp": {"status_code": 1008}})
        self.spoken.append(number)
        facts = {"usage_characters": 1, "audio_length": 1000}
        data = {"audio": bytes([number, number]).hex(), "status": 2}
        return httpx.Response(200, json={"data": data, "extra_info": facts})

    async def aanswer(self, request: httpx.Request) -> httpx.Response:
        """Answer pieces that were sent together in the opposite order."""
        for _ in range(100 - _number(request)):
            await asyncio.sleep(0)
        return self.answer(request)

    def speak(
        self, colour: Colour, text: str = TEXT, patience: Any = ONCE, **options: Any
    ) -> Audio:
        """Have `text` spoken by a client of `colour`."""
        if colour == "async":
            return asyncio.run(self.aspeak(text, patience, **options))
        transport = httpx.MockTransport(self.answer)
        with Client(api_key="k", transport=transport, **patience) as client:
            return client.speak_long(text, **SETTINGS | options)

    async def aspeak(self, text: str = TEXT, patience: Any = ONCE, **options: Any) -> Audio:
        """Have `text` spoken in an event loop."""
        transport = httpx.MockTransport(self.aanswer)
        async with AsyncClient(api_key="k", transport=transport, **patience) as client:
            return await client.speak_long(text, **SETTINGS | options)

    def fail(self, colour: Colour, **options: Any) -> Any:
        """Have a text spoken that is not spoken to its end, and return the error."""
        with pytest.raises((MiniMaxError, RuntimeError)) as caught:
            self.speak(colour, **options)
        return caught.value


@BOTH
@pytest.mark.parametrize("broken", [{0}, {2}, {3, 5}, {COUNT - 1}, set(range(COUNT))])
def test_a_resumed_text_sends_the_rest_and_equals_the_unbroken(
    colour: Colour, broken: set[int]
) -> None:
    """Also after the second failure; what was spoken behind a gap is kept as well."""
    unbroken = Host().speak(colour)
    host = Host(broken)

    first = host.fail(colour)
    host.broken = {max(broken)}
    second = host.fail(colour, resume=first)
    known, host.broken = list(host.spoken), set()
    seen: list[tuple[int, int]] = []
    done = host.speak(colour, resume=second, on_progress=lambda *step: seen.append(step))

    kept: PartialSpeech = second.partial
    begin = [number for number in range(min(broken | {COUNT})) if number in known]
    assert [n for n, piece in enumerate(kept.pieces) if piece is not None] == sorted(known)
    assert kept.data[: 2 * len(begin)] == bytes(number for number in begin for _ in "ab")
    assert sorted(host.spoken) == list(range(COUNT))
    assert done == unbroken
    assert type(done) is Audio
    assert seen == [(count, COUNT) for count in range(max(len(known), 1), COUNT + 1)]


@BOTH
def test_an_error_of_ones_own_at_the_last_piece_costs_nothing(colour: Colour) -> None:
    """All is there, and only has to be joined; pickled, the error holds it too."""

    def on_progress(done: int, count: int) -> None:
        if done == count:
            raise RuntimeError("The bar is broken.")

    host = Host()
    error = host.fail(colour, on_progress=on_progress)
    kept = pickle.loads(pickle.dumps(error.partial))  # noqa: S301 - our own
    error.partial = kept

    assert host.speak(colour, resume=error) == Host().speak(colour)
    assert len(host.spoken) == COUNT
    assert join_audio(kept.pieces).data == kept.data
    assert repr(kept).startswith("Audio(pcm")


@BOTH
def test_an_error_of_ones_own_at_the_beginning_of_a_resumed_job_keeps_all(colour: Colour) -> None:
    """The one that the job was resumed with may be gone by then."""

    def on_progress(*_: int) -> None:
        raise RuntimeError("The bar is broken.")

    host = Host({4})
    first = host.fail(colour)
    error = host.fail(colour, resume=first, on_progress=on_progress)
    host.broken = set()

    assert isinstance(error, RuntimeError)
    kept: PartialSpeech = error.partial  # type: ignore[attr-defined]  # of errors of any class
    assert kept == first.partial
    assert host.speak(colour, resume=error) == Host().speak(colour)
    assert sorted(host.spoken) == list(range(COUNT))


@BOTH
def test_pieces_that_cannot_be_joined_are_kept(colour: Colour) -> None:
    """They are paid for, and perhaps a decoder makes something of them."""
    flac = SpeechOptions(audio_setting=AudioSetting(format="flac"))

    error = Host().fail(colour, options=flac)

    assert isinstance(error, InvalidInputError)
    assert isinstance(error.partial, PartialSpeech)
    assert (error.partial.data, error.partial.format) == (b"", "flac")
    assert [piece.data[0] for piece in error.partial.pieces if piece] == list(range(COUNT))


@BOTH
def test_a_job_that_fails_joins_nothing_until_its_sound_is_asked_for(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes seconds, in which an event loop would stand still; pickled, it stays undone."""
    joined: list[int] = []

    def join(files: Sequence[bytes]) -> bytes:
        joined.append(len(files))
        return b"".join(files)

    monkeypatch.setitem(joining._JOIN, "pcm", join)
    kept: PartialSpeech = Host({5}).fail(colour, max_concurrency=1).partial
    copy = pickle.loads(pickle.dumps(kept))  # noqa: S301 - our own

    assert (kept.duration, kept.usage_characters) == (5.0, 5)
    assert repr(kept) == "Audio(pcm, 5 of 9 pieces)"
    assert joined == []
    assert kept.data == kept.data == bytes(number for number in range(5) for _ in "ab")
    assert joined == [5]
    assert copy == kept
    begin = kept + Audio(b"\x09\x09", "pcm", duration=1.0)
    assert (type(begin), begin.duration, begin.data) == (Audio, 6.0, kept.data + b"\x09\x09")
    assert dataclasses.replace(kept, trace_id="t").data == kept.data
    assert joined == [5, 5, 2]


class BrokenBarError(RuntimeError):
    """An error of the user's, which can be waited for to be freed."""


@BOTH
@pytest.mark.parametrize("own", [False, True])
def test_the_sound_of_a_failed_job_is_freed_with_its_error(colour: Colour, *, own: bool) -> None:
    """It is hundreds of megabytes, and the garbage collector may come hours later."""

    def on_progress(*_: int) -> None:
        if own:
            raise BrokenBarError

    freed: list[weakref.ref[BaseException]] = []

    @contextlib.contextmanager
    def failing() -> Iterator[None]:
        try:
            yield
        except (MiniMaxError, BrokenBarError) as error:
            freed.append(weakref.ref(error))

    async def run() -> None:
        with failing():
            await Host({5}).aspeak(on_progress=on_progress)

    gc.collect()
    gc.disable()
    try:
        if colour == "async":
            asyncio.run(run())
        else:
            with failing():
                Host({5}).speak("sync", on_progress=on_progress)
        assert [error() for error in freed] == [None]
    finally:
        gc.enable()


class Storing(Host):
    """Keeps the files of pieces at addresses of their own, where those of `gone` are not."""

    def __init__(self, what: str, gone: AbstractSet[str]) -> None:
        super().__init__()
        self.what, self.gone = what, gone
        self.fetched: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a piece, or give out a file."""
        if request.url.host == "files.example":
            return self.file(request.url.path)
        answer = super().answer(request).json()
        number = _number(request)
        if "url" in self.what:
            answer["data"]["audio"] = f"https://files.example/sound/{number}"
        if "subtitles" in self.what:
            answer["data"]["subtitle_file"] = f"https://files.example/lines/{number}"
        return httpx.Response(200, json=answer)

    async def aanswer(self, request: httpx.Request) -> httpx.Response:
        """Answer without delay."""
        return self.answer(request)

    def file(self, path: str) -> httpx.Response:
        """Give out sound or subtitles; the third piece has none of these."""
        self.fetched.append(path)
        if path in self.gone:
            return httpx.Response(404)
        number = int(path.rpartition("/")[2])
        lines = [{"text": PIECES[number], "time_begin": 0, "time_end": 1000}] if number != 3 else []
        sound = bytes([number, number])
        return httpx.Response(200, content=sound if "sound" in path else json.dumps(lines).encode())


@BOTH
@pytest.mark.parametrize("what", ["subtitles", "url", "url and subtitles"])
def test_what_was_spoken_is_billed_once_however_often_its_files_cannot_be_had(
    colour: Colour, what: str
) -> None:
    """The addresses are kept: only what was not fetched is, and nothing of that twice."""
    asked = PCM.model_copy(update={"output_format": "url"}) if "url" in what else PCM
    asked = asked.model_copy(update={"subtitle_enable": "subtitles" in what})
    gone = "/lines/2" if "subtitles" in what else "/sound/2"
    host = Storing(what, {gone})

    error = host.fail(colour, options=asked)
    error.partial = pickle.loads(pickle.dumps(error.partial))  # noqa: S301 - our own
    again = host.fail(colour, options=asked, resume=error, max_concurrency=1)
    kept: PartialSpeech = again.partial
    host.gone = set()
    done = host.speak(colour, options=asked, resume=again)

    assert done == Storing(what, set()).speak(colour, options=asked)
    assert len(done.subtitles) == ("subtitles" in what) * (COUNT - 1)
    assert sorted(host.spoken) == list(range(COUNT))
    assert all(host.fetched.count(path) == 1 for path in set(host.fetched) - {gone})
    assert None not in kept.pieces, "the rest was not spoken"
    assert kept.data == bytes(number for number in range(2 if what == "url" else 9) for _ in "ab")


@BOTH
def test_a_file_that_cannot_be_had_now_keeps_no_failure_waiting(colour: Colour) -> None:
    """It is not waited for; its address is kept."""
    asked = threading.Event()

    class Busy(Storing):
        def answer(self, request: httpx.Request) -> httpx.Response:
            if request.url.host != "files.example" and _number(request) == 1:
                assert asked.wait(10)
                return httpx.Response(200, json={"base_resp": {"status_code": 1008}})
            return super().answer(request)

        async def aanswer(self, request: httpx.Request) -> httpx.Response:
            return await asyncio.to_thread(self.answer, request)

        def file(self, path: str) -> httpx.Response:
            self.fetched.append(path)
            asked.set()
            return httpx.Response(503)

    host = Busy("url", set())
    patience: dict[str, Any] = {"max_retries": 4, "backoff": lambda: iter([10.0])}
    text = " ".join(PIECES[:2])

    began = time.monotonic()
    failed = host.fail(colour, text=text, patience=patience, max_concurrency=2)

    assert time.monotonic() - began < 5
    kept: PartialSpeech = failed.partial
    assert [piece and piece.url for piece in kept.pieces] == ["https://files.example/sound/0", None]
    assert isinstance(failed, InsufficientBalanceError)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": TEXT + " One more."}, "another job"),
        ({"text": TEXT.replace("7", "6")}, "another job"),
        ({"piece_length": 90}, "another job"),
        ({"options": None}, "another job"),
        ({"options": PCM.model_copy(update={"language_boost": "auto"})}, "another job"),
        ({"resume": MiniMaxError("of a chat")}, "nothing to resume"),
    ],
)
def test_an_error_of_another_job_is_refused(changes: dict[str, Any], reason: str) -> None:
    """Sentences of another text would be heard only much later."""
    host = Host({2})
    given: dict[str, Any] = {"resume": host.fail("sync")} | changes
    host.spoken, host.broken = [], set()

    with pytest.raises(InvalidInputError, match=reason):
        host.speak("sync", **given)

    assert host.spoken == []
