"""Settings of a client, from arguments or from MINIMAX_* variables."""

from __future__ import annotations

import difflib
import os
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypedDict, TypeVar, Unpack

import httpx
from pydantic import SecretStr

from minimax_adapters._sealing import seal, sealed
from minimax_adapters.api._base_urls import base_urls
from minimax_adapters.api._headers import checked_headers
from minimax_adapters.api._keys import clean_key
from minimax_adapters.api._libraries import missing
from minimax_adapters.api._ranges import seconds, whole_number
from minimax_adapters.api.errors import ConfigurationError

if TYPE_CHECKING:
    from minimax_adapters.api.limits import RateLimit

Region: TypeAlias = Literal["global", "china"]
HTTPLibrary: TypeAlias = Literal["auto", "httpx", "asyncio"]
SyncHTTPLibrary: TypeAlias = Literal["auto", "httpx", "urllib3"]
L = TypeVar("L", Literal["asyncio"], Literal["urllib3"])
KeyProvider: TypeAlias = Callable[[], str | SecretStr | Awaitable[str | SecretStr]]
ApiKey: TypeAlias = str | SecretStr | KeyProvider
Backoff: TypeAlias = Callable[[], Iterable[float]]

# A thinking model may work for minutes before the first byte of a plain reply.
DEFAULT_TIMEOUT: Final = httpx.Timeout(600.0, connect=10.0)
DEFAULT_MAX_RETRIES: Final = 4
# A quarter of an hour of uncompressed stereo, which is sent in hexadecimal digits, has 320 MB.
DEFAULT_MAX_REPLY_BYTES: Final = 512 * 1024 * 1024


def exponential_backoff() -> Iterator[float]:
    """Yield waits in seconds: each random between a power of two and the next, at most 64."""
    longest = 2.0
    while True:
        yield random.uniform(longest / 2, longest)  # noqa: S311 - spreads clients, no secret
        longest = min(longest * 2, 64.0)


