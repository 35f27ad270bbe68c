"""The object that a stream ends with, where thinking was shown as text before.

Some hosts leave `<think>` out, so that only `</think>` tells a stream what was thinking. LlamaIndex
keeps the object with the most members then, which may be one that the model only thought of, and
gives no program the whole answer to look at: so it is kept here.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from llama_index.core.program.utils import process_streaming_objects

from minimax_adapters.llama_index._responses import chat_response

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Generator, Iterator

    from llama_index.core.llms import LLM
    from pydantic import BaseModel

    from minimax_adapters.api import ChatReply

_BEGINNING: Final[ContextVar[StructuredStream | None]] = ContextVar("beginning", default=None)


class StructuredStream:
    """What one model writes to fill in one class.

    State: `_reply` is the whole answer, None until it has ended.

    Args:
        llm: The model.
        output_cls: The class.
    """

    def __init__(self, llm: LLM, output_cls: type[BaseModel]) -> None:
        self._llm = llm
        self._output_cls = output_cls
        self._reply: ChatReply | None = None

    def objects(self, written: Generator[Any, None, None]) -> Generator[Any, None, None]:
        """Yield what a program makes of the stream, then what the answer really is."""
        with closing(written):
            # Until the first object at the latest, the program has asked the model.
            with self._begins():
                first = list(islice(written, 1))
            yield from first
            yield from written
        yield from self._last()

    async def aobjects(
        self, asked: Awaitable[AsyncGenerator[Any, None]]
    ) -> AsyncGenerator[Any, None]:
        """Return the asynchronous twin of `objects()`, once the model was asked."""
        with self._begins():
            written = await asked
        return self._followed(written)

    async def _followed(self, written: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
        while (each := await self._next(written)) is not None:
            yield each
        for each in self._last():
            yield each

    async def _next(self, written: AsyncGenerator[Any, None]) -> Any:  # noqa: ANN401 - an object, or None
        with self._begins():
            return await anext(written, None)

    @contextmanager
    def _begins(self) -> Iterator[None]:
        before = _BEGINNING.get()
        _BEGINNING.set(self)
        try:
            yield
        finally:
            # A coroutine may be closed in another context, where nothing could be reset.
            _BEGINNING.set(before)

    def _last(self) -> Iterator[Any]:
        reply = self._reply
        if reply is not None and reply.answer_offset is not None:
            response = chat_response(reply, several_calls=False)
            llm: Any = self._llm
            yield process_streaming_objects(response, self._output_cls, llm=llm)

    def keep(self, reply: ChatReply) -> None:
        """Keep the whole answer."""
        self._reply = reply

    def is_of(self, llm: LLM) -> bool:
        """Return whether `llm` writes it."""
        return llm is self._llm


def beginning_of(llm: LLM) -> StructuredStream | None:
    """Return what the stream is for that `llm` begins to write now, None if for no object."""
    stream = _BEGINNING.get()
    return stream if stream is not None and stream.is_of(llm) else None
