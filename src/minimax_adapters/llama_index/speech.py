"""`MiniMaxSpeech`: text, or what a chat model answers, as audio."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Unpack

from llama_index.core.base.llms.types import AudioBlock
from pydantic import Field, model_validator

from minimax_adapters._docstrings import with_arguments
from minimax_adapters._sealing import seal
from minimax_adapters._speech_fields import SpeechFields
from minimax_adapters.llama_index._connection import Connected, ConnectionOptions
from minimax_adapters.llama_index._spoken import adeltas, atext_of, deltas, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

    from workflows.handler import WorkflowHandler

    from minimax_adapters.api import AsyncEventStream, Audio, AudioChunk, AudioEnd
    from minimax_adapters.api.wire.speech import SpeechOptions
    from minimax_adapters.api.wire.voices import Voice
    from minimax_adapters.llama_index._spoken import Heard, Speakable

DEFAULT_MODEL: Final = "speech-2.8-hd"
DEFAULT_VOICE: Final = "English_Graceful_Lady"
LONGEST: Final = 9_999
# Shorter sentences are spoken with the next: a call for every "Yes." sounds choppy.
SHORTEST: Final = 20


class SpeechArguments(ConnectionOptions, total=False):
    """Arguments of `MiniMaxSpeech`; its fields describe them."""

    model_name: str | None
    voice_id: str | None
    voice: str | None
    speed: float | None
    vol: float | None
    pitch: int | None
    emotion: str | None
    format: str | None
    sample_rate: int | None
    bitrate: int | None
    channel: int | None
    language_boost: str | None
    markdown: bool
    transport: Literal["auto", "bidi", "plain", "http"]
    additional_kwargs: dict[str, Any] | None


@with_arguments
class MiniMaxSpeech(SpeechFields, Connected):
    """MiniMax's text-to-speech as a LlamaIndex component.

    What is spoken is the text of an answer, never its thinking. See `Connected` for keys, hosts,
    threads, event loops and pickling.

    Every method raises a `MiniMaxError` of `minimax_adapters.api`.

    Example:
        >>> from minimax_adapters.llama_index import MiniMaxSpeech
        >>> audio = MiniMaxSpeech(voice_id="English_Graceful_Lady").speak("The library is open.")
        >>> audio.format
        'mp3'
    """

    model: str = Field(default=DEFAULT_MODEL, description="speech-2.8-hd, -turbo and older ones.")
    voice_id: str = Field(default=DEFAULT_VOICE, description="A voice of MiniMax or the account.")
    vol: float | None = Field(
        default=None, description="Above 0, up to 10; MiniMax's default is 1."
    )
    markdown: bool = Field(
        default=True, description="Read Markdown without its marks; code is left out."
    )
    transport: Literal["auto", "bidi", "plain", "http"] = Field(
        default="auto",
        description="How streams are spoken: over a socket, or with a request per sentence.",
    )
    additional_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="More members of `SpeechOptions`."
    )

    _own_synonyms: ClassVar[dict[str, str]] = {"model_name": "model"}

    def __init__(self, model: str | None = None, **options: Unpack[SpeechArguments]) -> None:
        seal(options, type(self))
        super().__init__(model=model, **options)

    @model_validator(mode="after")
    def _check_settings(self) -> MiniMaxSpeech:
        """Refuse what is out of its range here, not in the middle of a conversation."""
        _ = self.options
        return self

    @classmethod
    def class_name(cls) -> str:
        """Return the name in serialised form."""
        return "MiniMaxSpeech"

    def speak(self, what: Speakable) -> Audio:
        """Return the whole audio of a text of any length.

        With `subtitle_enable`, the subtitles are fetched as well. If that fails, the audio has
        none, and its `subtitle_url` says where they are.

        Args:
            what: Text, a message, or what an LLM, an engine or an agent answers. An answer that
                is still being written is awaited.

        Raises:
            InvalidInputError: There are no words in it, or it cannot be spoken.
        """
        from minimax_adapters.api.speaking import with_subtitles  # noqa: PLC0415 - brings httpx, which is slow to import

        client, text = self._client(), self._words(text_of(what))
        if len(text) > LONGEST:
            return client.speak_long(text, self.options, markdown=False)
        return with_subtitles(client, client.speak(self.options.saying(text)))

    async def aspeak(self, what: Speakable) -> Audio:
        """Return the whole audio of a text of any length; see `speak()`."""
        from minimax_adapters.api.speaking import awith_subtitles  # noqa: PLC0415 - brings httpx, which is slow to import

        client, text = self._aclient(), self._words(await atext_of(what))
        if len(text) > LONGEST:
            return await client.speak_long(text, self.options, markdown=False)
        return await awith_subtitles(client, await client.speak(self.options.saying(text)))

    def __call__(self, what: Speakable) -> AudioBlock:
        """Return the whole audio as a content block."""
        return block_of(self.speak(what))

    async def acall(self, what: Speakable) -> AudioBlock:
        """Return the whole audio as a content block."""
        return block_of(await self.aspeak(what))

    def stream(self, what: Speakable | Iterable[Heard]) -> Iterator[bytes]:
        """Yield audio as it is made: mp3, pcm or pcmu_raw.

        Closing it closes the stream that it speaks, too.

        Args:
            what: As for `speak()`, or a stream of chat responses: each sentence is spoken as soon
                as it is complete.

        Raises:
            InvalidInputError: It cannot be spoken, or there are no words in a text.
        """
        with self._events(self._client(), deltas(what, self._words)) as events:
            for event in events:
                if data := getattr(event, "data", None):
                    yield data

    def astream(
        self, what: Speakable | Iterable[Heard] | AsyncIterable[Heard] | WorkflowHandler
    ) -> AsyncIterator[bytes]:
        """Yield audio as it is made; see `stream()`.

        Args:
            what: As for `stream()`, or what an agent does: the handler that `agent.run()` returns,
                which is cancelled when this is closed, or its `stream_events()`. Heard is what the
                agent says to people: no thinking, no tool calls, nothing before "Answer:".
        """
        from minimax_adapters.api.speaking import AsyncAudioChunks  # noqa: PLC0415 - brings httpx, which is slow to import

        async def opened() -> AsyncEventStream[AudioChunk | AudioEnd]:
            events: AsyncEventStream[AudioChunk | AudioEnd]
            events = self._events(self._aclient(), adeltas(what, self._words))
            return events

        return AsyncAudioChunks(opened, attrgetter("data"))

    def voices(self) -> list[Voice]:
        """Return the voices that the key may use, MiniMax's own first."""
        return self._client().voices.list()

    async def avoices(self) -> list[Voice]:
        """Return the voices that the key may use, MiniMax's own first."""
        return await self._aclient().voices.list()

    @property
    def options(self) -> SpeechOptions:
        """The settings as the client takes them.

        Raises:
            InvalidInputError: One is unknown or out of its range.
        """
        from minimax_adapters.api.wire.speech import SpeechOptions  # noqa: PLC0415 - brings httpx, which is slow to import

        return SpeechOptions.of(type(self).__name__, dict(self), **self.additional_kwargs)

    def _words(self, text: str) -> str:
        from minimax_adapters.api.speaking import spoken_text  # noqa: PLC0415 - brings httpx, which is slow to import

        return spoken_text(text, markdown=self.markdown)

    def _events(self, client: Any, deltas: Any) -> Any:  # noqa: ANN401 - of both colours
        return client.stream_speech_from(
            deltas,
            self.options,
            transport=self.transport,
            markdown=self.markdown,
            shortest=SHORTEST,
        )


def block_of(audio: Audio) -> AudioBlock:
    """Return audio as a content block."""
    return AudioBlock(audio=audio.data, format=audio.format)
