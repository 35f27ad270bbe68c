"""A long text as pieces that are spoken side by side and joined in order."""

from __future__ import annotations

import dataclasses
import threading
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Final, cast

from minimax_adapters.api._arguments import check_function
from minimax_adapters.api._fetch import fetch_sound, fetch_subtitles
from minimax_adapters.api._partial import digest_of, keep_partial, partial_of
from minimax_adapters.api._speech import speech_call
from minimax_adapters.api._steps import Read, Sleep
from minimax_adapters.api.audio import Audio, PartialSpeech
from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.api.joining import before_gap, join_audio, joined_facts
from minimax_adapters.api.sentences import split_text
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.speech import SpeechOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from minimax_adapters.api._call_group import CallGroup
    from minimax_adapters.api._flow import Policy
    from minimax_adapters.api._steps import Flow

# A thread that sleeps cannot be woken.
_MOMENT: Final = 0.5


class _GivenUpError(Exception):
    """A piece is not sent any more, since the job has failed."""


class LongSpeech:
    """The pieces of a text, and their audio as it comes, in any order.

    State: `pieces` of text, `_spoken` audio by number, `_whole` the numbers of those of which
    nothing is left to fetch, `_told` how many of those were told of, `_turns` the numbers that no
    thread has taken yet, `failure` why the rest is not wanted.

    Raises:
        InvalidInputError: Nothing in the text can be spoken, `piece_length` is out of range, or
            `resume` is no error of a job with these pieces and options.
    """

    def __init__(  # noqa: PLR0913 - the settings of a job, as of `Client.speak_long()`
        self,
        text: str,
        options: SpeechOptions | None,
        piece_length: int,
        on_progress: Callable[[int, int], object] | None,
        *,
        markdown: bool,
        resume: BaseException | None,
    ) -> None:
        self._options = SpeechOptions.template(options)
        self.pieces = split_text(text, limit=piece_length, markdown=markdown)
        if not self.pieces:
            raise InvalidInputError("There is nothing in the text that can be spoken.")
        check_function("on_progress", on_progress)
        self.failure: BaseException | None = None
        self._on_progress = on_progress
        self._spoken: dict[int, Audio] = {} if resume is None else self._kept(resume)
        self._whole = {number for number, audio in self._spoken.items() if _is_whole(audio)}
        self._told = len(self._whole)
        self._turns = iter(self.missing)
        self._lock = threading.Lock()
        self._telling = threading.Lock()

    @property
    def missing(self) -> list[int]:
        """The numbers of the pieces that are not done, last those that are spoken already.

        A file that cannot be had keeps no other piece from being spoken.
        """
        numbers = set(range(len(self.pieces))) - self._whole
        return sorted(numbers, key=lambda number: (number in self._spoken, number))

    def flow(self, policy: Policy, number: int, calls: CallGroup | None = None) -> Flow[Audio]:
        """Return the flow that has a piece spoken, if it is not; subtitles come along."""
        until_failure = self._until_failure if calls is None else calls.until_failure
        audio = self._spoken.get(number)
        if audio is None:
            call = policy.call(speech_call(self._options.saying(self.pieces[number])))
            audio = self._spoken[number] = yield from until_failure(call)
        # What was spoken is paid for: its files are fetched, whatever became of other pieces.
        sound = until_failure(fetch_sound(policy, audio), paid=True)
        audio = self._spoken[number] = yield from sound
        return (yield from until_failure(fetch_subtitles(policy, audio), paid=True))

    def take(self, number: int, audio: Audio) -> None:
        """Keep the audio of a piece."""
        if not audio.subtitles:
            # A file without any would be fetched again by a job that is resumed.
            audio = dataclasses.replace(audio, subtitle_url=None)
        with self._lock:
            self._spoken[number] = audio
            self._whole.add(number)
        # Whoever is told sees one piece after the other, from whichever threads.
        with self._telling:
            self._told += 1
            self._tell()

    def work(self, speak: Callable[[int], Audio]) -> None:
        """Have `speak` speak missing pieces, beside other threads, until none is left."""
        with self.speaking():
            while self.failure is None:
                with self._lock:
                    number = next(self._turns, None)
                if number is None:
                    return
                self.take(number, speak(number))

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Keep pieces from being sent after an error in here: they would cost for nothing."""
        try:
            yield
        except _GivenUpError:
            pass  # The failure of another piece has ended this one.
        except BaseException as error:  # noqa: BLE001 - raised by the thread that waits for the job
            with self._lock:
                self.failure = self.failure or error

    def result(self) -> Audio:
        """Return the whole audio.

        Raises:
            BaseException: The error that was the first to end the job.
        """
        failure, self.failure = self.failure, None
        try:
            if failure is not None:
                raise failure
        finally:
            # Held by its own frames, it would wait for the garbage collector with all the sound.
            del failure
        return join_audio(self._spoken[number] for number in range(len(self.pieces)))

    def _until_failure(self, call: Flow[Audio], *, paid: bool = False) -> Flow[Audio]:
        """Yield the steps of `call`; it is given up within moments once the job has failed.

        What was sent is billed, so its answer is read; what is `paid` for is given up where it
        would wait to be tried again.

        Raises:
            _GivenUpError: It has.
        """
        outcome: object = None
        with closing(call):
            while True:
                try:
                    step = call.send(outcome)
                except StopIteration as finished:
                    return cast("Audio", finished.value)
                if isinstance(step, Sleep):
                    yield from self._in_moments(step)
                    outcome = None
                    continue
                if not (paid or isinstance(step, Read)):
                    self._check_going_on()
                outcome = yield step

    def _in_moments(self, wait: Sleep) -> Flow[None]:
        """Wait, which nothing but another piece's failure cuts short, or the bell of `wait`.

        Raises:
            _GivenUpError: It has.
        """
        seconds = wait.seconds
        while True:
            self._check_going_on()
            yield Sleep(min(seconds, _MOMENT), wait.bell)
            # Whoever listens for a bell looks again when it may have rung.
            if seconds <= _MOMENT or wait.bell is not None:
                return
            seconds -= _MOMENT

    def _check_going_on(self) -> None:
        if self.failure is not None:
            raise _GivenUpError

    @contextmanager
    def keeping_partial(self) -> Iterator[None]:
        """Put the audio that is here on the error that ends the job, whoever raised it.

        What a job that is resumed has done is told in here: whoever is told may fail, too.
        """
        try:
            if self._told:
                self._tell()
            yield
        except BaseException as error:
            keep_partial(error, self._partial())
            raise

    def _tell(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self._told, len(self.pieces))

    def _partial(self) -> PartialSpeech:
        pieces = tuple(self._spoken.get(number) for number in range(len(self.pieces)))
        setting = self._options.audio_setting
        begin = Audio(b"", (setting and setting.format) or "mp3")
        # What cannot be joined has ended the job, and is paid for all the same.
        with suppress(Exception):
            begin = joined_facts(before_gap(pieces))
        facts = {field.name: getattr(begin, field.name) for field in dataclasses.fields(Audio)}
        # Its sound is joined when it is asked for.
        return PartialSpeech(**facts | {"data": b""}, pieces=pieces, job=self._digest())

    def _kept(self, error: BaseException) -> dict[int, Audio]:
        done = partial_of(error)
        if not isinstance(done, PartialSpeech):
            raise InvalidInputError(
                "There is nothing to resume: pass the error that ended speak_long(), unchanged."
            )
        if done.job != self._digest():
            raise InvalidInputError(
                "This error is of another job: resume with the same text, options, markdown and"
                " piece_length."
            )
        return {number: piece for number, piece in enumerate(done.pieces) if piece is not None}

    def _digest(self) -> str:
        return digest_of([encode(self._options.members()).decode(), *self.pieces])


def _is_whole(audio: Audio) -> bool:
    """Return whether nothing of `audio` is at an address only."""
    return bool(audio.data) and (bool(audio.subtitles) or not audio.subtitle_url)
