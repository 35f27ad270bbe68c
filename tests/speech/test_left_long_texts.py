"""Long texts that are given up: what was not sent is not sent, nor billed, any more."""

from __future__ import annotations

import json
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from minimax_adapters.api import (
    Audio,
    AudioSetting,
    Client,
    InvalidRequestError,
    RateLimit,
    SpeechOptions,
    _drivers,
    _speech_client,
)
from minimax_adapters.api._long_speech import LongSpeech

if TYPE_CHECKING:
    from collections.abc import Iterator

PCM: Final = SpeechOptions(audio_setting=AudioSetting(format="pcm", sample_rate=16000))
NUMBERS: Final = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth")
TEXT: Final = " ".join(f"{number} sentence of a text." for number in NUMBERS)
SPOKEN: Final = {"data": {"audio": "0102", "status": 2}}


class Waited(Future[None]):
    """What Ctrl-C reaches in the thread that waits for it."""

    def result(self, timeout: float | None = None) -> None:
        """Raise as the handler of the signal does, once something is under way."""
        del timeout
        assert Pool.begun.wait(10)
        raise KeyboardInterrupt


class Pool(ThreadPoolExecutor):
    """Threads whose first requests are answered when the pool is left."""

    begun = threading.Event()
    left = threading.Event()

    def submit(self, *work: Any, **options: Any) -> Any:  # noqa: ANN401 - as the class it stands for
        """Begin a work, and return what is interrupted."""
        super().submit(*work, **options)
        return Waited()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - as the class it stands for
        """Let the works go on, and wait for them."""
        self.left.set()
        super().shutdown(wait, cancel_futures=cancel_futures)


def telling(failed: threading.Event) -> Any:  # noqa: ANN401 - a method
    """Return `LongSpeech.speaking` that sets `failed` behind the failure of a piece."""
    speaking = LongSpeech.speaking

    @contextmanager
    def told(job: LongSpeech) -> Iterator[None]:
        try:
            with speaking(job):
                yield
        finally:
            if job.failure is not None:
                failed.set()

    return told


def test_ctrl_c_sends_no_further_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes to the thread that waits; the others would go on to the end of the text."""
    monkeypatch.setattr(_speech_client, "ThreadPoolExecutor", Pool)
    Pool.begun.clear()
    Pool.left.clear()
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["text"])
        Pool.begun.set()
        assert Pool.left.wait(10)
        return httpx.Response(200, json=SPOKEN)

    with (
        Client(api_key="k", transport=httpx.MockTransport(answer)) as client,
        pytest.raises(KeyboardInterrupt) as caught,
    ):
        client.speak_long(TEXT, PCM, piece_length=30, max_concurrency=1)

    partial: Any = caught.value.partial  # type: ignore[attr-defined]  # of errors of any class
    assert sent == ["First sentence of a text."]
    assert isinstance(partial, Audio)
    assert partial.data == b"\x01\x02"


@pytest.mark.parametrize("slow", ["First", "Third"])
def test_a_piece_is_not_sent_again_when_another_has_failed(
    monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    """Whichever comes first in the text, the error is that of the piece that failed."""
    failed, asked = threading.Event(), threading.Event()
    sent: list[str] = []
    monkeypatch.setattr(LongSpeech, "speaking", telling(failed))

    def answer(request: httpx.Request) -> httpx.Response:
        number = json.loads(request.content)["text"].split()[0]
        sent.append(number)
        if number == slow:
            asked.set()
            assert failed.wait(10)
            return httpx.Response(200, json={"base_resp": {"status_code": 1002}})
        if number == "Second":
            assert asked.wait(10)
            return httpx.Response(200, json={"base_resp": {"status_code": 1042}})
        return httpx.Response(200, json=SPOKEN)

    with (
        Client(
            api_key="k", transport=httpx.MockTransport(answer), backoff=lambda: iter([0.0])
        ) as client,
        pytest.raises(InvalidRequestError),
    ):
        client.speak_long(TEXT, PCM, piece_length=30, max_concurrency=3)

    assert sent.count(slow) == 1


@pytest.mark.parametrize("limited", [False, True])
def test_a_piece_that_waits_for_its_turn_is_given_up_in_a_moment(
    monkeypatch: pytest.MonkeyPatch, *, limited: bool
) -> None:
    """The next attempt may be a minute away, and so may the next request of a limit."""
    sleeping, failed = threading.Event(), threading.Event()
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        assert len(slept) < 9, "it sleeps on"
        sleeping.set()
        assert failed.wait(10)

    def answer(request: httpx.Request) -> httpx.Response:
        first = json.loads(request.content)["text"].startswith("First")
        if first and not limited:
            return httpx.Response(200, json={"base_resp": {"status_code": 1002}})
        assert sleeping.wait(10)
        return httpx.Response(200, json={"base_resp": {"status_code": 1042}})

    monkeypatch.setattr(_drivers, "time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(LongSpeech, "speaking", telling(failed))
    with (
        Client(
            api_key="k",
            transport=httpx.MockTransport(answer),
            backoff=lambda: iter([3600.0]),
            rate_limit=RateLimit(requests=1, period=3600.0) if limited else None,
        ) as client,
        pytest.raises(InvalidRequestError),
    ):
        client.speak_long(TEXT, PCM, piece_length=30, max_concurrency=2)

    assert sum(slept) < 1
