"""`MiniMaxSpeechTool`: lets an agent speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field
from typing_extensions import override

from minimax_adapters._sealing import seal
from minimax_adapters.langchain._audio_blocks import audio_block, audio_in
from minimax_adapters.langchain.errors import MiniMaxInvalidInputError
from minimax_adapters.langchain.speech import MiniMaxSpeech

if TYPE_CHECKING:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForToolRun,
        CallbackManagerForToolRun,
    )
    from langchain_core.messages import ToolMessage
    from langchain_core.messages.content import AudioContentBlock

    from minimax_adapters.api import Audio


class SpeechArguments(BaseModel):
    """What the model says to the tool: what to say and in which mood; the rest is the app's."""

    text: str = Field(description="The text to speak, in the language of the user.", min_length=1)
    emotion: (
        Literal["happy", "sad", "angry", "fearful", "disgusted", "surprised", "calm"] | None
    ) = Field(default=None, description="How it should sound. Leave it out to fit the text.")
    speed: float | None = Field(
        default=None, ge=0.5, le=2, description="1 is normal, 0.5 half and 2 twice as fast."
    )


class MiniMaxSpeechTool(BaseTool):
    """A tool that turns text into speech.

    The model reads one line about the audio; the audio itself is the `artifact` of the tool
    message and never gets into the model's context. The artifact is LangChain's standard audio
    block, which checkpointers keep; `audio_of()` makes an `Audio` of it.

    Arguments of `MiniMaxSpeech` may be given directly, or a `MiniMaxSpeech` as `speech`. The
    model may choose the text, an emotion and the speed; voice, format and cost are the app's.

    Example:
        >>> from minimax_adapters.langchain import MiniMaxSpeechTool
        >>> tool = MiniMaxSpeechTool(voice="English_Graceful_Lady")
        >>> call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"text": "Hello!"}}
        >>> message = tool.invoke(call)
        >>> message.artifact["mime_type"]
        'audio/mpeg'
        >>> len(MiniMaxSpeechTool.audio_of(message).data) > 1000
        True
    """

    name: str = "text_to_speech"
    description: str = (
        "Speak a text aloud to the user. Use it when the user wants to hear something."
    )
    args_schema: type[BaseModel] = SpeechArguments
    response_format: Literal["content_and_artifact"] = "content_and_artifact"
    speech: MiniMaxSpeech = Field(description="Makes the audio.")

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - passed on as it came
        seal(arguments, type(self))
        if "speech" not in arguments:
            own = {name: arguments.pop(name) for name in [*arguments] if name not in _OF_TOOLS}
            arguments["speech"] = MiniMaxSpeech(**own)
        super().__init__(**arguments)

    @staticmethod
    def audio_of(message: ToolMessage) -> Audio:
        """Return the audio of a message of this tool.

        Raises:
            InvalidInputError: It has none.
        """
        block = message.artifact
        if not isinstance(block, dict) or block.get("type") != "audio":
            raise MiniMaxInvalidInputError(
                "This tool message has no audio. Pass one that MiniMaxSpeechTool has answered."
            )
        return audio_in(block)

    @override
    def _run(
        self,
        text: str,
        emotion: str | None = None,
        speed: float | None = None,
        run_manager: CallbackManagerForToolRun | None = None,
    ) -> tuple[str, AudioContentBlock]:
        audio = self.speech.invoke(text, **_chosen(emotion=emotion, speed=speed))
        return _summary(audio), audio_block(audio)

    @override
    async def _arun(
        self,
        text: str,
        emotion: str | None = None,
        speed: float | None = None,
        run_manager: AsyncCallbackManagerForToolRun | None = None,
    ) -> tuple[str, AudioContentBlock]:
        audio = await self.speech.ainvoke(text, **_chosen(emotion=emotion, speed=speed))
        return _summary(audio), audio_block(audio)


def _chosen(**settings: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on as it came
    return {name: value for name, value in settings.items() if value is not None}


def _summary(audio: Audio) -> str:
    seconds = "" if audio.duration is None else f" of {audio.duration:.1f} seconds"
    return f"The user hears the text now: {audio.format} audio{seconds}."


_OF_TOOLS: Final = frozenset(BaseTool.model_fields)
