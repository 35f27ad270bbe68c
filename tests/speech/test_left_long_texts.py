"""Long texts that are given up: what was not sent is not sent, nor billed, any more."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, cast

import httpx
import pytest
from pydantic import SecretStr

from minimax_adapters.api import (
    Audio,
    AudioSetting,
    Client,
    InterruptedReplyError,
    InvalidRequestError,
    RateLimit,
    Settings,
    SpeechOptions,
    _drivers,
)
from minimax_adapters.api._flow import Policy
from minimax_adapters.api._long_speech import LongSpeech
from minimax_adapters.api._steps import AskKey, Reserve, Sleep

if TYPE_CHECKING:
    from collections.abc import Iterator

PCM: Final = SpeechOptions(audio_setting=AudioSetting(format="pcm", sample_rate=16000))
NUMBERS: Final = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth")
TEXT: Final = " ".join(f"{number} sentence of a text." for number in NUMBERS)
SPOKEN: Final = {"data": {"audio": "0102", "status": 2}}

# A daemon thread gets no answer before the end, any other when the main thread has ended.
PROGRAM: Final = """
import os, sys, threading
import httpx
from minimax_adapters.api import Client, SpeechOptions

daemon = sys.argv[2] == "True"
begun, never = threading.Event(), threading.Event()

def answer(request):
    os.write(1, b"sent ")
    begun.set()
    never.wait() if daemon else threading.main_thread().join()
    return httpx.Response(200, json={"data": {"audio": "0102", "status": 2}})

def speak():
    client = Client(api_key="k", transport=httpx.MockTransport(answer))
    options = SpeechOptions(audio_setting={"format": "pcm"})
    client.speak_long(sys.argv[1], options, piece_length=30, max_concurrency=1)
    os.write(1, b"done")

threading.Thread(target=speak, daemon=daemon).start()
begun.wait()
"""


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
    main, failed = threading.main_thread(), threading.Event()
    assert threading.current_thread() is main
    monkeypatch.setattr(LongSpeech, "speaking", telling(failed))
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["text"])
        signal.pthread_kill(cast("int", main.ident), signal.SIGINT)
        assert failed.wait(10)
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


class Breaking(httpx.SyncByteStream):
    """A reply that breaks off in the middle of its body."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"{"
        raise httpx.ReadError("Broken.")


def test_a_reply_that_breaks_off_ends_the_job() -> None:
    """As any other failure does: nothing more is sent."""
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        return httpx.Response(200, stream=Breaking())

    with (
        Client(api_key="k", transport=httpx.MockTransport(answer)) as client,
        pytest.raises(InterruptedReplyError, match="broke off"),
    ):
        client.speak_long(TEXT, PCM, piece_length=30, max_concurrency=1)

    assert len(sent) == 1


@pytest.mark.parametrize("daemon", [True, False])
def test_a_program_that_ends_speaks_on_only_for_threads_that_it_waits_for(*, daemon: bool) -> None:
    """A daemon thread ends with it, and what was not sent is not; any other has all spoken."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, TEXT, str(daemon)],
        capture_output=True,
        check=True,
        timeout=30,
    )

    assert run.stderr == b""
    assert run.stdout.decode() == ("sent " if daemon else "sent " * len(NUMBERS) + "done")


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


def test_a_piece_that_is_not_the_next_of_a_limit_hears_when_it_is() -> None:
    """It waits in moments, in each of which it may be woken; only the next one asks the limit."""
    limit = RateLimit(requests=1, clock=lambda: 0.0)
    assert limit.reserve(requests=1) == 0.0
    policy = Policy(Settings.resolve(api_key="k", rate_limit=limit), lambda: 0.0)
    job = LongSpeech(TEXT, PCM, 30, None, markdown=False, resume=None)
    pieces = [job.flow(policy, number) for number in range(2)]
    for piece in pieces:
        assert isinstance(next(piece), AskKey)
    first: Any = pieces[0].send(SecretStr("k"))
    assert isinstance(pieces[0].send(first.limit.reserve(requests=1)), Sleep)

    waits: Any = [pieces[1].send(SecretStr("k")), pieces[1].send(None)]
    assert all(isinstance(wait, Sleep) and 0 < wait.seconds < 1 for wait in waits)
    assert not waits[1].bell.has_rung
    pieces[0].close()

    assert waits[1].bell.has_rung
    assert isinstance(pieces[1].send(None), Reserve)
    pieces[1].close()
