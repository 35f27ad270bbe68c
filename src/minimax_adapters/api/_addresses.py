"""Which texts are addresses that can be connected to, and which machines they name."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

import httpx

_HIGHEST_PORT: Final = 65_535
_INTERNET: Final = IPv6Network("2000::/3")
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")


def url_of(text: object) -> httpx.URL | None:
    """Return `text` as an http(s) URL, None if it is none that a request can be sent to.

    httpx takes some that fail later, with errors that are not its own: a host that cannot be
    decoded, or one whose labels no name server takes.
    """
    if not isinstance(text, str):
        return None
    try:
        url = httpx.URL(text)
        known = url.scheme in {"http", "https"} and bool(url.host)
        url.raw_host.decode("ascii").encode("idna")
    except (httpx.InvalidURL, ValueError):
        return None
    return url if known and (url.port or 0) <= _HIGHEST_PORT else None


def shown(url: httpx.URL) -> str:
    """Return host and port of `url` as errors name them; the port of its scheme is left out."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return host if url.port is None else f"{host}:{url.port}"


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine, by an address in any form or as `localhost`.

    So is the unspecified address: who connects to it connects to this machine.
    """
    address = _address_of(host)
    if address is None:
        return _name_of(host) == "localhost"
    return address.is_loopback or address.is_unspecified


def is_internal(host: str) -> bool:
    """Return whether `host` is this machine or an address that only its network can reach.

    Names count as public: nobody is asked what they stand for.
    """
    address = _address_of(host)
    if address is None:
        return f".{_name_of(host)}".endswith(".localhost")
    return not _is_public(address)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return whether `address`, and each that it stands for, is one of the whole internet.

    Source: IANA's registries of special addresses. Of IPv6, 2000::/3 is assigned to the internet,
    and 64:ff9b::/96 (RFC 6052), through which a network translates to the IPv4 address inside.
    """
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address in _TRANSLATED:
        return _is_public(IPv4Address(address.packed[-4:]))
    inside = address.sixtofour
    return address in _INTERNET and address.is_global and (inside is None or _is_public(inside))


def _name_of(host: str) -> str:
    """Return `host` as it is compared; a dot at its end only says that it is complete."""
    return host.lower().removesuffix(".")


def _address_of(host: str) -> IPv4Address | IPv6Address | None:
    name = _name_of(host)
    try:
        address = ip_address(name)
    except ValueError:
        try:
            # Short and hexadecimal forms, such as 127.1, which connect as well.
            return ip_address(socket.inet_aton(name))
        except OSError:
            return None
    return getattr(address, "ipv4_mapped", None) or address
