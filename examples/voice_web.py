"""Ask on a web page, and hear the answer while it is being written.

python examples/voice_web.py [--port 8000]

One request asks; its answer is a stream of JSON lines with text and sound, as each comes. The page
plays the samples itself, so that they sound at once and stop at once, in any browser. To stop, it
drops the request, which ends the voice and the model here as well.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import uvicorn
from documents import minimax
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, StreamingResponse
from starlette.routing import Route
from voice import TOKENS_PER_SECOND, VOICE, Conversation

from minimax_adapters.api import AsyncClient, AudioChunk, MiniMaxError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from starlette.requests import Request

PAGE: Final = Path(__file__).with_name("voice_web.html")
# Lines that wait for a slow browser; then the model has to wait, too.
LINES_AHEAD: Final = 64


async def page(_: Request) -> FileResponse:
    """Answer with the page."""
    return FileResponse(PAGE)


async def answer(request: Request) -> StreamingResponse:
    """Answer a question with lines of text and sound; see `lines()`."""
    # What other pages may send here without being allowed to is no JSON.
    if request.headers.get("content-type") != "application/json":
        raise HTTPException(415)
    try:
        body = await request.json()
    except ValueError:
        raise HTTPException(400, "This is no JSON.") from None
    match body:
        case {"question": str(question), **others} if question.strip():
            messages = others.get("messages")  # None with the first question.
        case _:
            raise HTTPException(400, 'Ask with {"question": "..."}.')
    if not isinstance(messages, list | None):
        raise HTTPException(400, "The messages are a list, as they came with the last answer.")
    conversation = Conversation(messages)
    conversation.ask(question)
    return StreamingResponse(
        lines(request.app.state.client, conversation), media_type="application/x-ndjson"
    )


async def lines(client: AsyncClient, conversation: Conversation) -> AsyncIterator[str]:
    """Yield `text`, `audio` (base64 of samples), and at the end `messages` or `error`."""
    waiting: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(LINES_AHEAD)

    async def texts() -> AsyncGenerator[str, None]:
        async with contextlib.aclosing(conversation.atexts(client)) as written:
            async for text in written:
                await waiting.put({"text": text})
                yield text

    async def speak() -> None:
        try:
            async with client.stream_speech_from(texts(), VOICE) as speech:
                async for event in speech:
                    if isinstance(event, AudioChunk):
                        sound = base64.b64encode(event.data).decode("ascii")
                        await waiting.put({"audio": sound})
            conversation.end()
            await waiting.put({"messages": conversation.messages})
        except MiniMaxError as error:
            await waiting.put({"error": str(error)})
        await waiting.put(None)

    speaking = asyncio.create_task(speak())
    try:
        while (line := await waiting.get()) is not None:
            yield json.dumps(line) + "\n"
    finally:
        # The browser may have gone: nobody listens any more.
        speaking.cancel()
        await asyncio.wait([speaking])


@contextlib.asynccontextmanager
async def client_of(app: Starlette) -> AsyncIterator[None]:
    """Have one client while `app` runs."""
    async with AsyncClient() as client:
        app.state.client = client
        yield


app = Starlette(
    routes=[Route("/", page), Route("/answers", answer, methods=["POST"])],
    # Only this machine: what is asked here is paid with your key.
    middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    lifespan=client_of,
)


def main() -> None:
    """Serve the page on this machine."""
    parser = argparse.ArgumentParser(description="Ask on a web page, and hear the answer.")
    parser.add_argument("--port", type=int, default=8000, help="default: 8000")
    port = parser.parse_args().port
    with minimax(tokens_per_second=TOKENS_PER_SECOND):
        print(f"Open http://127.0.0.1:{port} (Ctrl-C ends it)", flush=True)
        uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
