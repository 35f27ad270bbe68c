"""What leaves the process, for both colours: each test runs with Client and with AsyncClient."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final, get_args

import httpx
import pytest
from colours import KEY, URL, Caller, Colour
from pydantic import SecretStr

from minimax_adapters.api import (
    AuthenticationError,
    ChatRequest,
    Client,
    ConfigurationError,
    InterruptedReplyError,
    InvalidInputError,
    InvalidReplyError,
    NotFoundError,
    RateLimitError,
    ServerError,
    Settings,
    SpeechRequest,
    TextDelta,
)

if TYPE_CHECKING:
    from collections.abc import Callable

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
ANSWER: Final = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
SSE: Final = {"content-type": "text/event-stream"}
FRAME: Final = b'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\n'
END: Final = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
METHODS: Final[dict[str, Callable[[Caller], object]]] = {
    "chat": lambda caller: caller.chat(HELLO),
    "stream_chat": lambda caller: caller.stream_chat(HELLO),
    "embed": lambda caller: caller.embed(["a"], type="db"),
    "speak": lambda caller: caller.speak(SpeechRequest(text="Hi")),
    "stream_speech": lambda caller: caller.stream_speech(SpeechRequest(text="Hi")),
    "models": lambda caller: caller.models(),
}


@pytest.fixture(params=get_args(Colour))
def colour(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 - a literal type
    """Return `sync`, then `async`."""
    return request.param


def _always(status: int, body: object, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, content=content, headers=named)


def test_a_call_carries_the_key_and_json(colour: Colour) -> None:
    """To the documented path, and without anything that is not set."""
    with Caller(colour, _always(200, ANSWER)) as caller:
        reply = caller.chat(HELLO)

    request = caller.sent[0]
    assert reply.content == "Hi"
    assert str(request.url) == f"{URL}/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.content)["messages"] == [{"role": "user", "content": "Hello"}]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(colour: Colour, method: str, status: int) -> None:
    """The key would go along, to whoever the answer names."""
    handler = _always(status, b"", location="https://evil.example/v1")

    with (
        Caller(colour, handler) as caller,
        pytest.raises(InvalidReplyError, match=r"evil\.example"),
    ):
        METHODS[method](caller)

    assert [request.url.host for request in caller.sent] == ["api.minimax.io"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("handler", "kind", "requests"),
    [
        (_always(200, b""), InvalidReplyError, 1),
        (_always(200, b'{"choices": [{"mess'), InvalidReplyError, 1),
        (
            _always(200, b"<html><title>Log in</title></html>", content_type="text/html"),
            InvalidReplyError,
            1,
        ),
        (_always(502, b"<html><title>Bad Gateway</title></html>"), ServerError, 3),
        (_always(404, b"404 page not found"), NotFoundError, 1),
        (
            _always(200, {"base_resp": {"status_code": 1002}}, content_type="application/json"),
            RateLimitError,
            3,
        ),
        (_always(200, {"choices": None, "base_resp": {"status_code": 1002}}), RateLimitError, 3),
    ],
    ids=["empty", "truncated", "portal", "proxy", "path", "native", "null"],
)
def test_each_method_meets_each_failure_with_a_typed_error(
    colour: Colour,
    method: str,
    handler: Callable[[httpx.Request], httpx.Response],
    kind: type[Exception],
    requests: int,
) -> None:
    """And repeats only what passes, exactly `max_retries` times."""
    with Caller(colour, handler, max_retries=2) as caller:
        interrupted = (InterruptedReplyError,) if method.startswith("stream") else ()
        with pytest.raises((kind, *interrupted)):
            METHODS[method](caller)

    assert len(caller.sent) == requests


def _refuse(request: httpx.Request) -> httpx.Response:
    if request.headers["authorization"] == "Bearer new":
        return httpx.Response(200, json=ANSWER)
    return httpx.Response(401, json={"error": {"message": "invalid api key (2049)"}})


@pytest.mark.parametrize("secret", [str, SecretStr])
def test_a_provider_is_asked_again_once_when_its_key_is_refused(
    colour: Colour, secret: type[str | SecretStr]
) -> None:
    """And its new answer is kept for the next call."""
    keys = iter(["old", "new"])

    with Caller(colour, _refuse, api_key=lambda: secret(next(keys))) as caller:
        caller.chat(HELLO)
        caller.chat(HELLO)

    sent = [request.headers["authorization"] for request in caller.sent]
    assert sent == ["Bearer old", "Bearer new", "Bearer new"]


def test_a_provider_that_has_no_better_key_is_not_asked_for_ever(colour: Colour) -> None:
    """Two refusals are an answer."""
    asked: list[int] = []

    def provide() -> str:
        asked.append(1)
        return "old"

    with (
        Caller(colour, _refuse, api_key=provide) as caller,
        pytest.raises(AuthenticationError),
    ):
        caller.chat(HELLO)

    assert len(asked) == len(caller.sent) == 2


def test_an_error_of_the_provider_is_the_users_own(colour: Colour) -> None:
    """It comes out unchanged, also one that means something to generators."""

    def provide() -> str:
        raise LookupError("vault is sealed")

    with Caller(colour, _refuse, api_key=provide) as caller, pytest.raises(LookupError):
        caller.chat(HELLO)

    with (
        Client(api_key=lambda: next(iter([])), base_url=URL) as client,
        pytest.raises(StopIteration),
    ):
        client.models()


async def _later() -> SecretStr:
    await asyncio.sleep(0)
    return SecretStr("new")


def test_an_asynchronous_provider_is_for_the_asynchronous_client() -> None:
    """The synchronous one says so instead of sending a coroutine."""
    with Caller("async", _refuse, api_key=_later) as caller:
        assert caller.chat(HELLO).content == "Hi"
    with (
        Caller("sync", _refuse, api_key=_later) as caller,
        pytest.raises(ConfigurationError, match="AsyncClient"),
    ):
        caller.chat(HELLO)


def test_an_awaitable_that_is_no_coroutine_is_refused_as_well() -> None:
    """Any object may be awaitable."""

    class Awaitable:
        """An awaitable."""

        def __await__(self) -> Any:  # noqa: ANN401 - never awaited
            """Return nothing of use."""
            return iter(())

    with (
        Caller("sync", _refuse, api_key=Awaitable) as caller,
        pytest.raises(ConfigurationError, match="AsyncClient"),
    ):
        caller.chat(HELLO)


def test_a_stream_is_sent_when_its_first_event_is_asked_for(colour: Colour) -> None:
    """Making it costs nothing, and it may be dropped."""
    with Caller(colour, _always(200, FRAME + END, **SSE)) as caller:
        stream = caller.client.stream_chat(HELLO)
        assert caller.sent == []
        del stream
        assert caller.stream_chat(HELLO)[0] == TextDelta("Hi")

    assert len(caller.sent) == 1


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "text/event-stream"])
def test_a_plain_answer_to_a_stream_request_is_streamed_at_once(colour: Colour, kind: str) -> None:
    """A host that cannot stream has still answered, whatever it calls the answer."""
    with Caller(colour, _always(200, ANSWER, content_type=kind)) as caller:
        events = caller.stream_chat(HELLO)

    assert events[0] == TextDelta("Hi")
    assert len(events) == 2


@pytest.mark.parametrize("method", ["chat", "stream_chat", "embed", "speak", "stream_speech"])
def test_what_cannot_be_sent_is_refused_before_the_first_request(
    colour: Colour, method: str
) -> None:
    """A lone surrogate is not text, and no host could read it."""
    bad = "\udce4"
    calls: dict[str, Callable[[Caller], object]] = {
        "chat": lambda c: c.chat(
            ChatRequest(messages=[{"role": "user", "content": "a"}], extra_body={"x": bad})
        ),
        "stream_chat": lambda c: c.stream_chat(
            ChatRequest(messages=[{"role": "user", "content": "a"}], extra_body={"x": bad})
        ),
        "embed": lambda c: c.embed([bad], type="query"),
        "speak": lambda c: c.speak(SpeechRequest(text="a", extra_body={"x": bad})),
        "stream_speech": lambda c: c.stream_speech(SpeechRequest(text="a", extra_body={"x": bad})),
    }

    with Caller(colour, _always(200, {})) as caller:
        with pytest.raises(InvalidInputError, match="surrogate") as caught:
            calls[method](caller)
        assert caller.sent == []

    assert bad not in str(caught.value)


def test_a_client_takes_settings_that_are_ready() -> None:
    """An application resolves them once, for several clients."""
    settings = Settings.resolve(api_key=KEY, base_url=URL)

    assert Client(settings).settings is settings


class Chunks(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in chunks, which counts how many were read; an exception is raised."""

    def __init__(self, chunks: list[bytes | Exception]) -> None:
        self.read = 0
        self._chunks = chunks

    def __iter__(self) -> Any:  # noqa: ANN401 - of bytes
        """Yield the chunks."""
        for chunk in self._chunks:
            self.read += 1
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    async def __aiter__(self) -> Any:  # noqa: ANN401 - of bytes
        """Yield the chunks."""
        for chunk in self:
            yield chunk


