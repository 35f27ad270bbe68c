"""What query engines, chat engines and agents answer with, as text or as a stream of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.chat_engine.types import AgentChatResponse, StreamingAgentChatResponse

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator


def opened(what: Any) -> Any:  # noqa: ANN401 - what is no answer is returned as it is
    """Return the text of an answer, or the stream of one that is still being written.

    Raises:
        UnspeakableError: It comes in an event loop, so that only a coroutine can wait for it.
    """
    match what:
        case Response() | AgentChatResponse():
            return what.response or ""
        case StreamingResponse():
            return _tokens(what)
        case StreamingAgentChatResponse(achat_stream=None):
            return what.response_gen
        case AsyncStreamingResponse() | StreamingAgentChatResponse():
            raise unspeakable(
                f"This {type(what).__name__} is written in an event loop. Use aspeak() or"
                " astream() there."
            )
    return what


def unspeakable(text: str) -> Exception:
    """Return the error of what cannot be spoken."""
    from minimax_adapters.llama_index.errors import (  # noqa: PLC0415 - slow to import
        UnspeakableError,
    )

    return UnspeakableError(text)


def aopened(what: Any) -> Any:  # noqa: ANN401 - as opened()
    """Return the text of an answer or the stream of it, which may be asynchronous."""
    match what:
        case AsyncStreamingResponse():
            return _atokens(what)
        case StreamingAgentChatResponse() if what.achat_stream is not None:
            return what.async_response_gen()
    return opened(what)


# These keep the text on the answer, as its own methods do: it is printed after it was spoken.


def _tokens(answer: StreamingResponse) -> Generator[str, None, None]:
    if answer.response_txt is not None:
        yield answer.response_txt
        return
    said: list[str] = []
    try:
        for token in answer.response_gen:
            said.append(token)
            yield token
        answer.response_txt = "".join(said)
    finally:
        if callable(close := getattr(answer.response_gen, "close", None)):
            close()


async def _atokens(answer: AsyncStreamingResponse) -> AsyncGenerator[str, None]:
    if answer.response_txt is not None:
        yield answer.response_txt
        return
    said: list[str] = []
    try:
        async for token in answer.response_gen:
            said.append(token)
            yield token
        answer.response_txt = "".join(said)
    finally:
        if callable(close := getattr(answer.response_gen, "aclose", None)):
            await close()
