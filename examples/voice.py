"""What both voice examples share: how it sounds, what is said, and what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api import AudioSetting, ChatEnd, ChatRequest, SpeechOptions, TextDelta

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from minimax_adapters.api import AsyncClient, ChatEvent, Client

RATE: Final = 24_000
# Samples without a header: they can be played and measured as soon as they come.
VOICE: Final = SpeechOptions(
    model="speech-2.8-turbo", audio_setting=AudioSetting(format="pcm", sample_rate=RATE)
)
QUESTION: Final = "Tell me a story about a lighthouse."
# The emulator writes as fast as a model does, so that the answer is seen to grow.
TOKENS_PER_SECOND: Final = 60.0
INSTRUCTION: Final = {
    "role": "system",
    "content": "You are spoken to: answer in a few short sentences, without lists or code.",
}


class Conversation:
    """Messages so far, and the answer that is being written.

    State: `messages` for the next request; `written`, the text of the answer under way.
    """

    def __init__(self, messages: list[dict[str, Any]] | None = None) -> None:
        self.messages = messages or [INSTRUCTION]
        self.written = ""
        self._answer: dict[str, Any] | None = None

    def ask(self, question: str) -> None:
        """Add a question, to be answered next."""
        self.messages.append({"role": "user", "content": question})
        self.written, self._answer = "", None

    def texts(self, client: Client) -> Generator[str, None, None]:
        """Yield the text of the answer while it is written; closing it ends the request."""
        with client.stream_chat(self._request) as events:
            for event in events:
                if text := self._take(event):
                    yield text

    async def atexts(self, client: AsyncClient) -> AsyncGenerator[str, None]:
        """Yield the text of the answer while it is written; closing it ends the request."""
        async with client.stream_chat(self._request) as events:
            async for event in events:
                if text := self._take(event):
                    yield text

    @property
    def _request(self) -> ChatRequest:
        return ChatRequest(messages=self.messages)

    def _take(self, event: ChatEvent) -> str:
        if isinstance(event, ChatEnd):
            reply = event.reply
            self._answer = {"role": "assistant", "content": reply.content}
            if reply.reasoning_details:
                # The model answers better when it gets its thinking back.
                self._answer["reasoning_details"] = reply.reasoning_details
        if not isinstance(event, TextDelta):
            return ""
        self.written += event.text
        return event.text

    def end(self) -> None:
        """Keep the answer, also one that was interrupted."""
        self.messages.append(self._answer or {"role": "assistant", "content": self.written})
