"""Settings: from arguments, else from the environment, else the defaults; refused if unsafe."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from minimax_adapters.api import AsyncClient, Client, ConfigurationError, Settings
from minimax_adapters.api._keys import KeySource
from minimax_adapters.api.settings import DEFAULT_TIMEOUT, exponential_backoff

KEY = "sk-test-key"


def _key_of(settings: Settings) -> str:
    assert isinstance(settings.api_key, SecretStr)
    return settings.api_key.get_secret_value()


def test_the_environment_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment configures without code."""
    monkeypatch.setenv("MINIMAX_API_KEY", f" {KEY}\n")
    monkeypatch.setenv("MINIMAX_REGION", "china")
    monkeypatch.setenv("MINIMAX_GROUP_ID", "g1")

    settings = Settings.resolve()

    assert _key_of(settings) == KEY
    assert settings.base_urls == ("https://api.minimax.cn",)
    assert settings.group_id == "g1"


def test_defaults_are_the_international_host_and_patience() -> None:
    """A thinking model may work for minutes before its first byte."""
    settings = Settings.resolve(api_key=KEY)

    assert settings.base_urls == ("https://api.minimax.io",)
    assert settings.timeout == DEFAULT_TIMEOUT
    assert (settings.max_retries, settings.deadline, settings.group_id) == (4, None, None)
    assert settings.backoff is exponential_backoff


