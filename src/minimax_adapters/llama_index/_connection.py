"""How an adapter reaches MiniMax: settings as fields, and clients that are made late.

`minimax_adapters.api` brings httpx along, a tenth of the time that LlamaIndex needs to be imported.
It is therefore imported with the first object, not with this package.
"""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from types import NoneType
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias, TypedDict, cast, get_args

from llama_index.core.schema import BaseComponent
from pydantic import ConfigDict, Field, PrivateAttr, SecretStr

from minimax_adapters._sealing import seal
from minimax_adapters.llama_index._arguments import SYNONYMS, refuse_unknown, under_own_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import httpx

    from minimax_adapters.api import AsyncClient, Client, RateLimit, Settings
    from minimax_adapters.api.settings import HTTPLibrary, Region, SyncHTTPLibrary

ApiKey: TypeAlias = SecretStr | Callable[[], Any]
_SET_BY_CORE: Final = {"callback_manager", "completion_to_prompt", "messages_to_prompt"}
PARTS: Final = ("http_client", "async_http_client")


class ConnectionOptions(TypedDict, total=False):
    """Arguments that say where MiniMax is; `Connected` describes them."""

    api_key: str | ApiKey | None
    api_base: str | None
    base_url: str | None
    region: str | None
    group_id: str | None
    minimax_group_id: str | None
    fallback_base_urls: Sequence[str]
    timeout: float | None
    request_timeout: float | None
    max_retries: int
    deadline: float | None
    default_headers: dict[str, str] | None
    headers: dict[str, str] | None
    allow_http: bool
    backoff: Callable[[], Any] | None
    max_reply_bytes: int | None
    rate_limit: RateLimit | None
    async_http: str | None
    sync_http: str | None
    reuse_client: bool
    http_client: httpx.Client | None
    async_http_client: httpx.AsyncClient | None


