"""Speak with LiveKit's MiniMax plugin, over a socket and over HTTP; prints what came as JSON."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from typing import Any

import aiohttp
from livekit.agents import APIConnectOptions, APIError
from livekit.plugins import minimax

TEXTS = [
    "The train lea",
    "ves at nine in the morning. ",
    "Do not be late, or it leaves without you!",
]
ONCE = APIConnectOptions(max_retry=0)


async def speak(*, over: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on as it came
    """Return samples and the error of one text."""
    given: dict[str, Any] = {"audio_format": "pcm", "sample_rate": 24_000} | options
    samples, error = b"", ""
    async with aiohttp.ClientSession() as session:
        voice = minimax.TTS(base_url=os.environ["MINIMAX_BASE_URL"], http_session=session, **given)
        try:
            if over == "socket":
                stream = voice.stream(conn_options=ONCE)
                for text in TEXTS:
                    stream.push_text(text)
                stream.end_input()
            else:
                stream = voice.synthesize("".join(TEXTS), conn_options=ONCE)
            async with stream:
                async for event in stream:
                    samples += event.frame.data.tobytes()
        except APIError as caught:
            error = f"{type(caught).__name__}: {caught}"
        await voice.aclose()
    return {"audio": samples.hex(), "error": error}


async def main() -> None:
    """Speak in each way, and wrongly."""
    said = {}
    for over in ("socket", "http"):
        for name in ("pcm", "mp3"):
            said[f"{over} {name}"] = await speak(over=over, audio_format=name)
        said[f"{over} default voice"] = await speak(over=over)
        said[f"{over} settings"] = await speak(
            over=over,
            model="speech-2.6-hd",
            voice="English_Graceful_Lady",
            speed=1.5,
            emotion="calm",
            pronunciation_dict={"tone": ["omg/oh my god"]},
        )
        said[f"{over} wrong voice"] = await speak(over=over, voice="nobody")
        said[f"{over} wrong key"] = await speak(over=over, api_key="wrong")
    json.dump(said, sys.stdout)


logging.disable()
asyncio.run(main())
