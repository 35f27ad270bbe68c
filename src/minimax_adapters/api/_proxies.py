"""Which proxy of the environment a request went through, for the error that has to name it."""

from __future__ import annotations

from typing import Final
from urllib.request import getproxies

import httpx

# The extension of a request that has the URL of its proxy, without user and password.
PROXY: Final = "minimax_adapters.proxy"


def note_proxy(request: httpx.Request, client: httpx.Client | httpx.AsyncClient) -> None:
    """Note in `request`, which has failed, the proxy that `client` has sent it through."""
    url = request.url
    if client._transport_for_url(url) is client._transport:  # noqa: SLF001 - only httpx knows
        return
    known = getproxies()  # As httpx has asked when the client was made.
    address = known.get(url.scheme) or known.get("all", "")
    try:
        proxy = httpx.URL(address if "://" in address else f"http://{address}")
    except httpx.InvalidURL:
        return
    if proxy.host:  # The environment may have changed since.
        request.extensions[PROXY] = proxy.copy_with(userinfo=b"")
