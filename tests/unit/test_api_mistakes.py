"""What users get wrong first is answered with what to do."""

from __future__ import annotations

import asyncio
import math
import pickle
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from minimax_adapters.api import (
    AsyncClient,
    Audio,
    ChatRequest,
    Client,
    ConfigurationError,
    InvalidInputError,
    RateLimit,
    SentenceStream,
    Settings,
    SpeechOptions,
    SpeechRequest,
    TextDelta,
    estimate_tokens,
    join_audio,
    profile_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

CLIENT = Client(api_key="k")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: CLIENT.chat("hi"), "Pass a ChatRequest(messages=...), not str."),  # type: ignore[arg-type]  # the mistake
        (lambda: CLIENT.stream_chat([]), "Pass a ChatRequest(messages=...), not list."),  # type: ignore[arg-type]  # the mistake
        (lambda: CLIENT.speak("hi"), "Pass a SpeechRequest(text=...), not str."),  # type: ignore[arg-type]  # the mistake
        (lambda: CLIENT.stream_speech({}), "Pass a SpeechRequest(text=...), not dict."),  # type: ignore[arg-type]  # the mistake
        (lambda: CLIENT.embed(["a"], type="document"), "type is 'db'"),  # type: ignore[arg-type]  # the mistake
        (lambda: CLIENT.embed(None, type="db"), "Pass a list of texts, not NoneType."),  # type: ignore[arg-type]  # the mistake
        (lambda: CLIENT.embed(["a"], type="db", resume="x"), "There is nothing to resume"),  # type: ignore[arg-type]  # the mistake
        (lambda: CLIENT.speak_long(["a"]), "Pass one text, not list."),  # type: ignore[arg-type]  # the mistake
        (lambda: CLIENT.speech.connect(dialect="foo"), "dialect is one of "),  # type: ignore[arg-type]  # the mistake
        (lambda: CLIENT.speech.connect({}), "Pass a SpeechOptions(model=...), not dict."),  # type: ignore[arg-type]  # the mistake
        (lambda: CLIENT.speak_long("a", {}), "Pass a SpeechOptions(model=...), not dict."),  # type: ignore[arg-type]  # the mistake
        (
            lambda: next(CLIENT.stream_speech_from([TextDelta("Hi.")], transport="http")),  # type: ignore[list-item]  # the mistake
            "Pass pieces of text, not TextDelta.",
        ),
        (lambda: CLIENT.speech.result("95"), "Pass the task that wait() returns, not str."),  # type: ignore[arg-type]  # the mistake
    ],
)
def test_a_call_says_what_it_takes(call: Callable[[], object], text: str) -> None:
    """An AttributeError from inside would not."""
    with pytest.raises(InvalidInputError) as caught:
        call()

    assert str(caught.value).startswith(text)


# Without their types, as they are told what nobody may tell them.
NOW: Any = CLIENT
LATER: Any = AsyncClient(api_key="k")


