"""Long texts as tasks: create, look, and get the audio; `_speech_waits` waits."""

from __future__ import annotations

import io
import os
import tarfile
import zlib
from collections.abc import Callable, Generator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, cast

from minimax_adapters.api._arguments import id_of
from minimax_adapters.api._call import Call
from minimax_adapters.api._fetch import download
from minimax_adapters.api._files import keeping_uploads, read_upload, retrieve_call, upload_call
from minimax_adapters.api._judge import HTTPReply, int_or_none, parse_json, text_or_none
from minimax_adapters.api._measure import measured
from minimax_adapters.api._speech import naming_voices
from minimax_adapters.api.audio import Audio
from minimax_adapters.api.errors import (
    InvalidInputError,
    InvalidReplyError,
    NotFoundError,
    ReplyTooLargeError,
)
from minimax_adapters.api.subtitles import parse_subtitle_file
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.speech_tasks import (
    LONGEST_FILE,
    LONGEST_TEXT,
    SpeechTask,
    SpeechTaskOptions,
    SpeechTaskRequest,
)

if TYPE_CHECKING:
    from minimax_adapters.api._flow import Policy

T = TypeVar("T")
Steps: TypeAlias = Generator[Any, Any, T]

_FORMATS: Final = {
    ".mp3": "mp3",
    ".wav": "wav",
    ".flac": "flac",
    ".opus": "opus",
    ".ogg": "opus",
    ".pcm": "pcm",
    ".ulaw": "pcmu_raw",
}
_MAGIC: Final = ((b"ID3", "mp3"), (b"\xff", "mp3"), (b"RIFF", "wav"), (b"fLaC", "flac"))
# What `tarfile` raises beside its own, over extended headers: it reads their numbers as they are,
# and follows one header to the next.
_OF_HEADERS: Final = (ValueError, OverflowError, LookupError, TypeError, OSError, RecursionError)
_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = 31  # How zlib is told to expect a gzip header.
_STATUSES: Final = frozenset({"processing", "success", "failed", "expired"})


def submit_call(request: SpeechTaskRequest) -> Call[SpeechTask]:
    """Return the call that creates a task."""
    body = request.members()
    extra: dict[str, Any] = body.pop("extra_body", {})
    voice, audio = body["voice_setting"], body.get("audio_setting", {})
    if "text_normalization" in voice:
        # This endpoint knows it by its older name, and the rate by a longer one.
        voice["english_normalization"] = voice.pop("text_normalization")
    if "sample_rate" in audio:
        audio["audio_sample_rate"] = audio.pop("sample_rate")
    return Call(
        "POST",
        "/v1/t2a_async_v2",
        encode(body | extra),
        _parse_task,
        native=True,
        about=naming_voices(request),
    )


def submit(
    policy: Policy,
    source: str | os.PathLike[str] | SpeechTaskRequest,
    options: SpeechTaskOptions | None,
) -> Steps[SpeechTask]:
    """Return a new task; a text that is too long for a request is uploaded first.

    Raises:
        InvalidInputError: The text is empty or has 1,000,000 characters or more.
    """
    options = SpeechTaskOptions() if options is None else SpeechTaskOptions.checked(options)
    if isinstance(source, SpeechTaskRequest):
        return (yield from policy.call(submit_call(source)))
    if isinstance(source, str) and len(source) <= LONGEST_TEXT:
        return (yield from policy.call(submit_call(options.saying(source))))
    if isinstance(source, str):
        name, content = "text.txt", source.encode("utf-8", "replace")
    elif isinstance(source, os.PathLike):
        name, content = read_upload(source, None)
    else:
        kind = type(source).__name__
        raise InvalidInputError(f"Pass a text, a path or a SpeechTaskRequest, not {kind}.")
    if name.endswith(".txt") and len(content.decode("utf-8", "replace")) >= LONGEST_FILE:
        raise InvalidInputError(
            "A text for one task has fewer than 1,000,000 characters. Submit it in parts."
        )
    with keeping_uploads() as uploads:
        stored = yield from policy.call(upload_call(name, content, "t2a_async_input"))
        uploads.append(stored)
        request = options.saying(text_file_id=stored.file_id)
        return (yield from policy.call(submit_call(request)))


def check_call(task_id: str | int) -> Call[SpeechTask]:
    """Return the call that asks how a task is doing."""
    query = (("task_id", id_of("task_id", task_id)),)
    return Call("GET", "/v1/query/t2a_async_query_v2", None, _parse_task, native=True, query=query)


