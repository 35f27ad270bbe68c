"""What tests of streamed speech share: listeners of either colour."""

# ruff: noqa: ANN401 - arguments and answers may be of any kind

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from minimax_adapters.api import AudioChunk
    from minimax_adapters.langchain import MiniMaxSpeech

TEXT: Final = "The first sentence is here. The second sentence follows it. And that was all."
both = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


def said(chunks: list[AudioChunk]) -> str:
    """Return what was spoken."""
    return " ".join(dict.fromkeys(chunk.text for chunk in chunks))


async def streamed(
    runnable: Any,
    given: Any,
    heard: list[Any] | None = None,
    *,
    asynchronous: bool,
    **options: Any,
) -> list[Any]:
    """Return the chunks of a stream of either colour; with an error, `heard` has those before."""
    chunks: list[Any] = [] if heard is None else heard

    def listen() -> None:
        for chunk in runnable.stream(given, **options):
            chunks.append(chunk)  # noqa: PERF402 - an error must leave those before it

    if not asynchronous:
        await asyncio.to_thread(listen)
        return chunks
    async for chunk in runnable.astream(given, **options):
        chunks.append(chunk)  # noqa: PERF401 - an error must leave those before it
    return chunks


async def transformed(speech: MiniMaxSpeech, items: list[Any], *, asynchronous: bool) -> list[Any]:
    """Return the audio of what a stream yields."""

    async def each() -> AsyncIterator[Any]:
        for item in items:
            yield item

    if asynchronous:
        return [chunk async for chunk in speech.atransform(each())]
    return await asyncio.to_thread(lambda: list(speech.transform(iter(items))))
