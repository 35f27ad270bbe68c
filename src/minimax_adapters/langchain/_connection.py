"""What all adapters share: how they reach MiniMax."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache, cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Self

from langchain_core.utils import secret_from_env
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from typing_extensions import override

from minimax_adapters._sealing import seal

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from minimax_adapters.api import AsyncClient, Client, Settings

# Community classes name the endpoint, we name the host.
_ENDPOINTS: Final = (
    "/text/chatcompletion_v2",
    "/text/chatcompletion_pro",
    "/text/chatcompletion",
    "/chat/completions",
    "/embeddings",
    "/t2a_v2",
)

KeyProvider = Callable[[], str | SecretStr | Awaitable[str | SecretStr]]


class _Clients:
    """The clients, each made with its first call, and the settings that they are made from."""

    def __init__(self, made_from: tuple[Any, ...], settings: Settings) -> None:
        self.made_from = made_from
        self._settings = settings

    @cached_property
    def sync(self) -> Client:
        from minimax_adapters.api import Client  # noqa: PLC0415 - brings httpx, which is slow to import

        return Client(self._settings)

    @cached_property
    def asynchronous(self) -> AsyncClient:
        from minimax_adapters.api import AsyncClient  # noqa: PLC0415 - brings httpx, which is slow to import

        return AsyncClient(self._settings)


class Connection(BaseModel):
    """Where to send calls, with which key, and how patiently.

    The settings are checked at construction; clients are made with the first call. They are
    absent from `repr`, equality and serialisation; a changed copy gets its own.

    State: `_clients` lies beside the fields, as `functools.cached_property` would put it there. A
    private attribute of pydantic takes part in equality, hides the `model_post_init` of
    langchain-core, and takes a tenth of the construction.
    """

    # Errors of pydantic would quote the key. There are no objects of this class, nor of most of its
    # subclasses, so they are not built while they are imported; those with objects say so.
    model_config = ConfigDict(
        arbitrary_types_allowed=True, hide_input_in_errors=True, defer_build=True
    )

    api_key: SecretStr | KeyProvider | None = Field(
        default_factory=secret_from_env("MINIMAX_API_KEY", default=None),
        repr=False,
        description="Key, or a callable that returns one. Else `MINIMAX_API_KEY`.",
    )
    base_url: str | None = Field(
        default=None,
        description="Host, with or without `/v1`. Else `MINIMAX_BASE_URL` or `MINIMAX_API_HOST`.",
    )
    region: str | None = Field(
        default=None,
        description=(
            "Platform of the key: `global` or `china`, also as `intl` and `cn`, in any "
            "case. Used without a base URL. Else `MINIMAX_REGION`, else global."
        ),
    )
    group_id: str | None = Field(
        default=None,
        description="Group of the account, only needed by old keys. Else `MINIMAX_GROUP_ID`.",
    )
    fallback_base_urls: Sequence[str] = Field(
        default=(), description="Hosts to turn to when the first fails. The key is sent to them."
    )
    timeout: Any = Field(
        default=None,
        description=(
            "Seconds, a tuple (connect, read, write, pool) or an `httpx.Timeout`; default 10 to "
            "connect and 600 to read."
        ),
    )
    max_retries: int | None = Field(
        default=None, description="Repeated attempts per host; default 4."
    )
    deadline: float | None = Field(
        default=None, description="Seconds for a call with all its attempts; default no limit."
    )
    # Gateways take keys in headers of their own: like ours, they are not for traces and caches.
    default_headers: Mapping[str, str] | None = Field(
        default=None,
        repr=False,
        exclude=True,
        description="Headers added to every request; they are neither shown nor serialised.",
    )
    max_reply_bytes: int | None = Field(
        default=None, description="Bytes of a reply that are read at most; default 512 MB."
    )
    backoff: Callable[[], Any] | None = Field(
        default=None,
        exclude=True,
        description="Makes the waits between attempts, in seconds; the default grows from 1 to 64.",
    )
    rate_limit: Any = Field(
        default=None,
        exclude=True,
        description="A `minimax_adapters.api.RateLimit`, to be shared by all models of a key.",
    )
    async_http: str | None = Field(
        default=None,
        description=(
            "Connections of asynchronous calls: `auto`, `asyncio` or `httpx`. "
            "Else `MINIMAX_ASYNC_HTTP`, else auto."
        ),
    )
    sync_http: str | None = Field(
        default=None,
        description=(
            "Connections of synchronous calls: `auto`, `urllib3` or `httpx`. "
            "Else `MINIMAX_SYNC_HTTP`, else auto."
        ),
    )
    allow_http: bool = Field(
        default=False,
        description="Allow `http://` to other machines; the key then travels in clear text.",
    )

    @override
    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with the fields in `update` changed; a key in it is hidden as always."""
        if update:
            update = dict(update)
            seal(update, type(self))
        return super().model_copy(update=update, deep=deep)

    @override
    def __setattr__(self, name: str, value: Any) -> None:
        # Pydantic keeps the value as it came. LangChain sets others while a model is made.
        if "key" in name:
            given = {name: value}
            seal(given, type(self))
            value = given[name]
        super().__setattr__(name, value)

    @property
    def minimax_api_key(self) -> SecretStr | KeyProvider | None:
        """The key, by the name of the community classes."""
        return self.api_key

    @property
    def minimax_api_host(self) -> str | None:
        """The host, by the name of the community classes."""
        return self.base_url

    @property
    def minimax_group_id(self) -> str | None:
        """The group, by the name of the community classes."""
        return self.group_id

    @property
    def _client(self) -> Client:
        return self._connect().sync

    @property
    def _async_client(self) -> AsyncClient:
        return self._connect().asynchronous

    def _connect(self) -> _Clients:
        """Return the clients; a field that was changed since makes new ones."""
        wanted = _given(self.__dict__)
        clients: _Clients | None = self.__dict__.get("_clients")
        if clients is None or clients.made_from != wanted:
            self.__dict__["_clients"] = clients = _Clients(wanted, self._resolved())
        return clients

    def _resolved(self) -> Settings:
        settings, translated = _late()
        # Words are checked there.
        options: dict[str, Any] = {
            "region": self.region,
            "async_http": self.async_http,
            "sync_http": self.sync_http,
        }
        if self.backoff is not None:
            options["backoff"] = self.backoff
        if self.max_reply_bytes is not None:
            options["max_reply_bytes"] = self.max_reply_bytes
        with translated():
            return settings.resolve(
                api_key=self.api_key,
                base_url=_host_of(self.base_url, self.region),
                group_id=self.group_id,
                fallback_base_urls=self.fallback_base_urls and _hosts_of(self.fallback_base_urls),
                timeout=self.timeout,
                max_retries=self.max_retries,
                deadline=self.deadline,
                headers=self.default_headers,
                rate_limit=self.rate_limit,
                allow_http=self.allow_http,
                **options,
            )


