"""Every switch of the emulator: a habit of a host changes nothing that a user receives."""

# ruff: noqa: ANN401 - replies of any kind

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from typing import TYPE_CHECKING, Any, Final

import pytest
from cells import check
from langchain_core.exceptions import OutputParserException
from operations import OPERATIONS, STREAMED, City
from outcomes import FAULTS, QUIRKS
from structured_operations import STRUCTURED

from minimax_adapters.api import (
    AsyncClient,
    ChatReply,
    ChatRequest,
    Client,
    InterruptedReplyError,
    MiniMaxError,
    RateLimitError,
    SpeechRequest,
)
from minimax_adapters.emulator import Quirks
from minimax_adapters.llama_index import BrokenToolCallError

if TYPE_CHECKING:
    from collections.abc import Callable

    from operations import Colour

    from minimax_adapters.emulator import Emulator

pytestmark = pytest.mark.sampled(share=0.1)

_VALUES: Final[dict[str, Any]] = {
    "response_delay": 0.001,
    "frame_delay": 0.0005,
    "tokens_per_second": 20_000.0,
    "cut_bytes": 3,
    "cut_stream_after": 4,
    "chunk_chars": 1,
    "think_tag": "mm:think",
    "tool_argument_chars": 1,
}
_NAMES: Final = [field.name for field in dataclasses.fields(Quirks)]
_OF_TOOLS: Final = [n for n in _NAMES if n.startswith(("tool", "leaked", "null_content"))]
# Where the answer is read from text, which is not a call.
_OF_TEXT: Final = {
    ("langchain", "invoke_json_mode"),
    ("langchain", "stream_json_mode"),
    ("llama_index", "predict_text"),
}
_PLACES: Final = [place for place in OPERATIONS if place[1] != "structured"]


def _cells() -> list[Any]:
    """Return every quirk with each operation, on surfaces and in colours by turns."""
    cells = []
    for number, name in enumerate(_NAMES):
        speaks = name.startswith(("aggregated", "null_data", "json_stream", "socket"))
        turns = [place for place in _PLACES if not speaks or "speech" in place[1]]
        for turn, place in enumerate(turns[number % 3 :: 3]):
            colour = "sync" if (number + turn) % 2 else "async"
            cells.append(pytest.param(name, place, colour, id="-".join((name, *place, colour))))
    return cells


@pytest.mark.parametrize(("name", "place", "colour"), _cells())
def test_a_quirk_of_a_host_changes_nothing(
    emulator: Emulator, name: str, place: tuple[str, str], colour: Colour
) -> None:
    """Or is the one error that it has to be."""
    emulator.quirks = _quirks(name)
    row = QUIRKS.get(name, FAULTS["healthy"])
    expected = row.stream if place[1].startswith(STREAMED) else row.plain

    error = _error(lambda: OPERATIONS[place](_known(emulator), colour))

    check(error, expected._replace(keeps=False), place[1])
    if expected.keeps:
        partial: Any = getattr(error, "partial", None)
        kept = partial.data if "speech" in place[1] else partial.reasoning or partial.content
        assert kept
    assert len(emulator.requests) == expected.requests


def _structured_cells() -> list[Any]:
    """Return every quirk with each way to structured output, in colours by turns."""
    cells = itertools.product(_NAMES, STRUCTURED)
    colours = itertools.cycle(("sync", "async"))
    return [
        pytest.param(name, place, colour, id="-".join((name, *place, colour)))
        for (name, place), colour in zip(cells, colours, strict=False)
    ]


# LlamaIndex's structured LLM streams with a method that pydantic has renamed.
@pytest.mark.filterwarnings("ignore:The `json` method is deprecated")
@pytest.mark.sampled(share=0.05)
@pytest.mark.parametrize(("name", "place", "colour"), _structured_cells())
def test_a_quirk_of_a_host_changes_no_structured_output(
    emulator: Emulator, name: str, place: tuple[str, str], colour: Colour
) -> None:
    """Nor what a stream of it ends with; of broken JSON no part is the answer, and it is kept."""
    known = _known(emulator)
    plain = _last(STRUCTURED[place](known, colour))
    emulator.clear()
    emulator.quirks = _quirks(name)

    if name == "cut_stream_after" and "stream" in place[1]:
        with pytest.raises(InterruptedReplyError) as interrupted:
            STRUCTURED[place](known, colour)
        assert isinstance(interrupted.value.partial, ChatReply)
    elif name == "broken_arguments" and place not in _OF_TEXT:
        with pytest.raises((OutputParserException, BrokenToolCallError)) as caught:
            STRUCTURED[place](known, colour)
        kept: Any = caught.value
        wrote = kept.arguments if isinstance(kept, BrokenToolCallError) else kept.llm_output
        assert plain.name in str(wrote)
    else:
        assert _last(STRUCTURED[place](known, colour)) == plain

    assert isinstance(plain, City)
    assert len(emulator.requests) == 1


