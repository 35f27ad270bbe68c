"""Scenarios of failures: every code in both envelopes, repetition and change of host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from chat_scenarios import asking, ended
from scenario import scenario

from minimax_adapters.api import (
    APIError,
    AuthenticationError,
    ChatRequest,
    ContextWindowError,
    InvalidRequestError,
    MiniMaxError,
    RateLimitError,
    ServerError,
    SpeechRequest,
    TextDelta,
)
from minimax_adapters.api._codes import CODES

if TYPE_CHECKING:
    from collections.abc import Callable

    from stage import Stage

CHAT: Final = "/v1/chat/completions"


def refused(stage: Stage, outcome: Callable[[], Any]) -> APIError:
    """Return the error that a call ends with."""
    with pytest.raises(APIError) as caught:
        stage.result(outcome())
    return caught.value


def code_scenario(code: int) -> Callable[[Stage], Any]:
    """Return the scenario of `code`."""

    def both_envelopes(stage: Stage) -> Any:  # noqa: ANN401 - what was received
        if stage.emulator:
            stage.emulator.fail_next(code)
            stage.emulator.fail_next(code, envelope="base_resp")
            stage.emulator.fail_next(code)
            stage.emulator.fail_next(code)
        client = stage.client(max_retries=0)
        errors = [
            refused(stage, lambda: client.chat(asking("Hello!"))),
            refused(stage, lambda: client.chat(asking("Hello again!"))),
            refused(stage, lambda: client.embed(["red"], type="db")),
            refused(stage, lambda: client.speak(SpeechRequest(text="Hello!"))),
        ]
        assert {error.code for error in errors} == {code}
        assert {type(error) for error in errors} == {CODES[code].error}
        return errors

    both_envelopes.__doc__ = f"Code {code} is {CODES[code].error.__name__} in both envelopes."
    return both_envelopes


for row in CODES:
    scenario("errors", name=f"code_{row}", staged=True)(code_scenario(row))


@scenario("errors", staged=True)
def an_error_beside_null_choices(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """HTTP 200 with `choices` null or empty and a code is an error."""
    if stage.emulator:
        stage.emulator.fail_next(2056, envelope="base_resp", choices="null")
        stage.emulator.fail_next(2056, envelope="base_resp", choices="empty")
    client = stage.client(max_retries=0)

    return [refused(stage, lambda: client.chat(asking("Hello!"))) for _ in range(2)]


@scenario("errors", staged=True)
def a_stream_fails_in_its_middle(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """The error carries the answer so far, in both envelopes."""
    if stage.emulator:
        stage.emulator.fail_next(1027, at="mid_stream", after=40)
        stage.emulator.fail_next(1000, at="mid_stream", after=40, envelope="base_resp")
    client = stage.client()
    outcomes: list[Any] = []

    for _ in range(2):
        seen: list[Any] = []
        with pytest.raises(MiniMaxError) as caught:
            stage.everything(client.stream_chat(asking("Tell me a story about rivers.")), seen)
        text = "".join(event.text for event in seen if isinstance(event, TextDelta))
        assert caught.value.partial.content == text  # type: ignore[attr-defined]  # a ChatReply, of a stream of chat
        outcomes.append([caught.value, text])
    return outcomes


@scenario("errors", staged=True, narrow=True)
def a_stream_is_repeated_before_its_first_event(stage: Stage) -> Any:  # noqa: ANN401 - as above
    """Nothing was delivered yet, so the error of the first frame is retried."""
    if stage.emulator:
        stage.emulator.fail_next(1002, at="first_frame")

    events = stage.everything(stage.client(max_retries=1).stream_chat(asking("Hello!")), [])

    return ended(events)


@scenario("errors", staged=True)
def speech_fails_in_its_middle(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """A frame with a code ends the stream of audio."""
    if stage.emulator:
        stage.emulator.fail_next(1000, at="mid_stream", after=1)
    seen: list[Any] = []

    with pytest.raises(MiniMaxError) as caught:
        stage.everything(stage.client().stream_speech(SpeechRequest(text="Hello there!")), seen)

    return [caught.value, len(seen)]


@scenario("errors", staged=True, narrow=True)
def a_rate_limit_passes(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Two refusals, in each endpoint's envelope, then the answer."""
    client = stage.client(max_retries=2)
    if stage.emulator:
        stage.emulator.fail_next(1002, times=2, retry_after=0)
    reply = stage.result(client.chat(asking("Hello!")))
    if stage.emulator:
        stage.emulator.fail_next(1002, times=2)

    embedded = stage.result(client.embed(["red"], type="db"))

    return [reply, embedded]


@scenario("errors", staged=True, narrow=True)
def a_rate_limit_that_stays(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """After the last attempt the error is raised."""
    if stage.emulator:
        stage.emulator.fail_next(1002, times=3)

    error = refused(stage, lambda: stage.client(max_retries=2).chat(asking("Hello!")))

    assert isinstance(error, RateLimitError)
    return error


@scenario("errors", staged=True, narrow=True)
def another_host_answers(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """The first host stays overloaded, so the second one is asked."""
    if stage.emulator:
        stage.emulator.fail_next(2064, times=2)

    client = stage.client(max_retries=1, fallback_base_urls=[stage.spare])

    return stage.result(client.chat(asking("Hello!")))


@scenario("errors", staged=True, narrow=True)
def a_proxy_answers(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """A page in HTML is a failure of the server."""
    if stage.emulator:
        stage.emulator.break_next("html_502")

    error = refused(stage, lambda: stage.client(max_retries=0).chat(asking("Hello!")))

    assert isinstance(error, ServerError)
    return error


@scenario("errors")
def a_wrong_key(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Both families refuse it, with the same class of error."""
    client = stage.client(api_key="not-a-key", max_retries=0)

    errors = [
        refused(stage, lambda: client.chat(asking("Hello!"))),
        refused(stage, lambda: client.embed(["red"], type="db")),
    ]

    assert {type(error) for error in errors} == {AuthenticationError}
    return errors


@scenario("errors")
def an_unknown_model(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """It is refused as a wrong parameter."""
    request = asking("Hello!", model="MiniMax-M0")

    error = refused(stage, lambda: stage.client(max_retries=0).chat(request))

    assert isinstance(error, InvalidRequestError)
    return error


@scenario("errors", staged=True)
def a_text_beyond_the_context_window(stage: Stage) -> Any:  # noqa: ANN401 - what was received
    """Only the text of 2013 tells it, and agents need to know."""
    if stage.emulator:
        stage.emulator.fail_next(2013, text="invalid params, context window exceeds limit")

    request = ChatRequest(messages=[{"role": "user", "content": "Pretend that this is long."}])
    error = refused(stage, lambda: stage.client().chat(request))

    assert isinstance(error, ContextWindowError)
    return error
