"""A host that repeats what it was sent, a debug page say, puts no key into an error."""

# ruff: noqa: ANN401 - errors and results of any kind

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from minimax_adapters.api import AsyncClient, Audio, ChatRequest, Client, MiniMaxError
from minimax_adapters.emulator import Emulator
from minimax_adapters.langchain import ChatMiniMax

if TYPE_CHECKING:
    from collections.abc import Callable

# In parts, so that the text of this module does not hold it when a traceback quotes it.
SECRET: Final = "sk-" + "never" + "-shown"
# As long as those of the platform, so that texts of errors are cut in the middle of it.
LONG: Final = "eyJhbGciOiJSUzI1NiJ9." + "never" + "shown" * 150
GATEWAY: Final = "gateway-" + "never" + "-shown"
QUOTED: Final = 'gateway"never' + "\\told"
HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
ANSWERS: Final[dict[str, Callable[[str], httpx.Response]]] = {
    "base_resp": lambda sent: httpx.Response(
        200, json={"base_resp": {"status_code": 1004, "status_msg": f"login fail: {sent}"}}
    ),
    "error object": lambda sent: httpx.Response(401, json={"error": {"message": f"No: {sent}"}}),
    "debug page": lambda sent: httpx.Response(500, html=f"<body>{sent}</body>"),
    "page": lambda sent: httpx.Response(200, text=f"You sent {sent}"),
    "title": lambda sent: httpx.Response(502, html=f"<title>{sent}</title>"),
    "redirect": lambda sent: httpx.Response(302, headers={"Location": f"https://x/?t={sent}"}),
    "trace": lambda sent: httpx.Response(500, json={"error": "no"}, headers={"Trace-Id": sent}),
    "request id": lambda sent: httpx.Response(500, json={"error": "no", "request_id": sent}),
}


def _sent(request: httpx.Request) -> str:
    return f"{request.headers['authorization']} {request.headers.get('x-gateway-key', '')}"


