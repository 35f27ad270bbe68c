"""What is done with an account, in both colours: files, voices, long texts as tasks, downloads."""

# ruff: noqa: ANN401 - clients and results of any kind

from __future__ import annotations

import asyncio
import io
import wave
from typing import TYPE_CHECKING, Any, Final

from good_answers import DOWNLOAD
from operations import HELLO, OPERATIONS, Colour, Operation, for_llama_index, no_wait
from outcomes import MOST_BYTES

from minimax_adapters.api import AsyncClient, Audio, Client, SpeechTask
from minimax_adapters.llama_index import MiniMaxSpeech, MiniMaxToolSpec

if TYPE_CHECKING:
    from collections.abc import Callable


def _sample() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sample:
        sample.setnchannels(1)
        sample.setsampwidth(1)
        sample.setframerate(100)
        sample.writeframes(bytes(1100))
    return file.getvalue()


SAMPLE: Final = _sample()
TASK: Final = SpeechTask(task_id="95", status="success", file_id=7)


def _of(call: Callable[[Any, str], Any]) -> Operation:
    """Return an operation of a client, called with the client and its base URL."""

    def run(options: dict[str, Any], colour: Colour) -> Any:
        if colour == "sync":
            with Client(**options, backoff=no_wait) as client:
                return call(client, options["base_url"])

        async def arun() -> Any:
            async with AsyncClient(**options, backoff=no_wait) as client:
                return await call(client, options["base_url"])

        return asyncio.run(arun())

    return run


def _list_voices(options: dict[str, Any], colour: Colour) -> Any:
    renamed = for_llama_index(options)
    with_tools = MiniMaxToolSpec(MiniMaxSpeech(**renamed, backoff=no_wait))
    if colour == "sync":
        return with_tools.list_voices()
    return asyncio.run(with_tools.alist_voices())


# With the end of the path that is spoiled; others, on the way there, are healthy.
ACCOUNT: Final[dict[tuple[str, str], tuple[str, Operation]]] = {
    ("client", "upload"): (
        "upload",
        _of(lambda c, _: c.files.upload(b"text", "t2a_async_input", filename="a.txt")),
    ),
    ("client", "list_files"): ("list", _of(lambda c, _: c.files.list("t2a_async_input"))),
    ("client", "retrieve"): ("retrieve", _of(lambda c, _: c.files.retrieve(7))),
    ("client", "content"): ("retrieve_content", _of(lambda c, _: c.files.content(7))),
    ("client", "delete_file"): ("delete", _of(lambda c, _: c.files.delete(7, "voice_clone"))),
    ("client", "list_voices"): ("get_voice", _of(lambda c, _: c.voices.list())),
    ("llama_index", "list_voices"): ("get_voice", _list_voices),
    ("client", "clone_upload"): (
        "upload",
        _of(lambda c, _: c.voices.clone(SAMPLE, "my-voice-1", filename="a.wav")),
    ),
    ("client", "clone"): (
        "voice_clone",
        _of(lambda c, _: c.voices.clone(SAMPLE, "my-voice-1", filename="a.wav")),
    ),
    ("client", "design"): ("voice_design", _of(lambda c, _: c.voices.design("A man", HELLO))),
    ("client", "delete_voice"): ("delete_voice", _of(lambda c, _: c.voices.delete("my-voice-1"))),
    ("client", "submit"): ("t2a_async_v2", _of(lambda c, _: c.speech.submit(HELLO))),
    ("client", "submit_long"): (
        "t2a_async_v2",
        _of(lambda c, _: c.speech.submit("A sentence. " * 4500)),
    ),
    ("client", "check_task"): ("t2a_async_query_v2", _of(lambda c, _: c.speech.check("95"))),
    ("client", "wait_for_task"): ("t2a_async_query_v2", _of(lambda c, _: c.speech.wait("95"))),
    ("client", "find_result"): ("retrieve", _of(lambda c, _: c.speech.result(TASK))),
    ("client", "result"): (
        "download",
        _of(lambda c, _: c.speech.result(TASK, max_bytes=MOST_BYTES)),
    ),
    ("client", "fetch"): (
        "download",
        _of(
            lambda c, url: c.speech.fetch(
                Audio(b"", "mp3", url=url + DOWNLOAD), max_bytes=MOST_BYTES
            )
        ),
    ),
}
ALL: Final = OPERATIONS | {place: operation for place, (_, operation) in ACCOUNT.items()}
# What has no result to speak of.
SILENT: Final = {"delete_file", "delete_voice"}
# Whose body is a file.
FILES: Final = {"content"}
DOWNLOADS: Final = {"result", "fetch"}
