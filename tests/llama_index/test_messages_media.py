"""Images, videos, documents and other blocks on their way to the wire."""

from __future__ import annotations

import io
import logging
import sys
from typing import TYPE_CHECKING, Any, cast

import pytest
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    VideoBlock,
)
from wire_messages import PNG, PNG_URL, user, wire_of

from minimax_adapters.api import InvalidInputError
from minimax_adapters.llama_index.messages import to_wire

if TYPE_CHECKING:
    from pathlib import Path

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(64)


def pdf(text: str) -> bytes:
    """Return a PDF with one line of text."""
    stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources 5 0 R >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, start)
    return out


def test_images_become_parts() -> None:
    """An address goes as it is, bytes and files as data URLs."""
    content = wire_of(
        user(
            TextBlock(text="Which animal?"),
            ImageBlock(url="https://images.example.org/cat.png", detail="auto"),
            ImageBlock(image=PNG, detail="low"),
            ImageBlock(url=PNG_URL),
        )
    )[0]["content"]

    assert content == [
        {"type": "text", "text": "Which animal?"},
        {
            "type": "image_url",
            "image_url": {"url": "https://images.example.org/cat.png", "detail": "default"},
        },
        {"type": "image_url", "image_url": {"url": PNG_URL, "detail": "low"}},
        {"type": "image_url", "image_url": {"url": PNG_URL}},
    ]


def test_an_image_file_is_read(tmp_path: Path) -> None:
    """Also without a suffix that tells its type."""
    path = tmp_path / "picture"
    path.write_bytes(PNG)

    content = wire_of(user(ImageBlock(path=path)))[0]["content"]

    assert content == [{"type": "image_url", "image_url": {"url": PNG_URL}}]


def test_an_open_stream_stays_usable() -> None:
    """The caller may send the same message again."""
    stream = io.BytesIO(PNG)
    message = user(ImageBlock(image=stream))

    assert wire_of(message) == wire_of(message)
    assert not stream.closed


def test_an_image_of_an_unknown_type_is_refused() -> None:
    """MiniMax loads data URLs of images only."""
    with pytest.raises(InvalidInputError, match="image_mimetype"):
        to_wire([user(ImageBlock(image=b"not an image"))])


def test_an_empty_block_is_refused() -> None:
    """It says what is missing, not which function failed."""
    with pytest.raises(InvalidInputError, match="Give it bytes or a path"):
        to_wire([user(ImageBlock())])


def test_videos_become_parts() -> None:
    """With the frames per second that were asked for."""
    content = wire_of(
        user(
            VideoBlock(url="https://videos.example.org/cat.mp4", fps=2, detail="high"),
            VideoBlock(video=MP4),
        )
    )[0]["content"]

    assert content[0]["video_url"] == {
        "url": "https://videos.example.org/cat.mp4",
        "fps": 2,
        "detail": "high",
    }
    assert content[1]["video_url"]["url"].startswith("data:video/mp4;base64,")


def test_a_text_document_becomes_text() -> None:
    """MiniMax chat reads no files."""
    block = DocumentBlock(data=b"Opens at nine.", title="hours.txt", document_mimetype="text/plain")

    assert wire_of(user(TextBlock(text="When?"), block)) == [
        {"role": "user", "content": "When?\nhours.txt:\nOpens at nine."}
    ]


def test_a_document_that_is_an_image_becomes_an_image() -> None:
    """Scans come as documents."""
    block = DocumentBlock(data=PNG, title="scan.png", document_mimetype="image/png")

    assert wire_of(user(block))[0]["content"] == [
        {"type": "image_url", "image_url": {"url": PNG_URL}}
    ]


def test_a_pdf_becomes_its_text() -> None:
    """As long as it has some, and pypdf is installed."""
    block = DocumentBlock(data=pdf("The library opens at nine."), title="hours.pdf")

    assert wire_of(user(block))[0]["content"] == "hours.pdf:\nThe library opens at nine."


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"PK\x03\x04\xff\xfe binary", "Load it with a LlamaIndex reader"),
        (b"%PDF-1.4\nbroken", "cannot be read"),
    ],
)
def test_an_unreadable_document_is_refused(data: bytes, advice: str) -> None:
    """The error says what to do."""
    with pytest.raises(InvalidInputError, match=advice):
        to_wire([user(DocumentBlock(data=data, title="report.bin"))])


def test_a_pdf_needs_pypdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is not needed for anything else, so it is not required."""
    monkeypatch.setitem(sys.modules, "pypdf", None)

    with pytest.raises(InvalidInputError, match="pip install pypdf"):
        to_wire([user(DocumentBlock(data=pdf("Text."), title="hours.pdf"))])


def test_a_pdf_without_text_is_refused() -> None:
    """A scan has to go as images."""
    with pytest.raises(InvalidInputError, match="image blocks"):
        to_wire([user(DocumentBlock(data=pdf(""), title="scan.pdf"))])


def test_citations_become_text() -> None:
    """With where they come from."""
    citable = CitableBlock(title="Hours", source="library", content="Opens at nine.")
    citation = CitationBlock(
        cited_content="Nine.", source="library", title="Hours", additional_location_info={}
    )

    assert wire_of(user(citable, citation))[0]["content"] == (
        "Hours (library):\nOpens at nine.\nNine."
    )


def test_a_cache_point_is_ignored_with_a_note(caplog: pytest.LogCaptureFixture) -> None:
    """MiniMax caches every prefix by itself."""
    point = CachePoint(cache_control=CacheControl(type="ephemeral"))

    with caplog.at_level(logging.DEBUG, "minimax_adapters"):
        wire = wire_of(user(TextBlock(text="Hi"), point))

    assert wire == [{"role": "user", "content": "Hi"}]
    assert "minimax_adapters.cache_point_ignored" in caplog.messages


def test_audio_is_refused() -> None:
    """No chat model of MiniMax hears."""
    with pytest.raises(InvalidInputError, match="Transcribe"):
        to_wire([user(AudioBlock(audio=b"RIFF", format="wav"))])


def test_an_unknown_block_is_refused() -> None:
    """Silence would change the question."""
    message = ChatMessage.model_construct(
        role=MessageRole.USER, blocks=cast("Any", [object()]), additional_kwargs={}
    )

    with pytest.raises(InvalidInputError, match="no part for a object"):
        to_wire([message])
