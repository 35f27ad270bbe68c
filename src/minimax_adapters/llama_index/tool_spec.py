"""`MiniMaxToolSpec`: speech as tools for agents."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from llama_index.core.base.llms.types import AudioBlock
from llama_index.core.tools.tool_spec.base import BaseToolSpec

from minimax_adapters._sealing import seal
from minimax_adapters.llama_index.speech import MiniMaxSpeech, block_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from llama_index.core.tools import FunctionTool

    from minimax_adapters.api import Audio
    from minimax_adapters.api.wire.voices import Voice

_MOST_VOICES = 50
# What the model reads about the arguments.
Voiced = Annotated[str | None, "Id of a voice, from list_voices. Leave it out for the usual one."]
Mood = Annotated[
    Literal["happy", "sad", "angry", "fearful", "disgusted", "surprised", "calm"] | None,
    "How it should sound. Leave it out to fit the text.",
]
Pace = Annotated[float | None, "From 0.5, half as fast, to 2, twice as fast; 1 is normal."]
Language = Annotated[
    str, "Only voices whose id, name or description has this word, such as English."
]
FileName = Annotated[str, "Name of the file, such as greeting.mp3."]


class MiniMaxToolSpec(BaseToolSpec):
    """Tools that speak text and list voices.

    The model chooses the text, and may choose a voice, an emotion and the speed; model, format and
    folder are the app's.

    Args:
        speech: How it is said; by default with the settings of `MiniMaxSpeech()`.
        folder: Where `speak_to_file` writes new files, always with a suffix of audio. It writes
            over none: where there is a `greeting.mp3`, it makes a `greeting-2.mp3`.
        **options: Arguments of `MiniMaxSpeech`, in place of `speech`.

    Example:
        >>> from minimax_adapters.llama_index import MiniMaxToolSpec
        >>> [tool.metadata.name for tool in MiniMaxToolSpec().to_tool_list()]
        ['speak', 'speak_to_file', 'list_voices']
    """

    spec_functions: list[Any] = [  # noqa: RUF012 - declared by the base class
        ("speak", "aspeak"),
        ("speak_to_file", "aspeak_to_file"),
        ("list_voices", "alist_voices"),
    ]

    def __init__(
        self,
        speech: MiniMaxSpeech | None = None,
        folder: str | Path = ".",
        **options: Any,  # noqa: ANN401 - passed on as it came
    ) -> None:
        seal(options, MiniMaxSpeech)
        self.speech = speech or MiniMaxSpeech(**options)
        self.folder = Path(folder)

    def to_tool_list(self, *given: Any, **named: Any) -> "list[FunctionTool]":  # noqa: ANN401 - passed on as it came
        """Return the tools; see `BaseToolSpec.to_tool_list()`."""
        tools = super().to_tool_list(*given, **named)
        for tool in tools:
            about = getattr(type(self), tool.metadata.get_name(), None)
            # LlamaIndex puts the signature before it, with all that the schema says already.
            if tool.metadata.description.endswith(f"\n{about.__doc__}"):
                tool.metadata.description = str(about.__doc__)
        return tools

    def speak(
        self,
        text: str,
        voice_id: Voiced = None,
        emotion: Mood = None,
        speed: Pace = None,
    ) -> AudioBlock:
        """Turn text of any length into speech and return the audio."""
        return block_of(self._voice(voice_id, emotion, speed).speak(text))

    async def aspeak(
        self,
        text: str,
        voice_id: Voiced = None,
        emotion: Mood = None,
        speed: Pace = None,
    ) -> AudioBlock:
        """Turn text of any length into speech and return the audio."""
        return block_of(await self._voice(voice_id, emotion, speed).aspeak(text))

    def speak_to_file(
        self,
        text: str,
        file_name: FileName,
        voice_id: Voiced = None,
        emotion: Mood = None,
        speed: Pace = None,
    ) -> str:
        """Turn text of any length into speech, write it to a new audio file, return where it is."""
        with self._new_file(file_name) as path:
            return _saved(self._voice(voice_id, emotion, speed).speak(text), path)

    async def aspeak_to_file(
        self,
        text: str,
        file_name: FileName,
        voice_id: Voiced = None,
        emotion: Mood = None,
        speed: Pace = None,
    ) -> str:
        """Turn text of any length into speech, write it to a new audio file, return where it is."""
        with self._new_file(file_name) as path:
            return _saved(await self._voice(voice_id, emotion, speed).aspeak(text), path)

    def list_voices(self, language: Language = "") -> str:
        """List the voices that text can be spoken with, one per line."""
        return _lines(self.speech.voices(), language)

    async def alist_voices(self, language: Language = "") -> str:
        """List the voices that text can be spoken with, one per line."""
        return _lines(await self.speech.avoices(), language)

    def _voice(
        self, voice_id: str | None, emotion: str | None, speed: float | None
    ) -> MiniMaxSpeech:
        """Return the voice, with what the model chose."""
        chosen = {"voice_id": voice_id, "emotion": emotion, "speed": speed}
        # Models fill in "" for what they leave out.
        return self.speech.model_copy(update={name: it for name, it in chosen.items() if it})

    def _new_file(self, file_name: str) -> "AbstractContextManager[Path]":
        from minimax_adapters.llama_index._new_files import new_file  # noqa: PLC0415 - brings httpx, which is slow to import

        setting = self.speech.options.audio_setting
        audio_format = (setting and setting.format) or "mp3"
        return new_file(self.folder, file_name, audio_format)


def _saved(audio: "Audio", path: Path) -> str:
    audio.save(path)
    seconds = "" if audio.duration is None else f"{audio.duration:.1f} seconds of "
    return f"Saved {seconds}speech to {path}"


def _lines(voices: list["Voice"], language: str) -> str:
    word = language.strip().lower()
    lines = [line for line in map(_line, voices) if word in line.lower()]
    if not lines:
        return f"No voice matches {language!r}." if word else "There are no voices."
    if len(lines) > _MOST_VOICES:
        left = len(lines) - _MOST_VOICES
        lines = [*lines[:_MOST_VOICES], f"... and {left} more: ask for a language."]
    return "\n".join(lines)


def _line(voice: "Voice") -> str:
    about = " ".join([voice.name, *voice.description]).strip()
    return f"{voice.id}: {about}" if about else voice.id