async def _texts() -> AsyncIterator[str]:
    yield "Hi."  # pragma: no cover - it is refused


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: NOW.embed(["a"], type=["db"]), "type is 'db'"),
        (lambda: NOW.embed(["a"], type="db", model=5), "model is a text, not int."),
        *(
            (
                lambda wrong=wrong: NOW.embed(["a"], type="db", max_batch_size=wrong),
                f"max_batch_size is a whole number, 1 or more, not {shown}.",
            )
            for wrong, shown in (("x", "str"), (None, "NoneType"), (1.5, "1.5"), (0, "0"))
        ),
        (
            lambda: asyncio.run(LATER.embed(["a"], type="db", max_concurrency="x")),
            "max_concurrency is a whole number, 1 or more, not str.",
        ),
        (
            lambda: NOW.embed(["a"], type="db", on_progress=5),
            "on_progress is a function, not int.",
        ),
        (lambda: NOW.stream_speech_from(5), "Pass texts, in a list or an iterator, not int."),
        (lambda: LATER.stream_speech_from(None), "Pass texts, in a list or an iterator, not None"),
        (
            lambda: NOW.stream_speech_from(_texts()),
            "Pass texts, in a list or an iterator, not async_generator. Those of an async iterator",
        ),
        (
            lambda: NOW.stream_speech_from([], transport="foo"),
            "transport is one of 'auto', 'bidi', 'plain', 'http', not 'foo'.",
        ),
        (
            lambda: LATER.stream_speech_from([], shortest="x"),
            "shortest is a whole number, 0 or more, not str.",
        ),
        (lambda: NOW.speak_long("a", piece_length="x"), "A piece of text may be limited to 20"),
        (
            lambda: NOW.speak_long("a", max_concurrency="x"),
            "max_concurrency is a whole number, 1 or more, not str.",
        ),
        (
            lambda: asyncio.run(LATER.speak_long("a", max_concurrency=0)),
            "max_concurrency is a whole number, 1 or more, not 0.",
        ),
        (lambda: NOW.speak_long("a", on_progress=5), "on_progress is a function, not int."),
        (lambda: NOW.speech.fetch("https://x.example"), "Pass the Audio of a reply, not str;"),
        (lambda: asyncio.run(LATER.speech.fetch(None)), "Pass the Audio of a reply, not NoneType;"),
        (
            lambda: NOW.speech.fetch(Audio(b"", "mp3"), max_bytes="x"),
            "max_bytes is a whole number, 1 or more, not str.",
        ),
        (lambda: NOW.speech.fetch(Audio(b"", "mp3", url=5)), "This is no http(s) address"),  # type: ignore[arg-type]  # the mistake
        (lambda: NOW.speech.submit("a", 5), "Pass a SpeechTaskOptions(model=...), not int."),
        (
            lambda: NOW.speech.wait("1", on_progress=asyncio.sleep),
            "on_progress is awaited by nobody: pass a function without async.",
        ),
        (lambda: NOW.speech.wait(object()), "task_id is an id, a text or a number, not object."),
        (lambda: NOW.files.content(None), "file_id is an id, a text or a number, not NoneType."),
        (lambda: NOW.files.retrieve(""), "file_id is an id, a text or a number, not an empty"),
        (lambda: NOW.files.delete(1.5, "voice_clone"), "A file_id is a number: see"),
        (lambda: NOW.voices.delete(5), "voice_id is a text, not int."),
        (
            lambda: NOW.files.upload(5, "voice_clone"),
            "A file is given by its path, or as bytes, not as int.",
        ),
        (lambda: join_audio([5]), "Pass a list of Audio, not of int."),  # type: ignore[list-item]  # the mistake
        (lambda: join_audio(5), "Pass a list of Audio, not int."),  # type: ignore[arg-type]  # the mistake
        (lambda: SentenceStream().feed(5), "text is a text, not int."),  # type: ignore[arg-type]  # the mistake
        (lambda: profile_of(5), "model is a text, not int."),  # type: ignore[arg-type]  # the mistake
        (lambda: estimate_tokens(5), "text is a text, not int."),  # type: ignore[arg-type]  # the mistake
    ],
)
def test_an_argument_that_cannot_be_meant_is_named(call: Callable[[], object], text: str) -> None:
    """Before anything is sent, which might be half of a job."""
    with pytest.raises(InvalidInputError) as caught:
        call()

    assert str(caught.value).startswith(text)


def test_a_task_is_waited_for_as_long_as_a_number_says() -> None:
    """Not until the first look is through."""
    with pytest.raises(ConfigurationError, match="timeout is a number of seconds above 0"):
        NOW.speech.wait("1", timeout="x")
    with pytest.raises(ConfigurationError, match="waits are seconds one after the other"):
        NOW.speech.wait("1", waits=5)


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ({"baseurl": "x"}, "Unknown option 'baseurl'. Did you mean 'base_url'?"),
        ({"zzz": 1}, "Unknown option 'zzz'. There are: api_key, base_url"),
    ],
)
def test_a_misspelled_option_names_the_near_one(option: dict[str, Any], text: str) -> None:
    """The names are many, and other clients have others."""
    with pytest.raises(TypeError) as caught:
        Client(api_key="k", **option)

    assert str(caught.value).startswith(text)


