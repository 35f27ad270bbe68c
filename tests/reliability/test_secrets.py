"""The key is nowhere but in the header of requests to the configured hosts."""

# ruff: noqa: ANN401 - models and errors of any kind

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any, Final

import pytest
from account_operations import ALL
from fault_server import FaultServer
from faults import FAULTS
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumps
from operations import OPERATIONS

from minimax_adapters.api import AsyncClient, Audio, ChatRequest, Client, MiniMaxError, Settings
from minimax_adapters.langchain import ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech
from minimax_adapters.llama_index import MiniMax, MiniMaxEmbedding
from minimax_adapters.llama_index import MiniMaxSpeech as LlamaIndexSpeech

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.emulator import Emulator

# In parts, so that the text of this module does not hold it when a traceback quotes it.
SECRET: Final = "sk-" + "never" + "-shown"
HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
FAILING: Final = (
    "html_502",
    "reset_before_headers",
    "base_resp_1004",
    "compatible_2049",
    "reset_in_body",
)
_TOKENS: Final = itertools.count()


def _objects() -> list[Any]:
    known: dict[str, Any] = {"api_key": SECRET}
    objects: list[Any] = [
        Client(**known),
        AsyncClient(**known),
        Settings.resolve(**known),
        *(kind(**known) for kind in (ChatMiniMax, MiniMaxEmbeddings, MiniMaxSpeech)),
        *(kind(**known) for kind in (MiniMax, MiniMaxEmbedding, LlamaIndexSpeech)),
    ]
    return [
        pytest.param(made, id=f"{type(made).__module__}.{type(made).__name__}") for made in objects
    ]


@pytest.mark.parametrize("made", _objects())
def test_no_form_of_an_object_shows_the_key(made: Any) -> None:
    """Text, JSON, dicts and LangChain's serialisation; only a pickle keeps the key, on purpose."""
    forms = [repr(made), str(made), f"{made}", repr(getattr(made, "__dict__", ""))]
    calls = ("model_dump_json", "to_json", "_get_ls_params", "model_dump", "to_dict")
    forms += [repr(getattr(made, name, str)()) for name in calls]
    members = ("_identifying_params", "lc_attributes", "metadata")
    forms += [repr(getattr(made, name, "")) for name in members]
    if getattr(made, "lc_secrets", None):
        forms.append(dumps(made))

    assert not [form for form in forms if SECRET in form]


# A download that is answered with JSON is a file of JSON.
@pytest.mark.sampled(share=0.12)
@pytest.mark.parametrize("place", [place for place in ALL if place[1] != "fetch"], ids="-".join)
@pytest.mark.parametrize("fault", FAILING)
def test_no_error_shows_the_key(
    fault_server: FaultServer, place: tuple[str, str], fault: str
) -> None:
    """Nor its causes, its pickle, or a crash report that prints the variables of our frames."""
    colour: Any = "sync" if next(_TOKENS) % 2 else "async"
    url = fault_server.url(fault, f"secret-{next(_TOKENS)}")

    with pytest.raises(MiniMaxError) as caught:
        ALL[place]({"base_url": url, "api_key": SECRET, "max_retries": 0}, colour)

    error = caught.value
    assert SECRET.encode() not in pickle.dumps(error)
    assert SECRET not in repr(error) + str(error) + repr(vars(error))
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert SECRET not in "".join(_ours(report))


def _ours(report: traceback.TracebackException | None) -> Iterator[str]:
    """Yield what a crash report prints of the frames of this package and of httpx."""
    while report is not None:
        for frame in report.stack:
            if "/minimax_adapters/" in frame.filename or "/httpx/" in frame.filename:
                yield f"{frame.line} {frame.locals}"
        report = report.__cause__ or report.__context__