def _last(answer: Any) -> Any:
    """Return the object that an answer, or the end of a stream, is or holds."""
    last = answer[-1] if isinstance(answer, list) else answer
    return getattr(last, "raw", last)


def _known(emulator: Emulator) -> dict[str, Any]:
    return {"base_url": emulator.url, "api_key": emulator.api_key, "max_retries": 0}


def _quirks(name: str) -> Quirks:
    return dataclasses.replace(Quirks(), **{name: _VALUES.get(name, True)})


def _error(call: Callable[[], Any]) -> MiniMaxError | None:
    try:
        assert call()
    except MiniMaxError as error:
        return error
    return None


def _tools() -> list[dict[str, Any]]:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return [{"type": "function", "function": {"name": "get_weather", "parameters": schema}}]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    "name", [n for n in _NAMES if n.startswith(("tool", "leaked", "null_con"))]
)
def test_a_quirk_of_tools_changes_no_call(emulator: Emulator, name: str, *, streamed: bool) -> None:
    """Also where a model writes its call as text: names and arguments are the same."""
    request = ChatRequest(
        messages=[{"role": "user", "content": "What is the weather in Paris?"}], tools=_tools()
    )

    def ask() -> Any:
        with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
            if streamed:
                return list(client.stream_chat(request))[-1].reply  # type: ignore[union-attr]  # the end
            return client.chat(request)

    plain = ask()
    emulator.quirks = dataclasses.replace(Quirks(), **{name: _VALUES.get(name, True)})
    odd = ask()

    calls = [(call.name, call.arguments) for call in odd.tool_calls]
    assert calls == [(call.name, call.arguments) for call in plain.tool_calls] != []
    assert odd.finish_reason == plain.finish_reason
    assert "tool_call" not in odd.content


@pytest.mark.parametrize("name", [name for name in _NAMES if name.startswith("socket_")])
@pytest.mark.parametrize("dialect", ["plain", "bidi"])
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_quirk_of_sockets_changes_nothing_that_is_heard(
    emulator: Emulator, name: str, dialect: Any, colour: Colour
) -> None:
    """Whichever frame brings the audio."""
    known: dict[str, Any] = {"base_url": emulator.url, "api_key": emulator.api_key}

    def speak() -> bytes:
        if colour == "sync":
            with Client(**known) as client, client.speech.connect(dialect=dialect) as voice:
                voice.send("Good morning.")
                return b"".join(getattr(chunk, "data", b"") for chunk in voice.drain())

        async def run() -> bytes:
            async with (
                AsyncClient(**known) as client,
                client.speech.connect(dialect=dialect) as voice,
            ):
                await voice.send("Good morning.")
                return b"".join([getattr(chunk, "data", b"") async for chunk in voice.drain()])

        return asyncio.run(run())

    plain = speak()
    switched: dict[str, Any] = {name: True}
    emulator.quirks = dataclasses.replace(Quirks(), **switched)

    assert speak() == plain != b""


def test_a_task_that_fails_is_an_error(emulator: Emulator) -> None:
    """The files of another would be somebody else's."""
    emulator.quirks = Quirks(speech_task_fails=True)
    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        task = client.speech.submit("Good morning.")
        emulator.turn_clock(3600)
        with pytest.raises(MiniMaxError, match="failed"):
            client.speech.wait(task)


def test_the_audio_of_a_task_is_the_same_without_an_archive(emulator: Emulator) -> None:
    """MiniMax documents both."""
    heard = []
    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        for bare in (False, True):
            emulator.quirks = Quirks(speech_task_bare_audio=bare)
            task = client.speech.submit("Good morning.")
            emulator.turn_clock(3600)
            heard.append(client.speech.result(client.speech.wait(task)))

    assert heard[0].data == heard[1].data
    assert heard[0].format == heard[1].format


@pytest.mark.parametrize("as_json", [False, True])
def test_a_refused_stream_of_speech_is_the_same_error(emulator: Emulator, *, as_json: bool) -> None:
    """As a frame or as a body."""
    emulator.quirks = Quirks(json_stream_errors=as_json)
    emulator.fail_next(1002)
    with (
        Client(base_url=emulator.url, api_key=emulator.api_key, max_retries=0) as client,
        pytest.raises(RateLimitError) as caught,
    ):
        list(client.stream_speech(SpeechRequest(text="Good morning.")))

    assert caught.value.code == 1002


def test_the_coldest_answer_is_asked_for_as_old_hosts_take_it(emulator: Emulator) -> None:
    """They refuse a temperature of 0."""
    emulator.quirks = Quirks(old_temperature_range=True)
    request = ChatRequest(
        model="MiniMax-M2.5", messages=[{"role": "user", "content": "Hello"}], temperature=0
    )
    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        assert client.chat(request).content

    assert 0 < emulator.requests[0].json["temperature"] < 0.1
