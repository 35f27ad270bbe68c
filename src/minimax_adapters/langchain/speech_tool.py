"""`MiniMaxSpeechTool`: lets an agent speak."""

from __future__ import annotations

import base64
import dataclasses
from typing import TYPE_CHECKING, Any, Final, Literal

from langchain_core.tools import BaseTool
from pydantic import BaseModel, Field

from minimax_adapters.api import Audio
from minimax_adapters.langchain.errors import MiniMaxInvalidInputError
from minimax_adapters.langchain.speech import MiniMaxSpeech

if TYPE_CHECKING:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForToolRun,
        CallbackManagerForToolRun,
    )
    from langchain_core.messages import ToolMessage


class SpeechArguments(BaseModel):
    """What the model says to the tool."""

    text: str = Field(description="The text to speak, at most 9,999 characters.", min_length=1)


class MiniMaxSpeechTool(BaseTool):
    """A tool that turns text into speech.

    The model reads one line about the audio; the audio itself is the `artifact` of the tool
    message and never gets into the model's context. The artifact is LangChain's standard audio
    block, which checkpointers keep; `audio_of()` makes an `Audio` of it.

    Arguments of `MiniMaxSpeech` may be given directly, or a `MiniMaxSpeech` as `speech`.

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
    speech: MiniMaxSpeech
    """Makes the audio."""

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - LangChain's own signature
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
        return Audio(
            data=base64.b64decode(block.get("base64", "")), url=block.get("url"), **block["extras"]
        )

    def _run(
        self,
        text: str,
        run_manager: CallbackManagerForToolRun | None = None,  # noqa: ARG002 - core's signature
    ) -> tuple[str, dict[str, Any]]:
        audio = self.speech.invoke(text)
        return _summary(audio), _block(audio)

    async def _arun(
        self,
        text: str,
        run_manager: AsyncCallbackManagerForToolRun | None = None,  # noqa: ARG002
    ) -> tuple[str, dict[str, Any]]:
        audio = await self.speech.ainvoke(text)
        return _summary(audio), _block(audio)


def _summary(audio: Audio) -> str:
    seconds = "" if audio.duration is None else f" of {audio.duration:.1f} seconds"
    return f"The user hears the text now: {audio.format} audio{seconds}."


def _block(audio: Audio) -> dict[str, Any]:
    """Return the audio as LangChain's standard block, plain enough for any checkpointer."""
    content = (
        {"base64": base64.b64encode(audio.data).decode()} if audio.data else {"url": audio.url}
    )
    facts = {name: value for name in _FACTS if (value := getattr(audio, name)) is not None}
    return {"type": "audio", "mime_type": audio.mime_type, **content, "extras": facts}


_FACTS: Final = tuple(
    field.name for field in dataclasses.fields(Audio) if field.name not in {"data", "url"}
)
_OF_TOOLS: Final = frozenset(BaseTool.model_fields)