class SettingOptions(TypedDict, total=False):
    """Options of a client.

    Attributes:
        api_key: Key, or a callable without arguments that returns one; it is asked at the first
            call and once more when MiniMax refuses the key. An asynchronous one is asked once for
            all calls of an event loop that wait for it. Else `MINIMAX_API_KEY`.
        base_url: Host with or without a closing `/v1`. Else `MINIMAX_BASE_URL`.
        region: `global` or `china`, used without a base URL. Else `MINIMAX_REGION`.
        group_id: Group of the account, only needed by old keys. Else `MINIMAX_GROUP_ID`.
        fallback_base_urls: Hosts to turn to when the first fails. The key is sent to them.
        timeout: Seconds, or an `httpx.Timeout`; the default is 10 to connect, 600 to read, and
            `math.inf` is no limit.
        max_retries: Repeated attempts per host, 0 or more; the default is 4.
        deadline: Seconds for a call with all its attempts; the default is no limit.
        headers: Headers added to every request; `Authorization` and those of the connection
            itself are refused.
        allow_http: Allow `http://` to hosts other than loopback; the key travels in clear.
        backoff: Returns the seconds between attempts, one after the other; where they end, so do
            the attempts. The default grows from 1 to 64 without end.
        max_reply_bytes: Most bytes of one reply or stream, decompressed; the default is 512 MB.
        rate_limit: What may be sent in a minute; share one object between clients and models.
        async_http: Connections of asynchronous calls: those of `httpx`, those of `asyncio` (an
            extra), which are faster, or `auto`: of asyncio where it is installed and nobody has
            replaced what is below httpx. Else `MINIMAX_ASYNC_HTTP`, else auto.
        sync_http: Connections of synchronous calls: `httpx`, `urllib3` (an extra) or `auto`,
            likewise. Else `MINIMAX_SYNC_HTTP`, else auto.
    """

    api_key: ApiKey | None
    base_url: str | None
    region: Region | None
    group_id: str | None
    fallback_base_urls: Sequence[str]
    timeout: float | httpx.Timeout | None
    max_retries: int | None
    deadline: float | None
    headers: Mapping[str, str] | None
    allow_http: bool
    backoff: Backoff
    max_reply_bytes: int | None
    rate_limit: RateLimit | None
    async_http: HTTPLibrary | None
    sync_http: SyncHTTPLibrary | None


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to send calls, with which key, and how patiently. Made by `resolve()`.

    Attributes:
        api_key: The key, or a callable that gives one.
        base_urls: Hosts in the order in which they are tried, without `/v1`.
        group_id: `GroupId` for the native endpoints, None to leave it out.
        timeout: Seconds to connect, to send, and to wait for the next byte.
        max_retries: Repeated attempts per host after the first.
        deadline: Seconds that a call may take with all its attempts, None for no limit.
        headers: Headers added to every request.
        backoff: Makes the waits between attempts.
        max_reply_bytes: Most bytes of one reply or stream, decompressed.
        rate_limit: What may be sent in a minute, None for anything.
        async_http: Connections of asynchronous calls.
        sync_http: Connections of synchronous calls.
    """

    api_key: SecretStr | KeyProvider
    base_urls: tuple[str, ...]
    group_id: str | None = None
    timeout: httpx.Timeout = field(default_factory=lambda: DEFAULT_TIMEOUT)
    max_retries: int = DEFAULT_MAX_RETRIES
    deadline: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    backoff: Backoff = field(default=exponential_backoff, repr=False)
    max_reply_bytes: int = DEFAULT_MAX_REPLY_BYTES
    rate_limit: RateLimit | None = None
    async_http: HTTPLibrary = "auto"
    sync_http: SyncHTTPLibrary = "auto"

    @classmethod
    def resolve(cls, **options: Unpack[SettingOptions]) -> Settings:
        """Return settings from arguments, else from the environment, else the defaults.

        Args:
            **options: See `SettingOptions`.

        Raises:
            ConfigurationError: The key is missing, or a setting is out of range.
            TypeError: An option is unknown.
        """
        seal(options)
        _check_names(options)
        checked: dict[str, Any] = {
            name: _CHECKS[name](name, given)
            for name, given in options.items()
            if given is not None and name in _CHECKS
        }
        return cls(
            api_key=_key(options.get("api_key")),
            base_urls=base_urls(
                options.get("base_url"),
                options.get("region"),
                options.get("fallback_base_urls"),
                allow_http=options.get("allow_http", False),
            ),
            group_id=options.get("group_id") or os.environ.get("MINIMAX_GROUP_ID") or None,
            async_http=_http_library(options.get("async_http"), "asyncio", "MINIMAX_ASYNC_HTTP"),
            sync_http=_http_library(options.get("sync_http"), "urllib3", "MINIMAX_SYNC_HTTP"),
            **checked,
        )


def _check_names(options: Mapping[str, object]) -> None:
    known = SettingOptions.__annotations__
    for name in options:
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        advice = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
        raise TypeError(f"Unknown option {name!r}. {advice}")


def _timeout(name: str, timeout: object) -> httpx.Timeout:
    """Return `timeout` for each step of a call.

    Raises:
        ConfigurationError: It is no number of seconds above 0.
    """
    if not isinstance(timeout, httpx.Timeout):
        return httpx.Timeout(seconds(name, timeout))
    steps = timeout.as_dict().items()
    return httpx.Timeout(**{step: seconds(name, given) for step, given in steps})


def _backoff(name: str, backoff: object) -> object:
    """Return `backoff`.

    Raises:
        ConfigurationError: It is no function.
    """
    if not callable(backoff):
        raise ConfigurationError(f"{name} is a function that returns the waits, in seconds.")
    return backoff


def _rate_limit(name: str, limit: object) -> object:
    """Return `limit`.

    Raises:
        ConfigurationError: It is something else, the bare number say.
    """
    if not hasattr(limit, "reserve"):
        kind = type(limit).__name__
        raise ConfigurationError(f"Pass {name}=RateLimit(requests=...), not {kind}.")
    return limit


# What is asked of those settings that are given; the others have their defaults.
_CHECKS: Final[dict[str, Callable[[str, object], object]]] = {
    "timeout": _timeout,
    "max_retries": partial(whole_number, least=0),
    "deadline": seconds,
    "headers": checked_headers,
    "backoff": _backoff,
    "max_reply_bytes": partial(whole_number, least=1),
    "rate_limit": _rate_limit,
}


def _http_library(name: str | None, other: L, variable: str) -> Literal["auto", "httpx"] | L:
    """Return the library of one colour that is asked for, else "auto".

    Raises:
        ConfigurationError: There is no such library, or it is not installed.
    """
    asked = name or os.environ.get(variable) or "auto"
    if asked == "auto":
        return "auto"
    if asked == "httpx":
        return "httpx"
    place = variable.removeprefix("MINIMAX_").lower() if name else variable
    if asked != other:
        raise ConfigurationError(f"{place} is 'auto', 'httpx' or {other!r}, not {asked!r}.")
    if lacks := missing(other):
        raise ConfigurationError(
            f"{place}={other!r} needs {' and '.join(lacks)}: pip install"
            f" 'minimax-adapters[{other}]'."
        )
    return other


def _key(api_key: ApiKey | None) -> SecretStr | KeyProvider:
    if callable(api_key):
        return api_key
    return clean_key(sealed(os.environ.get("MINIMAX_API_KEY", "")) if api_key is None else api_key)
