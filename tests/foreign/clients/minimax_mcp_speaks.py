"""Use the speech and voice tools of MiniMax's own MCP server; prints what they answer as JSON.

Arguments: a folder for audio, and a sample of a voice.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

FOLDER, SAMPLE = sys.argv[1:3]
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "speak": ("text_to_audio", {"text": "The train leaves at nine."}),
    "speak flac": (
        "text_to_audio",
        {"text": "The train.", "format": "flac", "voice_id": "English_Graceful_Lady"},
    ),
    "list": ("list_voices", {}),
    "clone": ("voice_clone", {"voice_id": "Foreign001", "file": SAMPLE, "text": "A preview."}),
    "speak clone": ("text_to_audio", {"text": "Hello!", "voice_id": "Foreign001"}),
    "list clones": ("list_voices", {"voice_type": "voice_cloning"}),
    "design": ("voice_design", {"prompt": "An old sailor.", "preview_text": "The sea was calm."}),
    "wrong voice": ("text_to_audio", {"text": "Hello!", "voice_id": "nobody"}),
    "wrong emotion": ("text_to_audio", {"text": "Hello!", "emotion": "bored"}),
}


async def use(mode: str, calls: dict[str, tuple[str, dict[str, Any]]], key: str) -> dict[str, str]:
    """Return the text that each tool answers."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-c", "from minimax_mcp.server import mcp; mcp.run()"],
        cwd=FOLDER,
        env={
            "MINIMAX_API_KEY": key,
            "MINIMAX_API_HOST": os.environ["MINIMAX_BASE_URL"],
            "MINIMAX_MCP_BASE_PATH": FOLDER,
            "MINIMAX_API_RESOURCE_MODE": mode,
        },
    )
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()
        said = {}
        for name, (tool, arguments) in calls.items():
            result = await session.call_tool(tool, arguments)
            said[name] = "".join(getattr(part, "text", "") for part in result.content)
        return said


async def main() -> None:
    """Use all tools with files, one with an address, and one with a wrong key."""
    key = os.environ["MINIMAX_API_KEY"]
    said = await use("local", CALLS, key)
    speak = {"speak url": CALLS["speak"]}
    said |= await use("url", speak, key)
    said |= await use("local", {"wrong key": CALLS["speak"]}, "wrong")
    json.dump(said, sys.stdout)


asyncio.run(main())
