"""Replies that hold less than they should, or something else: typed errors, never a crash."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from minimax_adapters.api import (
    Audio,
    AudioChunk,
    Client,
    InvalidInputError,
    InvalidReplyError,
    ReplyTooLargeError,
    SpeechTask,
)
from minimax_adapters.api._wav import join_wav, read_wav, wav_of_pcm
from minimax_adapters.api.joining import join_audio
from minimax_adapters.api.sentences import SentenceStream
from minimax_adapters.api.subtitles import parse_subtitle_file, parse_subtitles, to_webvtt

if TYPE_CHECKING:
    from collections.abc import Callable

OK = {"base_resp": {"status_code": 0, "status_msg": "success"}}


def client_of(*replies: bytes | dict[str, Any]) -> Client:
    """Return a client that gets these replies in order."""
    waiting = list(replies)

    def handler(_: httpx.Request) -> httpx.Response:
        reply = waiting.pop(0)
        content = reply if isinstance(reply, bytes) else json.dumps(OK | reply).encode()
        return httpx.Response(200, content=content)

    return Client(api_key="k", transport=httpx.MockTransport(handler))


def archive(**files: bytes) -> bytes:
    """Return a tar archive with a folder and `files`."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        made.addfile(folder)
        for name, content in files.items():
            entry = tarfile.TarInfo("folder/" + name.replace("_", "."))
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.files.retrieve(1),
        lambda client: client.speech.submit("Hi."),
        lambda client: client.speech.check("1"),
        lambda client: client.voices.design("A sailor.", "Ahoy."),
        lambda client: client.speech.result(SpeechTask(task_id="1")),
    ],
)
def test_a_reply_without_its_content_is_invalid(call: Callable[[Client], object]) -> None:
    """With a code of 0 all the same."""
    with pytest.raises(InvalidReplyError):
        call(client_of({}))


def test_members_of_other_types_are_passed_over() -> None:
    """Lists may be null, and so may every member of a file."""
    assert client_of({"files": None}).files.list("voice_clone") == []
    file = {"file": {"file_id": "7", "bytes": None, "filename": None, "created_at": None}}
    assert client_of(file).files.retrieve(7).filename == ""
    designed = client_of({"voice_id": "v", "trial_audio": "xyz"}).voices.design("a", "b")
    assert designed.preview.data == b""


def result(content: bytes, name: str = "1.tar", **options: int) -> Audio:
    """Return the audio of a task whose download is `content`."""
    file = {"file": {"file_id": 1, "filename": name, "download_url": "https://f.example.org/1"}}
    task = SpeechTask(task_id="1", status="success", file_id=1)
    return client_of(file, content).speech.result(task, **options)


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"ID3junk", "1", "mp3"),
        (b"\xff\xfbjunk", "1.unknown", "mp3"),
        (b"RIFFjunk", "1", "wav"),
        (b"fLaCjunk", "1", "flac"),
        (b"OggSjunk", "1", "opus"),
        (b"\x00\x01", "1", "pcm"),
        (b"\x00\x01", "1.ulaw", "pcmu_raw"),
        (archive(a_extra=b"{}", a_mp3=b"sound"), "1.tar", "mp3"),
    ],
)
def test_the_format_of_a_result_is_known_by_its_name_or_content(
    content: bytes, name: str, kind: str
) -> None:
    """The pages do not say what is delivered."""
    assert result(content, name).format == kind


def test_odd_archives_are_errors() -> None:
    """One without audio, one with too much, and a file without an address."""
    with pytest.raises(InvalidReplyError, match="no audio"):
        result(archive(a_txt=b"text"))
    with pytest.raises(ReplyTooLargeError):
        result(archive(a_mp3=b"sound" * 4096), max_bytes=100)
    with pytest.raises(InvalidReplyError, match="address"):
        client_of({"file": {"file_id": 1}}).speech.result(
            SpeechTask(task_id="1", status="success", file_id=1)
        )


def test_odd_subtitles_are_passed_over() -> None:
    """One wrong entry must not cost the others."""
    entries = [
        {"text": "A < B & C", "time_begin": 0, "time_end": 1000},
        {"text": "no time"},
        {"text": 1, "time_begin": 0, "time_end": 1},
        {"text": "w", "time_begin": 5, "time_end": 1, "timestamped_words": [1, {"word": "x"}]},
        "nothing",
    ]

    found = parse_subtitles(entries)

    assert [line.text for line in found] == ["A < B & C", "w"]
    assert found[1].begin == found[1].end
    assert "A &lt; B &amp; C" in to_webvtt(found)
    assert parse_subtitles(None) == ()
    with pytest.raises(InvalidReplyError):
        parse_subtitle_file(b"no json")


def test_odd_wav_files_are_refused_or_read() -> None:
    """Chunks of other kinds are passed over."""
    good = wav_of_pcm(b"\x01\x02" * 4, 8000, 1)
    listed = good[:12] + b"LIST\x03\x00\x00\x00abc\x00" + good[12:]

    assert read_wav(listed).samples == b"\x01\x02" * 4
    for broken in (good[:12], good[:12] + b"fmt \x02\x00\x00\x00\x01\x00" + good[36:]):
        with pytest.raises(InvalidInputError, match="no format"):
            read_wav(broken)
    with pytest.raises(InvalidInputError, match="rate"):
        join_wav([good, wav_of_pcm(b"", 16000, 1)])
    with pytest.raises(InvalidInputError, match="cannot be joined"):
        join_audio([Audio(b"a", "new"), Audio(b"b", "new")])


def test_chunks_can_be_added() -> None:
    """As audio can."""
    chunks = [AudioChunk(b"a"), AudioChunk(b"b")]

    assert sum(chunks) == AudioChunk(b"ab")
    with pytest.raises(TypeError):
        chunks[0] + b"b"


def test_a_sentence_stream_can_be_used_again() -> None:
    """For the next answer."""
    stream = SentenceStream()

    assert [*stream.feed("# One"), *stream.flush()] == ["One"]
    assert [*stream.feed("Two."), *stream.flush()] == ["Two."]


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        (10**400, 10**400, []),
        (-(10**400), 10, []),
        (float("nan"), 10, []),
        (float("inf"), 10, []),
        (2_000, 10**400, [(2.0, 2.0)]),
        (2_000, float("nan"), [(2.0, 2.0)]),
        (2_000, 1_000, [(2.0, 2.0)]),
    ],
)
def test_times_that_no_audio_has_are_passed_over(
    begin: float, end: float, expected: list[tuple[float, float]]
) -> None:
    """JSON has numbers of any length, and Python no float for them."""
    lines = parse_subtitles([{"text": "a", "time_begin": begin, "time_end": end}])

    assert [(line.begin, line.end) for line in lines] == expected
    assert to_webvtt(lines)
