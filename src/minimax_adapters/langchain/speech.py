"""`MiniMaxSpeech`: MiniMax's text-to-speech as a LangChain runnable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import ConfigDict, Field, model_validator

from minimax_adapters._docstrings import with_arguments
from minimax_adapters._sealing import seal
from minimax_adapters._speech_fields import SpeechFields
from minimax_adapters.api import (
    PronunciationDict,
    SpeechOptions,
    SpeechRequest,
    TimbreWeight,
    VoiceModify,
)
from minimax_adapters.api.wire.speech_settings import DEFAULT_VOICE
from minimax_adapters.langchain import _loading
from minimax_adapters.langchain._arguments import ADVICE, CONNECTION_SYNONYMS, Names, canonical
from minimax_adapters.langchain._connection import Connection
from minimax_adapters.langchain._speech_calls import SpeechCalls
from minimax_adapters.langchain._spoken import Speakable, plain_text
from minimax_adapters.langchain.errors import MiniMaxInvalidInputError, translated

if TYPE_CHECKING:
    from collections.abc import Mapping

_SYNONYMS: Final = {
    "model_name": "model",
    "voice_id": "voice",
    "volume": "vol",
    "response_format": "format",
    **CONNECTION_SYNONYMS,
}
_ADVICE: Final = {
    **ADVICE,
    "voice_setting": "Pass its members as arguments: voice, speed, vol, pitch, emotion.",
    "audio_setting": "Pass its members as arguments: format, sample_rate, bitrate, channel.",
}
_OF_CONSTRUCTOR: Final = frozenset({"name", *Connection.model_fields})
_OF_ONE_REQUEST: Final = ("output_format", "aigc_watermark")


@with_arguments
class MiniMaxSpeech(SpeechFields, SpeechCalls):
    """Turns text, or the text of a message, into speech. Thinking is never spoken.

    `invoke()` returns an `Audio`, of a text of any length; `stream()` yields `AudioChunk`s as
    they are made, whose `data` one after the other is the file. Behind a chat model, as in
    `chat | MiniMaxSpeech()`, a stream speaks the first sentence while the second is written.
    Fields can be made `configurable_fields()`.

    Example:
        >>> from minimax_adapters.langchain import MiniMaxSpeech
        >>> speech = MiniMaxSpeech(voice="English_Graceful_Lady", format="mp3")
        >>> audio = speech.invoke("Good morning!")
        >>> audio.mime_type
        'audio/mpeg'
        >>> b"".join(chunk.data for chunk in speech.stream("Good morning!"))[:3] != b""
        True
    """

    model_config = ConfigDict(protected_namespaces=(), defer_build=False)

    model: str = Field(
        default="speech-2.8-hd",
        description="`speech-2.8-hd` sounds best, the turbo models answer sooner.",
    )
    voice: str = Field(
        default=DEFAULT_VOICE, description="A voice of MiniMax or of the account; also `voice_id`."
    )
    vol: float | None = Field(
        default=None, description="Above 0, up to 10; MiniMax's default is 1. Also `volume`."
    )
    text_normalization: bool | None = Field(
        default=None, description="Read numbers of Chinese and English better, somewhat slower."
    )
    latex_read: bool | None = Field(
        default=None, description="Read formulas between `$$`; Chinese only."
    )
    force_cbr: bool | None = Field(
        default=None, description="Constant bit rate, for streamed mp3 only."
    )
    pronunciation_dict: PronunciationDict | dict[str, Any] | None = Field(
        default=None, description='How single words are said: `{"tone": ["omg/oh my god"]}`.'
    )
    timbre_weights: list[TimbreWeight | dict[str, Any]] | None = Field(
        default=None,
        description='1 to 4 voices to be mixed: `{"voice_id": ..., "weight": 1 to 100}` each.',
    )
    voice_modify: VoiceModify | dict[str, Any] | None = Field(
        default=None,
        description="Effects: `pitch`, `intensity` and `timbre` from -100 to 100, `sound_effects`.",
    )
    subtitle_enable: bool | None = Field(
        default=None,
        description="Whether MiniMax makes subtitles; `invoke()` fetches them, streams have none.",
    )
    subtitle_type: str | None = Field(default=None, description="What they are cut into.")
    output_format: Literal["hex", "url"] = Field(
        default="hex",
        description="`hex` for the audio itself, `url` for an address that is valid for 24 hours.",
    )
    aigc_watermark: bool | None = Field(
        default=None, description="An audible mark at the end; plain calls only."
    )
    markdown: bool = Field(
        default=True, description="Read Markdown without its marks; code blocks are left out."
    )
    transport: Literal["auto", "bidi", "plain", "http"] = Field(
        default="auto",
        description=(
            "How texts that are being written are spoken: over a socket, or a request per sentence."
        ),
    )
    extra_body: dict[str, Any] | None = Field(
        default=None, description="Members added to each request as they are."
    )

    @model_validator(mode="after")
    def _check_settings(self) -> MiniMaxSpeech:
        """Refuse what is out of its range here, not in the middle of a conversation."""
        SpeechOptions.of("MiniMaxSpeech", _settings(self.__dict__))
        return self

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - passed on as it came
        seal(arguments, type(self))
        owner = type(self)
        names = Names(owner.model_fields, _SYNONYMS, advice=_ADVICE)
        super().__init__(**canonical(owner.__name__, arguments, names))
        self._connect()

    @property
    def lc_secrets(self) -> dict[str, str]:
        """The argument that is a secret, and the variable that holds it."""
        return {"api_key": "MINIMAX_API_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return True: `dumps()` and `loads()` work, without the key."""
        return True

    def request(self, spoken: Speakable, **changes: Any) -> SpeechRequest:  # noqa: ANN401 - any JSON
        """Return the request for `spoken`.

        Args:
            spoken: Text, a message, or a prompt, whose last message is spoken.
            **changes: Fields that differ for this call.

        Raises:
            InvalidInputError: There is nothing to say, more than one request takes, or a setting
                is out of its range.
        """
        with translated():
            fields = self._fields(changes)
            return self._request(plain_text(spoken, markdown=fields["markdown"]), fields)

    def _fields(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        every = type(self).model_fields
        own = [name for name in every if name not in _OF_CONSTRUCTOR]
        names = Names(own, _SYNONYMS, advice=_ADVICE, of_constructor=every)
        given = canonical("A call of MiniMaxSpeech", changes, names)
        return {**self.__dict__, **given}

    def _request(self, text: str, fields: dict[str, Any]) -> SpeechRequest:
        return SpeechRequest.of("MiniMaxSpeech", _settings(fields), text=text)

    def _options(self, fields: dict[str, Any]) -> SpeechOptions:
        for name in _OF_ONE_REQUEST:
            if fields[name] and fields[name] != "hex":
                raise MiniMaxInvalidInputError(
                    f"{name}={fields[name]!r} works for one request of at most 9,999 characters,"
                    " not for long texts and texts that are being written. Leave it out."
                )
        return SpeechOptions.of("MiniMaxSpeech", _settings(fields))


def _settings(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {**fields, "voice_id": fields["voice"]}


_loading.register(MiniMaxSpeech)
