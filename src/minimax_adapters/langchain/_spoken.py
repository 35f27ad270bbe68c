"""What is said aloud of texts and messages, and of answers while they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from langchain_core.messages import AIMessage, BaseMessage, BaseMessageChunk, ToolMessage
from langchain_core.prompt_values import PromptValue

from minimax_adapters.api.speaking import spoken_text
from minimax_adapters.langchain.errors import MiniMaxInvalidInputError, translated

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator

Speakable: TypeAlias = str | BaseMessage | PromptValue | dict[str, Any]

# Says that an answer is complete; see `Client.stream_speech_from()`.
_END: Final = "\f"


def plain_text(spoken: Speakable, *, markdown: bool) -> str:
    """Return the text of `spoken` as it is read aloud, without thinking.

    Args:
        spoken: Text, a message, or a prompt or an agent's state, whose last message is spoken.
        markdown: Whether the text is Markdown.

    Raises:
        InvalidInputError: There are no words in it, or it is none of these.
    """
    with translated():
        return spoken_text(_text_of(spoken), markdown=markdown)


class Written:
    """The text of an answer, or of what an agent says, as it comes.

    State: `_said` everything so far, `_message` the id of the message that is being written.
    """

    def __init__(self) -> None:
        self._said: list[str] = []
        self._message: str | None = None

    @property
    def text(self) -> str:
        """Everything that came so far."""
        return "".join(self._said).replace(_END, "\n").strip()

    def of(self, items: Iterator[Any]) -> Generator[str, None, None]:
        """Yield the text in `items`, and close them when it is not wanted any more."""
        try:
            for item in items:
                if text := self._read(item):
                    yield text
        finally:
            close = getattr(items, "close", None)
            if callable(close):
                close()

    async def of_async(self, items: AsyncIterator[Any]) -> AsyncGenerator[str, None]:
        """Yield the text in `items`; see `of()`."""
        try:
            async for item in items:
                if text := self._read(item):
                    yield text
        finally:
            close = getattr(items, "aclose", None)
            if callable(close):
                await close()

    def traced(self) -> Iterator[str]:
        """Yield what LangChain notes as the input of the run: nothing yet, at its end the text."""
        yield ""
        yield self.text

    async def traced_async(self) -> AsyncIterator[str]:
        """Yield what LangChain notes as the input; see `traced()`."""
        for text in self.traced():
            yield text

    def _read(self, item: object) -> str:
        found = _message_in(item)
        if isinstance(found, BaseMessage):
            found = self._new_text_of(found)
        if found:
            self._said.append(found)
        return found or ""

    def _new_text_of(self, message: BaseMessage) -> str:
        """Return the text of a message or chunk, with an end before and behind what is whole."""
        text = "" if isinstance(message, ToolMessage) else str(message.text)
        if message.id is not None:
            if self._message not in {None, message.id}:
                text = _END + text
            self._message = message.id
        is_chunk = isinstance(message, BaseMessageChunk)
        if not is_chunk or getattr(message, "chunk_position", None) == "last":
            text += _END
        return text


def _text_of(spoken: object) -> str:
    match spoken:
        case PromptValue():
            spoken = spoken.to_messages()[-1]
        case {"messages": [*_, BaseMessage() as last]}:
            spoken = last
    if isinstance(spoken, BaseMessage):
        spoken = str(spoken.text)
    if not isinstance(spoken, str):
        raise _refusal(spoken)
    return spoken


def _message_in(item: object) -> str | BaseMessage | None:
    """Return what an item of a stream says, None if it is no part of an answer.

    LangGraph yields `(message, metadata)` for `stream_mode="messages"`, with a mode before it if
    there are several, a namespace before that with `subgraphs=True`, and with `version="v2"` a
    dict of the same. The events of `astream_events()` are dicts as well. States, and updates of
    one by a node, have whole messages.

    Raises:
        InvalidInputError: It is an item of no stream that is known here.
    """
    match item:
        case str() | BaseMessage():
            return item
        case (BaseMessage() as message, dict()):
            return message if isinstance(message, AIMessage | ToolMessage) else None
        case (tuple(), *rest):
            return _message_in(tuple(rest) if len(rest) > 1 else rest[0])
        case (str() as mode, payload) | {"type": str() as mode, "ns": _, "data": payload}:
            return _message_in(payload) if mode == "messages" else None
        case {"event": str() as event, "data": dict() as members}:
            return members.get("chunk") if event == "on_chat_model_stream" else None
    return item.to_messages()[-1] if isinstance(item, PromptValue) else _message_in_state(item)


def _message_in_state(item: object) -> BaseMessage | None:
    """Return the last message of a state, or of an update of one by a node, if it is an answer.

    Raises:
        InvalidInputError: It is neither.
    """
    match item:
        case {"messages": [*_, BaseMessage() as last]}:
            return last if isinstance(last, AIMessage) else None
        case dict() if len(item) == 1 and isinstance(update := next(iter(item.values())), dict):
            return _message_in_state(update)
    raise _refusal(item)


def _refusal(spoken: object) -> Exception:
    kind = type(spoken).__name__
    return MiniMaxInvalidInputError(
        f"{kind} cannot be spoken. Pass text, a message, a prompt or the state that an agent ends"
        " with; of an agent's stream, that of stream_mode='messages'."
    )