@pytest.mark.parametrize(
    ("options", "environment", "url"),
    [
        ({}, {"MINIMAX_BASE_URL": "https://a.example/v1"}, "https://a.example"),
        (
            {},
            {"MINIMAX_BASE_URL": "https://a.example", "MINIMAX_REGION": "china"},
            "https://a.example",
        ),
        ({"region": "china"}, {"MINIMAX_BASE_URL": "https://a.example"}, "https://api.minimax.cn"),
        ({"region": "global"}, {"MINIMAX_REGION": "china"}, "https://api.minimax.io"),
        (
            {"base_url": "https://b.example"},
            {"MINIMAX_BASE_URL": "https://a.example"},
            "https://b.example",
        ),
        ({"base_url": "https://b.example", "region": "china"}, {}, "https://b.example"),
        ({"base_url": None, "region": None}, {"MINIMAX_REGION": ""}, "https://api.minimax.io"),
        ({}, {"MINIMAX_REGION": "China"}, "https://api.minimax.cn"),
        ({"region": "GLOBAL"}, {}, "https://api.minimax.io"),
    ],
)
def test_arguments_come_before_the_environment(
    options: dict[str, Any], environment: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a base URL before a region of the same place."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert Settings.resolve(api_key=KEY, **options).base_urls == (url,)


def test_arguments_for_key_and_group_come_before_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One process may serve several accounts."""
    monkeypatch.setenv("MINIMAX_API_KEY", "other")
    monkeypatch.setenv("MINIMAX_GROUP_ID", "other")

    settings = Settings.resolve(api_key=SecretStr(KEY), group_id="mine")

    assert (_key_of(settings), settings.group_id) == (KEY, "mine")


@pytest.mark.parametrize(
    "url",
    [
        "https://h.example",
        "https://h.example/",
        "https://h.example/v1",
        "https://h.example/v1/",
        " https://h.example//v1// ",
    ],
)
def test_a_base_url_may_end_in_v1_or_not(url: str) -> None:
    """OpenAI's SDK needs it, MiniMax's pages leave it out; both are copied."""
    assert Settings.resolve(api_key=KEY, base_url=url).base_urls == ("https://h.example",)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/v1",
        "http://localhost:8000",
        "http://[::1]:8000",
        "https://h.example/proxy/v1",
    ],
)
def test_loopback_and_paths_are_fine(url: str) -> None:
    """The emulator, a server on this machine, a gateway with a path."""
    assert Settings.resolve(api_key=KEY, base_url=url).base_urls == (url.removesuffix("/v1"),)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://h.example", "clear text"),
        ("http://10.0.0.1/v1", "clear text"),
        ("ftp://h.example", "not a base URL"),
        ("h.example", "not a base URL"),
        ("https://", "not a base URL"),
        ("https://h.example:port", "not a base URL"),
        ("https://user:secret@h.example", "password"),
        ("https://h.example/v1?GroupId=secret", "query.*Pass the GroupId as group_id"),
        ("https://h.example/v1?api-version=2", r"query and fragment\.$"),
        ("https://h.example/v1?", "query"),
        ("https://h.example/v1#x", "fragment"),
        ("https://h.example/anthropic", "https://h.example."),
        ("https://h.example/anthropic/v1", "Anthropic"),
    ],
)
@pytest.mark.parametrize("place", ["base_url", "fallback_base_urls"])
def test_a_base_url_that_cannot_work_is_refused_at_once(url: str, reason: str, place: str) -> None:
    """With what to write in its place; a password in it is never repeated."""
    options: Any = {place: url if place == "base_url" else [url]}

    with pytest.raises(ConfigurationError, match=reason) as caught:
        Settings.resolve(api_key=KEY, **options)

    assert "secret" not in str(caught.value)


def test_http_is_allowed_on_request() -> None:
    """A self-hosted model in one's own network often has no certificate."""
    settings = Settings.resolve(api_key=KEY, base_url="http://gpu:8000", allow_http=True)

    assert settings.base_urls == ("http://gpu:8000",)


@pytest.mark.parametrize("key", ["", "  ", "Bearer ", SecretStr("")])
def test_a_missing_key_names_the_variable_and_the_emulator(key: str | SecretStr) -> None:
    """The first thing that a new user meets."""
    for options in ({}, {"api_key": key}):
        with pytest.raises(ConfigurationError, match=r"MINIMAX_API_KEY.*emulator"):
            Settings.resolve(**options)  # type: ignore[arg-type]  # a dict of one key


@pytest.mark.parametrize("key", ["a b", "a\nb", "“quoted”", "bearer x", "a\x00b"])
def test_a_key_that_cannot_be_sent_is_refused_without_repeating_it(key: str) -> None:
    """A header with it would fail far away, or be split in two."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.resolve(api_key=key)

    assert key not in str(caught.value)


def test_a_key_may_be_copied_with_bearer() -> None:
    """Pages show it that way."""
    assert _key_of(Settings.resolve(api_key=f"Bearer {KEY}")) == KEY


@pytest.mark.parametrize("answer", [None, 5, b"bytes"])
def test_a_provider_must_answer_with_text(answer: object) -> None:
    """Else the mistake is named, not an attribute that is missing."""
    with pytest.raises(ConfigurationError, match="text or SecretStr"):
        KeySource(lambda: answer).current()  # type: ignore[arg-type,return-value]  # the mistake


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"max_retries": -1}, "max_retries"),
        ({"deadline": 0}, "deadline"),
        ({"region": "mars"}, "region"),
        *(({"max_retries": wrong}, "max_retries") for wrong in (True, 1.5, "3", math.nan)),
        *(({"deadline": wrong}, "deadline") for wrong in (True, "5", math.nan, -math.inf)),
        *(({"timeout": wrong}, "timeout") for wrong in (True, [5], (5, 5), math.nan)),
        *(({"timeout": httpx.Timeout(5, read=wrong)}, "timeout") for wrong in (0, -1.0, math.nan)),
        *(({"max_reply_bytes": wrong}, "max_reply_bytes") for wrong in (0, "x", 1.5, math.inf)),
        ({"base_url": 5}, "base_url is a text, not int"),
        ({"fallback_base_urls": [5]}, "base_url is a text, not int"),
        ({"fallback_base_urls": 5}, "as a list"),
        ({"region": 5}, "region is a text, not int"),
    ],
)
def test_a_setting_out_of_range_is_refused(options: Any, reason: str) -> None:  # noqa: ANN401 - options
    """Before the first call, with its name."""
    with pytest.raises(ConfigurationError, match=reason):
        Settings.resolve(api_key=KEY, **options)


@pytest.mark.parametrize("forever", [math.inf, 1e300, 10**400])
def test_infinity_is_no_limit(forever: float) -> None:
    """The system waits for three weeks at most, and nobody waits for so long."""
    settings = Settings.resolve(api_key=KEY, timeout=forever, deadline=forever)
    steps = Settings.resolve(api_key=KEY, timeout=httpx.Timeout(5, read=forever)).timeout

    assert settings.timeout == httpx.Timeout(None)
    assert settings.deadline is None
    assert steps == httpx.Timeout(5, read=None)


@pytest.mark.parametrize("make", [Client, AsyncClient, Settings.resolve])
def test_an_unknown_option_is_an_error(make: Any) -> None:  # noqa: ANN401 - each of them
    """Silence would leave the user with another setting than the one written down."""
    with pytest.raises(TypeError, match="max_retry"):
        make(api_key=KEY, max_retry=1)


@pytest.mark.parametrize("make", [Client, AsyncClient])
def test_settings_and_options_together_are_an_error(make: Any) -> None:  # noqa: ANN401 - both
    """One of them would be ignored."""
    with pytest.raises(TypeError, match="not both"):
        make(Settings.resolve(api_key=KEY), api_key=KEY)


def test_options_of_none_are_the_defaults() -> None:
    """Adapters pass on what they were given."""
    settings = Settings.resolve(
        api_key=KEY, timeout=None, max_retries=None, deadline=None, headers=None, group_id=None
    )

    assert settings == Settings.resolve(api_key=KEY)


def test_a_timeout_may_be_a_number_or_that_of_httpx() -> None:
    """Seconds for each step, or one by one."""
    assert Settings.resolve(api_key=KEY, timeout=3).timeout == httpx.Timeout(3)
    assert Settings.resolve(api_key=KEY, timeout=DEFAULT_TIMEOUT).timeout == DEFAULT_TIMEOUT


@pytest.mark.parametrize("make", [Client, AsyncClient, Settings.resolve])
def test_the_key_is_in_no_repr(make: Any) -> None:  # noqa: ANN401 - each of them
    """Logs and tracebacks show reprs."""
    made = make(api_key=KEY, headers={"X-Secret": KEY})

    assert KEY not in repr(made)
    assert "api.minimax.io" in repr(made)


@pytest.mark.parametrize("make", [Client, AsyncClient, Settings.resolve])
def test_settings_and_clients_pickle(make: Any) -> None:  # noqa: ANN401 - each of them
    """Process pools, Celery and Ray send them."""
    made = make(api_key=KEY, base_url="https://h.example", timeout=3, headers={"X-A": "b"})

    for twin in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), copy.copy(made)):  # noqa: S301 - our own
        settings = getattr(twin, "settings", twin)
        assert settings == getattr(made, "settings", made)
        assert _key_of(settings) == KEY
