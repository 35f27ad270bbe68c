"""A service that embeds all texts but one, and what a test asks of it."""

# ruff: noqa: ANN401 - arguments and subclasses of any kind
from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import httpx

from minimax_adapters.llama_index import MiniMaxEmbedding

BROKEN: Final = "text 5"
TEXTS: Final = [f"text {number}" for number in range(9)]


class Service:
    """Embeds "text 3" as 3s, and refuses requests that hold "text 5"."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.sides: list[str] = []
        self.embedded: list[str] = []
        self.broken = True
        self.gate: asyncio.Event | None = None
        self.late = False
        self.throttled: set[str] = set()
        self.waiting = asyncio.Event()
        self.failed = asyncio.Event()
        self.dropped = 0
        self.now = self.most_at_once = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer as MiniMax does."""
        body = json.loads(request.content)
        texts = body["texts"]
        self.asked.append(texts)
        self.sides.append(body["type"])
        if self.throttled & set(texts):
            return httpx.Response(200, json={"base_resp": {"status_code": 1002}})
        if self.broken and any(text.endswith(" 5") for text in texts):
            return httpx.Response(
                200, json={"base_resp": {"status_code": 2061, "status_msg": "not in your plan"}}
            )
        vectors = [[float(text.rpartition(" ")[2])] * 1_536 for text in texts]
        self.embedded += texts
        return httpx.Response(200, json={"vectors": vectors, "base_resp": {"status_code": 0}})

    async def aanswer(self, request: httpx.Request) -> httpx.Response:
        """Answer what follows the broken text only when the gate opens."""
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        for _ in TEXTS:
            await asyncio.sleep(0)
        self.now -= 1
        texts = json.loads(request.content)["texts"]
        if BROKEN in texts:
            self.failed.set()
        if self.late and texts[0] > BROKEN:
            await self.failed.wait()
            for _ in range(50):  # Until all know of the failure.
                await asyncio.sleep(0)
        if self.gate is not None and texts[0] > BROKEN:
            self.waiting.set()
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.dropped += 1
                raise
        return self.answer(request)


def embedding_of(
    service: Service, kind: type[MiniMaxEmbedding] = MiniMaxEmbedding, **options: Any
) -> Any:
    """Return an embedding model of `service` that asks with two texts at a time."""
    return kind(
        api_key="key",
        embed_batch_size=options.pop("embed_batch_size", 2),
        max_retries=options.pop("max_retries", 0),
        http_client=httpx.Client(transport=httpx.MockTransport(service.answer)),
        async_http_client=httpx.AsyncClient(transport=httpx.MockTransport(service.aanswer)),
        **options,
    )


async def run(embedding: MiniMaxEmbedding, texts: list[str], colour: str, **options: Any) -> Any:
    """Embed `texts` in the colour that a test is about."""
    if colour == "sync":
        return embedding.get_text_embedding_batch(texts, **options)
    return await embedding.aget_text_embedding_batch(texts, **options)


def first_numbers(partial: object) -> list[float | None]:
    """Return what tells the vectors apart."""
    assert isinstance(partial, list)
    return [vector and vector[0] for vector in partial]