# All at once, as each call of a model compares them.
_given: Final[Callable[[Mapping[str, Any]], tuple[Any, ...]]] = itemgetter(*Connection.model_fields)


@cache
def _late() -> tuple[type[Settings], Callable[[], AbstractContextManager[None]]]:
    # httpx is slow to import; and even what is there takes its time to be imported again.
    from minimax_adapters.api import Settings  # noqa: PLC0415 - brings httpx, which is slow to import
    from minimax_adapters.langchain.errors import translated  # noqa: PLC0415 - slow to import

    return Settings, translated


def _host_of(base_url: str | None, region: str | None) -> str | None:
    if base_url is None and region is None and not os.environ.get("MINIMAX_BASE_URL"):
        base_url = os.environ.get("MINIMAX_API_HOST")
    return _without_endpoint(base_url) if base_url else None


# What is of a wrong type is passed on: the settings refuse it by its name.
def _hosts_of(urls: Sequence[str]) -> Sequence[str]:
    if isinstance(urls, str):
        return urls
    try:
        return [_without_endpoint(url) for url in urls]
    except TypeError:
        return urls


def _without_endpoint(url: str) -> str:
    try:
        text = url.strip()
    except AttributeError:
        return url
    text = text.rstrip("/")
    for endpoint in _ENDPOINTS:
        text = text.removesuffix(endpoint)
    return text
