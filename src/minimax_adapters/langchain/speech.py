"""`MiniMaxSpeech`: MiniMax's text-to-speech as a LangChain runnable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from langchain_core.messages import BaseMessage
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import RunnableSerializable
from pydantic import ConfigDict

from minimax_adapters.api import (
    Audio,
    AudioChunk,
    AudioEnd,
    PronunciationDict,
    SpeechRequest,
    TimbreWeight,
    VoiceModify,
)
from minimax_adapters.api.wire.speech import DEFAULT_VOICE
from minimax_adapters.langchain import _loading
from minimax_adapters.langchain._arguments import CONNECTION_SYNONYMS, canonical
from minimax_adapters.langchain._connection import Connection
from minimax_adapters.langchain.errors import MiniMaxInvalidInputError, translated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.runnables import RunnableConfig

Speakable = str | BaseMessage | PromptValue

_SYNONYMS: Final = {
    "model_name": "model",
    "voice_id": "voice",
    "volume": "vol",
    "response_format": "format",
    **CONNECTION_SYNONYMS,
}
_VOICE: Final = ("speed", "vol", "pitch", "emotion", "text_normalization", "latex_read")
_AUDIO: Final = ("format", "sample_rate", "bitrate", "channel", "force_cbr")
_PLAIN: Final = (
    "model",
    "language_boost",
    "subtitle_enable",
    "subtitle_type",
    "output_format",
    "aigc_watermark",
    "extra_body",
)


class MiniMaxSpeech(Connection, RunnableSerializable[Speakable, Any]):
    """Turns text, or the text of a message, into speech. Thinking is never spoken.

    `invoke()` returns an `Audio`; `stream()` yields `AudioChunk`s as they are made, whose `data`
    one after the other is the file. Fields can be made `configurable_fields()`.

    Example:
        >>> from minimax_adapters.langchain import MiniMaxSpeech
        >>> speech = MiniMaxSpeech(voice="English_Graceful_Lady", format="mp3")
        >>> audio = speech.invoke("Good morning!")
        >>> audio.mime_type
        'audio/mpeg'
        >>> b"".join(chunk.data for chunk in speech.stream("Good morning!"))[:3] != b""
        True
    """

    model_config = ConfigDict(protected_namespaces=())

    model: str = "speech-2.8-hd"
    """`speech-2.8-hd` sounds best, the turbo models answer sooner."""
    voice: str = DEFAULT_VOICE
    """A voice of MiniMax or of the account; also `voice_id`."""
    speed: float | None = None
    """From 0.5 to 2."""
    vol: float | None = None
    """Above 0, up to 10; also `volume`."""
    pitch: int | None = None
    """Semitones from -12 to 12."""
    emotion: str | None = None
    """Chosen from the text if left out."""
    text_normalization: bool | None = None
    """Read numbers of Chinese and English better, somewhat slower."""
    latex_read: bool | None = None
    """Read formulas between `$$`; Chinese only."""
    format: str | None = None
    """`mp3` by default; `wav`, `flac`, `opus`, `pcm`, `pcmu_raw` or `pcmu_wav`."""
    sample_rate: int | None = None
    """Hertz; MiniMax's default is 32,000."""
    bitrate: int | None = None
    """Bits per second, mp3 only."""
    channel: int | None = None
    """1 or 2."""
    force_cbr: bool | None = None
    """Constant bit rate, for streamed mp3 only."""
    pronunciation_dict: PronunciationDict | dict[str, Any] | None = None
    """How single words are said: `{"tone": ["omg/oh my god"]}`."""
    timbre_weights: list[TimbreWeight | dict[str, Any]] | None = None
    """1 to 4 voices to be mixed."""
    language_boost: str | None = None
    """A language to favour, or `auto`."""
    voice_modify: VoiceModify | dict[str, Any] | None = None
    """Effects on the voice."""
    subtitle_enable: bool | None = None
    """Whether MiniMax makes subtitles."""
    subtitle_type: str | None = None
    """What they are cut into."""
    output_format: str = "hex"
    """`hex` for the audio itself, `url` for an address that is valid for 24 hours."""
    aigc_watermark: bool | None = None
    """An audible mark at the end; plain calls only."""
    extra_body: dict[str, Any] | None = None
    """Members added to each request as they are."""

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - LangChain's own signature
        owner = type(self)
        super().__init__(**canonical(owner.__name__, arguments, owner.model_fields, _SYNONYMS))
        self._connect()

    @property
    def lc_secrets(self) -> dict[str, str]:
        """The argument that is a secret, and the variable that holds it."""
        return {"api_key": "MINIMAX_API_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: `dumps()` and `loads()` work, without the key."""
        return True

    def request(self, spoken: Speakable, **changes: Any) -> SpeechRequest:  # noqa: ANN401 - fields
        """Return the request for `spoken`.

        Args:
            spoken: Text, a message, or a prompt, whose last message is spoken.
            **changes: Fields that differ for this call.

        Raises:
            InvalidInputError: There is nothing to say, or a setting is out of its range.
        """
        given = canonical(
            "A call of MiniMaxSpeech", changes, self.__class__.model_fields, _SYNONYMS
        )
        fields = {**self.__dict__, **given}
        members = {name: fields[name] for name in _PLAIN if fields[name] is not None}
        for name in ("pronunciation_dict", "timbre_weights", "voice_modify"):
            if fields[name] is not None:
                members[name] = fields[name]
        return SpeechRequest(
            text=text_to_speak(spoken),
            voice_setting={"voice_id": fields["voice"], **_present(fields, _VOICE)},
            audio_setting=_present(fields, _AUDIO) or None,
            **members,
        )

    def invoke(
        self,
        input: Speakable,  # noqa: A002 - LangChain's own signature
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> Audio:
        """Return the whole audio.

        Raises:
            InvalidInputError: There is nothing to say, or a setting is out of its range.
            MiniMaxError: The call failed.
        """
        audio: Audio = self._call_with_config(self._speak, input, config, run_type="tool", **kwargs)
        return audio

    async def ainvoke(
        self,
        input: Speakable,  # noqa: A002 - LangChain's own signature
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> Audio:
        """Return the whole audio; see `invoke()`."""
        audio: Audio = await self._acall_with_config(
            self._aspeak, input, config, run_type="tool", **kwargs
        )
        return audio

    def stream(
        self,
        input: Speakable,  # noqa: A002 - LangChain's own signature
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> Iterator[AudioChunk]:
        """Yield the audio as it is made; leaving early closes the connection."""
        yield from self._transform_stream_with_config(
            iter([input]), self._speak_stream, config, run_type="tool", **kwargs
        )

    async def astream(
        self,
        input: Speakable,  # noqa: A002 - LangChain's own signature
        config: RunnableConfig | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's own signature
    ) -> AsyncIterator[AudioChunk]:
        """Yield the audio as it is made; see `stream()`."""

        async def inputs() -> AsyncIterator[Speakable]:
            yield input

        async for chunk in self._atransform_stream_with_config(
            inputs(), self._aspeak_stream, config, run_type="tool", **kwargs
        ):
            yield chunk

    def _speak(self, spoken: Speakable, **changes: Any) -> Audio:  # noqa: ANN401 - fields
        with translated():
            return self._client.speak(self.request(spoken, **changes))

    async def _aspeak(self, spoken: Speakable, **changes: Any) -> Audio:  # noqa: ANN401 - fields
        with translated():
            return await self._async_client.speak(self.request(spoken, **changes))

    def _speak_stream(
        self,
        inputs: Iterator[Speakable],
        **changes: Any,  # noqa: ANN401 - fields
    ) -> Iterator[AudioChunk]:
        with translated():
            for spoken in inputs:
                with self._client.stream_speech(self.request(spoken, **changes)) as events:
                    for event in events:
                        if not isinstance(event, AudioEnd):
                            yield event

    async def _aspeak_stream(
        self,
        inputs: AsyncIterator[Speakable],
        **changes: Any,  # noqa: ANN401 - fields
    ) -> AsyncIterator[AudioChunk]:
        with translated():
            async for spoken in inputs:
                request = self.request(spoken, **changes)
                async with self._async_client.stream_speech(request) as events:
                    async for event in events:
                        if not isinstance(event, AudioEnd):
                            yield event


def text_to_speak(spoken: Speakable) -> str:
    """Return the text of `spoken`, without thinking.

    Raises:
        InvalidInputError: It has no text, or is no text, message or prompt.
    """
    if isinstance(spoken, PromptValue):
        spoken = spoken.to_messages()[-1]
    if isinstance(spoken, BaseMessage):
        spoken = str(spoken.text)
    if not isinstance(spoken, str):
        kind = type(spoken).__name__
        raise MiniMaxInvalidInputError(
            f"{kind} cannot be spoken. Pass text, a message or a prompt."
        )
    if not spoken.strip():
        raise MiniMaxInvalidInputError(
            "There is nothing to say: the text is empty. A message that only calls tools has none."
        )
    return spoken


def _present(fields: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: fields[name] for name in names if fields[name] is not None}


_loading.register(MiniMaxSpeech)