class Connected(BaseComponent):
    """A component that calls MiniMax.

    Owns its clients, which open nothing before the first call; close them with `close()` and
    `aclose()`, or leave that to the end of the process and of the event loop. May be used from
    any number of threads and event loops, and pickled, copied and forked at any time: a pickled
    copy has the key, and what cannot be pickled is left behind. The key and the headers do not
    appear in `to_dict()`, in `repr()` or in the hash of an ingestion cache.
    """

    # Errors of pydantic would quote the key.
    model_config = ConfigDict(hide_input_in_errors=True)

    api_key: ApiKey | None = Field(
        default=None,
        exclude=True,
        repr=False,
        description="Key, or a callable that returns one; else MINIMAX_API_KEY at the first call.",
    )
    api_base: str | None = Field(
        default=None,
        description="Host, with or without a closing /v1; else MINIMAX_BASE_URL, else by region.",
    )
    region: str | None = Field(
        default=None,
        description="Platform of the key, global or china; else MINIMAX_REGION, else global.",
    )
    group_id: str | None = Field(
        default=None, description="Group of the account, only needed by old keys."
    )
    fallback_base_urls: list[str] = Field(
        default_factory=list,
        description="Hosts to turn to when the first fails; the key is sent to them.",
    )
    timeout: float | None = Field(
        default=None,
        gt=0,
        description="Seconds to connect and between bytes; the default is 10 and 600.",
    )
    max_retries: int = Field(
        default=4, ge=0, description="Repeated attempts per host; no other layer repeats a call."
    )
    deadline: float | None = Field(
        default=None, gt=0, description="Seconds for a call with all its attempts."
    )
    default_headers: dict[str, str] | None = Field(
        default=None, exclude=True, repr=False, description="Headers added to every request."
    )
    allow_http: bool = Field(
        default=False, description="Allow http:// beyond loopback; the key travels in clear."
    )
    backoff: Callable[[], Any] | None = Field(
        default=None,
        exclude=True,
        repr=False,
        description="Makes the waits between attempts; the default grows from 1 to 64 seconds.",
    )
    max_reply_bytes: int | None = Field(
        default=None, gt=0, description="Most bytes of one reply; the default is 512 MB."
    )
    rate_limit: Any = Field(
        default=None,
        exclude=True,
        repr=False,
        description="A `RateLimit`, shared with other clients; it counts repeated attempts too.",
    )
    async_http: str | None = Field(
        default=None,
        description="Connections of asynchronous calls: auto, asyncio or httpx.",
    )
    sync_http: str | None = Field(
        default=None,
        description="Connections of synchronous calls: auto, urllib3 or httpx.",
    )
    reuse_client: bool = Field(
        default=True,
        description="Accepted for other clients' sake: these clients can always be shared.",
    )

    # Names for what the class calls otherwise.
    _own_synonyms: ClassVar[dict[str, str]] = {}
    _clients: dict[Any, Any] = PrivateAttr(default_factory=dict)
    _parts: dict[str, Any] = PrivateAttr(default_factory=dict)

    def __init__(self, **members: Any) -> None:  # noqa: ANN401 - any JSON
        seal(members, type(self))
        owner, fields = type(self).__name__, type(self).model_fields
        parts = {name: members.pop(name) for name in PARTS if name in members}
        members = under_own_names(owner, members, fields, SYNONYMS | self._own_synonyms)
        refuse_unknown(owner, members, {*fields, *PARTS})
        super().__init__(
            **{
                name: value
                for name, value in members.items()
                if value is not None or NoneType in get_args(fields[name].annotation)
            }
        )
        self._parts = {name: part for name, part in parts.items() if part is not None}
        self._settings()  # A wrong host is reported here, not at the first call.

    def close(self) -> None:
        """Close the connections of the synchronous methods; the next call opens new ones."""
        for key, client in list(self._clients.items()):
            if key[0] == "sync":
                client.close()

    async def aclose(self) -> None:
        """Close the connections of the running event loop; the next call opens new ones."""
        for key, client in list(self._clients.items()):
            if key[0] == "async":
                await client.aclose()

    def __getstate__(self) -> dict[str, Any]:
        # The base class deletes from the object itself what cannot be pickled, so that a model
        # loses its rate limiter when it is sent to a worker (llama_index issue 22578).
        return {
            "__dict__": {name: value for name, value in self.__dict__.items() if _pickles(value)},
            "__pydantic_extra__": None,
            "__pydantic_fields_set__": set(self.__pydantic_fields_set__),
            "__pydantic_private__": None,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state["__dict__"])  # type: ignore[misc]  # makes the private attributes

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Connected:
        # Limiters, callbacks and connections are shared: they hold locks, and two limiters would
        # allow twice the rate.
        changes = {
            name: copy.deepcopy(value, memo)
            for name, value in self.__dict__.items()
            if isinstance(value, dict | list)
        }
        return self.model_copy(update=changes)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        # LlamaIndex would show each default, and sets some fields itself.
        # Crash reports show objects that are half made.
        given = getattr(self, "__pydantic_fields_set__", ())
        shown = {"model", "model_name", *given} - _SET_BY_CORE
        for name, value in super().__repr_args__():
            if name in shown:
                yield name, value

    def _settings(self) -> Settings:
        from minimax_adapters.api import Settings  # noqa: PLC0415 - brings httpx, which is slow to import

        given = {"backoff": self.backoff, "max_reply_bytes": self.max_reply_bytes}
        options: dict[str, Any] = {name: it for name, it in given.items() if it is not None}
        return Settings.resolve(
            # A callable is asked at the first call: without a key, a model can still be made.
            api_key=self.api_key or _key_from_environment,
            base_url=self.api_base,
            region=cast("Region | None", self.region),  # Checked there, by all its names.
            group_id=self.group_id,
            fallback_base_urls=tuple(self.fallback_base_urls),
            timeout=self.timeout,
            max_retries=self.max_retries,
            deadline=self.deadline,
            headers=self.default_headers,
            allow_http=self.allow_http,
            rate_limit=self.rate_limit,
            async_http=cast("HTTPLibrary | None", self.async_http),
            sync_http=cast("SyncHTTPLibrary | None", self.sync_http),
            **options,
        )

    def _client(self) -> Client:
        key = ("sync", *self._identity())
        client: Client | None = self._clients.get(key)
        if client is None:
            from minimax_adapters.api import Client  # noqa: PLC0415 - brings httpx, which is slow to import
            from minimax_adapters.llama_index._transports import through  # noqa: PLC0415 - slow to import

            transport = through(self._parts.get("http_client"))
            client = self._clients.setdefault(key, Client(self._settings(), transport=transport))
        return client

    def _aclient(self) -> AsyncClient:
        key = ("async", *self._identity())
        client: AsyncClient | None = self._clients.get(key)
        if client is None:
            from minimax_adapters.api import AsyncClient  # noqa: PLC0415 - brings httpx, which is slow to import
            from minimax_adapters.llama_index._transports import athrough  # noqa: PLC0415 - slow to import

            transport = athrough(self._parts.get("async_http_client"))
            made = AsyncClient(self._settings(), transport=transport)
            client = self._clients.setdefault(key, made)
        return client

    def _identity(self) -> tuple[Any, ...]:
        """Return what a client depends on, so that a changed field or copy gets its own."""
        return (
            self.api_key,
            self.api_base,
            self.region,
            self.group_id,
            tuple(self.fallback_base_urls),
            self.timeout,
            self.max_retries,
            self.deadline,
            tuple((self.default_headers or {}).items()),
            self.allow_http,
            self.backoff,
            self.max_reply_bytes,
            id(self.rate_limit),
            self.async_http,
            self.sync_http,
        )


def _key_from_environment() -> SecretStr:
    """Return MINIMAX_API_KEY as it is now.

    Raises:
        ConfigurationError: It is not set.
    """
    from minimax_adapters.api import Settings  # noqa: PLC0415 - brings httpx, which is slow to import

    key = Settings.resolve().api_key
    if not isinstance(key, SecretStr):  # pragma: no cover - resolve() returns what it was given
        raise TypeError("a key from the environment is text")
    return key


def _pickles(value: object) -> bool:
    try:
        pickle.dumps(value)
    except (pickle.PicklingError, TypeError, AttributeError, ValueError, RuntimeError):
        return False
    return True
