"""The floor of every client: httpx and json, written by hand for this server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator

MESSAGES: Final = [{"role": "user", "content": "When does the library open?"}]
_HEADERS: Final = {"Authorization": "Bearer key"}
_LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=20)
_TIMEOUT: Final = httpx.Timeout(600, connect=10)


def client() -> httpx.Client:
    """Return a client as anyone would make it, once."""
    return httpx.Client(headers=_HEADERS, limits=_LIMITS, timeout=_TIMEOUT)


def async_client() -> httpx.AsyncClient:
    """Return its asynchronous twin."""
    return httpx.AsyncClient(headers=_HEADERS, limits=_LIMITS, timeout=_TIMEOUT)


def ask(http: httpx.Client, url: str) -> str:
    """Return the answer of a plain reply."""
    response = http.post(f"{url}/chat/completions", json=_body(stream=False))
    return str(response.json()["choices"][0]["message"]["content"])


async def aask(http: httpx.AsyncClient, url: str) -> str:
    """Return the answer of a plain reply."""
    response = await http.post(f"{url}/chat/completions", json=_body(stream=False))
    return str(response.json()["choices"][0]["message"]["content"])


def stream(http: httpx.Client, url: str, *, most: int | None = None) -> str:
    """Return the text of a stream, or its first `most` texts."""
    texts: list[str] = []
    body = _body(stream=True)
    with http.stream("POST", f"{url}/chat/completions", json=body) as response:
        for line in response.iter_lines():
            if _take(line, texts, most):
                break
    return "".join(texts)


def texts(http: httpx.Client, url: str) -> Iterator[str]:
    """Yield the texts of a stream as they come."""
    with http.stream("POST", f"{url}/chat/completions", json=_body(stream=True)) as response:
        for line in response.iter_lines():
            found: list[str] = []
            _take(line, found, None)
            yield from found


async def astream(http: httpx.AsyncClient, url: str, *, most: int | None = None) -> str:
    """Return the text of a stream, or its first `most` texts."""
    texts: list[str] = []
    body = _body(stream=True)
    async with http.stream("POST", f"{url}/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if _take(line, texts, most):
                break
    return "".join(texts)


def embed(http: httpx.Client, url: str, texts: list[str]) -> list[list[float]]:
    """Return the vectors of texts."""
    body = {"model": "embo-01", "type": "db", "texts": texts}
    vectors: list[list[float]] = http.post(f"{url}/embeddings", json=body).json()["vectors"]
    return vectors


def _body(*, stream: bool) -> dict[str, Any]:
    return {"model": "MiniMax-M3", "messages": MESSAGES, "stream": stream}


def _take(line: str, texts: list[str], most: int | None) -> bool:
    """Add the text of a line; return whether there are enough of them."""
    if not line.startswith("data: ") or line == "data: [DONE]":
        return False
    choices = json.loads(line[6:])["choices"]
    if choices and (text := choices[0]["delta"].get("content")):
        texts.append(text)
    return most is not None and len(texts) == most
