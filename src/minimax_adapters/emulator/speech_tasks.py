"""`/v1/t2a_async_v2` and its query: long texts that are spoken while nobody waits.

A task takes `TASK_SECONDS` of a clock that can be turned. Its audio is made when somebody asks
for it after that, and is kept for nine hours.
"""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any, Final

from starlette.routing import Route

from ._checks import parse_body
from ._errors import MiniMaxFault, invalid
from ._json import dumps
from ._speech_request import SpeechRequest, parse_request
from ._speech_text import invisible_ratio, parse_text, usage_characters
from ._subtitles import subtitles
from .audio import SUFFIXES, AudioSetting, encode
from .files import admit, answer, find
from .voice import render

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from ._quirks import Quirks
    from ._state import State

TASK_SECONDS: Final = 1.0
KEPT_SECONDS: Final = 9 * 3600.0
LONGEST_TEXT: Final = 50_000
LONGEST_FILE: Final = 1_000_000
INVISIBLE_LIMIT: Final = 0.1
OPUS_RATES: Final = (8000, 12000, 16000, 24000, 48000)
# The encoder is asked for rates that other formats have; it codes at the next one that it knows.
NEXT_RATES: Final = {12000: 16000, 32000: 44100, 48000: 44100}
MODIFIABLE: Final = ("mp3", "wav", "flac")


@dataclasses.dataclass
class Task:
    """A text on its way to be spoken."""

    task_id: int
    file_id: int
    request: SpeechRequest
    created: float
    fails: bool
    bare: bool
    made: bool = False


def routes(state: State) -> list[BaseRoute]:
    """Return the routes of tasks."""

    async def create(request: Request) -> Response:
        admit(state, request)
        task = begin(state, state.quirks_for(request), parse_body(await request.body()))
        spoken = task.request
        members = {
            "task_id": task.task_id,
            "task_token": state.trace_id(request),
            "file_id": task.file_id,
            "usage_characters": usage_characters(spoken.text, interjections=spoken.interjections),
        }
        return answer(state, request, members)

    async def query(request: Request) -> Response:
        admit(state, request)
        name = request.query_params.get("task_id", "")
        task = state.vault.tasks.get(int(name)) if name.isdecimal() else None
        if task is None:
            raise invalid("task_id does not exist")
        status = status_of(state, task)
        if status == "Success" and not task.made:
            await asyncio.to_thread(make, state, task)
        members = {"task_id": task.task_id, "status": status, "file_id": task.file_id}
        return answer(state, request, members)

    return [
        Route("/v1/t2a_async_v2", create, methods=["POST"]),
        Route("/v1/query/t2a_async_query_v2", query, methods=["GET"]),
    ]


def begin(state: State, quirks: Quirks, body: dict[str, Any]) -> Task:
    """Take a text to be spoken; return its task.

    Raises:
        MiniMaxFault: MiniMax would refuse `body`.
    """
    task = Task(
        request=parse_task(state, body),
        task_id=state.vault.new_id(),
        file_id=state.vault.new_id(),
        created=state.clock.seconds(),
        fails=quirks.speech_task_fails,
        bare=quirks.speech_task_bare_audio,
    )
    state.vault.tasks[task.task_id] = task
    return task


def status_of(state: State, task: Task) -> str:
    """Return how far a task is."""
    age = state.clock.seconds() - task.created
    if age < TASK_SECONDS:
        return "Processing"
    if task.fails:
        return "Failed"
    if age >= TASK_SECONDS + KEPT_SECONDS:
        state.vault.files.pop(task.file_id, None)
        return "Expired"
    return "Success"


def parse_task(state: State, body: dict[str, Any]) -> SpeechRequest:
    """Return the request to speak, checked.

    Raises:
        MiniMaxFault: 2013, 1042 or 20132.
    """
    if ("text" in body) == ("text_file_id" in body):
        raise invalid("exactly one of text and text_file_id is required")
    if "voice_setting" not in body:
        raise invalid("voice_setting is required")
    text = body["text"] if "text" in body else text_of(state, body["text_file_id"])
    limit = LONGEST_TEXT if "text" in body else LONGEST_FILE - 1
    if not isinstance(text, str) or not text.strip() or len(text) > limit:
        raise invalid(f"text must have 1 to {limit} characters")
    ratio = invisible_ratio(text)
    if ratio > INVISIBLE_LIMIT:
        raise MiniMaxFault(1042)
    audio = audio_of(body.get("audio_setting", {}))
    if "voice_modify" in body and audio.format not in MODIFIABLE:
        raise invalid(f"voice_modify needs audio_setting.format {' or '.join(MODIFIABLE)}")
    # The rest is the same as in a plain request.
    members = {name: body[name] for name in body if name not in {"text_file_id", "audio_setting"}}
    checked = parse_request(json.dumps(members | {"text": "check"}).encode(), state.vault.voices())
    pieces = parse_text(text, interjections=checked.interjections)
    return dataclasses.replace(
        checked, text=text, pieces=tuple(pieces), audio=audio, invisible_ratio=ratio
    )


def audio_of(setting: object) -> AudioSetting:
    """Return what `audio_setting` asks for; its rate has a name of its own here."""
    if not isinstance(setting, dict):
        raise invalid("audio_setting must be an object")
    rate = setting.get("audio_sample_rate", 32000)
    shared = {name: setting[name] for name in ("format", "bitrate") if name in setting}
    if setting.get("format") == "opus":
        if rate not in OPUS_RATES and "audio_sample_rate" in setting:
            raise invalid(f"audio_sample_rate must be one of {', '.join(map(str, OPUS_RATES))}")
        rate = NEXT_RATES.get(rate, rate)
    channel = setting.get("channel", 2)
    check = {"sample_rate": rate, "channel": channel} | shared
    body = {"model": "speech-2.8-hd", "text": "check", "audio_setting": check}
    return parse_request(json.dumps(body).encode()).audio


def text_of(state: State, file_id: object) -> str:
    """Return the text of an uploaded file."""
    file = find(state, file_id)
    if file.purpose != "t2a_async_input":
        raise MiniMaxFault(20132, "invalid samples or file_id")
    if not file.filename.lower().endswith(".zip"):
        return file.content.decode("utf-8", "replace")
    texts = []
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        for name in sorted(archive.namelist()):
            content = archive.read(name).decode("utf-8", "replace")
            texts.append(json.loads(content)["content"] if name.endswith(".json") else content)
    return "\n".join(texts)


def make(state: State, task: Task) -> None:
    """Speak the text and keep what there is to download."""
    request = task.request
    sound = render(request.pieces, request.manner, request.audio.coded_rate, state.voice)
    encoded = encode(sound.samples, request.audio)
    suffix = SUFFIXES[encoded.format]
    name, content = f"{task.task_id}.{suffix}", encoded.content
    if not task.bare:
        titles = dumps(subtitles(sound, words=False)).encode()
        facts = dumps({"audio_length": encoded.milliseconds}).encode()
        members = {name: content, f"{task.task_id}.titles": titles, f"{task.task_id}.extra": facts}
        name, content = f"{task.task_id}.tar", archived(members)
    kept = state.vault.keep(name, "t2a_async", content, state.now())
    del state.vault.files[kept.file_id]
    state.vault.files[task.file_id] = dataclasses.replace(kept, file_id=task.file_id)
    task.made = True


def archived(files: dict[str, bytes]) -> bytes:
    """Return a tar archive, always with the same bytes."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()
