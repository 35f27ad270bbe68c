"""What is spoken of a stream: of responses, and of the events of an agent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse

if TYPE_CHECKING:
    from llama_index.core.workflow import Event
    from workflows.handler import WorkflowHandler

Speakable: TypeAlias = str | ChatMessage | ChatResponse | CompletionResponse
Heard: TypeAlias = "Speakable | Event"
# MiniMax's client has what is before it spoken at once: a tool may take its time.
_COMPLETE: Final = "\f"
# How a ReActAgent makes a model write. Only what follows the last one is for people.
_FORM: Final = ("Thought:", "Action:", "Answer:")


def text_of(what: Speakable) -> str:
    """Return the text of an answer, without thinking."""
    match what:
        case str():
            return what
        case ChatResponse():
            return what.message.content or ""
        case ChatMessage():
            return what.content or ""
        case CompletionResponse():
            return what.text
    raise TypeError(f"MiniMaxSpeech cannot speak {type(what).__name__}. Pass text or a response.")


def deltas(what: Speakable | Iterable[Heard]) -> Generator[str, None, None]:
    """Yield the text of a stream as it comes; closing closes the stream."""
    if isinstance(what, Speakable):
        yield text_of(what)
        return
    heard = _Heard()
    try:
        for item in what:
            yield heard.feed(item)
    finally:
        if callable(close := getattr(what, "close", None)):
            close()


async def adeltas(
    what: Speakable | Iterable[Heard] | AsyncIterable[Heard] | WorkflowHandler,
) -> AsyncGenerator[str, None]:
    """Yield the text of a stream as it comes; closing closes the stream, or ends the run."""
    if isinstance(what, Speakable):
        yield text_of(what)
    elif hasattr(what, "stream_events"):
        async for text in _of_run(cast("WorkflowHandler", what)):
            yield text
    elif isinstance(what, AsyncIterable):
        heard = _Heard()
        try:
            async for item in what:
                yield heard.feed(item)
        finally:
            if callable(close := getattr(what, "aclose", None)):
                await close()
    else:
        for text in deltas(what):
            yield text


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

    def feed(self, item: Any) -> str:  # noqa: ANN401 - of an agent, events of any kind
        """Return what is new to be spoken."""
        if isinstance(item, ChatResponse | CompletionResponse):
            return item.delta or ""
        if isinstance(item, Speakable):
            return text_of(item)
        from llama_index.core.agent.workflow import AgentOutput, AgentStream  # noqa: PLC0415
        from llama_index.core.workflow import Event  # noqa: PLC0415 - in agents' programs only

        if isinstance(item, AgentStream):
            self._text += item.delta
            return self._new()
        if isinstance(item, AgentOutput):
            return self._end_step(item)
        if isinstance(item, Event):
            return ""
        return text_of(item)

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