def test_a_misspelled_member_names_the_near_one() -> None:
    """In a request as well."""
    with pytest.raises(InvalidInputError, match=r"temprature: .* did you mean 'temperature'\?$"):
        ChatRequest(messages=[{"role": "user", "content": "x"}], temprature=1)  # type: ignore[call-arg]  # the mistake
    with pytest.raises(InvalidInputError, match="qqq: unknown member"):
        SpeechRequest(text="x", qqq=1)  # type: ignore[call-arg]  # the mistake
    with pytest.raises(
        InvalidInputError, match=r'^SpeechRe.* pass voice_setting={"voice_id": ...}'
    ):
        SpeechRequest(text="x", voice="a")  # type: ignore[call-arg]  # the mistake
    with pytest.raises(InvalidInputError, match=r'pass audio_setting={"sample_rate": ...}\.$'):
        SpeechRequest(text="x", sample_rate=8000)  # type: ignore[call-arg]  # the mistake


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (
            lambda: SpeechRequest(text="x", voice_setting={"speed": 9}),
            "voice_setting.speed: Input should be at least 0.5 and at most 2.",
        ),
        (
            lambda: SpeechRequest(text="x", voice_setting={"vol": 0}),
            "voice_setting.vol: Input should be above 0 and at most 10.",
        ),
        (
            lambda: SpeechRequest(text="x", voice_setting={"sped": 1}),
            "voice_setting.sped: there is no such member; did you mean 'speed'?",
        ),
        (
            lambda: SpeechRequest(text="x", timbre_weights=[{"voice_id": "a", "weight": 101}]),
            "timbre_weights.0.weight: Input should be at least 1 and at most 100.",
        ),
        (
            lambda: SpeechRequest(text="x", voice_setting={"voice_id": ""}),
            "voice_id may be empty only with timbre_weights.",
        ),
        (
            lambda: ChatRequest(messages=[{"role": "user", "content": "x"}], temperature=3),
            "temperature: Input should be at least 0 and at most 2.",
        ),
        (
            lambda: ChatRequest(messages=[{"role": "tool", "content": "x"}]),
            "messages.0.tool_call_id: Field required.",
        ),
        (
            lambda: ChatRequest(messages=[{"content": "x"}]),
            "messages.0: 'role' is missing.",
        ),
        (
            lambda: ChatRequest(messages=[{"role": "human", "content": "x"}]),
            (
                "messages.0: 'role' is 'human'; use one of 'system', 'root', 'user', 'assistant',"
                " 'tool', 'user_system', 'group', 'sample_message_user', 'sample_message_ai'."
            ),
        ),
        (
            lambda: ChatRequest(messages=[{"role": "user", "content": "x"}], stream=True),  # type: ignore[call-arg]  # the mistake
            "stream: unknown member; pass the request to stream_chat().",
        ),
    ],
)
def test_a_wrong_member_is_named_with_its_range(make: Callable[[], object], text: str) -> None:
    """By the path that the user wrote, without the models and unions inside."""
    with pytest.raises(InvalidInputError) as caught:
        make()

    assert str(caught.value).partition(" is not valid: ")[2] == text


def test_each_wrong_member_can_be_told_by_a_program() -> None:
    """A form shows the reason beside the field, in another process perhaps."""
    with pytest.raises(InvalidInputError) as caught:
        SpeechRequest(text="", voice_setting={"speed": 9})

    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert error.problems == (
        (("voice_setting", "speed"), "Input should be at least 0.5 and at most 2"),
        (("text",), "String should have at least 1 character"),
    )


def test_settings_side_by_side_are_named_as_they_stand() -> None:
    """The speech classes of both frameworks have no groups."""
    settings = {"speed": 9, "format": "ogg", "model": "", "markdown": True, "pitch": None}

    with pytest.raises(InvalidInputError) as caught:
        SpeechOptions.of("Voice", settings, voice_modify={"pitch": 101})

    assert str(caught.value).startswith("Voice is not valid: ")
    places = {place for place, _ in caught.value.problems}
    assert places == {("speed",), ("format",), ("model",), ("voice_modify", "pitch")}