def _parse_task(reply: HTTPReply) -> SpeechTask:
    payload = parse_json(reply)
    task_id = payload.get("task_id")
    # A query prints the states in lower case on one page and capitalised on another.
    status = str(payload.get("status") or "processing").lower()
    if not isinstance(task_id, int | str) or not task_id or status not in _STATUSES:
        raise InvalidReplyError(
            "MiniMax answered without a task and without an error. Ask again; if it stays so,"
            " report the trace to MiniMax.",
            reply.status,
            reply.trace_id,
        )
    return SpeechTask(
        task_id=str(task_id),
        status=cast("Any", status),
        file_id=int_or_none(payload.get("file_id")),
        usage_characters=int_or_none(payload.get("usage_characters")) or 0,
        trace_id=text_or_none(payload.get("trace_id")) or reply.trace_id,
    )


def download_of(policy: Policy, task: SpeechTask, max_bytes: int) -> Steps[Callable[[], Audio]]:
    """Download the file of a task that is done; return what makes an audio of it.

    Raises:
        InvalidInputError: `task` is no task, its id say.
        NotFoundError: The task is not done yet, or its audio is not kept any more.
        InvalidReplyError: There is no file; when it is made, no audio in it.
        ReplyTooLargeError: There is more than `max_bytes`; as it is packed, when it is made.
    """
    if not isinstance(task, SpeechTask):
        raise InvalidInputError(f"Pass the task that wait() returns, not {type(task).__name__}.")
    if task.file_id is None:
        raise InvalidReplyError(f"The task {task.task_id} has no file: wait for it first.")
    try:
        file = yield from policy.call(retrieve_call(task.file_id))
    except NotFoundError as error:
        error.advice = (
            "A task has no file before it is done: wait for it with wait(). Its audio is kept for"
            " 9 hours."
        )
        raise
    if not file.download_url:
        raise InvalidReplyError("MiniMax names no address of the audio. Ask again.")
    content = yield from download(policy, file.download_url, max_bytes)
    # Of hours of sound, this is work for seconds.
    return lambda: measured(_unpacked(content, file.filename, task, max_bytes))


def _unpacked(content: bytes, filename: str, task: SpeechTask, max_bytes: int) -> Audio:
    """Return the audio of a download: an archive with subtitles and facts, or only the audio."""
    facts = {"usage_characters": task.usage_characters, "trace_id": task.trace_id}
    try:
        found = _members(content, max_bytes)
    except tarfile.TarError:
        suffix = PurePosixPath(filename).suffix.lower()
        return Audio(content, _FORMATS.get(suffix) or _guessed(content), **cast("Any", facts))
    sound = {name: data for name, data in found.items() if PurePosixPath(name).suffix in _FORMATS}
    if not sound:
        raise InvalidReplyError("The archive of the task holds no audio. Submit the text again.")
    name, data = next(iter(sound.items()))
    subtitles = next(
        (parse_subtitle_file(data) for name, data in found.items() if "title" in name), ()
    )
    suffix = PurePosixPath(name).suffix
    return Audio(data, _FORMATS[suffix], subtitles=subtitles, **cast("Any", facts))


def _members(content: bytes, max_bytes: int) -> dict[str, bytes]:
    """Return the files of an archive by their last name; nothing is written to disk.

    Raises:
        tarfile.TarError: It is no archive.
        ReplyTooLargeError: It has more than `max_bytes`, however small it is compressed.
        InvalidReplyError: It breaks off.
    """
    found: dict[str, bytes] = {}
    content = _decompressed(content, max_bytes)
    broken = "The archive of the task is broken. Get it again."
    try:
        # Without compression no member is larger than what is here already, whatever it says.
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            try:
                for member in archive:
                    # The holes of a sparse file can be of any size.
                    plain = member.isreg() and not member.issparse()
                    if (file := archive.extractfile(member) if plain else None) is not None:
                        found[PurePosixPath(member.name).name.lower()] = file.read()
            except tarfile.TarError as error:
                raise InvalidReplyError(broken) from error
    except _OF_HEADERS as error:
        raise InvalidReplyError(broken) from error
    return found


def _decompressed(content: bytes, max_bytes: int) -> bytes:
    if not content.startswith(_GZIP):
        return content
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        content = unpacker.decompress(content, max_bytes + 1)
    except zlib.error as error:
        raise InvalidReplyError("The archive of the task is broken. Get it again.") from error
    if len(content) > max_bytes:
        raise ReplyTooLargeError("The archive holds more than max_bytes. Raise it.")
    return content


def _guessed(content: bytes) -> str:
    if content.startswith(b"OggS"):
        return "opus"
    return next((name for magic, name in _MAGIC if content.startswith(magic)), "pcm")
