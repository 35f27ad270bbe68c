"""The flows of a socket driven by hand, two of them at once, with a clock of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import SecretStr

from minimax_adapters.api import AudioChunk, CallTimeoutError, Settings, SpeechOptions
from minimax_adapters.api._flow import Policy
from minimax_adapters.api._socket_flow import SocketFlow
from minimax_adapters.api._socket_steps import Closed, Disconnect, Receive, Transmit
from minimax_adapters.api._steps import AskKey

if TYPE_CHECKING:
    from minimax_adapters.api._socket_steps import Steps
    from minimax_adapters.api.wire.speech_socket import Dialect

AUDIO = json.dumps({"event": "task_continued", "data": {"audio": "aa"}})
LOST = Closed("it was lost", broken=True)


class Clock:
    """Seconds that pass only when a test says so."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def flow_of(dialect: Dialect = "plain", **options: Any) -> tuple[SocketFlow, Clock]:  # noqa: ANN401 - passed on
    """Return the flows of a socket that tries once."""
    settings = Settings.resolve(api_key="k", base_url="http://127.0.0.1", max_retries=0, **options)
    clock = Clock()
    return SocketFlow(Policy(settings, clock), SpeechOptions(), dialect), clock


def until_ready(steps: Steps[Any], outcome: object = None) -> Any:  # noqa: ANN401 - a step
    """Take part until something is asked of a session that is open, and return that step."""
    greeting = iter(["connected_success", "task_started"])
    step = steps.send(outcome)
    while True:
        if isinstance(step, AskKey):
            step = steps.send(SecretStr("k"))
        elif isinstance(step, Receive) and (event := next(greeting, None)):
            step = steps.send(json.dumps({"event": event}))
        elif isinstance(step, Transmit) and "task_start" in step.frame:
            step = steps.send(None)
        elif isinstance(step, Transmit | Receive | Disconnect):
            return step
        else:
            step = steps.send(object())  # A connection.


def result_of(steps: Steps[Any], outcome: object) -> Any:  # noqa: ANN401 - of the flow
    """Return what a flow ends with after its last step."""
    with pytest.raises(StopIteration) as ended:
        steps.send(outcome)
    return ended.value.value


def test_texts_that_another_thread_has_sent_again_are_left_to_it() -> None:
    """Whoever listens notices first that a connection is lost, or whoever sends."""
    flow, _ = flow_of()
    sending = flow.act(lambda session: session.say("One."))
    assert "One." in until_ready(sending).frame
    listening = flow.next_event()
    listening.send(None)
    again = until_ready(listening, LOST)

    result_of(sending, LOST)
    listening.send(None)
    event = result_of(listening, AUDIO)

    assert "One." in again.frame
    assert event == AudioChunk(b"\xaa")


@pytest.mark.parametrize(("write", "seconds"), [(5, [3, 2]), (1, [1, 1]), (None, [3, 2])])
def test_a_host_has_the_rest_of_the_deadline_to_take_what_it_is_told(
    write: float | None, seconds: list[float]
) -> None:
    """A text and its flush are told together; neither may take longer than the write time-out."""
    flow, clock = flow_of("bidi", timeout=httpx.Timeout(30, write=write), deadline=3)

    steps = flow.speak("One.")
    text = until_ready(steps)
    clock.now += 1
    flush = steps.send(None)

    assert [text.seconds, flush.seconds] == seconds


@pytest.mark.parametrize(("passed", "said"), [(1, "WriteTimeout"), (3, "deadline")])
def test_the_error_names_the_limit_that_ended_it(passed: float, said: str) -> None:
    """What to change is in the error; the connection is closed before it is raised."""
    flow, clock = flow_of(timeout=httpx.Timeout(30, write=1), deadline=3)

    steps = flow.speak("One.")
    until_ready(steps)
    clock.now += passed
    step = steps.send(httpx.WriteTimeout("full"))
    with pytest.raises(CallTimeoutError, match=said):
        steps.send(None)

    assert isinstance(step, Disconnect)
