"""Speak with pipecat's MiniMax service; prints what came as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

import aiohttp
from loguru import logger
from pipecat.frames.frames import ErrorFrame, TTSAudioRawFrame, TTSSpeakFrame
from pipecat.services.minimax.tts import MiniMaxHttpTTSService
from pipecat.tests.utils import run_test


async def speak(**options: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on as it came
    """Return bytes and errors of one text through a pipeline."""
    settings = MiniMaxHttpTTSService.Settings(**options.pop("settings", {}))
    given: dict[str, Any] = {"api_key": os.environ["MINIMAX_API_KEY"], "stream": True} | options
    async with aiohttp.ClientSession() as session:
        service = MiniMaxHttpTTSService(
            base_url=os.environ["MINIMAX_BASE_URL"] + "/v1/t2a_v2",
            group_id="g1",
            sample_rate=24_000,
            aiohttp_session=session,
            settings=settings,
            **given,
        )
        text = TTSSpeakFrame("The train leaves at nine. Do not be late!")
        down, up = await run_test(service, frames_to_send=[text], start_timeout=30)
    audio = b"".join(frame.audio for frame in down if isinstance(frame, TTSAudioRawFrame))
    errors = [frame.error for frame in [*down, *up] if isinstance(frame, ErrorFrame)]
    return {"audio": audio.hex(), "errors": errors}


async def main() -> None:
    """Speak plainly, with settings, and wrongly."""
    said = {
        "plain": await speak(),
        "settings": await speak(
            settings={"speed": 1.5, "emotion": "calm", "voice": "English_Graceful_Lady"}
        ),
        "wrong voice": await speak(settings={"voice": "nobody"}),
        "wrong key": await speak(api_key="wrong"),
    }
    json.dump(said, sys.stdout)


logger.remove()
asyncio.run(main())
