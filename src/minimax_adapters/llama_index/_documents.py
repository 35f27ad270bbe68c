"""Documents as text: MiniMax chat reads no files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from minimax_adapters.api.errors import InvalidInputError

if TYPE_CHECKING:
    from llama_index.core.base.llms.types import DocumentBlock

_PDF_START: Final = b"%PDF-"


def text_of_document(block: DocumentBlock, data: bytes) -> str:
    """Return title and text of a document.

    Text of any kind is read as UTF-8. PDF needs the package pypdf.

    Raises:
        InvalidInputError: `data` is neither text nor a readable PDF.
    """
    text = _text_of_pdf(data, block) if data.startswith(_PDF_START) else _decode(data, block)
    return f"{block.title}:\n{text}"


def _decode(data: bytes, block: DocumentBlock) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise InvalidInputError(
            f"The document {block.title!r} ({block.document_mimetype or 'unknown type'}) is not"
            " text, and MiniMax chat reads no files. Load it with a LlamaIndex reader and pass its"
            " text."
        )
    return text


def _text_of_pdf(data: bytes, block: DocumentBlock) -> str:
    try:
        from pypdf import PdfReader  # noqa: PLC0415 - slow to import, and seldom needed
        from pypdf.errors import PyPdfError  # noqa: PLC0415 - slow to import, and seldom needed
    except ImportError:
        raise InvalidInputError(
            f"To send the PDF {block.title!r} as text, install pypdf: pip install pypdf"
        ) from None
    try:
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    except PyPdfError as error:
        raise InvalidInputError(f"The PDF {block.title!r} cannot be read: {error}") from error
    text = "\n\n".join(page for page in pages if page.strip())
    if not text:
        raise InvalidInputError(
            f"The PDF {block.title!r} holds no text. Pass its pages as image blocks."
        )
    return text