def _stream_of(*chunks: bytes | Exception, **headers: str) -> tuple[Chunks, Any]:
    body = Chunks(list(chunks))
    named = SSE | {name.replace("_", "-"): value for name, value in headers.items()}
    return body, lambda _: httpx.Response(200, headers=named, stream=body)


def test_a_connection_is_read_to_its_end_for_the_next_call(colour: Colour) -> None:
    """But only where the body has an end of its own."""
    ended, handler = _stream_of(FRAME, END, b": bye\n", b"", transfer_encoding="chunked")
    with Caller(colour, handler) as caller:
        caller.stream_chat(HELLO)
    endless, handler = _stream_of(FRAME, END, httpx.ReadTimeout("open"))
    with Caller(colour, handler) as caller:
        caller.stream_chat(HELLO)

    assert ended.read == 4
    assert endless.read == 2


def test_a_server_that_never_ends_does_not_hold_the_caller(colour: Colour) -> None:
    """After `[DONE]`, comments could come for ever; what breaks then is of no interest."""
    chatty, handler = _stream_of(FRAME, END, *[b": alive\n"] * 99, transfer_encoding="chunked")
    with Caller(colour, handler) as caller:
        assert len(caller.stream_chat(HELLO)) == 2
    broken, handler = _stream_of(FRAME, END, httpx.ReadError("x"), transfer_encoding="chunked")
    with Caller(colour, handler) as caller:
        assert len(caller.stream_chat(HELLO)) == 2

    assert chatty.read < 20
    assert broken.read == 3


