"""Headers of the user: sent as they are meant, or refused without a word of their values."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from minimax_adapters.api import ChatRequest, Client, ConfigurationError, MiniMaxError, Settings
from minimax_adapters.langchain import ChatMiniMax
from minimax_adapters.llama_index import MiniMax

if TYPE_CHECKING:
    from collections.abc import Callable

# In parts, so that the text of this module does not hold it when a traceback quotes it.
SECRET: Final = "gateway-" + "never" + "-shown"
HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])


def _refusal(headers: Any) -> str:  # noqa: ANN401 - mistakes of any type
    """Return the whole report of the error, without the lines of source in it."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.resolve(api_key="k", headers=headers)
    return "".join(traceback.format_exception(caught.value))


def _sent(headers: dict[str, str]) -> httpx.Headers:
    seen: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(401, json={"error": {"message": "no"}})

    transport = httpx.MockTransport(answer)
    client = Client(api_key="k", headers=headers, transport=transport)
    with client, pytest.raises(MiniMaxError, match="no"):
        client.chat(HELLO)
    return seen[0]


@pytest.mark.parametrize("around", ["\n", "\r\n", " ", "\t", " \r\n\t "])
def test_what_stands_around_a_value_is_not_part_of_it(around: str) -> None:
    """A value that is read from a file has its line end, and HTTP ignores blanks."""
    sent = _sent({"X-Api-Key": f"{around}{SECRET} 2{around}", "X-Empty": around})

    assert sent["x-api-key"] == f"{SECRET} 2"
    assert sent["x-empty"] == ""


@pytest.mark.parametrize("inside", ["\n", "\r\nX-Evil: 1", "\0", "\x1b", "\x7f", "é", "\ud800"])
def test_what_cannot_be_sent_is_refused_by_the_name_alone(inside: str) -> None:
    """Its value may be a key; a library would quote it, or split it into two headers."""
    report = _refusal({"X-A": "a", "X-Api-Key": f"{SECRET}{inside}{SECRET}"})

    assert "'X-Api-Key'" in report
    assert SECRET not in report


@pytest.mark.parametrize("value", [None, 5, SECRET.encode(), [SECRET]])
def test_values_are_text(value: object) -> None:
    """As the annotation says."""
    report = _refusal({"X-Api-Key": value})

    assert "'X-Api-Key' must be ASCII text" in report
    assert SECRET not in report


@pytest.mark.parametrize("name", ["", "a b", "a:", f"X-Api-Key: {SECRET}", "a\r\nb", "é", 5, b"a"])
def test_a_name_is_what_http_calls_a_token(name: str) -> None:
    """A whole line may stand in its place, so only the place is told."""
    report = _refusal({"X-A": "a", name: "b"})

    assert "Header 2 has a name that cannot be sent" in report
    assert SECRET not in report


@pytest.mark.parametrize(
    "name",
    [
        *("Content-Length", "transfer-encoding", "EXPECT", "Connection", "Keep-Alive", "TE"),
        *("Trailer", "Upgrade", "Proxy-Connection", "HTTP2-Settings", "Sec-WebSocket-Key"),
    ],
)
def test_headers_of_the_connection_are_not_for_callers(name: str) -> None:
    """A false length breaks the request, `Expect` waits for ever at hosts that do not know it."""
    assert f"The header '{name}' is set by the library" in _refusal({name: "1"})


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_the_key_has_an_argument_of_its_own(name: str) -> None:
    """The header is made from it, and one of the user would be lost without a word."""
    report = _refusal({name: f"Bearer {SECRET}"})

    assert f"The header '{name}' is made from the key: pass the key as api_key" in report
    assert SECRET not in report
    assert _sent({"X-Team": "a"})["authorization"] == "Bearer k"


@pytest.mark.parametrize("headers", ["X-A: a", [("X-A", "a")], 5])
def test_headers_are_a_dict(headers: object) -> None:
    """Not a line, and not what httpx takes as well."""
    assert "Pass headers as a dict of texts" in _refusal(headers)


def test_what_is_of_the_request_stays_with_the_user() -> None:
    """A gateway may be addressed by another name, want its own key, and know its callers."""
    headers = {"Host": "minimax.internal", "X-Api-Key": SECRET, "User-Agent": "me", "X_y": "\u007e"}

    sent = _sent(headers)

    assert {name: sent[name] for name in headers} == headers


@pytest.mark.parametrize(
    "ask",
    [
        lambda **options: ChatMiniMax(**options).invoke("Hello"),
        lambda **options: MiniMax(**options).complete("Hello"),
    ],
)
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("X-Api-Key", "'X-Api-Key' holds a line break"),
        ("Authorization", "'Authorization' is made from the key"),
    ],
)
def test_the_adapters_refuse_them_too(ask: Callable[..., object], name: str, said: str) -> None:
    """At the latest with the first call, before anything is sent."""
    options: Any = {"api_key": "k", "default_headers": {name: f"a\n{SECRET}"}}

    with pytest.raises(ConfigurationError, match=said) as caught:
        ask(**options)

    assert SECRET not in "".join(traceback.format_exception(caught.value))