@pytest.mark.parametrize("timeout", [-1, 0, "abc"])
def test_a_timeout_is_a_positive_number(timeout: float) -> None:
    """It is refused where it is given, not at the first call."""
    with pytest.raises(ConfigurationError, match="number of seconds above 0"):
        Settings.resolve(api_key="k", timeout=timeout)


@pytest.mark.parametrize("option", [{"max_retries": 1.5}, {"backoff": [1, 2]}])
def test_a_setting_of_the_wrong_kind_is_refused(option: dict[str, Any]) -> None:
    """Not with the first call that fails."""
    with pytest.raises(ConfigurationError, match=next(iter(option))):
        Settings.resolve(api_key="k", **option)


@pytest.mark.parametrize("number", [0, -5, "5", 1.5, math.inf, math.nan, True])
@pytest.mark.parametrize("name", ["requests", "tokens"])
def test_a_rate_limit_needs_numbers(name: str, number: object) -> None:
    """What is read from a file of settings may be text."""
    options: Any = {name: number}

    with pytest.raises(ConfigurationError, match=f"{name} must be a whole number, 1 or more"):
        RateLimit(**options)


def test_a_rate_limit_limits_something() -> None:
    """Whoever has read neither number from his settings would believe in a limit."""
    with pytest.raises(ConfigurationError, match="limits nothing: pass requests, tokens or both"):
        RateLimit(path="minimax.limit")


@pytest.mark.parametrize("period", [0, -1, "60", math.nan, math.inf, None])
def test_a_rate_limit_counts_in_a_period(period: Any) -> None:  # noqa: ANN401 - the mistake
    """Without one it would be a limit for ever."""
    with pytest.raises(ConfigurationError, match="period"):
        RateLimit(requests=1, period=period)


def test_a_rate_limit_may_be_written_with_an_exponent() -> None:
    """Tokens are counted in millions."""
    assert repr(RateLimit(tokens=1e6)) == "RateLimit(requests=None, tokens=1000000, path=None)"  # type: ignore[arg-type]  # what float is for


def test_a_rate_limit_is_more_than_a_number() -> None:
    """Of what, it does not say."""
    with pytest.raises(
        ConfigurationError, match=r"Pass rate_limit=RateLimit\(requests=...\), not int"
    ):
        Settings.resolve(api_key="k", rate_limit=5)  # type: ignore[arg-type]  # the mistake


@pytest.mark.parametrize("key", ['"key"', "'key'", "\u201ckey\u201d", "a key"])
def test_quotes_around_a_key_are_found_before_it_is_sent(key: str) -> None:
    """MiniMax would answer that the key is wrong, and the region was suspected."""
    with pytest.raises(ConfigurationError, match="blanks or quotes"):
        Settings.resolve(api_key=key)


def test_fallback_hosts_are_a_list() -> None:
    """One URL is a sequence too: of letters."""
    with pytest.raises(ConfigurationError, match="as a list"):
        Settings.resolve(api_key="k", fallback_base_urls="https://x.example")


@pytest.mark.parametrize(
    ("region", "host"), [("cn", "https://api.minimax.cn"), ("intl", "https://api.minimax.io")]
)
def test_common_names_of_the_regions_are_understood(
    region: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other clients call them so."""
    monkeypatch.setenv("MINIMAX_REGION", region)

    assert Settings.resolve(api_key="k").base_urls == (host,)


@pytest.mark.parametrize(
    ("program", "missing", "extra"),
    [
        ("import minimax_adapters.langchain", "langchain_core", "langchain"),
        ("from minimax_adapters.llama_index import MiniMax", "llama_index.core", "llama-index"),
        ("import minimax_adapters.emulator", "starlette", "emulator"),
    ],
)
def test_a_missing_extra_is_named(program: str, missing: str, extra: str) -> None:
    """The name of a foreign module does not tell what to install."""
    source = f"""
    import sys
    sys.modules[{missing!r}] = None
    try:
        {program}
    except ModuleNotFoundError as error:
        print(error)
    """

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)], capture_output=True, text=True, check=True
    )

    assert f"pip install 'minimax-adapters[{extra}]'" in done.stdout