def test_nothing_is_read_after_a_stop_text(colour: Colour) -> None:
    """The server would write on at the user's cost; closing the connection stops it."""
    stop = ChatRequest(messages=[{"role": "user", "content": "Hello"}], stop=["i"])
    body, handler = _stream_of(FRAME, FRAME, END, transfer_encoding="chunked")

    with Caller(colour, handler) as caller:
        events = caller.stream_chat(stop)

    assert events[0] == TextDelta("H")
    assert events[-1].reply.finish_reason == "stop"  # type: ignore[union-attr]  # the last is ChatEnd
    assert body.read == 1


def test_a_deadline_in_the_middle_of_a_stream_keeps_what_had_come(colour: Colour) -> None:
    """Unless the answer was complete: then only the counts are missing."""
    complete = b'data: {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop"}]}\n\n'
    now = 0.0

    class Late(list[Any]):
        """Lets the time pass when the first event has come."""

        def append(self, event: object) -> None:
            nonlocal now
            now = 99.0
            super().append(event)

    _, slow = _stream_of(FRAME, FRAME, END)
    with Caller(colour, slow, deadline=5) as caller:
        caller.client._policy.clock = lambda: now
        with pytest.raises(TimeoutError) as caught:
            caller.stream_chat(HELLO, Late())
    now = 0.0
    _, finished = _stream_of(complete, END, transfer_encoding="chunked")
    with Caller(colour, finished, deadline=5) as caller:
        caller.client._policy.clock = lambda: now
        events = caller.stream_chat(HELLO, Late())

    assert caught.value.partial.content == "Hi"  # type: ignore[attr-defined]  # of each of our errors
    assert len(events) == 2


def _late(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow", request=request)


@pytest.mark.parametrize(
    ("deadline", "setting"), [(5, "deadline"), (60, "timeout"), (None, "timeout")]
)
def test_a_reply_that_is_late_names_the_setting_that_ended_it(
    colour: Colour, deadline: float | None, setting: str
) -> None:
    """To raise the other one would change nothing."""
    with Caller(colour, _late, deadline=deadline, timeout=8, max_retries=0) as caller:
        with pytest.raises(TimeoutError, match=f"Raise {setting},"):
            caller.chat(HELLO)
        with pytest.raises(TimeoutError, match=f"Raise {setting},"):
            caller.stream_chat(HELLO)
