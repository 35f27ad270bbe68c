"""What is spoken of a stream: of responses, and of the events of an agent."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse
from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.chat_engine.types import AgentChatResponse, StreamingAgentChatResponse

from minimax_adapters.llama_index._answers import aopened, opened, unspeakable

if TYPE_CHECKING:
    from llama_index.core.agent.workflow import AgentOutput
    from llama_index.core.workflow import Event
    from workflows.handler import WorkflowHandler

_Text: TypeAlias = str | ChatMessage | ChatResponse | CompletionResponse
_Answer: TypeAlias = (
    Response
    | StreamingResponse
    | AsyncStreamingResponse
    | AgentChatResponse
    | StreamingAgentChatResponse
)
Speakable: TypeAlias = "_Text | _Answer | AgentOutput"
Heard: TypeAlias = "_Text | Event"
# MiniMax's client has what is before it spoken at once: a tool may take its time.
_COMPLETE: Final = "\f"
# How a ReActAgent makes a model write. Only what follows the last one is for people.
_FORM: Final = ("Thought:", "Action:", "Answer:")


def text_of(what: Speakable) -> str:
    """Return the text of an answer, without thinking; one that is being written is awaited.

    Raises:
        UnspeakableError: It is no text and no answer.
    """
    found = opened(what)
    return _text(found) if found is what or isinstance(found, str) else "".join(found)


async def atext_of(what: Speakable) -> str:
    """Return the text of an answer; see `text_of()`."""
    found = aopened(what)
    if isinstance(found, AsyncIterable) and found is not what:
        return "".join([text async for text in found])
    return text_of(what)


def deltas(
    what: Speakable | Iterable[Heard], check: Callable[[str], object]
) -> Generator[str, None, None]:
    """Return the text of a stream as it comes; closing closes the stream.

    Args:
        what: What is spoken.
        check: Raises for a text that cannot be spoken, where it is known from the start.

    Raises:
        UnspeakableError: It is no text, no answer, and no stream.
    """
    found = opened(what)
    if isinstance(found, _Text) or not isinstance(found, Iterable) or _is_output(found):
        text = _text(found)
        check(text)
        return _whole(text)
    return _deltas(found)


def adeltas(
    what: Speakable | Iterable[Heard] | AsyncIterable[Heard] | WorkflowHandler,
    check: Callable[[str], object],
) -> AsyncGenerator[str, None]:
    """Return the text of a stream as it comes; closing closes the stream, or ends the run.

    Arguments as for `deltas()`.

    Raises:
        UnspeakableError: It is no text, no answer, no stream, and no run of an agent.
    """
    found = aopened(what)
    if callable(getattr(found, "stream_events", None)):
        return _of_run(cast("WorkflowHandler", found))
    if isinstance(found, AsyncIterable):
        return _adeltas(found)
    return _slowly(deltas(found, check))


def _text(what: object) -> str:
    match what:
        case str():
            return what
        case ChatResponse():
            return what.message.content or ""
        case ChatMessage():
            return what.content or ""
        case CompletionResponse():
            return what.text
    if _is_output(what):
        text = cast("AgentOutput", what).response.content or ""
        return text[_start_of_answer(text) or 0 :]
    kind = type(what).__name__
    if isinstance(what, AsyncIterable) or callable(getattr(what, "stream_events", None)):
        raise unspeakable(f"This {kind} is asynchronous: pass it to astream().")
    raise unspeakable(
        f"MiniMaxSpeech cannot speak {kind}. Pass text, a message, or what an LLM,"
        " an engine or an agent answers; a stream of them goes to stream() or astream()."
    )


def _is_output(what: object) -> bool:
    # Only who has it has imported agents.
    workflows = sys.modules.get("llama_index.core.agent.workflow")
    return workflows is not None and isinstance(what, workflows.AgentOutput)


def _whole(text: str) -> Generator[str, None, None]:
    yield text


async def _slowly(texts: Generator[str, None, None]) -> AsyncGenerator[str, None]:
    for text in texts:
        yield text


def _deltas(stream: Iterable[Heard]) -> Generator[str, None, None]:
    heard = _Heard()
    try:
        for item in stream:
            yield heard.feed(item)
    finally:
        if callable(close := getattr(stream, "close", None)):
            close()


async def _adeltas(stream: AsyncIterable[Heard]) -> AsyncGenerator[str, None]:
    heard = _Heard()
    try:
        async for item in stream:
            yield heard.feed(item)
    finally:
        if callable(close := getattr(stream, "aclose", None)):
            await close()


async def _of_run(run: WorkflowHandler) -> AsyncGenerator[str, None]:
    heard = _Heard()
    try:
        async for event in run.stream_events():
            yield heard.feed(event)
        await run  # A run that failed says so here only.
    finally:
        if not run.is_done():
            await run.cancel_run()


class _Heard:
    """Tells what a person is to hear from what an agent says to itself and to its tools.

    State: `_text` is what the model has written in this step, `_given` how much of it was given.
    """

    def __init__(self) -> None:
        self._text = ""
        self._given = 0

    def feed(self, item: object) -> str:
        """Return what is new to be spoken."""
        if isinstance(item, ChatResponse | CompletionResponse):
            return item.delta or ""
        if isinstance(item, _Text):
            return _text(item)
        from llama_index.core.agent.workflow import AgentOutput, AgentStream  # noqa: PLC0415 - slow to import, and seldom needed
        from llama_index.core.workflow import Event  # noqa: PLC0415 - slow to import, and seldom needed

        if isinstance(item, AgentStream):
            self._text += item.delta
            return self._new()
        if isinstance(item, AgentOutput):
            return self._end_step(item)
        if isinstance(item, Event):
            return ""
        return _text(item)

    def _end_step(self, output: Any) -> str:  # noqa: ANN401 - imported late
        if not self._text and not output.tool_calls:  # An agent that does not stream.
            self._text = output.response.content or ""
        new = self._new()
        given, self._text, self._given = self._given, "", 0
        return new + _COMPLETE if given else new

    def _new(self) -> str:
        start = _start_of_answer(self._text)
        if start is None:
            return ""
        new = self._text[max(start, self._given) :]
        self._given = len(self._text)
        return new


def _start_of_answer(text: str) -> int | None:
    """Return where the part for people begins, None if it has not begun or cannot be told."""
    begun = text.lstrip()
    if not any(begun.startswith(mark[: len(begun)]) for mark in _FORM):
        return 0
    answer, action = text.find("Answer:"), text.find("Action:")
    if answer < 0 or 0 <= action < answer:
        return None
    return answer + len("Answer:")
