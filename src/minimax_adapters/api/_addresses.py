"""Which texts are addresses that can be connected to, and which machines they name."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx

_HIGHEST_PORT = 65_535


def url_of(text: str) -> httpx.URL | None:
    """Return `text` as an http(s) URL, None if it is none that a request can be sent to.

    httpx takes some that fail later, with errors that are not its own: a host that cannot be
    decoded, or one whose labels no name server takes.
    """
    try:
        url = httpx.URL(text)
        known = url.scheme in {"http", "https"} and bool(url.host)
        url.raw_host.decode("ascii").encode("idna")
    except (httpx.InvalidURL, ValueError):
        return None
    return url if known and (url.port or 0) <= _HIGHEST_PORT else None


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine, by its address or as `localhost`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_internal(host: str) -> bool:
    """Return whether `host` is this machine or an address that only its network can reach.

    Names count as public: nobody is asked what they stand for.
    """
    address = _address_of(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_private or address.is_loopback or address.is_link_local


def _address_of(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host)
    except ValueError:
        try:
            # Short and hexadecimal forms, such as 127.1, which connect as well.
            return ip_address(socket.inet_aton(host))
        except OSError:
            return None
    return getattr(address, "ipv4_mapped", None) or address
