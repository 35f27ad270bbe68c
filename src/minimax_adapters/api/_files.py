"""The Files API as calls."""

from __future__ import annotations

import os
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from minimax_adapters.api._arguments import id_of
from minimax_adapters.api._call import Call
from minimax_adapters.api._form import build_form
from minimax_adapters.api._judge import (
    HTTPReply,
    check_file,
    decode_object,
    list_or_empty,
    parse_json,
    parse_native,
)
from minimax_adapters.api._partial import keep_partial
from minimax_adapters.api.errors import InvalidInputError, InvalidReplyError, MiniMaxError
from minimax_adapters.api.wire._base import encode
from minimax_adapters.api.wire.files import StoredFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.api.wire.files import DeletePurpose, ListPurpose, UploadPurpose

_SUFFIXES: Final[dict[str, frozenset[str]]] = {
    "voice_clone": frozenset({".mp3", ".m4a", ".wav"}),
    "prompt_audio": frozenset({".mp3", ".m4a", ".wav"}),
    "t2a_async_input": frozenset({".txt", ".zip"}),
}


def read_upload(source: str | os.PathLike[str] | bytes, filename: str | None) -> tuple[str, bytes]:
    """Return the name and the content of what is to be uploaded.

    Raises:
        InvalidInputError: Bytes have no name, or the file cannot be read.
    """
    if isinstance(source, bytes):
        if not filename:
            raise InvalidInputError("Bytes need a filename, whose end says what they are.")
        return filename, source
    if not isinstance(source, str | os.PathLike):
        kind = type(source).__name__
        raise InvalidInputError(f"A file is given by its path, or as bytes, not as {kind}.")
    path = Path(source)
    try:
        return filename or path.name, path.read_bytes()
    except OSError as error:
        raise InvalidInputError(f"The file {path.name!r} cannot be read: {error}.") from error


def upload_call(filename: str, content: bytes, purpose: UploadPurpose) -> Call[StoredFile]:
    """Return the call that uploads a file.

    Raises:
        InvalidInputError: It is empty, or not of a kind that the purpose takes.
    """
    allowed = _SUFFIXES.get(purpose)
    if allowed and Path(filename).suffix.lower() not in allowed:
        kinds = ", ".join(sorted(allowed))
        raise InvalidInputError(f"{filename!r} cannot be uploaded for {purpose}: it takes {kinds}.")
    if not content:
        raise InvalidInputError(f"{filename!r} is empty.")
    if not filename.isprintable() and any("\ud800" <= letter <= "\udfff" for letter in filename):
        raise InvalidInputError(f"The name {filename!r} holds half a character (a lone surrogate).")
    body, content_type = build_form({"purpose": purpose}, filename, content)
    return Call(
        "POST", "/v1/files/upload", body, _parse_file, native=True, content_type=content_type
    )


@contextmanager
def keeping_uploads() -> Iterator[list[StoredFile]]:
    """Put the files that are added to the list on the error that comes after their uploads.

    They are not deleted: the step that failed can be taken again with them.
    """
    stored: list[StoredFile] = []
    try:
        yield stored
    except MiniMaxError as error:
        if stored:
            keep_partial(error, tuple(stored))
            numbers = ", ".join(str(file.file_id) for file in stored)
            error.add_note(f"MiniMax keeps what was uploaded: file {numbers}, see `partial`.")
        raise


def list_call(purpose: ListPurpose) -> Call[list[StoredFile]]:
    """Return the call that lists the files of a purpose."""
    query = (("purpose", purpose),)
    return Call("GET", "/v1/files/list", None, _parse_files, native=True, query=query)


def retrieve_call(file_id: int | str) -> Call[StoredFile]:
    """Return the call that asks for a file and where it can be had."""
    query = (("file_id", id_of("file_id", file_id)),)
    return Call("GET", "/v1/files/retrieve", None, _parse_file, native=True, query=query)


def content_call(file_id: int | str) -> Call[bytes]:
    """Return the call that gets the bytes of a file."""
    query = (("file_id", id_of("file_id", file_id)),)
    return Call("GET", "/v1/files/retrieve_content", None, _parse_content, native=True, query=query)


def delete_call(file_id: int | str, purpose: DeletePurpose) -> Call[None]:
    """Return the call that deletes a file.

    Raises:
        InvalidInputError: `file_id` is no number.
    """
    try:
        number = int(id_of("file_id", file_id))
    except ValueError:
        raise InvalidInputError("A file_id is a number: see Client.files.list().") from None
    body = encode({"file_id": number, "purpose": purpose})
    return Call("POST", "/v1/files/delete", body, _parse_deleted, native=True)


def _parse_file(reply: HTTPReply) -> StoredFile:
    return _file(parse_json(reply).get("file"), reply)


def _parse_files(reply: HTTPReply) -> list[StoredFile]:
    # No files are null or missing.
    entries = list_or_empty(parse_native(reply, "files").get("files"))
    return [_file(entry, reply) for entry in entries]


def _parse_deleted(reply: HTTPReply) -> None:
    parse_native(reply)


def _parse_content(reply: HTTPReply) -> bytes:
    """Return the body, unless it is an error, which comes as JSON with HTTP 200."""
    looks_like_error = b'"base_resp"' in reply.body[:4096] and decode_object(reply.body)
    if reply.status != HTTPStatus.OK or looks_like_error:
        parse_json(reply)
    check_file(reply)
    return reply.body


def _file(entry: object, reply: HTTPReply) -> StoredFile:
    try:
        return StoredFile.model_validate(entry)
    except ValidationError:
        raise InvalidReplyError(
            "MiniMax answered without a file and without an error. Ask again; if it stays so,"
            " report the trace to MiniMax.",
            reply.status,
            reply.trace_id,
        ) from None
