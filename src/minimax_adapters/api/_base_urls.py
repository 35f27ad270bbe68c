"""Base URLs of a client: where its calls go, from arguments or from MINIMAX_* variables."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from minimax_adapters.api._addresses import is_loopback, url_of
from minimax_adapters.api._arguments import text_of
from minimax_adapters.api.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

_REGIONS: Final[dict[str, str]] = {
    "global": "https://api.minimax.io",
    "china": "https://api.minimax.cn",
}
# What people write who know other clients.
_OTHER_NAMES: Final = {"cn": "china", "intl": "global", "international": "global"}


def base_urls(
    base_url: str | None,
    region: str | None = None,
    fallbacks: Sequence[str] | None = None,
    *,
    allow_http: bool = False,
) -> tuple[str, ...]:
    """Return the hosts in the order in which they are tried.

    Raises:
        ConfigurationError: One of them is not where a key may be sent.
    """
    given = [base_url or _default_base_url(region)]
    if fallbacks:
        if isinstance(fallbacks, str) or not isinstance(fallbacks, Iterable):
            raise ConfigurationError("Pass fallback_base_urls as a list: [url].")
        given += fallbacks
    return tuple(
        [
            _normal(text_of("base_url", url, ConfigurationError), allow_http=allow_http)
            for url in given
        ]
    )


@lru_cache(maxsize=64)
def _normal(url: str, *, allow_http: bool = False) -> str:
    """Return `url` without a closing `/v1` or slash.

    Raises:
        ConfigurationError: It is no http(s) URL, holds a password or a query, names another
            dialect, or would send the key in clear text over a network.
    """
    text = url.strip().rstrip("/")
    text = text.removesuffix("/v1").rstrip("/")
    parsed = url_of(text)
    if parsed is None:
        raise ConfigurationError(
            f"{url!r} is not a base URL. Give it as https://host, with or without /v1."
        )
    # A bare question mark would make the path of each call a query.
    if parsed.userinfo or "?" in text or "#" in text:
        group = " Pass the GroupId as group_id." if "GroupId" in parsed.params else ""
        raise ConfigurationError(
            "A base URL names a host and perhaps a path: leave out user, password, query and"
            f" fragment.{group}"
        )
    if parsed.path.endswith("/anthropic"):
        host = text.removesuffix("/anthropic")
        raise ConfigurationError(f"{url!r} is the address of the Anthropic dialect. Use {host}.")
    if parsed.scheme == "http" and not (allow_http or is_loopback(parsed.host)):
        raise ConfigurationError(
            f"{url!r} would send the key in clear text. Use https, or pass allow_http=True if the"
            " network is your own."
        )
    return text


def _default_base_url(region: str | None) -> str:
    from_environment = os.environ.get("MINIMAX_BASE_URL")
    if from_environment and region is None:
        return from_environment
    given = text_of(
        "region", region or os.environ.get("MINIMAX_REGION") or "global", ConfigurationError
    )
    name = _OTHER_NAMES.get(given.lower(), given.lower())
    if name not in _REGIONS:
        raise ConfigurationError(f"Unknown region {given!r}: use 'global' or 'china'.")
    return _REGIONS[name]