@pytest.mark.parametrize("place", list(OPERATIONS), ids="-".join)
def test_no_log_shows_the_key(
    fault_server: FaultServer, place: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Of any library at debug level, while a call is retried."""
    caplog.set_level(logging.DEBUG)
    url = fault_server.url("throttled_once", f"secret-{next(_TOKENS)}")

    OPERATIONS[place]({"base_url": url, "api_key": SECRET, "max_retries": 1}, "async")

    assert caplog.records
    assert not [record for record in caplog.records if SECRET in repr(vars(record))]


class _Recorder(BaseCallbackHandler):
    """Keeps all that LangChain tells a tracer."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        """Keep the serialised model and the metadata."""
        self.seen.append(repr((args, kwargs)))

    def on_llm_end(self, *args: Any, **kwargs: Any) -> None:
        """Keep the answer."""
        self.seen.append(repr((args, kwargs)))

    def on_llm_error(self, *args: Any, **kwargs: Any) -> None:
        """Keep the error."""
        self.seen.append(repr((args, kwargs)))


@pytest.mark.parametrize("fault", ["healthy", "base_resp_1004"])
def test_no_tracer_sees_the_key(fault_server: FaultServer, fault: str) -> None:
    """Metadata of runs leaves the house."""
    recorder = _Recorder()
    url = fault_server.url(fault, f"secret-{next(_TOKENS)}")
    model = ChatMiniMax(base_url=url, api_key=SECRET, max_retries=0)

    try:
        model.invoke("Hello", config={"callbacks": [recorder]})
    except MiniMaxError:
        assert fault != "healthy"

    assert len(recorder.seen) == 2
    assert SECRET not in "".join(recorder.seen)


def test_the_key_stands_in_one_header_only(fault_server: FaultServer) -> None:
    """Not in the address, not in the body, and no cookie follows."""
    token = f"secret-{next(_TOKENS)}"
    client = Client(base_url=fault_server.url("healthy", token), api_key=SECRET, group_id="g")

    with client:
        client.embed(["text"], type="db")

    head = fault_server.heads[token].decode()
    assert [line for line in head.split("\r\n") if SECRET in line] == [
        f"Authorization: Bearer {SECRET}"
    ]
    assert "cookie" not in head.lower()


@pytest.mark.parametrize("place", list(OPERATIONS), ids="-".join)
def test_a_redirect_does_not_take_the_key_along(
    fault_server: FaultServer, place: tuple[str, str]
) -> None:
    """It is an error that names the target; nothing is sent there."""
    token = f"secret-{next(_TOKENS)}"
    url = fault_server.url("redirect_307", token)

    with pytest.raises(MiniMaxError, match="redirects"):
        OPERATIONS[place]({"base_url": url, "api_key": SECRET, "max_retries": 0}, "sync")

    assert fault_server.requests[f"{token}-elsewhere"] == 0


def test_a_fallback_gets_the_key_only_when_it_was_named(fault_server: FaultServer) -> None:
    """The configured hosts in their order, and no other."""
    first, second = f"secret-{next(_TOKENS)}", f"secret-{next(_TOKENS)}"
    client = Client(
        base_url=fault_server.url("html_502", first),
        fallback_base_urls=[fault_server.url("healthy", second)],
        api_key=SECRET,
        max_retries=0,
    )

    with client:
        assert client.chat(HELLO).content

    assert (fault_server.requests[first], fault_server.requests[second]) == (1, 1)


def test_a_download_goes_without_the_key(emulator: Emulator) -> None:
    """Addresses of audio are those of a storage service, which is not MiniMax's to trust."""
    with FaultServer(FAULTS) as storage:
        url = f"{storage.url('healthy', 'audio')}/v1/models"
        audio = Audio(data=b"", format="mp3", url=url)
        with Client(base_url=emulator.url, api_key=SECRET, max_retries=0) as client:
            fetched = client.speech.fetch(audio)

    assert json.loads(fetched.data)["object"] == "list"
    assert SECRET.encode() not in storage.heads["audio"]
    assert b"authorization" not in storage.heads["audio"].lower()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/a", "data:text/plain,a", "/a"])
def test_a_download_is_no_way_to_local_files(emulator: Emulator, url: str) -> None:
    """A host could otherwise read what the user may read."""
    audio = Audio(data=b"", format="mp3", url=url)

    with Client(base_url=emulator.url, api_key=SECRET) as client, pytest.raises(MiniMaxError):
        client.speech.fetch(audio)

    assert emulator.requests == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:9/secret.png"])
def test_addresses_in_messages_are_never_fetched(emulator: Emulator, url: str) -> None:
    """They go to MiniMax as they are; what they name is its business."""
    image = {"type": "image_url", "image_url": {"url": url}}
    text = {"type": "text", "text": "What is this?"}
    request = ChatRequest(messages=[{"role": "user", "content": [text, image]}])

    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        try:
            client.chat(request)
        except MiniMaxError as error:
            assert "not" in str(error) or "invalid" in str(error)  # noqa: PT017 - either is right

    sent = emulator.requests[0].json["messages"][0]["content"][1]
    assert sent["image_url"]["url"] == url


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize("fault", ["redirect_301", "redirect_307", "html_404", "silent"])
def test_a_socket_does_not_follow_redirects(
    fault_server: FaultServer, colour: str, fault: str
) -> None:
    """The handshake has the key in its header as well."""
    token = f"secret-{next(_TOKENS)}"
    url = fault_server.url(fault, token)
    options: dict[str, Any] = {
        "base_url": url,
        "api_key": SECRET,
        "max_retries": 0,
        # Only silence has to be waited out: a busy machine takes its time over the others.
        "timeout": 0.2 if fault == "silent" else 5,
    }

    async def connect() -> None:
        async with AsyncClient(**options) as client, client.speech.connect() as voice:
            await voice.open()

    if colour == "async":
        with pytest.raises(MiniMaxError) as caught:
            asyncio.run(connect())
    else:
        voice = Client(**options).speech.connect()
        with pytest.raises(MiniMaxError) as caught:
            voice.open()
        voice.close()

    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert fault_server.seen(token, 1) == 1
    assert fault_server.requests[f"{token}-elsewhere"] == 0
