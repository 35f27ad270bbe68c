"""`MiniMaxSpeechTool`: lets an agent speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from minimax_adapters.langchain.speech import MiniMaxSpeech

if TYPE_CHECKING:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForToolRun,
        CallbackManagerForToolRun,
    )

    from minimax_adapters.api import Audio


class SpeechArguments(BaseModel):
    """What the model says to the tool."""

    text: str = Field(description="The text to speak, at most 9,999 characters.", min_length=1)


class MiniMaxSpeechTool(BaseTool):
    """A tool that turns text into speech.

    The model reads one line about the audio; the audio itself is the `artifact` of the tool
    message, an `Audio`, and never gets into the model's context.

    Arguments of `MiniMaxSpeech` may be given directly, or a `MiniMaxSpeech` as `speech`.

    Example:
        >>> from minimax_adapters.langchain import MiniMaxSpeechTool
        >>> tool = MiniMaxSpeechTool(voice="English_Graceful_Lady")
        >>> call = {"type": "tool_call", "id": "1", "name": tool.name, "args": {"text": "Hello!"}}
        >>> tool.invoke(call).artifact.mime_type
        'audio/mpeg'
    """

    name: str = "text_to_speech"
    description: str = (
        "Speak a text aloud to the user. Use it when the user wants to hear something."
    )
    args_schema: type[BaseModel] = SpeechArguments
    response_format: Literal["content_and_artifact"] = "content_and_artifact"
    speech: MiniMaxSpeech
    """Makes the audio."""

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - LangChain's own signature
        if "speech" not in arguments:
            own = {name: arguments.pop(name) for name in [*arguments] if name not in _OF_TOOLS}
            arguments["speech"] = MiniMaxSpeech(**own)
        super().__init__(**arguments)

    def _run(
        self,
        text: str,
        run_manager: CallbackManagerForToolRun | None = None,  # noqa: ARG002 - core's signature
    ) -> tuple[str, Audio]:
        audio = self.speech.invoke(text)
        return _summary(audio), audio

    async def _arun(
        self,
        text: str,
        run_manager: AsyncCallbackManagerForToolRun | None = None,  # noqa: ARG002
    ) -> tuple[str, Audio]:
        audio = await self.speech.ainvoke(text)
        return _summary(audio), audio


def _summary(audio: Audio) -> str:
    seconds = "" if audio.duration is None else f" of {audio.duration:.1f} seconds"
    return f"The user hears the text now: {audio.format} audio{seconds}."


_OF_TOOLS = frozenset(BaseTool.model_fields)
