"""Content blocks of LlamaIndex as parts of a MiniMax message, without I/O but for local files."""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING, Any, Final

import filetype
from llama_index.core.base.llms.types import (
    AudioBlock,
    CachePoint,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    VideoBlock,
)

from minimax_adapters.api.errors import InvalidInputError
from minimax_adapters.llama_index._documents import text_of_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_logger = logging.getLogger("minimax_adapters")

_SENT_AS_IT_IS: Final = ("http://", "https://", "data:", "mm_file://")
# OpenAI's `auto` is MiniMax's `default`.
_DETAILS: Final = {"auto": "default"}


def parts_of(blocks: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the parts for `blocks` of a user or system message.

    Raises:
        InvalidInputError: A block is of a kind that MiniMax cannot read.
    """
    parts: list[dict[str, Any]] = []
    for block in blocks:
        if type(block) is TextBlock:  # Nearly all blocks are, and histories are long.
            parts.append({"type": "text", "text": block.text})
        else:
            parts += _parts(block)
    return parts


def is_text(part: dict[str, Any]) -> bool:
    """Return whether `part` is text."""
    return bool(part["type"] == "text")


def text_of(parts: Iterable[dict[str, Any]]) -> str:
    """Return the text of parts, joined as `ChatMessage.content` joins its blocks."""
    return "\n".join(part["text"] for part in parts if is_text(part))


def note_on(block: AudioBlock) -> dict[str, Any]:
    """Return words in place of audio, which a tool may return and no chat model hears."""
    known = block.format or "unknown format"
    if _is_elsewhere(block) and not (block.audio or block.path):
        return _text(f"[audio: {known}]")
    return _text(f"[audio: {known}, {len(_bytes_of(block, 'audio')):,} bytes]")


def _parts(block: object) -> Iterator[dict[str, Any]]:
    match block:
        case TextBlock():
            yield _text(block.text)
        case ImageBlock():
            yield _image(block)
        case VideoBlock():
            yield _video(block)
        case DocumentBlock():
            yield _document(block)
        case CitableBlock():
            yield _text(f"{block.title} ({block.source}):")
            yield from parts_of(block.content)
        case CitationBlock():
            yield from _parts(block.cited_content)
        case CachePoint():
            # MiniMax caches every prefix by itself.
            _logger.debug("minimax_adapters.cache_point_ignored")
        case AudioBlock():
            raise InvalidInputError(
                "MiniMax chat models read no audio. Transcribe it first, or leave the AudioBlock"
                " out of the message."
            )
        case _:
            kind = type(block).__name__
            raise InvalidInputError(
                f"MiniMax chat has no part for a {kind} in this place. Pass text, image, video or"
                " document blocks."
            )


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _image(block: ImageBlock) -> dict[str, Any]:
    url = _url(block, "image", block.image_mimetype)
    return {"type": "image_url", "image_url": {"url": url, **_detail(block.detail)}}


def _video(block: VideoBlock) -> dict[str, Any]:
    url = _url(block, "video", block.video_mimetype)
    video: dict[str, Any] = {"url": url, **_detail(block.detail)}
    if block.fps is not None:
        video["fps"] = block.fps
    return {"type": "video_url", "video_url": video}


def _document(block: DocumentBlock) -> dict[str, Any]:
    if (mimetype := block.document_mimetype or "").startswith("image/"):
        url = _sent_as_it_is(block) or _data_url(mimetype, _bytes_of(block, "document"))
        return {"type": "image_url", "image_url": {"url": url}}
    return _text(text_of_document(block, _bytes_of(block, "document")))


def _detail(detail: str | None) -> dict[str, str]:
    return {"detail": _DETAILS.get(detail, detail)} if detail else {}


def _url(block: Any, family: str, mimetype: str | None) -> str:  # noqa: ANN401 - two kinds
    """Return an address that MiniMax loads itself, or a data URL."""
    if address := _sent_as_it_is(block):
        return address
    data = _bytes_of(block, family)
    found = mimetype or filetype.guess_mime(data) or ""
    if not found.lower().startswith(f"{family}/"):
        raise InvalidInputError(
            f"The type of this {family} is not known. Pass {family}_mimetype, such as"
            f" '{family}/{'png' if family == 'image' else 'mp4'}'."
        )
    return _data_url(found, data)


def _sent_as_it_is(block: Any) -> str:  # noqa: ANN401 - several kinds
    address = str(block.url or "")
    return address if address.startswith(_SENT_AS_IT_IS) else ""


def _data_url(mimetype: str, data: bytes) -> str:
    return f"data:{mimetype};base64,{base64.b64encode(data).decode()}"


def _is_elsewhere(block: Any) -> bool:  # noqa: ANN401 - several kinds
    """Return whether a block would fetch its content from an address that somebody wrote."""
    return bool(block.url) and not str(block.url).startswith("data:")


def _bytes_of(block: Any, family: str) -> bytes:  # noqa: ANN401 - several kinds
    """Return the content of a block, by its own method, which must not fetch anything."""
    here = block.model_copy(update={"url": None}) if _is_elsewhere(block) else block
    try:
        stream = getattr(here, f"resolve_{family}")()
        data: bytes = stream.read()
    except OSError as error:
        raise InvalidInputError(
            f"The {family} of a block cannot be read: {error}. Give it bytes, or the path of a"
            " file that is there."
        ) from error
    except ValueError as error:
        reason = "its address is not fetched here" if _is_elsewhere(block) else error
        raise InvalidInputError(
            f"A block has no content: {reason}. Give it bytes or a path."
        ) from error
    stream.seek(0)  # The stream may be the caller's own.
    return data