def _check(error: BaseException) -> None:
    """Check every text that an error has, also after a pickle, with its causes."""
    shown = [repr(error), str(error), repr(vars(error)), *traceback.format_exception(error)]
    if isinstance(error, MiniMaxError):
        shown.append(repr(vars(pickle.loads(pickle.dumps(error)))))  # noqa: S301 - our own
    for secret in (SECRET, LONG[:40], GATEWAY):
        assert not [text for text in shown if secret in text]


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("key", [SECRET, LONG], ids=["short", "long"])
def test_no_error_repeats_a_key(
    kind: str, key: str, colour: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Ours, that of a gateway, and neither in the log."""
    caplog.set_level(logging.DEBUG)
    transport = httpx.MockTransport(lambda request: ANSWERS[kind](_sent(request)))
    options: Any = {
        "api_key": key,
        "headers": {"X-Gateway-Key": GATEWAY},
        "max_retries": 0,
        "transport": transport,
    }

    async def call() -> None:
        async with AsyncClient(**options) as client:
            await client.chat(HELLO)

    with pytest.raises(MiniMaxError) as caught:
        asyncio.run(call()) if colour == "async" else Client(**options).chat(HELLO)

    _check(caught.value)
    assert not [record for record in caplog.records if key[:40] in repr(vars(record))]


def test_no_cause_repeats_a_key() -> None:
    """h11 quotes the line of a header that it cannot read."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError(f"illegal header line: {_sent(request)}", request=request)

    client = Client(api_key=SECRET, max_retries=0, transport=httpx.MockTransport(answer))

    with pytest.raises(MiniMaxError) as caught:
        client.chat(HELLO)

    _check(caught.value)
    assert "illegal header line" in str(caught.value)


@pytest.mark.parametrize("shown", [str, repr, json.dumps, lambda text: repr(text.encode())])
@pytest.mark.parametrize("value", [QUOTED, f"Basic {QUOTED}"])
def test_no_error_repeats_a_key_in_another_spelling(
    value: str, shown: Callable[[str], str]
) -> None:
    """Libraries quote what they refuse; hosts answer in JSON, without the name of a scheme."""

    def answer(request: httpx.Request) -> httpx.Response:
        sent = request.headers["proxy-authorization"].removeprefix("Basic ")
        raise httpx.LocalProtocolError(f"Illegal value {shown(sent)}", request=request)

    options: Any = {"headers": {"Proxy-Authorization": value}, "max_retries": 0}
    client = Client(api_key=SECRET, transport=httpx.MockTransport(answer), **options)

    with pytest.raises(MiniMaxError, match="Illegal value") as caught:
        client.chat(HELLO)

    texts = [str(caught.value), repr(caught.value), *traceback.format_exception(caught.value)]
    assert not [text for text in texts if "told" in text]


class _Frames(httpx.SyncByteStream, httpx.AsyncByteStream):
    """An answer that begins well, and an error after it."""

    def __init__(self, sent: str) -> None:
        delta = {"choices": [{"index": 0, "delta": {"content": "Hello"}}]}
        failed = {"base_resp": {"status_code": 1000, "status_msg": f"failed: {sent}"}}
        self._frames = [f"data: {json.dumps(frame)}\n\n".encode() for frame in (delta, failed)]

    def __iter__(self) -> Any:
        return iter(self._frames)

    async def __aiter__(self) -> Any:
        for frame in self._frames:
            yield frame


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_no_stream_repeats_a_key_in_its_middle(colour: str) -> None:
    """After its first event, a stream is nobody's call any more."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"Content-Type": "text/event-stream"}
        return httpx.Response(200, headers=headers, stream=_Frames(_sent(request)))

    transport = httpx.MockTransport(answer)

    async def read() -> list[Any]:
        async with AsyncClient(api_key=SECRET, transport=transport) as client:
            return [event async for event in client.stream_chat(HELLO)]

    def read_here() -> list[Any]:
        return list(Client(api_key=SECRET, transport=transport).stream_chat(HELLO))

    with pytest.raises(MiniMaxError, match="failed") as caught:
        asyncio.run(read()) if colour == "async" else read_here()

    _check(caught.value)
    assert caught.value.partial is not None


def test_no_download_repeats_a_key() -> None:
    """Those of the configured host carry it."""
    transport = httpx.MockTransport(lambda request: ANSWERS["debug page"](_sent(request)))
    client = Client(api_key=SECRET, max_retries=0, transport=transport)

    with pytest.raises(MiniMaxError) as caught:
        client.speech.fetch(Audio(b"", "mp3", url="https://api.minimax.io/a.mp3"))

    _check(caught.value)


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize("at", ["response", "first_frame", "mid_stream"])
def test_no_socket_repeats_a_key(at: Any, colour: str) -> None:
    """In the greeting and behind it."""

    async def speak(options: dict[str, Any]) -> list[Any]:
        async with AsyncClient(**options) as client, client.speech.connect() as voice:
            return [chunk async for chunk in voice.speak("Hello. How are you?")]

    def speak_here(options: dict[str, Any]) -> list[Any]:
        with Client(**options) as client, client.speech.connect() as voice:
            return list(voice.speak("Hello. How are you?"))

    with Emulator(api_key=SECRET) as emulator:
        emulator.fail_next(code=1000, text=f"failed: {SECRET}", at=at)
        options: dict[str, Any] = {"base_url": emulator.url, "api_key": SECRET, "max_retries": 0}
        with pytest.raises(MiniMaxError, match="failed") as caught:
            asyncio.run(speak(options)) if colour == "async" else speak_here(options)

    _check(caught.value)


def test_an_error_of_an_adapter_repeats_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made from ours."""
    model = ChatMiniMax(api_key=SECRET, max_retries=0)
    transport = httpx.MockTransport(lambda request: ANSWERS["base_resp"](_sent(request)))
    client = Client(model._client.settings, transport=transport)
    monkeypatch.setattr(type(model), "_client", property(lambda _: client))

    with pytest.raises(MiniMaxError) as caught:
        model.invoke("Hello")

    _check(caught.value)
