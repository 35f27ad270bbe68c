"""What a host sends to be kept: bounded, and never a file on disk."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import tarfile
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from account_operations import TASK
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minimax_adapters.api import (
    Audio,
    Client,
    InvalidReplyError,
    MiniMaxError,
    ReplyTooLargeError,
)
from minimax_adapters.api._speech_tasks import _unpacked

if TYPE_CHECKING:
    from pathlib import Path

    from minimax_adapters.emulator import Emulator

SOUND: Final = b"ID3" + bytes(500)
MOST: Final = 100_000


def _archive(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def _member(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = "/etc/passwd"
    return member


def _result(content: bytes, filename: str = "a.tar") -> Audio:
    """Return the audio of a task whose download is `content`."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/retrieve"):
            address = "https://storage.example/x"
            file = {"file_id": 7, "filename": filename, "download_url": address}
            return httpx.Response(200, json={"file": file, "base_resp": {"status_code": 0}})
        return httpx.Response(200, content=content)

    transport = httpx.MockTransport(answer)
    with Client(api_key="k", max_retries=0, transport=transport) as client:
        return client.speech.result(TASK, max_bytes=MOST)


@pytest.mark.parametrize(
    "name", ["../../escape.mp3", "/etc/escape.mp3", "..\\escape.mp3", "a\x01b.mp3", "C:\\x.mp3"]
)
def test_names_of_a_host_are_no_places_on_disk(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an archive or as the name of a file: the bytes are returned, and nothing is written."""
    folder = tmp_path / "inner" / "most"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)

    audio = _result(_archive((_member(name), SOUND)))
    bare = _result(SOUND, filename=name)

    assert (audio.data, audio.format) == (SOUND, "mp3")
    assert (bare.data, bare.format) == (SOUND, "mp3")
    assert [files for _, _, files in os.walk(tmp_path) if files] == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, b"S"])
def test_only_plain_files_of_an_archive_are_read(kind: bytes) -> None:
    """A link could name a local file, a sparse file could be of any size."""
    links = _archive((_member("a.mp3", kind), b""))

    with pytest.raises(InvalidReplyError, match="no audio"):
        _result(links)


def test_an_archive_is_bounded_after_it_is_unpacked() -> None:
    """A few bytes may stand for gigabytes."""
    large = _archive((_member("a.mp3"), bytes(MOST + 1)))

    with pytest.raises(ReplyTooLargeError):
        _result(gzip.compress(large))
    assert _result(gzip.compress(_archive((_member("a.mp3"), SOUND)))).data == SOUND


def test_a_download_is_bounded_whatever_it_says() -> None:
    """By what is stated, and by what comes."""
    with pytest.raises(ReplyTooLargeError):
        _result(bytes(MOST + 1))


@pytest.mark.parametrize(
    "extended",
    [
        {"size": "9" * 400},
        {"GNU.sparse.map": "1,x"},
        {"GNU.sparse.size": "x"},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"},
    ],
    ids=lambda extended: next(iter(extended)),
)
def test_an_archive_with_broken_headers_is_a_typed_error(extended: dict[str, str]) -> None:
    """`tarfile` takes their numbers as they are, and fails with errors that are not its own."""
    member = _member("a.mp3")
    member.pax_headers = extended

    with pytest.raises(InvalidReplyError, match="broken"):
        _result(_archive((member, SOUND)))


def test_an_archive_of_headers_only_is_no_error_of_python() -> None:
    """Each is followed to the next, one call deeper; each Python says so in its own way."""
    chain = _archive((_member("a.mp3", tarfile.GNUTYPE_LONGNAME), b"name"))[:1024] * 2_000

    with contextlib.suppress(MiniMaxError):
        _unpacked(chain, "a.tar", TASK, 10 * len(chain))


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data(), zipped=st.booleans())
def test_a_spoilt_archive_is_audio_or_a_typed_error(data: st.DataObject, *, zipped: bool) -> None:
    """Cut anywhere, and with any byte changed."""
    whole = _archive((_member("a.mp3"), SOUND), (_member("titles.json"), b"[]"))
    content = bytearray(gzip.compress(whole) if zipped else whole)
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(place, len(content))) :]

    try:
        audio = _unpacked(bytes(content), "a.tar", TASK, MOST)
    except MiniMaxError:
        return
    assert isinstance(audio, Audio)


def test_names_and_texts_in_lists_are_returned_as_they_are(emulator: Emulator) -> None:
    """What a host calls a file is text, and no path of ours."""
    with Client(base_url=emulator.url, api_key=emulator.api_key) as client:
        stored = client.files.upload(b"text", "t2a_async_input", filename="../../\u202etxt.a.txt")
        found = client.files.list("t2a_async_input")
        content: Any = client.files.content(stored.file_id)

    assert [file.filename for file in found] == [stored.filename]
    assert content == b"text"
